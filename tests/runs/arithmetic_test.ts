/**
 * Runs on processors of either arithmetic, seen from one: a processor that fuses computes strictly, too.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Experiment, readExperiment, readWithStrategy } from "../../src/config/experiment.ts";
import { engines } from "../../src/model/engines.ts";
import type { LanguageModel } from "../../src/model/language_model.ts";
import {
  type Arithmetic,
  ArithmeticError,
  processorArithmetic,
} from "../../src/model/simd/arithmetic.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { CorpusCache } from "../../src/runs/corpus_cache.ts";
import { runChanges } from "../../src/runs/folder_remarks.ts";
import { machineProblem } from "../../src/runs/merge.ts";
import { openPlan, PlanError } from "../../src/runs/plan_file.ts";
import { programFiles } from "../../src/runs/program_files.ts";
import { readManifest } from "../../src/runs/run_folder.ts";
import { openTrainedRun } from "../../src/runs/trained_run.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import type { ExperimentData } from "../../src/stages/experiment_data.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { Store } from "../../src/store/store.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto } from "./tiny_run.ts";

function experimentWith(...changes: string[]): Experiment {
  return readExperiment("configs/tiny.yaml", config, [
    "training.target.steps=3",
    "training.draft.steps=2",
    "decoding.strategies=[{strategy: greedy}, {strategy: speculative, draft_k: 2}]",
    "report.charts=false",
    ...changes,
  ]);
}

/** An experiment with `engine`, on a machine whose processor has that arithmetic. */
function dataOn(arithmetic: Arithmetic, engine: string): Promise<ExperimentData> {
  return checkWithCorpus(experimentWith(`engine=${engine}`), undefined, { arithmetic });
}

/** The keys of the results of `data` by stage and name, without that of its report. */
function keysOf(data: ExperimentData): Map<string, string> {
  const ids = new ExperimentTasks(data).all().map(({ id }) => id);
  return new Map(
    ids.filter(({ stage }) => stage !== "report").map(({ stage, name, key }) => [
      `${stage} ${name}`,
      key,
    ]),
  );
}

Deno.test("keys: with strict arithmetic, of the processor or by the config, they are those from before there was another", async () => {
  const strict = await dataOn("strict", "simd");
  const [training] = new ExperimentTasks(strict).all();
  assert(training !== undefined);
  // What they depended on then, and nothing else.
  assertEquals(JSON.parse(JSON.stringify(training.id.inputs)), {
    engine: "simd",
    seed: 1,
    seeding: "independent",
    corpus: { sha256: strict.corpus?.sha256, held_out: 0.1 },
    models: { block_size: 16, target: { n_embd: 8, n_head: 2, n_layer: 1 } },
    training: { target: strict.experiment.config.training.target },
    versions: { stage: 1, v8: Deno.version.v8 },
  });
  for (const processor of ["fused", "strict"] as const) {
    const chosen = await dataOn(processor, "{simd: strict}");
    assertEquals(chosen.arithmetic, "strict");
    assertEquals(keysOf(chosen), keysOf(strict));
  }
});

Deno.test("keys: with fused arithmetic all are others that depend on a model, and no others", async () => {
  const [fused, strict] = [await dataOn("fused", "simd"), await dataOn("strict", "simd")];
  const others = keysOf(strict);
  const same = [...keysOf(fused)].filter(([name, key]) => others.get(name) === key);
  assertEquals(same.map(([name]) => name), [1, 2, 3, 4, 5].map((order) => `loss ${order}-gram`));
  assertEquals([fused.arithmetic, strict.arithmetic], ["fused", "strict"]);
});

Deno.test("keys: that of a report says that the processor has strict arithmetic where the config does not", async () => {
  const of = async (processor: Arithmetic, engine: string): Promise<unknown> => {
    const all = new ExperimentTasks(await dataOn(processor, engine)).all();
    return all.find(({ id }) => id.stage === "report")?.id.inputs["arithmetic"];
  };
  assertEquals(await of("strict", "simd"), "strict");
  assertEquals(await of("fused", "simd"), undefined);
  assertEquals(await of("strict", "{simd: strict}"), undefined);
  assertEquals(await of("strict", "reference"), undefined);
});

