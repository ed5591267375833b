/**
 * The measures as the report of a run shows and explains them. What some of them say of training documents
 * holds for targets that the run trained, and some are of characters while others are of tokens.
 *
 * @module
 */
import { isFolder } from "../../config/settings.ts";
import { modelMeasuresOf } from "../../measure/corpus_loss.ts";
import type { ModelLosses } from "../../measure/corpus_loss.ts";
import { lengthDistance, novelShare, uniqueTexts } from "../../measure/diversity.ts";
import {
  type CellMeasure,
  estimateIn,
  type MeasureFacts,
  type ModelMeasure,
} from "../../measure/measure.ts";
import { measures } from "../../measure/measures.ts";
import {
  distinct1,
  distinct2,
  distinct3,
  repetitionShare,
  tokenDistinct1,
  zipfCoefficient,
} from "../../measure/ngram_diversity.ts";
import type { RunRecord } from "./run_record.ts";

/** What a report says of a measure in place of the measure's own words. */
type Words = Partial<Pick<MeasureFacts, "title" | "glossary" | "tables">>;

/** Whether the run trained the target, so that the documents that were not held out are what it learned. */
export function trainsTarget(
  { experiment: { config } }: { readonly experiment: Pick<RunRecord["experiment"], "config"> },
): boolean {
  return !isFolder(config.models.target);
}

/** The measures of cells in the words of `run`; where these are their own, the very measures. */
export function measuresOf(
  run: Pick<RunRecord, "experiment" | "corpus" | "cells">,
): readonly CellMeasure[] {
  const words = new Map<CellMeasure, Words>([
    ...(run.corpus.file === undefined ? WITHOUT_CORPUS : []),
    ...(trainsTarget(run) ? [] : UNTRAINED),
    ...(run.cells.some((cell) => estimateIn(cell, tokenDistinct1) !== undefined)
      ? BESIDE_TOKENS
      : []),
  ]);
  return measures.map((measure) => reworded(measure, words.get(measure)));
}

/** The measures of the models of `losses`, in the words of `run`. */
export function lossMeasuresOf(
  run: Pick<RunRecord, "experiment">,
  losses: readonly ModelLosses[],
): readonly ModelMeasure<ModelLosses>[] {
  return modelMeasuresOf(losses).map((measure) =>
    reworded(
      measure,
      !trainsTarget(run) && measure.name === "training_nats_per_token" ? OTHER_LOSS : undefined,
    )
  );
}

function reworded<Measure extends MeasureFacts>(measure: Measure, words?: Words): Measure {
  return words === undefined ? measure : { ...measure, ...words };
}

type Wordings = readonly (readonly [CellMeasure, Words])[];

const WITHOUT_CORPUS: Wordings = [
  [uniqueTexts, { glossary: "different texts, prompts included." }],
];

const OTHER_LOSS: Words = {
  title: "not held out: nats per token",
  glossary: "the same on documents that were not held out, in which *n*-grams were counted; the " +
    "target was not trained on them here.",
};

const UNTRAINED: Wordings = [
  [novelShare, {
    glossary:
      "the text, prompt included, is none of the documents that were not held out. The target was " +
      "not trained on them here.",
    // Of a model that never saw the documents it says little.
    tables: { diversity: 20 },
  }],
  [lengthDistance, {
    glossary:
      "total variation between the lengths in characters of the texts and of the documents " +
      "that were not held out; 0 is the same distribution, 1 nothing in common.",
  }],
];

const BESIDE_TOKENS: Wordings = [
  [repetitionShare, { title: "repetitive in characters" }],
  ...[distinct1, distinct2, distinct3, zipfCoefficient].map((measure) =>
    [measure, { title: `${measure.title} of characters` }] as const
  ),
];
