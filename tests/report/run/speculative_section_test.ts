// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../../src/config/load.ts";
import { noCosts } from "../../../src/decode/strategy.ts";
import { type CellMeasures, measureCell } from "../../../src/measure/cell_measures.ts";
import type { Sample } from "../../../src/measure/sample.ts";
import { referenceOf } from "../../../src/measure/text_measures.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { speculativeSection } from "../../../src/report/run/speculative_section.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";

const experiment = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - { strategy: speculative, draft_k: [1, 2] }
    - { strategy: sample }
`,
);

/** A text of eight tokens and EOS in `rounds` rounds, each of which proposed `draftK` tokens. */
function sample(draftK: number, rounds: number): Sample {
  const proposedAt = Array(draftK).fill(rounds);
  return {
    prompt: "a",
    draw: 0,
    number: 0,
    continuation: "abcdefgh",
    result: {
      tokens: [1, 2, 3, 4, 5, 6, 7, 8],
      stop: "eos",
      logProbs: Array(9).fill(-1),
      warpedLogProbs: Array(9).fill(-1),
      costs: { ...noCosts(), rounds, targetCalls: rounds, targetRows: 15, draftRows: 10 },
      speculation: {
        proposedAt,
        testedAt: proposedAt,
        acceptedAt: proposedAt.map((count) => count / 2),
        overlapAt: proposedAt.map((count) => count / 2),
      },
    },
  };
}

const cells = experiment.cells.map((cell, i): CellMeasures =>
  measureCell(cell, [sample(i + 1, i === 0 ? 6 : 4)], {
    reference: referenceOf([], []),
    random: CounterStream.fromSeed(1),
    speculation: {
      draftOperations: 0.5,
      promptTokens: new Map([["a", 2]]),
      firstToken: { distance: 0.25, byChance: 0.2 },
    },
  })
);
const report = speculativeSection({ cells } as unknown as RunRecord);

/** The cells of the first row below `below` that begins with `begins`. */
function row(below: string, begins: string): string[] {
  const line = report.slice(report.indexOf(below)).split("\n").find((line) =>
    line.startsWith(`| ${begins}`)
  );
  assert(line !== undefined, `${begins} is not below ${below}`);
  return line.split("|").slice(2, -1).map((cell) => cell.trim());
}

Deno.test("speculativeSection: theory with α ½ beside what was counted", () => {
  // 1 + ½ + ¼ tokens a pass and 3 / 8 accepted; 9 choices in 4 rounds; (2 · ½ + 3) / 1.75 operations,
  // and 15 + 5 rows where token by token takes 10.
  assertEquals(row("### Predicted", "`speculative(draft=model, draft_k=2)`"), [
    ...["0.500", "1.75", "1.75", "2.25", "37.5 %", "37.5 %", "50.0 %"],
    ...["0.50", "2.29", "2.00"],
  ]);
});

Deno.test("speculativeSection: the best draft_k by theory and as counted", () => {
  // Passes: 1.75 against 1.5 tokens, 2.25 against 1.5; operations: 2.5 / 1.5 against
  // 4 / 1.75; counted they are the same, and the first is taken.
  assertEquals(row("The best", "`speculative(draft=model, draft_k=…)`"), ["2", "2", "1", "1"]);
});

Deno.test("speculativeSection: how far first tokens are; a lossless cell is not marked", () => {
  assertEquals(row("### Losslessness", "`speculative(draft=model, draft_k=1)`"), [
    ...["0.2500", "0.2000", ""],
  ]);
  assert(!report.includes("original script's algorithm"));
});

Deno.test("speculativeSection: says that it claims no speed, and where there is one", () => {
  assertStringIncludes(report, "No speed is claimed here");
  assertStringIncludes(report, "deno task bench --only speculation");
});

Deno.test("speculativeSection: without a speculative cell there is none", () => {
  assertEquals(speculativeSection({ cells: cells.slice(2) } as unknown as RunRecord), "");
});
