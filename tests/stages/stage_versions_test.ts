/**
 * What is kept is found by its inputs and by the version of its stage: where a stage comes to give
 * another result, its version must say so, or old results would be taken for new ones.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/load.ts";
import { STAGE_VERSIONS } from "../../src/stages/cache_keys.ts";
import { digest } from "../../src/store/canonical_json.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto } from "../runs/tiny_run.ts";

/** For each stage that does not tell the time: its version, and the digest of what it gives. */
const recorded = {
  train: [1, "9b547e19faa5b974"],
  loss: [1, "9bf0967d7033bb26"],
  decode: [1, "05e865c51bc8298c"],
  measure: [3, "8c05993bd8e8c2f4"],
  report: [3, "6603de8277da7f1b"],
} as const;

Deno.test("STAGE_VERSIONS: each stage gives what its version is known to give; where it is to give something else, raise its version and record both", () =>
  inFolder(async (folder) => {
    const store = new Store(`${folder}/store`);
    const experiment = readExperiment("configs/tiny.yaml", config, [
      "decoding.strategies=[{strategy: greedy}, {strategy: top_k, k: [2, 5]}, {strategy: exact}, " +
      "{strategy: speculative, draft_k: 2}]",
    ]);
    await runInto(`${folder}/tiny`, experiment, { store });
    const found: Record<string, [number, string]> = {};
    for (const stage of ["train", "loss", "decode", "measure", "report"] as const) {
      const results: string[] = [];
      for (const { id } of await store.heads(stage)) {
        const { body } = await store.read(id);
        results.push(`${id.name} ${digest(body)}`);
      }
      found[stage] = [STAGE_VERSIONS[stage], digest(results.sort().join("\n")).slice(0, 16)];
    }
    assertEquals(found, recorded as unknown);
  }));
