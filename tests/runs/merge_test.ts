/**
 * Merging: the folders that are written from results which were computed task by task, and from what is
 * known of failures, are those of a plain run.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { CorpusCache } from "../../src/runs/corpus_cache.ts";
import { mergeSweeps, standingOf } from "../../src/runs/merge.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { openPlan, PlanError, type PlanSweep } from "../../src/runs/plan_file.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import type { PlanRows } from "../../src/runs/plan_rows.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { type PlannedSweep, runSweeps, type SweepResult } from "../../src/runs/run.ts";
import { runPhases } from "../../src/runs/run_phases.ts";
import { RunState } from "../../src/runs/run_state.ts";
import { report } from "../../src/stages/report.ts";
import { phases } from "../../src/stages/stages.ts";
import { LostResultError, Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, runOptions } from "./tiny_run.ts";

/** A draft that is fine, and one whose weights grow until it has no logits. */
const sweep = `
name: sweep
seed: 1
engine: simd
corpus: { path: ../tests/data/few_names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training:
  target: { steps: 4, batch_size: 1 }
  draft: { steps: 1, learning_rate: [0.01, 1.0e+30] }
decoding:
  prompts: [a, mar]
  samples: 4
  max_new_tokens: 12
  strategies: [{ strategy: greedy }, { strategy: top_k, k: 3 }, { strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;

/** A run whose draft diverges. */
const noDraft = sweep.replace("name: sweep", "name: no-draft")
  .replace("steps: 1, learning_rate: [0.01, 1.0e+30]", "steps: 40, learning_rate: 1.0e+30");
/** A run whose target diverges, so that it has no report. */
const noTarget = sweep.replace("name: sweep", "name: no-target")
  .replace("steps: 4, batch_size: 1", "steps: 40, batch_size: 1, learning_rate: 1.0e+30")
  .replace("[0.01, 1.0e+30]", "0.01");

/** A plan, and what it is read to. */
interface Planned {
  readonly sweeps: readonly PlanSweep[];
  readonly rows: PlanRows;
}

const program = await programFiles();

/** The plan of configs, from its file in `folder`. */
async function planned(folder: string, ...texts: string[]): Promise<Planned> {
  const sweeps: PlanSweep[] = [];
  for (const text of texts) {
    const parts: PlanSweep["parts"][number][] = [];
    const experiments = readExperiments("configs/tiny.yaml", text);
    const name = experiments[0]?.name ?? "";
    for (const experiment of experiments) {
      const data = await checkWithCorpus(experiment);
      const { variant } = experiment;
      parts.push({ data, folder: variant === undefined ? name : `${name}/${variant.label}` });
    }
    sweeps.push({ name, folder: name, parts });
  }
  const file = `${folder}/plan.json`;
  await writePlan(file, sweeps, { store: new Store(`${folder}/store`), program });
  const plan = await openPlan(file);
  return { sweeps: await plan.whole(), rows: plan.rows };
}

/** Calls `use` with the folders of `plan`, opened below `folder`. */
async function withFolders(
  { sweeps }: Planned,
  folder: string,
  use: (sweeps: readonly PlannedSweep[]) => Promise<readonly SweepResult[]>,
): Promise<readonly SweepResult[]> {
  const opened: OutputFolder[] = [];
  const open = async (name: string): Promise<OutputFolder> => {
    const lock = { wait: false, notice() {}, signal: new AbortController().signal };
    const own = await OutputFolder.open(name, { ...lock, resolved: `${folder}/${name}` });
    opened.push(own);
    return own;
  };
  try {
    const folders: PlannedSweep[] = [];
    for (const { name, folder, parts } of sweeps) {
      const isSweep = parts.length > 1;
      const runs: PlannedSweep["runs"][number][] = [];
      for (const { data, folder } of parts) runs.push({ data, folder: await open(folder) });
      folders.push(isSweep ? { runs, summary: { name, folder: await open(folder) } } : { runs });
    }
    return await use(folders);
  } finally {
    for (const one of opened) await one.close();
  }
}

/** Computes all of a plan but its reports; why the tasks failed that ran, by key. */
async function computed({ sweeps }: Planned, store: Store): Promise<Map<string, Error>> {
  const state = new RunState(runOptions(store));
  const experiments = sweeps.flatMap(({ parts }) => parts).map(({ data }) => state.tasksOf(data));
  await runPhases(experiments, state, phases.filter(([first]) => first !== report));
  const failures = new Map<string, Error>();
  for (const { id, needs } of experiments.flatMap((tasks) => tasks.all())) {
    const error = state.failure(id);
    // What needs a task that failed never ran.
    const ran = needs.every((need) => state.failure(need) === undefined);
    if (error !== undefined && ran) failures.set(id.key, error);
  }
  return failures;
}

/** The file of the result with that key. */
async function placeIn(store: Store, key: string): Promise<string> {
  for await (const file of store.files()) if (file.key === key) return file.path;
  throw new Error(`Cannot find ${key}`);
}

/** The files below `folder` by name, but for timings. */
function textsIn(folder: string): Map<string, string> {
  const names = filesIn(folder).filter((name) => !name.endsWith("timings.csv")).sort();
  return new Map(names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
}

const told = (results: readonly SweepResult[]) =>
  results.flatMap(({ runs }) => runs.map(({ failures, hasFiles }) => ({ failures, hasFiles })));

Deno.test("merge: the files and failures are those of a plain run, over cells and trainings that fail", () =>
  inFolder(async (folder) => {
    const plan = await planned(folder, sweep, noDraft, noTarget);
    const store = new Store(`${folder}/store`);
    const failures = await computed(plan, store);
    const { missing, failed } = await standingOf(plan.rows, { ...runOptions(store), failures });
    assertEquals(missing, []);
    const merged = await withFolders(
      plan,
      `${folder}/merged`,
      (sweeps) => mergeSweeps(sweeps, failed, runOptions(store)),
    );
    await Deno.remove(`${folder}/store/report`, { recursive: true });
    const plain = await withFolders(
      plan,
      `${folder}/plain`,
      (sweeps) => runSweeps(sweeps, runOptions(store)),
    );
    assertEquals(told(merged), told(plain));
    assertEquals(textsIn(`${folder}/merged`), textsIn(`${folder}/plain`));
    // What the equality is worth: cells and trainings failed, and one run has no report.
    const whats = told(plain).map(({ failures }) => failures.map(({ what }) => what));
    const cell = "speculative(draft=model, draft_k=2)";
    assertEquals(whats, [
      [],
      [cell],
      ["training of the draft", "loss of draft", cell],
      ["training of the target", "loss of target", "greedy", "top_k(k=3)", cell],
    ]);
    const marks = filesIn(`${folder}/merged`).filter((name) => /\.begun$|manifest/.test(name));
    assertEquals(marks.filter((name) => name.endsWith(".begun")), ["no-target/.begun"]);
  }));

/** A plan of one run without failures, computed into a store in `folder`. */
async function computedIn(folder: string): Promise<{ plan: Planned; store: Store }> {
  const plan = await planned(
    folder,
    noDraft.replace("steps: 40, learning_rate: 1.0e+30", "steps: 2"),
  );
  const store = new Store(`${folder}/store`);
  assertEquals((await computed(plan, store)).size, 0);
  return { plan, store };
}

Deno.test("merge: a result that is not there is missing, and so is a damaged one, which is set aside", () =>
  inFolder(async (folder) => {
    const { plan, store } = await computedIn(folder);
    const rows = [...plan.rows];
    const [draft] = rows.filter(({ stage, name }) => stage === "train" && name === "draft");
    const [greedy] = rows.filter(({ stage, name }) => stage === "decode" && name === "greedy");
    assert(draft !== undefined && greedy !== undefined);
    await Deno.remove(await placeIn(store, draft.key));
    await Deno.truncate(await placeIn(store, greedy.key), 200);
    const notices: string[] = [];
    const notice = (message: string): void => void notices.push(message);
    const look = async (...failures: [string, Error][]) => {
      const options = { ...runOptions(store), failures: new Map(failures), notice };
      const { missing, failed } = await standingOf(rows, options);
      return [missing.map(({ stage, name }) => `${stage} ${name}`), [...failed.keys()]];
    };
    assertEquals(await look(), [["train draft", "decode greedy"], []]);
    assertEquals(notices.map((text) => /is damaged, and was set aside as /.test(text)), [true]);
    // What failed is not missing; what failed once and is there did not fail.
    const [top] = rows.filter(({ stage, name }) => stage === "decode" && name === "top_k(k=3)");
    const failures = [greedy, top ?? greedy].map((
      { key },
    ): [string, Error] => [key, new Error("x")]);
    assertEquals(await look(...failures), [["train draft"], [greedy.key]]);
    assertEquals(notices.length, 1);
  }));

Deno.test("merge: what needs a failed result is not missing, whether it is there or not", () =>
  inFolder(async (folder) => {
    const { plan, store } = await computedIn(folder);
    const rows = [...plan.rows];
    const [draft] = rows.filter(({ stage, name }) => stage === "train" && name === "draft");
    const [cell] = rows.filter(({ stage, name }) => stage === "decode" && /^spec/.test(name));
    assert(draft !== undefined && cell !== undefined);
    for (const { key } of [draft, cell]) await Deno.remove(await placeIn(store, key));
    const failures = new Map([[draft.key, new Error("the draft diverged")]]);
    const { missing, failed } = await standingOf(rows, { ...runOptions(store), failures });
    assertEquals([missing, [...failed]], [[], [[draft.key, "the draft diverged"]]]);
    const [result] = await withFolders(
      plan,
      `${folder}/merged`,
      (sweeps) => mergeSweeps(sweeps, failed, runOptions(store)),
    );
    assertEquals(result?.runs[0]?.failures, [
      { what: "training of the draft", message: "the draft diverged" },
      { what: "loss of draft", message: "the training of the draft failed" },
      { what: cell.name, message: "the training of the draft failed" },
    ]);
  }));

Deno.test("merge: a result that turns out to be damaged ends it, and nothing but reports is computed", () =>
  inFolder(async (folder) => {
    const { plan, store } = await computedIn(folder);
    const [cell] = [...plan.rows].filter(({ stage }) => stage === "measure");
    assert(cell !== undefined);
    const file = await placeIn(store, cell.key);
    const bytes = await Deno.readFile(file);
    bytes[bytes.length - 1] = 255 - (bytes[bytes.length - 1] ?? 0);
    await Deno.writeFile(file, bytes);
    const merge = () =>
      withFolders(
        plan,
        `${folder}/merged`,
        (sweeps) => mergeSweeps(sweeps, new Map(), runOptions(store)),
      );
    await assertRejects(merge, LostResultError, "its content was changed");
    await assertRejects(merge, LostResultError, "is gone");
    assertEquals(filesIn(`${folder}/merged`), ["no-draft/.begun"]);
    assertEquals(
      (await standingOf(plan.rows, { ...runOptions(store), failures: new Map() }))
        .missing.map(({ key }) => key),
      [cell.key],
    );
  }));

Deno.test("merge: all results that turn out to be damaged are named by one error, and none is said to be recomputed", () =>
  inFolder(async (folder) => {
    const plan = await planned(folder, sweep.replace("[0.01, 1.0e+30]", "[0.01, 0.02]"));
    const store = new Store(`${folder}/store`);
    await computed(plan, store);
    const cells = [...plan.rows].filter(({ stage, name }) =>
      stage === "measure" && name.startsWith("spec")
    );
    for (const { key } of cells) {
      const file = await placeIn(store, key);
      const bytes = await Deno.readFile(file);
      bytes[bytes.length - 1] = 255 - (bytes[bytes.length - 1] ?? 0);
      await Deno.writeFile(file, bytes);
    }
    const said: string[] = [];
    const options = { ...runOptions(store), notice: (one: string) => void said.push(one) };
    const error = await assertRejects(
      () =>
        withFolders(plan, `${folder}/merged`, (sweeps) => mergeSweeps(sweeps, new Map(), options)),
      LostResultError,
    );
    assert(error.also.length > 0, "each report finds a damaged one");
    assertEquals(said, []);
  }));

Deno.test("merge: a folder with files of someone else is refused before anything is computed", () =>
  inFolder(async (folder) => {
    const { plan, store } = await computedIn(folder);
    await Deno.mkdir(`${folder}/merged/no-draft`, { recursive: true });
    await Deno.writeTextFile(`${folder}/merged/no-draft/report.md`, "mine\n");
    const merge = () =>
      withFolders(
        plan,
        `${folder}/merged`,
        (sweeps) => mergeSweeps(sweeps, new Map(), runOptions(store)),
      );
    await assertRejects(
      merge,
      WriteError,
      "no run of this program wrote what is there as report.md",
    );
    assertEquals(await store.heads("report"), []);
    assertEquals(filesIn(`${folder}/merged`), ["no-draft/report.md"]);
  }));

Deno.test("merge: a plan for another processor is read all the same", () =>
  inFolder(async (folder) => {
    const elsewhere = { runtime: "onnxruntime-node", version: "1.0.0", processor: "z80" } as const;
    const [experiment] = readExperiments(
      "configs/tiny.yaml",
      noDraft.replace("engine: simd", "engine: onnx"),
    );
    assert(experiment !== undefined);
    const data = { ...await checkWithCorpus(experiment), platform: elsewhere };
    const file = `${folder}/plan.json`;
    const sweeps = [{
      name: "no-draft",
      folder: "no-draft",
      parts: [{ data, folder: "no-draft" }],
    }];
    await writePlan(file, sweeps, { store: new Store(`${folder}/store`), program });
    const plan = await openPlan(file);
    const corpora = new CorpusCache();
    await assertRejects(() => plan.reading({ corpora }).run(0), PlanError, "it was written for");
    const read = await plan.reading({ corpora, mergesOnly: true }).run(0);
    assertEquals(read.platform, elsewhere);
  }));

Deno.test("merge: what was measured in another way, since a loss failed, is measured; such timings are left out", () =>
  inFolder(async (folder) => {
    const { plan, store } = await computedIn(folder);
    const rows = [...plan.rows];
    const [ngram] = rows.filter(({ stage, name }) => stage === "loss" && name === "3-gram");
    assert(ngram !== undefined);
    await Deno.remove(await placeIn(store, ngram.key));
    const failures = new Map([[ngram.key, new Error("too many n-grams")]]);
    const { missing, failed } = await standingOf(rows, { ...runOptions(store), failures });
    assertEquals(missing, []);
    const measured = (await store.heads("measure")).length;
    const [result] = await withFolders(
      plan,
      `${folder}/merged`,
      (sweeps) => mergeSweeps(sweeps, failed, runOptions(store)),
    );
    const [run] = result?.runs ?? [];
    assertEquals(run?.failures, [{ what: "loss of 3-gram", message: "too many n-grams" }]);
    assertEquals([run?.cells.failed, run?.timings], [0, []]);
    assertEquals((await store.heads("measure")).length, measured + 3);
  }));
