import type {
  Block,
  ReportCell,
  ReportDocument,
  ReportTable,
} from "../../../src/report/document.ts";
import { codeSpan, link, type Prose, prose } from "../../../src/report/prose.ts";

/**
 * Texts as a user or a model may write them: markup, ends of attributes, scripts and styles, changes of
 * direction, control characters, and what is long without a space.
 */
export const hostile: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "</style></title></textarea></svg><svg onload=alert(1)>",
  `" onmouseover="alert(1)" '`,
  "&lt;b&gt;&amp;#60;",
  "<!--",
  "]]>",
  "\u202eevil\u2066\u0000\u001b[31m\u2028",
  "{{7*7}} ${alert(1)} `x`",
  "",
  "a".repeat(80),
];

/** The drawing of a chart, as Vega writes it, with what charts share. */
export function drawing(label: string): string {
  const escaped = label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  const mark = (i: number): string =>
    `<path aria-label="${escaped}: ${i}" role="graphics-symbol" aria-roledescription="point" ` +
    `transform="translate(${40 + 100 * i},${40 + 20 * i})" d="M6,0A6,6,0,1,1,-6,0A6,6,0,1,1,6,0" ` +
    `fill="#1f77b4"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `version="1.1" class="marks" width="520" height="200" viewBox="0 0 520 200">` +
    `<style>.marks { color: red }</style><g fill="none"><g clip-path="url(#clip1)">` +
    `<g role="graphics-symbol" aria-roledescription="axis" aria-label="X-axis">` +
    `<text fill="currentColor" font-size="14px" transform="translate(40,180)">top_k k</text></g>` +
    `${[0, 1, 2, 3].map(mark).join("")}</g></g>` +
    `<defs><clipPath id="clip1"><rect x="0" y="0" width="520" height="200"/></clipPath></defs></svg>\n`;
}

function number(value: number): ReportCell {
  return {
    text: prose`${value.toFixed(2).replace("-", "−")}\u00a0±\u00a00.25`,
    sortKey: value,
    exact: `${value}, 95 % interval ${value - 0.25} to ${value + 0.25}`,
  };
}

/** A document with every kind of block, with `texts` in every place where a text may come from outside. */
export function madeUpDocument(texts: readonly string[] = []): ReportDocument {
  const foreign: Prose = texts.flatMap((text) => [
    ...prose`${text} ${codeSpan(text)} `,
    link(text, text),
  ]);
  const [title = "made-up", ...more] = texts;
  const rows = [-6.61, -5.5, -10.25, -7, 3, 20, -0.5, 1e-9, -2.5, -4, -8.125];
  const measure = (
    name: string,
    title: string,
  ): ReportTable["columns"][number] => ({
    title,
    align: "right",
    measure: {
      name,
      title,
      unit: "nats",
      glossary: "Its meaning.",
      interval: "mean",
      format: { decimals: 2 },
      tables: {},
    },
  });
  const overview: ReportTable = {
    caption: prose`Each cell with 100 samples of each of 5 prompts, ${
      codeSpan("seed=42")
    }. ${foreign}`,
    columns: [
      { title: "strategy", align: "left" },
      measure("log_prob", "log-prob"),
      measure("log_prob_per_token", "log-prob per token"),
      measure("unique_share", "unique share"),
      measure("empty_share", "empty share"),
      measure("target_calls", "tokens per target pass"),
    ],
    rows: [
      ...rows.map((value, i): readonly ReportCell[] => [
        { text: [codeSpan(`top_k k=${i + 1}`)] },
        number(value),
        number(value / 3),
        i === 2 ? { text: prose`–` } : number(100 / (i + 1)),
        number(i),
        number(2 * i),
      ]),
      ...more.map((text): readonly ReportCell[] => [
        { text: [codeSpan(text)] },
        ...Array.from({ length: 5 }, () => ({ text: prose`${text}`, exact: text })),
      ]),
    ],
  };
  const names: ReportTable = {
    columns: [{ title: "prompt", align: "left" }, { title: "continuation", align: "left" }],
    rows: ["beta10", "Alpha", "beta9"].map((name) => [
      { text: [codeSpan(name)] },
      { text: prose`${name} ${"and so on ".repeat(12)}` },
    ]),
  };
  const chart = (name: string): Block => ({
    kind: "chart",
    chart: {
      file: `charts/${name}.svg`,
      description: `${title}: unique share by k`,
      section: "sweeps",
      spec: { mark: "point", data: { values: [] } },
    },
  });
  return {
    title,
    remarks: [prose`**A smoke run** checks that everything runs. ${foreign}`],
    question: prose`What does ${codeSpan("k")} do to log-prob and diversity? ${foreign}`,
    findings: [
      {
        kind: "swept setting",
        text: prose`From ${codeSpan("k=2")} to ${
          codeSpan("k=20")
        }, log-prob falls by 2.4 ± 0.3 nats; ${foreign}from 10 on, it is tied with 20.`,
        claims: true,
        cells: ["top_k k=2", "top_k k=20"],
        numbers: [],
      },
      {
        kind: "resolution",
        text: prose`The run is too small to tell differences below 0.4 nats ([why](#findings)).`,
        claims: false,
        cells: [],
        numbers: [],
      },
    ],
    decisions: [
      {
        want: prose`the most probable text ${foreign}`,
        use: ["beam width=4", "beam width=8", ...more],
        because:
          prose`its log-prob is highest, −4.21 ± 0.12 nats; width 16 is tied with 8. ${foreign}`,
      },
      {
        want: prose`varied texts`,
        use: ["temperature=1"],
        because: prose`every text is drawn from the model itself (exact).`,
      },
    ],
    overview,
    sections: [
      {
        id: "likelihood",
        heading: prose`Likelihood under the target, ${codeSpan("temperature=1")} ${foreign}`,
        blocks: [
          { kind: "paragraph", text: prose`A paragraph with *emphasis*. ${foreign}` },
          { kind: "heading", text: prose`By ${codeSpan("k")} ${foreign}` },
          { kind: "list", items: [prose`One.`, prose`Two. ${foreign}`] },
          { kind: "table", table: names },
          chart("one"),
          chart("two"),
          {
            kind: "details",
            summary: prose`All measures ${foreign}`,
            blocks: [{ kind: "table", table: overview }, chart("not-drawn")],
          },
        ],
        shown: [],
      },
      {
        id: "corpus",
        heading: prose`Corpus and settings`,
        blocks: [{
          kind: "paragraph",
          text:
            prose`As in [Fan et al. 2018](https://arxiv.org/abs/1805.04833); [results](results.csv).`,
        }],
        shown: [],
      },
    ],
    citation: prose`microbeam, run ${
      codeSpan("made-up")
    }, [manifest.json](manifest.json). ${foreign}`,
    glossary: [
      ...overview.columns.flatMap(({ measure }) =>
        measure === undefined ? [] : [{
          id: `term-${measure.name}`,
          term: measure.title,
          meaning: prose`Its meaning. ${foreign}`,
        }]
      ),
      ...more.map((text, i) => ({ id: `term-foreign-${i}`, term: text, meaning: prose`${text}` })),
    ],
  };
}

/** The drawings of its charts, but for one that is missing. */
export function madeUpDrawings(label = "k"): Readonly<Record<string, string>> {
  return { "charts/one.svg": drawing(label), "charts/two.svg": drawing(label) };
}
