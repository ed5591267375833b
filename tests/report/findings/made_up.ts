/**
 * Runs and sweeps whose numbers are drawn, with the effects that a test gives them or without any.
 */
import { readExperiment } from "../../../src/config/experiment.ts";
import type { Variant } from "../../../src/config/sweep.ts";
import type { Cell } from "../../../src/decode/cell.ts";
import { strategyOf } from "../../../src/decode/definitions.ts";
import { compareCells } from "../../../src/measure/compare_cells.ts";
import { corpusLoss, documentLosses, type ModelLosses } from "../../../src/measure/corpus_loss.ts";
import type { Estimate } from "../../../src/measure/estimate.ts";
import { blankOf, estimateOf } from "../../../src/measure/intervals.ts";
import type { CellMeasures } from "../../../src/measure/measure.ts";
import { measures } from "../../../src/measure/measures.ts";
import type { SearchedDraw } from "../../../src/measure/searched.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import type { RandomStream } from "../../../src/random/random_stream.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import {
  summarizeSweep,
  type SweepSummary,
  type VariantRun,
} from "../../../src/report/sweep/sweep_summary.ts";
import { noDocuments } from "../../measure/sample_of.ts";
import { record } from "../made_up_run.ts";

/** How far a measure of a cell lies from what it is elsewhere, in standard deviations of a draw. */
export type Effect = (cell: Cell, measure: string) => number;

/** A run that is to be made up. */
export interface MadeUpRun {
  /** The entries of its grid, in YAML. */
  readonly strategies: string;
  /** Prompts that were drawn. */
  readonly draws?: number;
  /** What differs; nothing if left out. */
  readonly effect?: Effect;
  /** How much lower the target's loss is than that of each n-gram model, nats per token. */
  readonly lead?: (order: number) => number;
  /** How much higher the target's loss is, nats per token. */
  readonly loss?: number;
  /** The seed of the chance in it. */
  readonly seed?: number | string;
}

/** Documents that losses are of. */
const DOCUMENTS = 50;
const ORDERS = [1, 2, 3];
/** What no effect changes: the mean of a draw and its standard deviation. */
const SHARE = { mean: 0.5, deviation: 0.1 };
const OTHER = { mean: -6, deviation: 1 };
const PASSES = { mean: 2, deviation: 0.3 };

const grids = new Map<string, RunRecord["experiment"]>();

/** The experiment with these entries; read once. */
function experimentOf(strategies: string): RunRecord["experiment"] {
  let experiment = grids.get(strategies);
  if (experiment === undefined) {
    experiment = readExperiment(
      "c.yaml",
      `
name: made-up
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: { from: held_out, count: 20 }
  samples: 10
  strategies:
${strategies.trim().split("\n").map((line) => `    ${line.trim()}`).join("\n")}
`,
    );
    grids.set(strategies, experiment);
  }
  return experiment;
}

/** A run with these numbers. */
export function madeUpRun(
  { strategies, draws = 20, effect = () => 0, lead = () => 0, loss = 0, seed = 0 }: MadeUpRun,
): RunRecord {
  const experiment = experimentOf(strategies);
  const random = CounterStream.fromSeed(13).child("made-up run", seed);
  const prompts = Array.from({ length: draws }, (_, g) => `p${g}`);
  const design = { prompts: "drawn", population: 1e6 } as const;
  const common = new Map(
    MEASURES.map(({ name }) => {
      const ofPrompts = random.child(name);
      return [name, prompts.map(() => normal(ofPrompts))];
    }),
  );
  const cells = experiment.cells.map((cell) =>
    madeUpCell(cell, { prompts, common, effect, random })
  );
  return {
    ...record,
    experiment,
    prompts,
    population: design.population,
    losses: madeUpLosses(lead, loss, random),
    ...compareCells(cells, { baseline: undefined, prompts, design }),
  };
}

/** What the cells of a run have in common. */
interface MadeUpCells {
  readonly prompts: readonly string[];
  /** `[draws]` by measure: what a prompt does to all cells, in standard deviations. */
  readonly common: ReadonlyMap<string, readonly number[]>;
  readonly effect: Effect;
  readonly random: RandomStream;
}

