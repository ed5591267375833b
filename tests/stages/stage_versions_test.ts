/**
 * A result is found by its inputs and by the version of its stage: where a stage comes to give another
 * result, its version must be raised, or old results would pass for new ones. That holds in each kind of
 * arithmetic that the engine simd computes in; a processor without fused one skips it, visibly.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { stages } from "../../src/stages/stages.ts";
import { Store } from "../../src/store/store.ts";
import { testInEach } from "../model/simd/arithmetics.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto } from "../runs/tiny_run.ts";

/** For each reproducible stage: its version, and the digest of its results with that arithmetic. */
const recorded = {
  fused: {
    train: [1, "8d97e412de8bfcfc"],
    loss: [3, "4b924592f728bb2e"],
    decode: [1, "1f872fd51ae4547d"],
    measure: [12, "4ca12a2d1c4011fa"],
    report: [11, "0bd385d461df682c"],
  },
  strict: {
    train: [1, "9b547e19faa5b974"],
    loss: [3, "58b34b66fb9e90c8"],
    decode: [1, "05e865c51bc8298c"],
    measure: [12, "c3bfe8b74c0930b9"],
    report: [11, "5fc40cc508a9c40e"],
  },
} as const;

testInEach(
  (kind) =>
    `stages: each gives the results recorded for its version, ${kind}; where they are to change, raise the version and record all`,
  (kind) =>
    inFolder(async (folder) => {
      const store = new Store(`${folder}/store`);
      const experiment = readExperiment("configs/tiny.yaml", config, [
        "corpus.path=data/names.txt",
        "decoding.strategies=[{strategy: greedy}, {strategy: top_k, k: [2, 5]}, {strategy: exact}, " +
        "{strategy: speculative, draft_k: 2}]",
      ]);
      await runInto(`${folder}/tiny`, experiment, { store, machine: { arithmetic: kind } });
      const found: Record<string, [number, string]> = {};
      for (const { name, version } of stages.filter(({ isReproducible }) => isReproducible)) {
        const results: string[] = [];
        for (const { id } of await store.heads(name)) {
          const { body } = await store.read(id);
          results.push(`${id.name} ${sha256Hex(body)}`);
        }
        // Of checks of an onnxruntime, which this run has none of, the bytes depend on the machine.
        if (results.length === 0) continue;
        found[name] = [version, sha256Hex(results.sort().join("\n")).slice(0, 16)];
      }
      assertEquals(found, recorded[kind] as unknown);
    }),
);
