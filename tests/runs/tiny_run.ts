// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { type Experiment, readExperiment } from "../../src/config/experiment.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { checkWithCorpus, type Machine } from "../../src/runs/check_with_corpus.ts";
import { type RunResult, runSweeps } from "../../src/runs/run.ts";
import type { Progress } from "../../src/runs/progress.ts";
import type { RunOptions } from "../../src/runs/run_state.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";

const silent: Progress = { begin() {}, advance() {}, end() {} };

/** Strategies of each kind, on models and a corpus (300 names) that take no time. */
export const config = `
name: tiny
seed: 1
corpus: { path: ../tests/data/few_names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training:
  target: { steps: 60, batch_size: 1, learning_rate: 0.01 }
  draft: { steps: 40, batch_size: 1, learning_rate: 0.01 }
decoding:
  prompts: [a, "", mar]
  samples: 7
  max_new_tokens: 12
  strategies:
    - strategy: greedy
    - { strategy: temperature, temperature: [0.8, 1.2] }
    - { strategy: top_k, k: 5 }
    - { strategy: top_p, p: 0.9 }
    - { strategy: beam, beam_width: [1, 3] }
    - { strategy: speculative, acceptance_rule: original, draft_k: [2, 4] }
`;

/** How a test runs: what is left out has its default, on one thread. */
export type TestOptions = Partial<RunOptions> & {
  /** The machine that the run takes itself to be on. */
  readonly machine?: Machine;
};

/** The defaults of {@linkcode TestOptions}. */
export function runOptions(store: Store): RunOptions {
  return {
    store,
    threads: 1,
    fresh: false,
    failFast: false,
    signal: new AbortController().signal,
    progress: silent,
    notice() {},
  };
}

/** Runs `experiment` and leaves its files in `folder`; the store is empty unless given. */
export async function runInto(
  folder: string,
  experiment: Experiment,
  { machine, ...options }: TestOptions = {},
): Promise<RunResult> {
  const opened = await OutputFolder.open(folder, {
    wait: false,
    notice() {},
    signal: new AbortController().signal,
  });
  const store = options.store ?? new Store(await Deno.makeTempDir());
  try {
    const data = await checkWithCorpus(experiment, undefined, machine);
    const sweep = { runs: [{ data, folder: opened }] };
    const [result] = await runSweeps([sweep], { ...runOptions(store), ...options, store });
    const [run] = result?.runs ?? [];
    assert(run !== undefined);
    return run;
  } finally {
    await opened.close();
    if (options.store === undefined) await Deno.remove(store.root, { recursive: true });
  }
}

/** The names of all files below `folder`. */
export function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}

/** Runs a config and gives the text of every file it leaves. */
export async function run(text: string, overrides: string[] = []): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await inFolder(async (folder) => {
    await runInto(folder, readExperiment("configs/tiny.yaml", text, overrides));
    for (const name of filesIn(folder)) files.set(name, Deno.readTextFileSync(`${folder}/${name}`));
  });
  return files;
}

/** The text of the file `name`. */
export function file(files: Map<string, string>, name: string): string {
  const text = files.get(name);
  assert(text !== undefined, `${name} was not written`);
  return text;
}

/** The rows of the CSV file `name`. */
export function rows(files: Map<string, string>, name: string): Record<string, string>[] {
  return parse(file(files, name), { skipFirstRow: true });
}