Deno.test("runChanges: another arithmetic is a change where no setting says it, and something was trained", async () => {
  const stages = { train: { target: "0" } };
  const [fused, strict] = [await dataOn("fused", "simd"), await dataOn("strict", "simd")];
  const chosen = await dataOn("fused", "{simd: strict}");
  const cases = [
    [strict, { arithmetic: "strict" }, fused, ["arithmetic: strict → fused (this processor's)"]],
    [fused, { arithmetic: "fused" }, strict, ["arithmetic: fused → strict (this processor's)"]],
    [fused, { arithmetic: "fused" }, fused, []],
    // As runs were before manifests said it.
    [strict, {}, fused, ["arithmetic: strict → fused (this processor's)"]],
    [strict, {}, strict, []],
    [fused, { arithmetic: "fused" }, chosen, ["engine: simd → {simd: strict}"]],
    [await dataOn("fused", "reference"), {}, fused, ["engine: reference → simd"]],
  ] as const;
  for (const [{ configText }, versions, now, changes] of cases) {
    assertEquals(runChanges({ configText, manifest: { versions, stages } }, now), [...changes]);
  }
  const untrained = { versions: {}, stages: { train: {} } };
  assertEquals(runChanges({ configText: fused.configText, manifest: untrained }, fused), []);
});

Deno.test("keys: of the engine reference they are the same on every processor", async () => {
  const [fused, strict] = [await dataOn("fused", "reference"), await dataOn("strict", "reference")];
  assertEquals(keysOf(fused), keysOf(strict));
  assertEquals([fused.arithmetic, strict.arithmetic], [undefined, undefined]);
});

Deno.test("runSweeps: {simd: strict} uses what a strict processor has left in the store, and leaves the same samples", () =>
  inFolder(async (folder) => {
    const store = new Store(`${folder}/store`);
    await runInto(`${folder}/before`, experimentWith("engine=simd"), {
      store,
      machine: { arithmetic: "strict" },
    });
    const trained = await store.heads("train");
    const chosen = experimentWith("engine={simd: strict}");
    await runInto(`${folder}/after`, chosen, { store });
    assertEquals(await store.heads("train"), trained);
    const file = (run: string, name: string) => Deno.readTextFile(`${folder}/${run}/${name}`);
    for (const name of ["samples.csv", "results.csv", "checkpoints/target.json"]) {
      assertEquals(await file("after", name), await file("before", name), name);
    }
    for (const run of ["before", "after"]) {
      const report = await file(run, "report.md");
      assert(/^\| engine +\| simd \(strict\) +\|$/m.test(report), report);
    }
    assertEquals(await arithmeticOf(`${folder}/before`), ["strict", undefined]);
    assertEquals(await arithmeticOf(`${folder}/after`), ["strict", undefined]);
    const text = await file("after", "config.yaml");
    assert(text.includes("\nengine:\n  simd: strict\n"), text);
    // Run itself, it gives the same again.
    const again = readExperiment(`${folder}/after/config.yaml`, text);
    assertEquals(
      keysOf(await checkWithCorpus(again)),
      keysOf(await checkWithCorpus(chosen)),
    );
  }));

/** The arithmetic of the run in `folder`, by its manifest, and by the checkpoint of its target. */
async function arithmeticOf(folder: string): Promise<unknown[]> {
  const found = await readManifest(folder);
  assert(found.kind === "whole");
  const { training } = await readCheckpoint(`${folder}/checkpoints/target.json`);
  return [found.manifest.versions["arithmetic"], training["arithmetic"]];
}

/** The logits of a model after a token. */
function logitsOf(model: LanguageModel): readonly number[] {
  const [logits] = model.forward([{ sequence: model.open(), tokens: [1, 2, 3], rows: 1 }]);
  return [...logits ?? []];
}

