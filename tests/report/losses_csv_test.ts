// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { Documents } from "../../src/data/documents.ts";
import { keptDocuments, packLosses, unpackLosses } from "../../src/measure/document_losses.ts";
import { LOSSES_HEADER, lossRows } from "../../src/report/losses_csv.ts";

/** The rows of a model whose loss on document `i` is `i` and a quarter, on `i` tokens. */
function rowsOf(documents: readonly string[]): Record<string, string>[] {
  const heldOutDocuments = packLosses({
    nats: Float64Array.from(documents, (_, i) => i + .25),
    tokens: Float64Array.from(documents, (_, i) => i),
    characters: Float64Array.from(documents, (text) => [...text].length),
  });
  const pieces = [...lossRows({ name: "3-gram", heldOutDocuments }, Documents.of(documents))];
  const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
  return parse(LOSSES_HEADER + text, { skipFirstRow: true });
}

Deno.test("lossRows: a row for each document, in order", () => {
  assertEquals(rowsOf(["nan", "a,b"]), [
    { model: "3-gram", document: "nan", tokens: "0", characters: "3", nats: "0.250000" },
    { model: "3-gram", document: "a,b", tokens: "1", characters: "3", nats: "1.250000" },
  ]);
});

Deno.test("lossRows: of a long document its beginning", () => {
  const [row] = rowsOf(["é".repeat(5000)]);
  assertEquals([row?.["document"], row?.["characters"]], ["é".repeat(200), "5000"]);
});

Deno.test("lossRows: of a quarter of a million documents 100,000, each with its own loss", () => {
  const documents = Array.from({ length: 250_000 }, (_, i) => `${i}`);
  const rows = rowsOf(documents);
  assertEquals(rows.length, 100_000);
  assertEquals(rows.findIndex(({ document, tokens }) => document !== tokens), -1);
  assertEquals(rows.at(-1)?.["document"], "249997");
});

Deno.test("keptDocuments: all of few, each of many once and in order", () => {
  assertEquals(keptDocuments(3), [0, 1, 2]);
  assertEquals(keptDocuments(0), []);
  const many = keptDocuments(123_456);
  assertEquals(many.findIndex((place, i) => i > 0 && place <= (many[i - 1] ?? 0)), -1);
});

Deno.test("packLosses: what is packed is unpacked, to the last bit", () => {
  const losses = {
    nats: Float64Array.of(Math.PI, 0, 1e300),
    tokens: Float64Array.of(1, 0, 2 ** 32 - 1),
    characters: Float64Array.of(3, 2, 1),
  };
  assertEquals(unpackLosses(packLosses(losses)), losses);
});

Deno.test("lossRows: without documents held out there is none", () => {
  assertEquals([...lossRows({ name: "target" }, Documents.of([]))], []);
});
