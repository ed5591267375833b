/**
 * Reports are written on the thread of the run itself while speculation is timed on another one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import type { Progress } from "../../src/runs/progress.ts";
import { report } from "../../src/stages/report.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, filesIn, runInto, type TestOptions } from "./tiny_run.ts";

const experiment = readExperiment("configs/tiny.yaml", config, [
  "training.target.steps=20",
  "training.draft.steps=20",
  "report.charts=false",
  "decoding.strategies=[{strategy: greedy}, " +
  "{strategy: speculative, acceptance_rule: original, draft_k: 2}]",
]);

/** Notes in `told` which phases begin and end. */
function noting(told: string[]): Progress {
  const open: string[] = [];
  return {
    begin(phase) {
      open.push(phase);
      told.push(`${phase} begins`);
    },
    advance() {},
    end: () => void told.push(`${open.pop()} ends`),
  };
}

/** Runs the experiment; what happened around its report, in order. `atReport` is awaited before it. */
async function runNoted(
  folder: string,
  options: TestOptions,
  atReport: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const told: string[] = [];
  const write = report.run;
  report.run = async (task, inputs) => {
    told.push("the report is written");
    await atReport();
    return await write.call(report, task, inputs);
  };
  try {
    await runInto(folder, experiment, { ...options, progress: noting(told) });
  } finally {
    report.run = write;
  }
  return told.filter((line) => /^(timing|writing reports|the report)/.test(line));
}

/** The text of every file in `folder` but `timings.csv`, which reads the clock. */
function textsIn(folder: string): Record<string, string> {
  const names = filesIn(folder).filter((name) => name !== "timings.csv").sort();
  return Object.fromEntries(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

/** The texts that the first test, on one thread, leaves; those of two threads are the same bytes. */
let alone: Record<string, string> = {};

Deno.test("runSweeps: one thread times first, and writes the report once", async () => {
  await inFolder(async (folder) => {
    assertEquals(await runNoted(folder, { threads: 1 }), [
      "timing speculation begins",
      "timing speculation ends",
      "writing reports begins",
      "the report is written",
      "writing reports ends",
    ]);
    alone = textsIn(folder);
    assert("report.md" in alone);
  });
});

Deno.test("runSweeps: two threads write the report once, beside timings: the same bytes", async () => {
  await inFolder(async (folder) => {
    assertEquals(await runNoted(folder, { threads: 2 }), [
      "timing speculation begins",
      "the report is written",
      "timing speculation ends",
      "writing reports begins",
      "writing reports ends",
    ]);
    assertEquals(textsIn(folder), alone);
  });
});

Deno.test("runSweeps: interrupted while the report is written beside timings, it resumes: the same bytes", async () => {
  await inFolder(async (folder) => {
    const store = new Store(`${folder}/store`);
    const output = `${folder}/run`;
    const { signal, abort } = abortable();
    const stopped = runNoted(output, { threads: 2, store, signal }, () => {
      abort();
      // The process of a real run ends before its report.
      return new Promise(() => {});
    });
    assertEquals((await assertRejects(() => stopped, Error)).message, "interrupted");
    assert(!filesIn(output).includes("report.md"), filesIn(output).join());
    const told = await runNoted(output, { threads: 2, store });
    assertEquals(told.filter((line) => line === "the report is written").length, 1);
    assertEquals(textsIn(output), alone);
  });
});

/** A signal, and the call that aborts it. */
function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => controller.abort(new Error("interrupted")),
  };
}
