// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { answerIn, answerLines } from "../../src/cli/answer.ts";
import type { FindingsData } from "../../src/report/findings_json.ts";

const answer: FindingsData = {
  title: "width",
  remarks: [],
  question: "How does the beam width change what is found?",
  overview: {
    caption: "",
    columns: ["strategy", "log-prob", "length"],
    rows: [
      ["greedy", "−6.61\u00a0±\u00a00.58", "5.2"],
      ["beam(beam_width=16)", "−5.02\u00a0±\u00a00.31", "3.1"],
    ],
  },
  findings: [{
    kind: "beam width",
    text:
      "Width 16 gains 0.67\u00a0±\u00a00.18 nats over greedy and returns 70\u00a0% empty texts.",
    claims: true,
    cells: ["greedy", "beam(beam_width=16)"],
    numbers: [],
  }],
  decisions: [],
};

Deno.test("answerLines: the cells in a table, what was asked, what was found", () => {
  const cost = "Here a target pass over 5 tokens takes 1.31 passes over one.";
  assertEquals(answerLines(answer, 60, [cost]), [
    "strategy                 log-prob  length",
    "greedy               −6.61 ± 0.58     5.2",
    "beam(beam_width=16)  −5.02 ± 0.31     3.1",
    "",
    "How does the beam width change what is found?",
    "",
    "- Width 16 gains 0.67 ± 0.18 nats over greedy and returns",
    "  70 % empty texts.",
    "- Here a target pass over 5 tokens takes 1.31 passes over",
    "  one.",
  ]);
});

Deno.test("answerLines: what must be known before any number stands above the question", () => {
  const lines = answerLines({ ...answer, remarks: ["Incomplete: 1 of 2 cells is missing."] }, 60);
  assertEquals(lines.slice(4, 7), ["Incomplete: 1 of 2 cells is missing.", "", answer.question]);
});

Deno.test("answerLines: a long name keeps its end, which tells cells apart", () => {
  const rows = [1, 16].map((k) => [`speculative(draft=ngram, ngram_order=3, draft_k=${k})`, "1.0"]);
  const [, ...lines] = answerLines({
    ...answer,
    overview: { caption: "", columns: ["cell", "tokens"], rows },
  }, 44);
  assertEquals(lines.slice(0, 2), [
    "speculative(dr…m_order=3, draft_k=1)     1.0",
    "speculative(dr…_order=3, draft_k=16)     1.0",
  ]);
});

Deno.test("answerLines: names without a number are no table", () => {
  assertEquals(answerLines(answer, 25).slice(0, 2), ["… 2 rows in the report", ""]);
});

Deno.test("answerLines: no line is wider than the terminal (widths 30 to 120, 60 columns and rows)", () => {
  const numbers = Array.from({ length: 60 }, (_, i) => `${i}.00\u00a0±\u00a00.58`);
  const wide: FindingsData = {
    ...answer,
    overview: {
      caption: "",
      columns: ["strategy", ...numbers.map((_, i) => `measure ${i}`)],
      rows: numbers.map((_, i) => [`speculative(draft_k=${i}, warp=top_p(p=0.9))`, ...numbers]),
    },
  };
  for (let width = 30; width <= 120; width++) {
    const lines = answerLines(wide, width);
    assertEquals(lines.filter((line) => [...line].length > width), [], `${width}`);
    const text = lines.join(" ").replaceAll(/\s+/g, " ");
    assertMatch(text, /… (30 more rows and \d+ more columns|60 rows) in the report/);
  }
});

const refused: readonly [string, string][] = [
  ["no JSON", "{"],
  ["a list", "[]"],
  ["no question", `{"findings": []}`],
  ["a finding without a text", `{"question": "", "findings": [{"kind": "beam"}]}`],
  [
    "numbers in a table",
    `{"question": "", "findings": [], "overview": {"columns": [], "rows": [[1]]}}`,
  ],
];

for (const [what, text] of refused) {
  Deno.test(`answerIn: ${what} is no answer`, () => assertEquals(answerIn(text), undefined));
}

Deno.test("answerIn: what a run wrote is its answer", () => {
  assertEquals(answerIn(JSON.stringify(answer)), answer);
});
