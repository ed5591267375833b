/**
 * About how much time and memory the tasks of a plan take, by which they are shared out. However large
 * the plan and the store are, the work is bounded.
 *
 * @module
 */
import { strategyOf } from "../decode/definitions.ts";
import { trainingEngine } from "../model/engine.ts";
import { engines } from "../model/engines.ts";
import { operationsPerToken } from "../model/transformer.ts";
import { decode } from "../stages/decode.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { measure } from "../stages/measure.ts";
import { taskMemory } from "../stages/memory.ts";
import { transformerSpec } from "../stages/model_use.ts";
import type { StageTask } from "../stages/stage.ts";
import { stageNamed } from "../stages/stages.ts";
import { estimatedSeconds, type KnownResults } from "./known_results.ts";

/** About how many tasks the store is searched for results like them. */
const MOST_SEARCHES = 50_000;
/** Digits that are kept: a line for each of a million tasks should be short. */
const DIGITS = 3;

/** Estimates of the tasks of one run. */
export interface RunEstimates {
  /** Seconds on one thread: measured on a similar result, or else from sizes alone. */
  seconds(task: StageTask): Promise<number>;
  /** Bytes at the peak on one thread. */
  memory(task: StageTask): number;
}

/** Estimates of the tasks of a plan. */
export class PlanEstimates {
  readonly #known: Pick<KnownResults, "nearest">;
  /** The store is searched for the first of so many tasks of a kind; those after it are taken for alike. */
  readonly #stride: number;

  /**
   * Of a plan of `runs`, from the results that are `known`, which are searched about `mostSearches` times
   * for cells.
   */
  constructor(
    runs: readonly ExperimentData[],
    known: Pick<KnownResults, "nearest">,
    mostSearches = MOST_SEARCHES,
  ) {
    this.#known = known;
    const cells = runs.reduce((sum, { experiment }) => sum + experiment.cells.length, 0);
    this.#stride = Math.max(1, Math.ceil(2 * cells / mostSearches));
  }

  /** Those of the tasks of `data`, which are asked for in their order. */
  of(data: ExperimentData): RunEstimates {
    const alike = new Map<string, { asked: number; pace: number | undefined }>();
    const memory = taskMemory(data);
    const rough = roughSeconds(data);
    return {
      seconds: async (task) => {
        const { name, family, count, workload } = stageNamed(task.id.stage);
        const kind = `${name} ${family?.(task.id)}`;
        const units = Math.max(1, count(task, data));
        const one = alike.get(kind) ?? { asked: 0, pace: undefined };
        alike.set(kind, one);
        if (one.asked++ % this.#stride === 0) {
          const seconds = await estimatedSeconds(task, data, this.#known);
          one.pace = seconds === undefined ? undefined : seconds / units;
        }
        const measured = one.pace === undefined ? undefined : one.pace * units;
        return rounded(measured ?? workload?.(task, data).seconds ?? rough(task, units));
      },
      memory: ({ id }) => rounded(memory(id)),
    };
  }
}

/** Seconds that a decoding or a sample that is measured takes beside the model's arithmetic. */
const PER_TEXT = 1e-4;

/** The time of tasks whose stages have no workload, to the nearest power of ten, from sizes alone. */
function roughSeconds(data: ExperimentData): (task: StageTask, units: number) => number {
  const { experiment: { config, cells } } = data;
  const spec = transformerSpec(data, "target");
  const { operationsPerSecond } = engines[trainingEngine(config.engine)];
  const perToken = spec === undefined ? 0 : 2 * operationsPerToken(spec) / operationsPerSecond;
  const perSequence = PER_TEXT + perToken * config.decoding.max_new_tokens;
  const settings = new Map(cells.map(({ label, settings }) => [label, settings]));
  return ({ id: { stage, name } }, units) => {
    if (stage === measure.name) return PER_TEXT * units;
    const own = stage === decode.name ? settings.get(name) : undefined;
    if (own === undefined) return 1;
    return units * perSequence * (strategyOf(own).sequences?.(own) ?? 1);
  };
}

function rounded(amount: number): number {
  return Number(amount.toPrecision(DIGITS));
}
