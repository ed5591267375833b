// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { Store } from "../../src/store/store.ts";
import { FailFastError } from "../../src/stages/stage.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, filesIn, runInto } from "./tiny_run.ts";

const everyName = "corpus.path=data/names.txt";
/** A draft whose only step has a finite loss and leaves weights too large for logits that are finite. */
const wildDraft = [
  everyName,
  "training.draft={steps: 1, learning_rate: 1.0e+30}",
  "report.charts=false",
];
/** One that does not come so far. */
const divergingDraft = [
  "training.draft={steps: 40, learning_rate: 1.0e+30}",
  "report.charts=false",
];
const speculative = [
  "speculative(acceptance_rule=original, draft_k=2)",
  "speculative(acceptance_rule=original, draft_k=4)",
];

Deno.test("runSweeps: a cell that fails stops no other, and the report marks what is missing", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, wildDraft);
    const { failures, models, cells } = await runInto(folder, experiment);
    assertEquals(failures.map(({ what }) => what), [
      "training of the draft",
      "loss of draft",
      ...speculative,
    ]);
    assertMatch(failures[0]?.message ?? "", /^the draft diverged: /);
    assertEquals(models, { all: 2, recomputed: 1, failed: 1 });
    assertEquals(cells, { all: 9, recomputed: 7, failed: 2 });
    const report = await Deno.readTextFile(`${folder}/report.md`);
    assertMatch(report, /^# tiny\n\n\*\*Incomplete:\*\* /);
    for (const cell of speculative) assertStringIncludes(report, cell);
    const results = await Deno.readTextFile(`${folder}/results.csv`);
    assertEquals(results.trim().split(/\r?\n/).length, 1 + 7);
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals(manifest.failures, failures);
  }));

Deno.test("runSweeps: where the draft cannot be trained, everything that needs it fails and the rest is reported", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, divergingDraft);
    const { failures, models, cells } = await runInto(folder, experiment);
    assertMatch(failures[0]?.message ?? "", /^the draft diverged: expected a finite loss/);
    assertEquals(failures.map(({ what }) => what), [
      "training of the draft",
      "loss of draft",
      ...speculative,
    ]);
    assertEquals(failures.at(-1)?.message, "the training of the draft failed");
    assertEquals([models.recomputed, cells.recomputed], [1, 7]);
    assert(!filesIn(folder).includes("checkpoints/draft.json"));
    assertMatch(await Deno.readTextFile(`${folder}/report.md`), /^# tiny\n\n\*\*Incomplete:\*\* /);
  }));

Deno.test("runSweeps: with failFast the first failure is the end, and no file of the run is written", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, divergingDraft);
    await assertRejects(
      () => runInto(folder, experiment, { failFast: true }),
      FailFastError,
      "draft: the draft diverged: expected a finite loss",
    );
    // But for the mark by which the results that are finished stay known.
    assertEquals(filesIn(folder), [".begun"]);
  }));

Deno.test("runSweeps: only what failed is recomputed once it is repaired", () =>
  inFolder(async (folder) => {
    const experiment = (overrides: string[]) =>
      readExperiment("configs/tiny.yaml", config, overrides);
    const store = new Store(`${folder}/store`);
    await runInto(`${folder}/tiny`, experiment(wildDraft), { store });
    const { failures, models, cells } = await runInto(`${folder}/tiny`, experiment([everyName]), {
      store,
    });
    assertEquals([failures, models.recomputed, cells.recomputed], [[], 1, 2]);
    assert(!(await Deno.readTextFile(`${folder}/tiny/report.md`)).includes("Incomplete"));
  }));

Deno.test("runSweeps: the files are the same bytes with 1, 2 and 5 threads", () =>
  inFolder(async (folder) => {
    const experiment = readExperiment("configs/tiny.yaml", config, ["report.charts=false"]);
    const bytes = async (threads: number): Promise<Map<string, string>> => {
      await runInto(`${folder}/${threads}`, experiment, { threads });
      const names = filesIn(`${folder}/${threads}`).filter((name) => name !== "timings.csv");
      return new Map(
        names.map((name) => [name, Deno.readTextFileSync(`${folder}/${threads}/${name}`)]),
      );
    };
    const one = await bytes(1);
    for (const threads of [2, 5]) assertEquals(await bytes(threads), one, `${threads} threads`);
  }));
