/**
 * Comparisons of made-up runs: which chance they are judged by, and how they are shown.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { cellPattern, cellsOf, chosenCells } from "../../src/compare/cells.ts";
import { type CellComparison, compareCells } from "../../src/compare/compare.ts";
import { matchCells } from "../../src/compare/matching.ts";
import { chosenMeasures, type MeasureChoice } from "../../src/compare/measures.ts";
import { jsonOfComparison } from "../../src/compare/render/json.ts";
import { markdownOfComparison } from "../../src/compare/render/markdown.ts";
import { shownComparison } from "../../src/compare/render/table.ts";
import { textOfComparison } from "../../src/compare/render/text.ts";
import type { LoadedRun } from "../../src/diff/load.ts";
import { plain } from "../../src/diff/render/paint.ts";
import { type MadeUpRun, madeUpRun, speculative, topK } from "./made_up_run.ts";

interface Asked {
  readonly cells?: string;
  readonly by?: readonly string[];
  readonly baseline?: string;
  readonly measures?: readonly string[];
}

async function compared(runs: readonly LoadedRun[], asked: Asked): Promise<CellComparison> {
  const { cells = "*", by = [], baseline, measures } = asked;
  const among = runs.flatMap(cellsOf);
  const names = runs.map(({ label }) => label);
  const chosen = chosenCells(among, [cellPattern(cells, names)]);
  const matching = matchCells(chosen, { by, baseline, among, runs: names });
  const choice: MeasureChoice = measures === undefined
    ? { kind: "usual" }
    : { kind: "named", names: measures };
  const baselines = matching.groups.map((group) => group.baseline.cell);
  const others = matching.groups.flatMap((group) => group.others.map(({ cell }) => cell));
  return await compareCells(matching, chosenMeasures({ baselines, others }, choice), among);
}

/** The difference of the second cell from the first. */
function differenceIn({ groups, measures }: CellComparison) {
  return groups[0]?.cells[1]?.measured.get(measures[0]?.name ?? "")?.difference;
}

function widthIn(comparison: CellComparison): number {
  const { low, high } = differenceIn(comparison)?.inference?.interval ?? { low: NaN, high: NaN };
  return high - low;
}

const listed = { prompts: ["a", "b", "c", "d"], samples: 40 };
const drawn = {
  prompts: Array.from({ length: 40 }, (_, i) => `p${i % 29}`),
  samples: 5,
  population: 300,
};

function run(name: string, cells: MadeUpRun["cells"], more: Partial<MadeUpRun> = {}) {
  return madeUpRun({ name, cells, ...listed, ...more });
}

const two = topK({ 1: 300, 2: 300 });
const length = { measures: ["mean_length"] };

Deno.test("compareCells: cells of a run with listed prompts are independent given these: variances add up", async () => {
  const comparison = await compared([await run("a", two)], length);
  assertEquals(differenceIn(comparison)?.inference?.pairing, "none");
  const alone = comparison.groups[0]?.cells.map(({ measured }) => {
    const { low, high } = measured.get("mean_length")?.estimate.interval ?? { low: NaN, high: NaN };
    return high - low;
  }) ?? [];
  // The degrees of freedom differ a little.
  assertAlmostEquals(widthIn(comparison), Math.hypot(...alone), 0.01);
});

Deno.test("chosenMeasures: all begin with what is asked about the strategies, which the sentence is about", async () => {
  const cells = cellsOf(await run("a", two));
  const chosen = (kind: "usual" | "all") =>
    chosenMeasures({ baselines: cells.slice(0, 1), others: cells.slice(1) }, { kind })
      .map(({ facts }) => facts.name);
  const [usual, all] = [chosen("usual"), chosen("all")];
  assert(usual.length > 0 && all.length > usual.length);
  assertEquals(all.slice(0, usual.length), usual);
  assertEquals(new Set(all).size, all.length);
});

Deno.test("compareCells: cells that have drawn prompts in common are paired by them", async () => {
  const cells = await run("a", two, drawn);
  const comparison = await compared([cells], length);
  assertEquals(differenceIn(comparison)?.inference?.pairing, "draw");
  const others = await run("b", two, {
    ...drawn,
    prompts: drawn.prompts.map((p) => `${p}x`),
    seed: 2,
  });
  const apart = await compared([cells, others], { by: ["run"], ...length });
  assertEquals(differenceIn(apart)?.inference?.pairing, "none");
  assertEquals(apart.notes, ["b has other prompts than a"]);
  const fewer = await run("c", two, { ...drawn, prompts: drawn.prompts.slice(9), seed: 2 });
  const uneven = await compared([cells, fewer], { by: ["run"], ...length });
  assertEquals(differenceIn(uneven)?.inference?.pairing, "none");
});