function madeUpCell(
  cell: Cell,
  { prompts, common, effect, random }: MadeUpCells,
): CellMeasures {
  const definition = strategyOf(cell.settings);
  const speculates = definition.speculation?.(cell.settings) !== undefined;
  const values: Record<string, Estimate> = {};
  for (const measure of MEASURES) {
    if (measure.judged === "cost" && !speculates) {
      if (measure.name === "tokens_per_target_call") values[measure.name] = constant(1, prompts);
      continue;
    }
    const { mean, deviation } = measure.unit === "share"
      ? SHARE
      : measure.name === "tokens_per_target_call"
      ? PASSES
      : OTHER;
    const own = random.child(cell.label, measure.name);
    const moved = effect(cell, measure.name);
    const pseudoValues = prompts.map((_, g) =>
      mean + deviation * ((common.get(measure.name)?.[g] ?? 0) + normal(own) + moved)
    );
    values[measure.name] = estimateOf(meanOf(pseudoValues), {
      kind: "draws",
      pseudoValues,
      fraction: 0,
    });
  }
  return {
    cell,
    values,
    firsts: [],
    lengths: [],
    hasChance: !definition.isDeterministic,
    among: noDocuments,
    ...(definition.isSearch ? { searched: searchedBy(cell, prompts, effect, random) } : {}),
  };
}

/** The measures that findings are about. */
const MEASURES = measures.filter(({ name }) =>
  [
    "unique_share",
    "mean_length",
    "mean_log_prob",
    "log_prob_per_token",
    "tokens_per_target_call",
    "acceptance_rate",
    "alpha",
    "operations",
  ].includes(name)
);

/** The best texts of a search, and for `exact` the proof that they are: nothing is above −4 nats. */
function searchedBy(
  cell: Cell,
  prompts: readonly string[],
  effect: Effect,
  random: RandomStream,
): SearchedDraw[] {
  const [modes, own] = [random.child("modes"), random.child(cell.label, "search")];
  return prompts.map((prompt): SearchedDraw => {
    const mode = -4 - Math.abs(normal(modes));
    if (cell.settings.strategy === "exact") {
      const proof = { optimal: true, bound: mode - 1, tokens: 3 };
      return { prompt, logProbs: [mode], empty: [false], proof };
    }
    const gap = Math.max(0, -Math.log(1 - own.next()) - effect(cell, "search_log_prob"));
    return { prompt, logProbs: [mode - gap], empty: [false] };
  });
}

/** How hard each document is, the same in all runs. */
const DIFFICULTY = ((documents) => Array.from({ length: DOCUMENTS }, () => normal(documents)))(
  CounterStream.fromSeed(14),
);

function madeUpLosses(
  lead: (order: number) => number,
  loss: number,
  random: RandomStream,
): ModelLosses[] {
  const lossesOf = (name: string, behind: number): ModelLosses => {
    const own = random.child("loss", name);
    const nats = Float64Array.from(
      DIFFICULTY,
      (one) => 5 * (2.2 + behind + 0.3 * one + 0.1 * normal(own)),
    );
    const tokens = new Float64Array(DOCUMENTS).fill(5);
    const costs = { nats, tokens, characters: new Float64Array(DOCUMENTS).fill(4) };
    return {
      name,
      heldOut: corpusLoss(costs),
      training: corpusLoss(costs),
      byDocument: documentLosses(costs),
    };
  };
  return [
    lossesOf("target", loss),
    ...ORDERS.map((order) => lossesOf(`${order}-gram`, lead(order))),
  ];
}

/** A number that is the same for every draw by definition. */
function constant(value: number, prompts: readonly string[]): Estimate {
  const spread = { kind: "draws", pseudoValues: prompts.map(() => value), fraction: 0 } as const;
  return { ...blankOf(value, "all equal"), spread };
}

/** A sweep that is to be made up. */
export interface MadeUpSweep extends Omit<MadeUpRun, "effect" | "lead" | "loss"> {
  /** `[variants]` the values of the swept settings. */
  readonly variants: readonly Readonly<Record<string, Variant["settings"][number]["value"]>>[];
  /** What differs between variants, in standard deviations of a draw. */
  readonly effect?: (
    variant: MadeUpSweep["variants"][number],
    cell: Cell,
    measure: string,
  ) => number;
  /** How much higher the target's loss is in a variant, nats per token. */
  readonly loss?: (variant: MadeUpSweep["variants"][number]) => number;
}

/** A sweep with these numbers. */
export function madeUpSweep(
  { variants, effect = () => 0, loss = () => 0, seed = 0, ...run }: MadeUpSweep,
): Promise<SweepSummary> {
  return summarizeSweep({
    trains: true,
    name: "made-up",
    variants: variants.map((variant): VariantRun => {
      const settings = Object.entries(variant).map(([path, value]) => ({ path, value }));
      const label = settings.map(({ path, value }) => `${path}=${value}`).join(",");
      const { cells, losses, search } = madeUpRun({
        ...run,
        seed: `${seed}, ${label}`,
        effect: (cell, measure) => effect(variant, cell, measure),
        loss: loss(variant),
      });
      return { variant: { label, settings }, cells, losses, search, failures: [] };
    }),
  });
}

/** A normal number of mean 0 and variance 1 (Box and Muller, 1958). */
export function normal(random: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