Deno.test("openTrainedRun: a run is sampled in the arithmetic that it was trained in", () =>
  inFolder(async (folder) => {
    const own = processorArithmetic();
    for (const arithmetic of own === "fused" ? ["fused", "strict"] as const : [own]) {
      const run = `${folder}/${arithmetic}`;
      await runInto(run, experimentWith("engine=simd"), { machine: { arithmetic } });
      assertEquals(await arithmeticOf(run), [
        arithmetic,
        arithmetic === "fused" ? arithmetic : undefined,
      ]);
      const file = `${run}/config.yaml`;
      const one = await readWithStrategy(file, await Deno.readTextFile(file), {
        strategy: "sample",
        assignments: [],
      }, {});
      const { model, close } = await openTrainedRun(run, "target", one);
      const { weights } = await readCheckpoint(`${run}/checkpoints/target.json`);
      const expected = engines.simd.languageModel(weights, 1, arithmetic);
      assertEquals(logitsOf(model), logitsOf(expected));
      close();
      expected.close();
    }
  }));

/** Writes a plan of {@linkcode dataOn}; its file. */
async function planOn(folder: string, data: ExperimentData): Promise<string> {
  const file = `${folder}/plan.json`;
  const sweep = { name: "tiny", folder: "tiny", parts: [{ data, folder: "tiny" }] };
  const store = new Store(`${folder}/store`);
  await writePlan(file, [sweep], { store, program: await programFiles() });
  return file;
}

Deno.test("plan file: one for fused arithmetic is refused by name on a processor that has none, and merged there", () =>
  inFolder(async (folder) => {
    const plan = await openPlan(await planOn(folder, await dataOn("fused", "simd")));
    const reading = { corpora: new CorpusCache(), arithmetic: "strict" } as const;
    await assertRejects(
      () => plan.reading(reading).run(0),
      PlanError,
      "plan.json: it was written for a processor with fused arithmetic, which this one does not have; " +
        "use another machine, or write it again with --set engine.simd=strict, which any can compute",
    );
    const merged = await plan.reading({ ...reading, mergesOnly: true }).run(0);
    assertEquals(merged.arithmetic, "fused");
    assertEquals(
      (await plan.reading({ ...reading, arithmetic: "fused" }).run(0)).arithmetic,
      "fused",
    );
  }));

Deno.test("plan file: one for strict arithmetic is computed strictly on every processor", () =>
  inFolder(async (folder) => {
    const strict = await dataOn("strict", "simd");
    const plan = await openPlan(await planOn(folder, strict));
    for (const arithmetic of ["fused", "strict"] as const) {
      const read = await plan.reading({ corpora: new CorpusCache(), arithmetic }).run(0);
      assertEquals([read.arithmetic, keysOf(read)], ["strict", keysOf(strict)]);
    }
  }));

Deno.test("plan file: an arithmetic that its settings do not ask for is refused", () =>
  inFolder(async (folder) => {
    const cases = [
      ["{simd: strict}", "fused"],
      ["reference", "strict"],
      ["simd", undefined],
    ] as const;
    for (const [engine, arithmetic] of cases) {
      const { arithmetic: _own, ...data } = await dataOn("fused", engine);
      const stranger = arithmetic === undefined ? data : { ...data, arithmetic };
      const plan = await openPlan(await planOn(folder, stranger));
      await assertRejects(
        () => plan.run(0),
        PlanError,
        "and the arithmetic that its settings ask for",
      );
    }
  }));

Deno.test("mergeSweeps: a measure that takes fused arithmetic is refused where there is none", () => {
  const cases = [
    ["fused", "fused", false],
    ["fused", "strict", true],
    ["strict", "fused", false],
    ["strict", "strict", false],
  ] as const;
  for (const [arithmetic, processor, isProblem] of cases) {
    const error = machineProblem({ arithmetic }, processor)?.("cannot measure greedy");
    assertEquals(error instanceof ArithmeticError, isProblem);
    if (error === undefined) continue;
    assertEquals(
      error.message,
      "cannot measure greedy without fused arithmetic, where something else failed; merge the plan on " +
        "a machine whose processor has it",
    );
  }
});
