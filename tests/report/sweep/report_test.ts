// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sweepCharts } from "../../../src/report/sweep/charts.ts";
import { sweepReport } from "../../../src/report/sweep/report.ts";
import { summarizeSweep, type SweepRecord } from "../../../src/report/sweep/sweep_summary.ts";
import { run } from "./sweep_runs.ts";

async function reportOf(record: Omit<SweepRecord, "name">): Promise<string> {
  const sweep = await summarizeSweep({ name: "made-up", ...record });
  return sweepReport(sweep, sweepCharts(sweep));
}

/** The first table below `heading`, row by row. */
function tableBelow(report: string, heading: string): string[][] {
  const [, after] = report.split(`${heading}\n`);
  assert(after !== undefined, `there is no ${heading}`);
  const lines = after.split("\n");
  const begin = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, i) => i > begin && !line.startsWith("|"));
  const [header = "", , ...rows] = lines.slice(begin, end);
  return [header, ...rows].map((line) => line.slice(1, -1).split("|").map((text) => text.trim()));
}

const embd = "models.target.n_embd";
const sizes = [run({ [embd]: 8 }, 0), run({ [embd]: 16 }, 1)];
const seeds = [run({ seed: 1 }, 0), run({ seed: 2 }, 1), run({ seed: 3 }, 2)];
const [first = run({ seed: 1 }, 0), ...rest] = seeds;
const failed = {
  ...first,
  cells: [],
  losses: [],
  failures: [{ what: "training target", message: "diverged" }],
};

Deno.test("sweepReport: says what was swept, and links each run's report", async () => {
  const report = await reportOf({ variants: sizes });
  assertStringIncludes(report, "# made-up: a sweep\n\n2 runs");
  assertStringIncludes(report, "differ in `models.target.n_embd` (8, 16), and in nothing else");
  assertEquals(tableBelow(report, "## Runs"), [
    [`\`${embd}\``, "cells", "report"],
    ["8", "3", "[report.md](models.target.n_embd=8/report.md)"],
    ["16", "3", "[report.md](models.target.n_embd=16/report.md)"],
  ]);
});

Deno.test("sweepReport: a table for each cell, each run's own estimates in a row", async () => {
  const report = await reportOf({ variants: sizes });
  assertEquals(tableBelow(report, "### `speculative(acceptance_rule=original, draft_k=2)`"), [
    [
      `\`${embd}\``,
      "mean log-prob",
      "log-prob per token",
      "unique share",
      "novel",
      "mass covered",
      "tokens per target pass",
      "accepted / tested",
    ],
    [
      "8",
      "-10.13 (-10.14 to -10.09)",
      "-2.125 (-2.141 to -2.094)",
      "50.0 % (48.4 to 53.1)",
      "25.0 % (23.4 to 28.1)",
      "0.0 % (0.0 to 3.1)",
      "2.00",
      "0.0 % (0.0 to 3.1)",
    ],
    [
      "16",
      "-11.13 (-11.14 to -11.09)",
      "-3.125 (-3.141 to -3.094)",
      "62.5 % (60.9 to 65.6)",
      "37.5 % (35.9 to 40.6)",
      "3.1 % (1.6 to 6.3)",
      "2.00",
      "25.0 % (23.4 to 28.1)",
    ],
  ]);
  assert(!tableBelow(report, "### `greedy`")[0]?.includes("accepted / tested"));
});

Deno.test("sweepReport: the loss of the trained models, row by row", async () => {
  const report = await reportOf({ variants: sizes });
  assertEquals(tableBelow(report, "## Models"), [
    [`\`${embd}\``, "target"],
    ["8", "2.500 (2.484 to 2.531)"],
    ["16", "3.500 (3.484 to 3.531)"],
  ]);
});

Deno.test("sweepReport: with none held out, the loss is that on training documents, and it says so", async () => {
  const variants = sizes.map((run) => ({
    ...run,
    losses: run.losses.map(({ name, training }) => ({ name, training })),
  }));
  const report = await reportOf({ variants });
  assertStringIncludes(report, "Loss, training: nats per token: ");
  assertEquals(tableBelow(report, "## Models")[1], ["8", "2.250 (2.234 to 2.281)"]);
});

// The mean of levels 0, 1 and 2 is 1, and the reach 4.303 / √3 = 2.484 of a level.
Deno.test("sweepReport: seeds are replicates: their mean, and Student's interval", async () => {
  const report = await reportOf({ variants: seeds });
  const [header, greedy] = tableBelow(report, "## Cells");
  assertEquals(header?.slice(0, 3), ["strategy", "seeds", "mean log-prob"]);
  assertEquals(greedy, [
    "`greedy`",
    "3",
    "-11.00 (-13.48 to -8.52)",
    "-3.000 (-5.484 to -0.516)",
    "62.5 % (31.4 to 93.6)",
    "37.5 % (6.4 to 68.6)",
    "3.1 % (0.0 to 10.9)",
    "1.00",
    "–",
  ]);
  assertEquals(tableBelow(report, "## Models")[1], ["3", "3.500 (1.016 to 5.984)"]);
  assertStringIncludes(report, "as many degrees of freedom as seeds less one");
});

