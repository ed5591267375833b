/**
 * Rows that can only be measured from outside a process: how long a whole run or a plan takes.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join, resolve } from "@std/path";
import { loadExperiments } from "../../src/config/experiment.ts";
import { repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { engineWork } from "./engine.ts";
import { secondsOf } from "./project_process.ts";
import type { Bound, Measure, Row } from "./rows.ts";
import { type BenchCorpus, specOf, type TrainingWork } from "./work.ts";

const CONFIG = "configs/default.yaml";
const VARIANTS = 2000;

/** Where processes may write, and the other checkout that they run in, too, if there is one. */
export interface Places {
  /** Below the outputs of this checkout. */
  readonly scratch: string;
  /** The root of another checkout. */
  readonly against?: string | undefined;
}

/**
 * The default run from the start of its process to the end: from nothing, with charts and without, and with
 * every result cached.
 */
export async function coldStartRows(corpus: BenchCorpus, places: Places): Promise<Row[]> {
  const training = await defaultTraining(corpus);
  const work: Bound = {
    kind: "arithmetic",
    what: "the task with --help, and training alone on all cores",
    measure: async (seconds) => await helpOnly.measure(seconds) + training(seconds),
  };
  const row = (what: string, bounds: readonly Bound[], ...flags: string[]): Row => ({
    section: "cold",
    isProcess: true,
    name: `run ${CONFIG}${what}`,
    label: `the default run${what}`,
    unit: "s",
    better: "lower",
    peers: {},
    bounds,
    ...runIn(places, "cold", (output) => [
      ...["run", CONFIG, "--quiet", "--output", output, "--store", join(output, ".store")],
      ...flags,
    ]),
  });
  return [
    row("", [work, helpOnly], "--fresh"),
    row(
      ", no charts",
      [work, helpOnly],
      ...["--fresh", "--set", "report.charts=false"],
    ),
    row(", all cached", [helpOnly]),
  ];
}

/** What a sweep over many seeds would compute, where nothing is cached. */
export async function planningRow(places: Places): Promise<Row> {
  await Deno.mkdir(places.scratch, { recursive: true });
  const config = resolve(places.scratch, "sweep.yaml");
  // Ten thousand cells in all, which is as many as a run may have.
  await Deno.writeTextFile(
    config,
    `extends: ${resolve(CONFIG)}
decoding:
  strategies: [{ strategy: greedy }, { strategy: top_p, p: [0.5, 0.9] }, { strategy: top_k, k: [5, 10] }]
`,
  );
  const plan = (seeds: string) => (output: string): string[] => [
    ...["plan", config, "--allow-read-outside", "--json", "--set", `seed=${seeds}`],
    ...["--output", output, "--store", join(output, ".store")],
  ];
  return {
    section: "planning",
    isProcess: true,
    name: `plan of ${VARIANTS.toLocaleString("en")} variants`,
    unit: "s",
    better: "lower",
    peers: {},
    ...runIn(places, "plan", plan(`1..${VARIANTS}`)),
    bounds: [{
      kind: "process",
      what: "a plan of 1 variant",
      measure: runIn({ scratch: places.scratch }, "plan", plan("1")).engine,
    }],
  };
}

/** The seconds that a task takes in this checkout and in the other one, which write to folders of their own. */
function runIn(
  { scratch, against }: Places,
  name: string,
  argsOf: (output: string) => string[],
): Pick<Row, "engine" | "before"> {
  const measure = (checkout: string | undefined, which: string): Measure => async () => {
    const output = resolve(scratch, `${name}-${which}`);
    const args = ["task", "-q", ...argsOf(output)];
    return await secondsOf(args, checkout === undefined ? {} : { checkout });
  };
  return {
    engine: measure(undefined, "now"),
    ...against === undefined ? {} : { before: { engine: measure(against, "before") } },
  };
}

/** The program's own start: its task, which has nothing to do. */
const helpOnly: Bound = {
  kind: "process",
  what: "the task with --help",
  measure: () => secondsOf(["task", "-q", "run", "--help"]),
};

/** The seconds that the default run's training takes on all cores, without any process or thread to start. */
async function defaultTraining(corpus: BenchCorpus): Promise<(seconds: number) => number> {
  const [experiment] = await loadExperiments(CONFIG);
  if (experiment === undefined) throw new RangeError(`Cannot train: ${CONFIG} has no experiment`);
  const { models, training } = experiment.config;
  const { block_size: blockSize } = models;
  if (blockSize === undefined) throw new RangeError(`Cannot train: ${CONFIG} has no block_size`);
  const parts = (["target", "draft"] as const).flatMap((name) => {
    const { [name]: model } = models;
    const { [name]: settings } = training;
    if (model === undefined || !("n_embd" in model) || settings === undefined) return [];
    const spec = {
      ...specOf([model.n_embd, model.n_head, model.n_layer], corpus.vocabulary),
      blockSize,
    };
    const { steps, batch_size: size } = settings;
    const documents = corpus.names.slice(0, 32 * size)
      .map((name) => corpus.vocabulary.encodeDocument(name, spec.blockSize));
    const batches = Array.from(
      { length: 32 },
      (_, i) => documents.slice(i * size, (i + 1) * size),
    );
    const work: TrainingWork = { kind: "training", name, spec, batches };
    return [{ pass: engineWork(work, navigator.hardwareConcurrency), documents: steps * size }];
  });
  return (seconds) =>
    parts.reduce(
      (sum, { pass, documents }) => sum + documents * secondsEach(repeat(pass, seconds)),
      0,
    );
}
