/**
 * All charts as they are drawn: of a run of all strategies, of one that is small, and of sweeps.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "vega-lite";
import { type Chart, specText } from "../../../src/report/chart.ts";
import { overlap } from "../../../src/report/charts/label_placement.ts";
import { MOST_WIDTH } from "../../../src/report/charts/frame.ts";
import { chartsOf } from "../../../src/report/run/charts.ts";
import { sweepCharts } from "../../../src/report/sweep/charts.ts";
import { summarizeSweep, type VariantRun } from "../../../src/report/sweep/sweep_summary.ts";
import { drawSvg } from "../../../src/report/svg.ts";
import { record } from "../made_up_run.ts";
import { run } from "../sweep/sweep_runs.ts";
import { manyCells } from "./many_cells.ts";
import { textsOf } from "./svg_texts.ts";

async function ofSweep(variants: readonly VariantRun[]): Promise<readonly Chart[]> {
  return sweepCharts(await summarizeSweep({ name: "made-up", trains: true, variants }));
}

const [embd, layers] = ["models.target.n_embd", "models.target.n_layer"];
const sources: readonly [of: string, charts: readonly Chart[]][] = [
  ["all strategies", chartsOf(manyCells(1))],
  ["a small run", chartsOf(record)],
  [
    "a sweep of two settings",
    await ofSweep(
      [8, 16, 32].flatMap((width) =>
        [1, 2].map((depth) => run({ [embd]: width, [layers]: depth }, width / 16 + depth))
      ),
    ),
  ],
  ["seeds", await ofSweep([1, 2, 3].map((seed) => run({ seed }, seed / 8)))],
];
const svgs: [name: string, chart: Chart, svg: string][] = [];
for (const [of, charts] of sources) {
  for (const chart of charts) svgs.push([`${of}, ${chart.file}`, chart, await drawSvg(chart)]);
}

Deno.test("charts: Vega-Lite finds nothing to warn of", () => {
  const said: unknown[] = [];
  const add = (...words: unknown[]) => (said.push(words), log);
  const log = { level: () => log, error: add, warn: add, info: add, debug: add };
  for (const [, { spec }] of svgs) compile(spec, { logger: log });
  assertEquals(said, []);
});

for (const [name, chart, svg] of svgs) {
  const [, width = NaN, height = NaN] = /width="(\d+)" height="(\d+)"/.exec(svg)?.map(Number) ?? [];
  const texts = textsOf(svg);

  Deno.test(`${name}: no text is smaller than 13 px, none lies on another, and none is cut off`, () => {
    assert(texts.length > 0);
    assertEquals(texts.filter(({ size }) => !(size >= 13)), []);
    const overlaps = texts.flatMap((one, i) =>
      texts.slice(i + 1).filter((other) => overlap(one.box, other.box))
        .map((other) => [one.text, other.text])
    );
    assertEquals(overlaps, []);
    const cut = texts.filter(({ box }) =>
      box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height
    );
    assertEquals(cut, []);
  });

  Deno.test(`${name}: it is no wider than a page, and has no colour of a page`, () => {
    assert(width <= MOST_WIDTH, `expected at most ${MOST_WIDTH} px, found ${width}`);
    const colours = [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour);
    const known = [
      "none",
      "currentColor",
      "transparent",
      "#0072B2",
      "#D55E00",
      "#009E73",
      "#CC79A7",
    ];
    assertEquals([...new Set(colours)].filter((colour) => !known.includes(colour ?? "")), []);
    // The page's Content-Security-Policy allows no style in an attribute.
    assert(!svg.includes('style="'));
  });

  Deno.test(`${name}: it says what it shows, and its marks what they are`, () => {
    assertStringIncludes(svg, `aria-label="${chart.description.slice(0, 20)}`);
    const marks = [...svg.matchAll(/aria-label="([^"]*)"[^>]*aria-roledescription="([^"]*)"/g)];
    const spoken = svg.match(/aria-roledescription="(point|rule mark|rect mark|line mark)"/g) ?? [];
    assert(spoken.length > 0);
    for (const [, label = ""] of marks) assert(!/undefined|NaN/.test(label), label);
  });

  Deno.test(`${name}: its specification stands by itself`, () => {
    const spec: unknown = JSON.parse(specText(chart));
    assertStringIncludes(JSON.stringify(spec), '"values":[{');
    assert(!/"url"/.test(specText(chart)));
    assertEquals((spec as { description: string }).description, chart.description);
  });
}

Deno.test("drawSvg: the same bytes in whatever order charts are drawn", async () => {
  for (const [, chart, svg] of svgs.toReversed().slice(0, 5)) {
    assertEquals(await drawSvg(chart), svg);
  }
});

Deno.test("the frontier: of 38 cells most are named, and it says how many are not (20 runs)", () => {
  let unnamed = 0;
  for (let seed = 0; seed < 20; seed++) {
    const chart = chartsOf(manyCells(seed)).find(({ file }) => file.includes("likelihood"));
    const { layer } = chart?.spec as unknown as {
      layer: { mark: { type: string }; data: { values: unknown[] } }[];
    };
    const [points = 0] = layer.flatMap(({ mark, data }) =>
      mark.type === "point" ? [data.values.length] : []
    );
    // The title is a text, too.
    const names = layer.flatMap(({ mark, data }) =>
      mark.type === "text" ? data.values : []
    ).length - 1;
    // One of 39 keeps everything, and so draws from another's distribution.
    assertEquals(points, 38);
    assert(names <= points);
    unnamed += points - names;
    const said = /no room for the names of (\d+)/.exec(chart?.description ?? "")?.[1] ?? 0;
    assertEquals(Number(said), points - names, `seed ${seed}`);
  }
  assert(unnamed <= 20 * 38 / 10, `expected at most a tenth without a name, found ${unnamed}`);
});
