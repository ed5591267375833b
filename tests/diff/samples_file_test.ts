// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FileSamples } from "../../src/diff/file_samples.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { cellRows, OlderFileError } from "../../src/diff/samples_file.ts";
import { logProb, warpedLogProb } from "../../src/measure/sample.ts";
import { samplesCsv } from "./example_samples.ts";

function cellsOf(text: string, wanted: (label: string) => boolean = () => true) {
  const parts = [new TextEncoder().encode(text)];
  return Array.fromAsync(cellRows({ file: "f", parts }, wanted));
}

Deno.test("cellRows: cell by cell, those that are wanted", async () => {
  const text = samplesCsv([
    { cell: "a", continuation: "x" },
    { cell: "a", continuation: "y", log_prob: "-1.5", stop: "block_size", novel: "0" },
    { cell: "b" },
    { cell: "c(k=1, p=2)", overlap: "0.75", tested: "1" },
  ]);
  const cells = await cellsOf(text, (label) => label !== "b");
  assertEquals(cells.map(({ label, rows }) => [label, rows.length]), [["a", 2], [
    "c(k=1, p=2)",
    1,
  ]]);
  const [first, second] = cells[0]?.rows ?? [];
  assertEquals([first?.continuation, second?.continuation], ["x", "y"]);
  assertEquals([second?.logProb, second?.stop, second?.isNovel], [-1.5, "block_size", false]);
  assertEquals([first?.overlap, cells[1]?.rows[0]?.overlap], [undefined, 0.75]);
});

Deno.test("cellRows: the tokens of a tokenizer are read where the file has them, and told apart", async () => {
  const lines = samplesCsv([{ cell: "a", tokens: "2" }, { cell: "a", tokens: "1" }]).split("\r\n");
  const text = (ids: readonly string[]): string =>
    [`${lines[0]},token_ids`, `${lines[1]},${ids[0]}`, `${lines[2]},${ids[1]}`, ""].join("\r\n");
  const [cell] = await cellsOf(text(["5 6", "7"]));
  const samples = new FileSamples(cell?.rows ?? []);
  assertEquals([...samples].map(({ result }) => result.tokens), [[5, 6], [7]]);
  assertEquals([samples.hasTokens, new FileSamples([]).hasTokens], [true, false]);
  for (const bad of [["5", "7"], ["5 x", "7"], ["5 -6", "7"]]) {
    await assertRejects(() => cellsOf(text(bad)), DiffError, "line 2: token_ids: expected as many");
  }
});

const refusals: readonly [string, string, string][] = [
  [
    "a number that is none",
    samplesCsv([{ cell: "a" }, { cell: "a", log_prob: "x" }]),
    'cannot use f: line 3: log_prob: expected a number, found "x"',
  ],
  [
    "a count that is none",
    samplesCsv([{ cell: "a", draw: "-1" }]),
    'cannot use f: line 2: draw: expected a whole number, found "-1"',
  ],
  [
    "a reason to stop that is none",
    samplesCsv([{ cell: "a", stop: "bored" }]),
    'line 2: stop: expected eos, max_new_tokens or block_size, found "bored"',
  ],
  [
    "a cell that begins again",
    samplesCsv([{ cell: "a" }, { cell: "b" }, { cell: "a" }]),
    "line 4: cell: expected the samples of a cell together",
  ],
];

for (const [name, text, message] of refusals) {
  Deno.test(`cellRows: ${name} is refused with the line`, async () => {
    await assertRejects(() => cellsOf(text), DiffError, message);
  });
}

Deno.test("cellRows: a file of an older version is told by the column that it lacks", async () => {
  await assertRejects(
    () => cellsOf("cell,prompt,sample\r\na,b,0\r\n"),
    OlderFileError,
    "f lacks the column draw",
  );
});

Deno.test("FileSamples: sums, counts and documents are those of the file, and decodings stay together", async () => {
  const [cell] = await cellsOf(samplesCsv([
    { cell: "a", decoding: "0", continuation: "x", log_prob: "-1.25", choices: "2", tokens: "1" },
    { cell: "a", decoding: "0", continuation: "y", warped_log_prob: "-3", novel: "0" },
    { cell: "a", decoding: "1", continuation: "x", target_calls: "4", held_out: "1", novel: "0" },
  ]));
  const samples = new FileSamples(cell?.rows ?? []);
  const all = [...samples];
  assertEquals(samples.length, 3);
  assertEquals(all.map(({ number, continuation }) => [number, continuation]), [
    [0, "x"],
    [1, "y"],
    [2, "x"],
  ]);
  assertEquals(all.map(({ result }) => logProb(result)), [-1.25, -2, -2]);
  assertEquals(all.map(({ result }) => warpedLogProb(result)), [-2, -3, -2]);
  assertEquals(all.map(({ result }) => result.logProbs.length), [2, 3, 3]);
  assertEquals(all[2]?.result.costs.targetCalls, 4);
  // The second text is another one of the first decoding.
  assertEquals(all[0]?.result.others?.[0], all[1]?.result);
  assertEquals(all[2]?.result.others, undefined);
  const { training = [], heldOut = [] } = samples.reference ?? {};
  assertEquals([[...training], [...heldOut]], [["py", "px"], ["px"]]);
});

Deno.test("FileSamples: a run without a corpus has no documents to compare with", async () => {
  const [cell] = await cellsOf(samplesCsv([{ cell: "a", novel: "", held_out: "" }]));
  assertEquals(new FileSamples(cell?.rows ?? []).reference, undefined);
});
