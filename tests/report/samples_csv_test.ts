// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse, stringify } from "@std/csv";
import fc from "fast-check";
import { noCosts } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import { sampleRows, SAMPLES_HEADER } from "../../src/report/csv.ts";

function sample(prompt: string, number: number, continuation: string): Sample {
  return {
    prompt,
    draw: 0,
    number,
    continuation,
    result: {
      tokens: [...continuation].map((_, i) => i),
      stop: "eos",
      logProbs: [-1, -2, -3],
      warpedLogProbs: [-1, -0.5],
      costs: {
        ...noCosts(),
        targetCalls: 2,
        targetRows: 1000,
        draftCalls: 5,
        draftRows: 14,
        proposed: 80,
        tested: 40,
        accepted: 30,
        resampled: 6,
        bonus: 4,
        rounds: 22,
      },
    },
  };
}

Deno.test("sampleRows: every fact of a sample stands in its own column", () => {
  const rows = [...sampleRows("top_k(k=5)", [sample("m", 7, "z|")])].join("");
  assertEquals(parse(SAMPLES_HEADER + rows, { skipFirstRow: true }), [{
    cell: "top_k(k=5)",
    prompt: "m",
    sample: "7",
    continuation: "z|",
    tokens: "2",
    stop: "eos",
    log_prob: "-6.000000",
    warped_log_prob: "-1.500000",
    target_calls: "2",
    draft_calls: "5",
    proposed: "80",
    accepted: "30",
    resampled: "6",
    bonus: "4",
  }]);
});

Deno.test("sampleRows: any text is quoted as @std/csv quotes it (1000 texts)", () => {
  const anyText = fc.string({ unit: fc.constantFrom(..."ab\",;\n\r\t 'é😀=") });
  fc.assert(
    fc.property(anyText, anyText, anyText, (label, prompt, continuation) => {
      const rows = [...sampleRows(label, [sample(prompt, 0, continuation)])].join("");
      const texts = [{ label, prompt, sample: 0, continuation, rest: "" }];
      const columns = ["label", "prompt", "sample", "continuation", "rest"];
      const start = stringify(texts, { columns, headers: false }).slice(0, -2);
      assertEquals(rows.slice(0, start.length), start);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("sampleRows: of many samples every row comes once, in order, in pieces", () => {
  const samples = Array.from({ length: 25_000 }, (_, number) => sample("a", number, "b"));
  const pieces = [...sampleRows("greedy", samples)];
  assertEquals(pieces.length > 1, true);
  const numbers = pieces.join("").trimEnd().split("\r\n").map((row) => Number(row.split(",")[2]));
  assertEquals(numbers, samples.map(({ number }) => number));
});
