// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { Documents } from "../../src/data/documents.ts";
import { measureCell } from "../../src/measure/cell_measures.ts";
import { lengthsOfDocuments } from "../../src/measure/lengths.ts";
import { cellOf } from "../../src/decode/cell.ts";
import { alone, sampleOf } from "./sample_of.ts";

Deno.test("lengthsOfDocuments: characters, not bytes, the shortest first", () => {
  assertEquals(lengthsOfDocuments(Documents.of(["été", "ab", "", "abc", "😀"])), [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 2],
  ]);
});

Deno.test("lengthsOfDocuments: of very many documents 100,000 are counted, from the first to the last", () => {
  const texts = Array.from({ length: 250_000 }, (_, i) => i < 50_000 ? "a" : "ab");
  assertEquals(lengthsOfDocuments(Documents.of(texts)), [[1, 20_000], [2, 80_000]]);
});

Deno.test("measureCell: how many samples have each length, prompts included", () => {
  const samples = ["b", "", "ébc", "b"].map((text, number) => sampleOf(text, { number }));
  const { lengths } = measureCell(cellOf({ strategy: "sample", warp: [] }), samples, alone);
  assertEquals(lengths, [[1, 1], [2, 2], [4, 1]]);
});