Deno.test("compareCells: the same cell of two runs of one seed is paired by sample number", async () => {
  const cells = { cells: "top_k(k=1)", by: ["training.steps"], measures: ["log_prob_per_token"] };
  const runs = [
    await run("a", topK({ 1: 300 }), { config: "training: { steps: 1 }\n" }),
    await run("b", topK({ 1: 320 }), { config: "training: { steps: 2 }\n" }),
  ];
  assertEquals(differenceIn(await compared(runs, cells))?.inference?.pairing, "sample number");
  const seeds = [runs[0], await run("b", topK({ 1: 320 }), { seed: 2 })]
    .filter((one) => one !== undefined);
  const other = await compared(seeds, { ...cells, by: ["run"] });
  assertEquals(differenceIn(other)?.inference?.pairing, "none");
});

Deno.test("compareCells: without samples printed intervals judge, and it says so", async () => {
  const comparison = await compared([await run("a", two, { isOld: true })], length);
  assertEquals(differenceIn(comparison)?.inference?.pairing, "printed intervals");
  assertEquals(comparison.notes, ["a has no samples.csv of this version"]);
});

Deno.test("compareCells: shares of distinct texts are of as many texts as the cell with the fewest has", async () => {
  const runs = [
    await run("a", topK({ 1: 200 })),
    await run("b", topK({ 1: 200 }), { samples: 400, seed: 2 }),
  ];
  const comparison = await compared(runs, { by: ["run"], measures: ["unique_share"] });
  const [few, many] = comparison.groups[0]?.cells.map(({ cell, measured }) => ({
    printed: Number(cell.row.measured("unique_share").text),
    used: measured.get("unique_share")?.estimate.value ?? NaN,
  })) ?? [];
  assert(few !== undefined && many !== undefined);
  assertAlmostEquals(few.used, few.printed, 1e-5);
  assert(many.printed < 0.5 && Math.abs(many.used - few.used) < 0.1, JSON.stringify([few, many]));
  assertEquals(differenceIn(comparison)?.verdict, "open");
  assertEquals(comparison.notes, ["unique share is of 40 texts of each prompt in every cell"]);
});

Deno.test("compareCells: what is left to chance by neither is exact", async () => {
  const greedy = (texts: number) => ({
    settings: { strategy: "greedy", temperature: `${texts}` },
    table: { exponent: 3, texts },
  });
  const cells = { x: greedy(1), y: greedy(2) };
  const comparison = await compared([await run("a", cells, { samples: 1 })], length);
  const difference = differenceIn(comparison);
  assertEquals([difference?.inference, comparison.family.size], [undefined, 0]);
  assert(difference?.verdict === "higher" || difference?.verdict === "lower", difference?.verdict);
});

Deno.test("compareCells: searches are compared with the texts that one of them proved, paired by drawn prompt", async () => {
  const cells = {
    beam: { settings: { strategy: "beam" }, table: { exponent: 1, texts: 40 } },
    // The only text there is, so that it is the best of all.
    exact: { settings: { strategy: "exact" }, table: { exponent: 1, texts: 1 } },
    greedy: { settings: { strategy: "greedy" }, table: { exponent: 0.9, texts: 40 } },
  };
  const prompts = Array.from({ length: 40 }, (_, i) => `p${i}`);
  const searched = { prompts, samples: 1, population: 300, isSearched: true };
  const measures = ["search_log_prob", "search_gap", "search_error_share"];
  const asked = { cells: "*", baseline: "greedy", measures };
  const found = await compared([await run("a", cells, searched)], asked);
  const differences = measures.map((name) =>
    found.groups[0]?.cells[1]?.measured.get(name)?.difference
  );
  const [logProb, gap, errors] = differences;
  assertEquals(differences.map((one) => one?.inference?.pairing), ["draw", "draw", "draw"]);
  assertAlmostEquals(logProb?.value ?? NaN, -(gap?.value ?? NaN), 1e-9);
  assertAlmostEquals(
    logProb?.inference?.interval.low ?? NaN,
    -(gap?.inference?.interval.high ?? NaN),
    1e-9,
  );
  const printed = await compared([await run("a", cells, { ...searched, isOld: true })], asked);
  const share = printed.groups[0]?.cells[1]?.measured.get("search_error_share")?.difference;
  assertAlmostEquals(errors?.value ?? NaN, share?.value ?? NaN, 1e-6);
  assertEquals(share?.inference?.pairing, "printed intervals");
});

