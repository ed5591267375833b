/**
 * What a config that says nothing of training leaves: a target that is worth looking at.
 *
 * @module
 */
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
// @ts-types="../declarations/assert.d.ts"
import { assert, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { inFolder } from "../temporary_folder.ts";
import { runInto } from "./tiny_run.ts";

const minimal = `
corpus: { path: data/names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding: { prompts: [a], samples: 1, strategies: [{ strategy: greedy }] }
report: { ngram_orders: [2, 3], charts: false }
`;

Deno.test("default training: on held-out names the target beats a 3-gram and the draft a 2-gram (by 0.03 and 0.1 nats per token)", () =>
  inFolder(async (folder) => {
    await runInto(folder, readExperiment("configs/minimal.yaml", minimal));
    const rows = parse(Deno.readTextFileSync(`${folder}/models.csv`), { skipFirstRow: true });
    const lossOf = (model: string): number =>
      Number(rows.find((row) => row["model"] === model)?.["held_out_nats_per_token"] ?? NaN);
    assert(lossOf("target") < lossOf("3-gram") - 0.03, `${lossOf("target")}`);
    assert(lossOf("draft") < lossOf("2-gram") - 0.1, `${lossOf("draft")}`);
    // A draft that were as good would be no draft.
    assert(lossOf("target") < lossOf("draft") - 0.05);
    assertStringIncludes(
      Deno.readTextFileSync(`${folder}/report.md`),
      "The target beats every n-gram model.",
    );
  }));
