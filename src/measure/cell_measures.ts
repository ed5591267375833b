import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import type { StopReason } from "../decode/strategy.ts";
import type { RandomStream } from "../random/random_stream.ts";
import { type CellCosts, cost } from "./cost.ts";
import { type FirstSample, firstSamples } from "./first_samples.ts";
import type { FirstTokenDistance } from "./first_token.ts";
import type { Sample } from "./sample.ts";
import { type SearchedPrompt, searchedPrompts } from "./searched_prompts.ts";
import { speculation, type SpeculationMeasures } from "./speculation.ts";
import { type Reference, type TextMeasures, textMeasures } from "./text_measures.ts";

/**
 * One row of the results: a cell and what is measured of its samples, whatever the other cells are.
 * Plain data: `JSON.parse(JSON.stringify(measures))` is the same again.
 */
export interface CellMeasures {
  /** The strategy and its settings. */
  readonly cell: Cell;
  /** How many samples there are. */
  readonly samples: number;
  /** How many different prompts they continue. */
  readonly prompts: number;
  /** The first sample of each of those. */
  readonly firsts: readonly FirstSample[];
  /** Samples by the reason that they stopped. */
  readonly stops: Readonly<Record<StopReason, number>>;
  /** How probable they are, how different, and what else can be said of their texts. */
  readonly text: TextMeasures;
  /** How dear. */
  readonly cost: CellCosts;
  /** What was found of each prompt, where the strategy looks for probable texts. */
  readonly searched?: readonly SearchedPrompt[];
  /** What became of proposals, where the strategy makes any. */
  readonly speculation?: SpeculationMeasures;
  /** How far first tokens are from where they should come from, where that is in question. */
  readonly firstToken?: FirstTokenDistance;
}

/** What is known of a speculative cell beside its samples. */
export interface SpeculationContext {
  /** Operations of a row of the draft, in those of a row of the target: ĉ. */
  readonly draftOperations: number;
  /** See {@linkcode FirstTokenDistance}. */
  readonly firstToken: FirstTokenDistance | undefined;
}

/** What the samples of a cell are measured by. */
export interface MeasureOptions {
  /** What they are held against. */
  readonly reference: Reference;
  /** Where the cell's intervals come from. */
  readonly random: RandomStream;
  /** Where the cell is speculative. */
  readonly speculation?: SpeculationContext | undefined;
}

/** Measures the samples of `cell`, at least one, in the order of their prompts. */
export function measureCell(
  cell: Cell,
  samples: readonly Sample[],
  { reference, random, speculation }: MeasureOptions,
): CellMeasures {
  const firsts = firstSamples(samples);
  return {
    cell,
    samples: samples.length,
    prompts: firsts.length,
    firsts,
    stops: stopsOf(samples),
    text: textMeasures(samples, reference, random.child("means")),
    cost: cost(samples),
    ...(strategyOf(cell.settings).isSearch ? { searched: searchedPrompts(samples) } : {}),
    ...speculationOf(cell, samples, speculation),
  };
}

function stopsOf(samples: readonly Sample[]): Record<StopReason, number> {
  const stops = { eos: 0, max_new_tokens: 0, block_size: 0 };
  for (const { result } of samples) stops[result.stop] += 1;
  return stops;
}

function speculationOf(
  { settings }: Cell,
  samples: readonly Sample[],
  context?: SpeculationContext,
): Pick<CellMeasures, "speculation" | "firstToken"> {
  const profile = strategyOf(settings).speculation?.(settings);
  if (profile === undefined || context === undefined) return {};
  const { firstToken, draftOperations } = context;
  return {
    speculation: speculation(samples, profile.draftK, draftOperations),
    ...(firstToken === undefined ? {} : { firstToken }),
  };
}
