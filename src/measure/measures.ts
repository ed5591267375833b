/**
 * The measures of cells: columns of `results.csv`, tables, glossaries, sweeps and charts follow from
 * this list. A new measure is a definition in one of the files below and a line here.
 *
 * @module
 */
import * as cost from "./cost.ts";
import * as diversity from "./diversity.ts";
import * as likelihood from "./likelihood.ts";
import type { CellMeasure, MeasuredValues } from "./measure.ts";
import * as ngramDiversity from "./ngram_diversity.ts";
import * as speculation from "./speculation.ts";

/** The measures that every run has, in the order of the columns of `results.csv` and of glossaries. */
export const measures: readonly CellMeasure[] = [
  likelihood.prompts,
  likelihood.draws,
  likelihood.population,
  likelihood.samples,
  diversity.uniqueTexts,
  diversity.uniqueShare,
  diversity.novelShare,
  diversity.heldOutShare,
  ngramDiversity.repetitionShare,
  ngramDiversity.distinct1,
  ngramDiversity.distinct2,
  ngramDiversity.distinct3,
  ngramDiversity.selfBleu4,
  ngramDiversity.zipfCoefficient,
  diversity.lengthDistance,
  diversity.massCovered,
  likelihood.entropyPerToken,
  likelihood.meanLength,
  likelihood.meanLogProb,
  likelihood.logProbPerToken,
  likelihood.ngramLogProbPerToken,
  likelihood.perplexity,
  likelihood.eosShare,
  likelihood.stopEos,
  likelihood.stopMaxNewTokens,
  likelihood.stopBlockSize,
  cost.targetCalls,
  cost.targetRows,
  cost.tokensPerTargetCall,
  cost.draftCalls,
  cost.draftRows,
  cost.rounds,
  cost.proposed,
  cost.tested,
  cost.accepted,
  cost.resampled,
  cost.bonus,
  cost.acceptanceRate,
  cost.acceptedShare,
  speculation.alpha,
  speculation.theoryTokensPerTargetCall,
  speculation.theoryTokensPerTargetCallAtLengths,
  speculation.theoryAcceptedShare,
  speculation.theoryAcceptedShareAtLengths,
  speculation.draftOperations,
  speculation.theoryOperations,
  speculation.operations,
  speculation.breakEven,
  speculation.firstTokenDistanceMeasure,
  speculation.firstTokenDistanceByChance,
];

/**
 * Further ones, of runs whose tokens are those of a tokenizer: by tokens what the others have by
 * characters, and by characters and bytes what they have by tokens. `results.csv` has their columns, after
 * those of every run, where a cell has one.
 */
export const tokenMeasures: readonly CellMeasure[] = [
  ngramDiversity.tokenRepetitionShare,
  ngramDiversity.tokenDistinct1,
  ngramDiversity.tokenDistinct2,
  ngramDiversity.tokenDistinct3,
  likelihood.meanCharacters,
  likelihood.bitsPerByte,
];

/** All of them. */
export const allMeasures: readonly CellMeasure[] = [...measures, ...tokenMeasures];

/** Those that are columns where these cells are rows: all, or those that every run has. */
export function measuresOf(cells: readonly MeasuredValues[]): readonly CellMeasure[] {
  const isTokenized = cells.some(({ values }) => tokenMeasures.some(({ name }) => name in values));
  return isTokenized ? allMeasures : measures;
}