Deno.test("compareCells: speculation is asked for tokens per pass, all else for likelihood and variety", async () => {
  const cells = { ...speculative({ 1: 0.5, 2: 0.7 }), ...two };
  const a = await run("a", cells);
  const names = async (asked: Asked): Promise<string[]> =>
    (await compared([a], asked)).measures.map(({ name }) => name);
  const sampled = ["log_prob_per_token", "unique_share", "novel_share", "mean_length"];
  assertEquals(await names({ cells: "speculative" }), ["tokens_per_target_call", "accepted_share"]);
  assertEquals(await names({ cells: "top_k" }), sampled);
  assertEquals(await names({ cells: "speculative", baseline: "top_k(k=1)" }), [
    "tokens_per_target_call",
    ...sampled,
  ]);
  assertEquals(await names({}), [...sampled, "tokens_per_target_call"]);
});

const better = await compared(
  [await run("outputs/a", speculative({ 1: 0.6, 2: 0.75, 4: 0.9 }))],
  { by: ["draft_k"] },
);

Deno.test("textOfComparison: a table, how to read it, and a sentence", () => {
  assertEquals(
    textOfComparison(shownComparison(better), 80, plain),
    `speculative by draft_k, in outputs/a (160 samples of 4 prompts)

          tokens per target      accepted /
draft_k   pass                   proposed, %
      1   1.21  baseline         19.8  baseline
      2   1.35  +0.15 ± 0.10 ▲   35.6  +15.8 ± 6.7 ▲
      4   1.56  +0.35 ± 0.17 ▲   65.7  +45.9 ± 7.7 ▲

± is the 95 % interval of each difference (samples of different cells are
independent). ▲ and ▼: beyond chance by Holm's method over all 5 differences.

draft_k=4 has 0.35 ± 0.17 more tokens per target pass than draft_k=1.`,
  );
});

Deno.test("textOfComparison: in a narrow terminal measures stand below one another", () => {
  const text = textOfComparison(shownComparison(better), 50, plain);
  const lines = text.split("\n");
  assert(lines.every((line) => line.length <= 50), text);
  assertEquals(lines.filter((line) => line.startsWith("draft_k   ")).length, 2);
});

Deno.test("markdownOfComparison: the sentence first, then a table", () => {
  const text = markdownOfComparison(shownComparison(better));
  assert(text.startsWith("**`draft_k=4` has "), text);
  assertStringIncludes(text, "| `draft_k` | tokens per target pass ");
  assertMatch(text, /^\| `1` +\| 1\.21 +\| 19\.8 +\|$/m);
  assertMatch(text, /^\| `4` +\| 1\.56\s\(\+0\.35\s±\s0\.17\s▲\) +\| /m);
});

Deno.test("jsonOfComparison: has the numbers behind the table", () => {
  const { groups, judged, ...rest } = JSON.parse(jsonOfComparison(better));
  assertEquals([rest.format, rest.version, rest.by], ["microbeam-compare", 1, ["draft_k"]]);
  const [{ sentence, cells: [first, second] }] = groups;
  assertStringIncludes(sentence, "draft_k=4 has ");
  assertEquals(first.measures.tokens_per_target_call.difference, null);
  assertEquals([second.run, second.values], ["outputs/a", { draft_k: "2" }]);
  const { value, difference } = second.measures.tokens_per_target_call;
  assertAlmostEquals(
    difference.value,
    value - first.measures.tokens_per_target_call.value,
    1e-12,
  );
  assertEquals(Object.keys(difference), [
    ...["value", "low", "high", "p", "adjusted_p", "pairing", "verdict"],
  ]);
  // Three pairs of the first measure, two beside the first cell of the second.
  assertEquals(judged.differences, 5);
});
