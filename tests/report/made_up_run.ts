// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { Documents } from "../../src/data/documents.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { referenceOf } from "../../src/measure/cell_samples.ts";
import { compareCells } from "../../src/measure/compare_cells.ts";
import type { CorpusLoss } from "../../src/measure/corpus_loss.ts";
import type { Sample } from "../../src/measure/sample.ts";
import type { Estimate } from "../../src/measure/estimate.ts";
import type { RunRecord } from "../../src/report/run/run_record.ts";
import { alone, speculating } from "../measure/sample_of.ts";

const experiment = readExperiment(
  "c.yaml",
  `
name: made-up
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a, m]
  samples: 2
  strategies:
    - { strategy: top_k, k: 5 }
    - { strategy: speculative, acceptance_rule: original, draft_k: [2, 4] }
`,
);

function sample(prompt: string, number: number, continuation: string, scale: number): Sample {
  return {
    prompt,
    draw: prompt === "a" ? 0 : 1,
    number,
    continuation,
    result: {
      tokens: [...continuation].map((_, i) => i),
      stop: continuation.length > 3 ? "max_new_tokens" : "eos",
      logProbs: Array(continuation.length + (continuation.length > 3 ? 0 : 1)).fill(-scale),
      warpedLogProbs: [-scale / 2],
      costs: {
        targetCalls: 2,
        targetRows: 1_000 * scale,
        draftCalls: 5,
        draftRows: 7 * scale,
        proposed: 40 * scale,
        tested: 20 * scale,
        accepted: 15 * scale,
        resampled: 3 * scale,
        bonus: 2 * scale,
        rounds: 11 * scale,
      },
      speculation: {
        proposedAt: [30 * scale, 10 * scale],
        testedAt: [16 * scale, 4 * scale],
        acceptedAt: [12 * scale, 3 * scale],
        overlapAt: [12 * scale, 3 * scale],
      },
    },
  };
}
const [first, second, third] = experiment.cells;
assert(first !== undefined && second !== undefined && third !== undefined);
const measured = [first, second, third].map((cell, i) =>
  measureCell(cell, [
    sample("a", 0, "xy", i + 1),
    sample("a", 1, "xy", i + 1),
    sample("m", 0, "longer", i + 1),
    sample("m", 1, "z|", i + 1),
  ], {
    ...(i === 0 ? alone : speculating()),
    reference: referenceOf(Documents.of(["axy", "abc"]), Documents.of(["mlonger"])),
  })
);
const steps = Array.from(
  { length: 20 },
  (_, step) => ({ step, loss: 20 - step, learningRate: 0.01 - step / 2000 }),
);
/** A run whose numbers are all different, so that none can stand in another's place. */
export const record: RunRecord = {
  others: [],
  failures: [],
  experiment,
  corpus: {
    file: { source: "names.txt", sha256: "abc" },
    documents: 1234,
    heldOut: 321,
    vocabulary: { unit: "characters", count: 2, excerpt: "ab" },
    longest: 17,
    lengths: [[3, 600], [5, 305], [17, 8]],
    long: { documents: 2, tokens: 35, pastBlock: 3, windows: 4 },
  },
  prompts: ["a", "m"],
  models: [
    {
      name: "target",
      spec: { vocabSize: 3, blockSize: 16, nEmbd: 12, nHead: 4, nLayer: 1 },
      parameters: 4192,
      steps,
    },
    {
      name: "draft",
      spec: { vocabSize: 3, blockSize: 16, nEmbd: 8, nHead: 2, nLayer: 1 },
      parameters: 1328,
      steps: steps.slice(0, 10),
    },
  ],
  losses: [
    { name: "target", heldOut: loss(321, 2.5), training: loss(400, 2.25) },
    { name: "2-gram", heldOut: loss(321, 2.75), training: loss(400, 1.5) },
  ],
  ...compareCells(measured, {
    baseline: first.label,
    prompts: ["a", "m"],
    design: alone.design,
  }),
};

/** An estimate whose ends are other numbers. */
function estimate(value: number): Estimate {
  return { value, interval: { low: value - 0.0625, high: value + 0.125 } };
}

/** A loss of `nats` a token; every number of it is another. */
function loss(documents: number, nats: number): CorpusLoss {
  return {
    documents,
    tokens: 10 * documents,
    natsPerToken: estimate(nats),
    bitsPerCharacter: estimate(nats + 1),
  };
}
