// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { Documents } from "../../src/data/documents.ts";
import { documentLosses } from "../../src/measure/corpus_loss.ts";
import { lossesHeader, lossRows } from "../../src/report/losses_csv.ts";

/** The rows of a model whose loss on document `i` is `i` and a quarter, on `i` tokens. */
function rowsOf(documents: readonly string[]): Record<string, string>[] {
  const byDocument = documentLosses({
    nats: Float64Array.from(documents, (_, i) => i + .25),
    tokens: Float64Array.from(documents, (_, i) => i),
    characters: Float64Array.from(documents, (text) => [...text].length),
  });
  const pieces = [...lossRows({ name: "3-gram", byDocument }, Documents.of(documents))];
  const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
  return parse(lossesHeader() + text, { skipFirstRow: true });
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

Deno.test("lossRows: without documents held out there is none", () => {
  assertEquals([...lossRows({ name: "target" }, Documents.of([]))], []);
});
