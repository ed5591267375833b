// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse, stringify } from "@std/csv";
import fc from "fast-check";
import { cellOf } from "../../src/decode/cell.ts";
import { noCosts } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import type { CellMeasures, DocumentSamples } from "../../src/measure/measure.ts";
import { textOfBytes } from "../../src/text/bytes.ts";
import { packBits } from "../../src/measure/sample_bits.ts";
import {
  sampleColumns,
  sampleRows,
  samplesHeader,
  tokenIds,
} from "../../src/report/samples_csv.ts";

const decoder = new TextDecoder();

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
      speculation: {
        proposedAt: [22, 22, 20, 16],
        testedAt: [22, 10, 6, 2],
        acceptedAt: [14, 8, 6, 2],
        overlapAt: [15.25, 8, 5, 1.5],
      },
    },
  };
}

/** Nothing is a document. */
const nowhere: DocumentSamples = { training: packBits([]), heldOut: packBits([]) };

/** A cell whose draft's tokens pass with the probability β. */
const positions = { proposedAt: [80], testedAt: [40], acceptedAt: [30], overlapAt: [29.75] };

/** What is written of `samples`. */
function written(
  label: string,
  samples: readonly Sample[],
  measured: Partial<Pick<CellMeasures, "among" | "positions">> = { positions },
): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const cell = { ...cellOf({ strategy: "greedy" }), label };
  return [...sampleRows(samples, { among: nowhere, ...measured, cell })]
    .map((piece) => decoder.decode(piece)).join("");
}

/** The rows of `samples`. */
function rowsOf(
  samples: readonly Sample[],
  measured?: Partial<Pick<CellMeasures, "among" | "positions">>,
): Record<string, string>[] {
  return parse(samplesHeader() + written("a", samples, measured), { skipFirstRow: true });
}

Deno.test("sampleRows: every fact of a sample stands in its own column", () => {
  const among = { training: packBits([0]), heldOut: packBits([1]) };
  const samples = [{ ...sample("m", 7, "z|"), draw: 3 }];
  const rows = written("top_k(k=5)", samples, { among, positions });
  assertEquals(parse(samplesHeader() + rows, { skipFirstRow: true }), [{
    cell: "top_k(k=5)",
    prompt: "m",
    draw: "3",
    sample: "7",
    decoding: "0",
    continuation: "z|",
    text: "mz|",
    tokens: "2",
    choices: "3",
    stop: "eos",
    log_prob: "-6.000000",
    warped_log_prob: "-1.500000",
    target_calls: "2",
    draft_calls: "5",
    proposed: "80",
    tested: "40",
    accepted: "30",
    overlap: "29.750000",
    resampled: "6",
    bonus: "4",
    novel: "1",
    held_out: "1",
  }]);
});

Deno.test("sampleRows: of a tokenizer the tokens come last, and bytes that are no UTF-8 are written out", () => {
  const bad = textOfBytes(Uint8Array.of(0x22, 0xe2, 0x82));
  const own = sample("m", 0, bad);
  const samples = [{ ...own, result: { ...own.result, tokens: [50256, 7] } }];
  const columns = [...sampleColumns, tokenIds];
  const cell = cellOf({ strategy: "greedy" });
  const written = [...sampleRows(samples, { among: nowhere, cell }, columns)]
    .map((piece) => decoder.decode(piece)).join("");
  const [row] = parse(samplesHeader(columns) + written, { skipFirstRow: true });
  assertEquals(row?.["continuation"], '"\\xE2\\x82');
  assertEquals(row?.["text"], 'm"\\xE2\\x82');
  assertEquals(row?.["token_ids"], "50256 7");
  assert(samplesHeader(columns).startsWith(samplesHeader().trimEnd()));
});

Deno.test("sampleRows: texts that are training documents are not novel, those held out are marked (20 samples)", () => {
  const samples = Array.from({ length: 20 }, (_, i) => sample("a", i, `${i}`));
  const training = samples.map((_, i) => i % 3 === 0 ? 1 : 0);
  const heldOut = samples.map((_, i) => i % 7 === 2 ? 1 : 0);
  const rows = rowsOf(samples, {
    among: { training: packBits(training), heldOut: packBits(heldOut) },
  });
  assertEquals(rows.map(({ novel }) => novel), training.map((one) => `${1 - one}`));
  assertEquals(rows.map(({ held_out }) => held_out), heldOut.map((one) => `${one}`));
});

Deno.test("sampleRows: without a corpus it is not said which texts are documents", () => {
  const cell = cellOf({ strategy: "greedy" });
  const rows = [...sampleRows([sample("a", 0, "b")], { cell })]
    .map((piece) => new TextDecoder().decode(piece)).join("");
  const [row] = parse(samplesHeader() + rows, { skipFirstRow: true });
  assertEquals([row?.["novel"], row?.["held_out"]], ["", ""]);
});

Deno.test("sampleRows: the texts of one decoding, and samples that one decoding stands for, share its number", () => {
  const { result } = sample("a", 0, "b");
  const others = [{ ...result }, { ...result }];
  const several = { ...result, others };
  const results = [several, ...others, result, result, { ...result }];
  const samples = results.map((result, i) => ({ ...sample("a", i, "b"), result }));
  assertEquals(rowsOf(samples).map(({ decoding }) => decoding), ["0", "0", "0", "1", "1", "2"]);
});

Deno.test("sampleRows: there is no overlap where nothing speculates, or where it is not the chance to pass", () => {
  const { speculation: _, ...result } = sample("a", 0, "b").result;
  const plain = { ...sample("a", 0, "b"), result: { ...result, costs: noCosts() } };
  const [row] = rowsOf([plain], {});
  assertEquals([row?.["overlap"], row?.["tested"]], ["", "0"]);
  const [other] = rowsOf([sample("a", 0, "b")], { positions: { ...positions, overlapAt: [] } });
  assertEquals([other?.["overlap"], other?.["tested"]], ["", "40"]);
});

Deno.test("sampleRows: any text is quoted as @std/csv quotes it, and a CR as well (1000 texts)", () => {
  const anyText = fc.string({ unit: fc.constantFrom(..."ab\",;\n\r\t 'é😀=\u0000") });
  fc.assert(
    fc.property(anyText, anyText, anyText, (label, prompt, continuation) => {
      const rows = written(label, [sample(prompt, 0, continuation)]);
      const quoted = (text: string): string =>
        text.includes("\r") && !/[",\n]/.test(text)
          ? `"${text}"`
          : stringify([{ text }], { columns: ["text"], headers: false }).slice(0, -2);
      const [cell, before, after] = [label, prompt, continuation].map(quoted);
      const start = `${cell},${before},0,0,0,${after},${quoted(prompt + continuation)},`;
      assertEquals(rows.slice(0, start.length), start);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("sampleRows: of many samples every row comes once, in order, in pieces", () => {
  const samples = Array.from({ length: 25_000 }, (_, number) => sample("a", number, "b"));
  const pieces = [...sampleRows(samples, { cell: cellOf({ strategy: "greedy" }), among: nowhere })];
  assertEquals(pieces.length > 1, true);
  assertEquals(
    rowsOf(samples).map((row) => Number(row["sample"])),
    samples.map((one) => one.number),
  );
});

Deno.test("sampleRows: a text that is longer than a piece is written whole", () => {
  const long = "é,".repeat(300_000);
  assertEquals(rowsOf([sample("a", 0, long), sample("a", 1, "b")]).map(({ text }) => text), [
    `a${long}`,
    "ab",
  ]);
});