Deno.test("sweepReport: seeds are replicates within each combination of the other settings", async () => {
  const variants = [8, 16].flatMap((width) =>
    [1, 2, 3].map((seed) => run({ seed, [embd]: width }, seed + width))
  );
  const report = await reportOf({ variants });
  const rows = tableBelow(report, "### `greedy`");
  assertEquals(rows.map((row) => row.slice(0, 3)), [
    [`\`${embd}\``, "seeds", "mean log-prob"],
    ["8", "3", "-20.00 (-22.48 to -17.52)"],
    ["16", "3", "-28.00 (-30.48 to -25.52)"],
  ]);
});

Deno.test("sweepReport: seeds that vary together with another setting are no replicates", async () => {
  const report = await reportOf({
    variants: [run({ seed: 1, [embd]: 8 }, 0), run({ seed: 2, [embd]: 16 }, 1)],
  });
  assertEquals(tableBelow(report, "## Models"), [
    ["`seed`", `\`${embd}\``, "target"],
    ["1", "8", "2.500 (2.484 to 2.531)"],
    ["2", "16", "3.500 (3.484 to 3.531)"],
  ]);
  assertStringIncludes(report, "over the prompts and samples of that run alone");
});

Deno.test("sweepReport: of a single seed there is no interval", async () => {
  const report = await reportOf({
    variants: [run({ seed: 1 }, 0), { ...failed, variant: rest[0]?.variant ?? failed.variant }],
  });
  assertEquals(tableBelow(report, "## Cells")[1]?.slice(0, 3), ["`greedy`", "1 of 2", "-10.00"]);
});

Deno.test("sweepReport: what is missing is said at the top, in the rows, and why", async () => {
  const report = await reportOf({ variants: [failed, ...rest] });
  assertStringIncludes(
    report,
    "# made-up: a sweep\n\n**Incomplete:** something is missing from 1 of 3 runs.\n",
  );
  assertStringIncludes(report, "\n- `seed=1`: training target: diverged\n");
  assertEquals(tableBelow(report, "## Runs").map(([seed, ...rest]) => [seed, ...rest]), [
    ["`seed`", "cells", "report"],
    ["1", "0 of 3", "missing"],
    ["2", "3", "[report.md](seed=2/report.md)"],
    ["3", "3", "[report.md](seed=3/report.md)"],
  ]);
  assertEquals(tableBelow(report, "## Cells")[1]?.slice(0, 2), ["`greedy`", "2 of 3"]);
  assertEquals(tableBelow(report, "## Models")[1]?.[0], "2 of 3");
});

Deno.test("sweepReport: a run whose cells all failed has a report nevertheless", async () => {
  const report = await reportOf({ variants: [{ ...first, cells: [] }, ...rest] });
  assertEquals(tableBelow(report, "## Runs")[1], ["1", "0 of 3", "[report.md](seed=1/report.md)"]);
});

Deno.test("sweepReport: a cell that one run lacks keeps its place, and its row is marked", async () => {
  const [small = failed, large = failed] = sizes;
  const variants = [{ ...small, cells: small.cells.filter((_, i) => i !== 1) }, large];
  const report = await reportOf({ variants });
  const headings = [...report.matchAll(/^### `(.*)`$/gm)].map(([, label]) => label);
  assertEquals(headings, [
    "greedy",
    "speculative(acceptance_rule=original, draft_k=2)",
    "speculative(acceptance_rule=original, draft_k=4)",
  ]);
  const rows = tableBelow(report, "### `speculative(acceptance_rule=original, draft_k=2)`");
  assertEquals(rows[1], ["8", "missing", ...Array(6).fill("–")]);
  assertEquals(rows[2]?.slice(0, 2), ["16", "-11.13 (-11.14 to -11.09)"]);
});

Deno.test("sweepReport: a sweep of which nothing came is a report of that", async () => {
  const report = await reportOf({ variants: [failed, { ...failed }] });
  assertStringIncludes(report, "something is missing from 2 of 2 runs");
  assert(!report.includes("## Models") && !report.includes("## Cells"));
});

Deno.test("sweepReport: a smoke run says so in its first line", async () => {
  const [line] = (await reportOf({ limit: 3, variants: sizes })).split("\n");
  assertEquals(
    line,
    "# made-up: a sweep (smoke run: at most 3 training steps, samples of each prompt and drawn prompts)",
  );
});

Deno.test("sweepReport: a label that would break a link is escaped in it", async () => {
  const [small = failed] = sizes;
  const odd = { ...small, variant: { ...small.variant, label: "a (b)#%?é" } };
  const report = await reportOf({ variants: [odd, ...sizes] });
  assertStringIncludes(report, "[report.md](a%20%28b%29%23%25%3F%C3%A9/report.md)");
});
