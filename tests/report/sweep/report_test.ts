// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sweepCharts } from "../../../src/report/sweep/charts.ts";
import { markdownOf } from "../../../src/report/render/markdown.ts";
import { sweepDocument } from "../../../src/report/sweep/document.ts";
import { summarizeSweep, type SweepRecord } from "../../../src/report/sweep/sweep_summary.ts";
import { plain, rowBelow, tablesOf, textBelow } from "../read_report.ts";
import { run } from "./sweep_runs.ts";

async function reportOf(record: Omit<SweepRecord, "name" | "trains">): Promise<string> {
  const sweep = await summarizeSweep({ name: "made-up", trains: true, ...record });
  return plain(markdownOf(sweepDocument(sweep, sweepCharts(sweep), {
    configDigest: "abc",
    inputs: { corpus: true, folders: false, onnx: false },
  })));
}

/** The first table below `heading`, row by row. */
function tableBelow(report: string, heading: string): string[][] {
  const [table] = tablesOf(textBelow(report, heading));
  assert(table !== undefined, `there is no table below ${heading}`);
  return table;
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

Deno.test("sweepDocument: says what was swept, and links each run's report", async () => {
  const report = await reportOf({ variants: sizes });
  assertStringIncludes(report, "# made-up: a sweep\n\n## Findings\n");
  assertStringIncludes(report, "\n2 runs of one experiment, which ");
  assertStringIncludes(report, "differ in `models.target.n_embd` (8, 16), and in nothing else");
  assertEquals(tableBelow(report, "## Runs"), [
    [embd, "cells", "report"],
    ["8", "3", "[report.md](models.target.n_embd=8/report.md)"],
    ["16", "3", "[report.md](models.target.n_embd=16/report.md)"],
  ]);
});

Deno.test("sweepDocument: a table for each cell, each run's own estimates in a row", async () => {
  const report = await reportOf({ variants: sizes });
  const label = "### `speculative(acceptance_rule=original, draft_k=2)`";
  assertEquals(rowBelow(report, label, "8"), {
    [embd]: "8",
    "mean log-prob": "-10.13 (-10.14 to -10.09)",
    "log-prob per token": "-2.125 (-2.141 to -2.094)",
    "unique share": "50.0 % (48.4 to 53.1)",
    "novel": "25.0 % (23.4 to 28.1)",
    "mass covered": "0.0 % (0.0 to 3.1)",
    "tokens per target pass": "2.00",
    "accepted / tested": "0.0 % (0.0 to 3.1)",
  });
  assertEquals(rowBelow(report, label, "16")["accepted / tested"], "25.0 % (23.4 to 28.1)");
  assert(!("accepted / tested" in rowBelow(report, "### `greedy`", "16")));
});

Deno.test("sweepDocument: begins with the loss and the mean log-prob of cells, by the swept settings", async () => {
  const [table] = tablesOf(textBelow(await reportOf({ variants: sizes }), "## Findings"));
  const [header, first] = table ?? [];
  assertEquals(header, [embd, "loss of the target", "greedy"]);
  assertEquals(first, ["8", "2.500 (2.484 to 2.531)", "-10.00 (-10.02 to -9.97)"]);
});

Deno.test("sweepDocument: says what stands below the names of cells only where columns of cells fit", async () => {
  const below = "Below the name of a cell stands its mean log-prob.";
  assertStringIncludes(await reportOf({ variants: sizes }), below);
  const wide = [8, 16].map((size, i) =>
    run({ [embd]: size, "models.target.n_layer": i, "models.target.n_head": i }, i)
  );
  const report = await reportOf({ variants: wide });
  assert(!tableBelow(report, "## Findings")[0]?.includes("greedy"));
  assert(!report.includes(below), report.slice(0, 2000));
});

Deno.test("sweepDocument: the loss of the trained models, row by row", async () => {
  const report = await reportOf({ variants: sizes });
  assertEquals(tableBelow(report, "## Models"), [
    [embd, "loss of the target"],
    ["8", "2.500 (2.484 to 2.531)"],
    ["16", "3.500 (3.484 to 3.531)"],
  ]);
});

Deno.test("sweepDocument: with none held out, the loss is that on training documents, and it says so", async () => {
  const variants = sizes.map((run) => ({
    ...run,
    losses: run.losses.map(({ name, training }) => ({ name, training })),
  }));
  const report = await reportOf({ variants });
  assertStringIncludes(report, "Loss, training: nats per token.");
  assertEquals(tableBelow(report, "## Models")[1], ["8", "2.250 (2.234 to 2.281)"]);
});

// The mean of levels 0, 1 and 2 is 1, and the reach 4.303 / √3 = 2.484 of a level.
Deno.test("sweepDocument: seeds are replicates: their mean, and Student's interval", async () => {
  const report = await reportOf({ variants: seeds });
  assertEquals(tableBelow(report, "## Findings")[0]?.slice(0, 2), ["cell", "mean log-prob"]);
  const row = {
    ...rowBelow(report, "## Findings", "`greedy`"),
    ...rowBelow(report, "## Cells", "`greedy`"),
  };
  assertEquals(row, {
    "cell": "`greedy`",
    "mean log-prob": "-11.0 ± 2.5",
    "tokens per target pass": "1.00",
    "log-prob per token": "-3.0 ± 2.5",
    "accepted / tested": "–",
  });
  assertStringIncludes(
    textBelow(report, "## Findings"),
    "The same in all rows: seeds 3, unique share",
  );
  assertEquals(tableBelow(report, "## Models")[1], ["3", "3.5 ± 2.5"]);
  assertStringIncludes(report, "as many degrees of freedom as seeds less one");
});

Deno.test("sweepDocument: seeds are replicates within each combination of the other settings", async () => {
  const variants = [8, 16].flatMap((width) =>
    [1, 2, 3].map((seed) => run({ seed, [embd]: width }, seed + width))
  );
  const report = await reportOf({ variants });
  const rows = tableBelow(report, "### `greedy`");
  assertEquals(rows.map((row) => row.slice(0, 3)), [
    [embd, "seeds", "mean log-prob"],
    ["8", "3", "-20.0 ± 2.5"],
    ["16", "3", "-28.0 ± 2.5"],
  ]);
});

Deno.test("sweepDocument: seeds that vary together with another setting are no replicates", async () => {
  const report = await reportOf({
    variants: [run({ seed: 1, [embd]: 8 }, 0), run({ seed: 2, [embd]: 16 }, 1)],
  });
  assertEquals(tableBelow(report, "## Models"), [
    ["seed", embd, "loss of the target"],
    ["1", "8", "2.500 (2.484 to 2.531)"],
    ["2", "16", "3.500 (3.484 to 3.531)"],
  ]);
  assertStringIncludes(report, "of one run each, over its prompts and samples");
});

Deno.test("sweepDocument: of a single seed there is no interval", async () => {
  const report = await reportOf({
    variants: [run({ seed: 1 }, 0), { ...failed, variant: rest[0]?.variant ?? failed.variant }],
  });
  assertStringIncludes(textBelow(report, "## Findings"), "The same in all rows: seeds 1 of 2,");
  assertEquals(rowBelow(report, "## Findings", "`greedy`")["mean log-prob"], "-10.00");
});

Deno.test("sweepDocument: what is missing is said at the top, in the rows, and why", async () => {
  const report = await reportOf({ variants: [failed, ...rest] });
  assertStringIncludes(
    report,
    "# made-up: a sweep\n\n**Incomplete:** something is missing from 1 of 3 runs; [why](#missing).\n",
  );
  assertStringIncludes(report, "\n- `seed=1`: training target: diverged\n");
  assertEquals(tableBelow(report, "## Runs").map(([seed, ...rest]) => [seed, ...rest]), [
    ["seed", "cells", "report"],
    ["1", "0 of 3", "missing"],
    ["2", "3", "[report.md](seed=2/report.md)"],
    ["3", "3", "[report.md](seed=3/report.md)"],
  ]);
  assertStringIncludes(textBelow(report, "## Findings"), "The same in all rows: seeds 2 of 3,");
  assertEquals(tableBelow(report, "## Models")[1]?.[0], "2 of 3");
});

Deno.test("sweepDocument: a run whose cells all failed has a report nevertheless", async () => {
  const report = await reportOf({ variants: [{ ...first, cells: [] }, ...rest] });
  assertEquals(tableBelow(report, "## Runs")[1], ["1", "0 of 3", "[report.md](seed=1/report.md)"]);
});

Deno.test("sweepDocument: a cell that one run lacks keeps its place, and its row is marked", async () => {
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
  assertEquals(rows[1]?.slice(0, 3), ["8", "missing", "–"]);
  assertEquals(rows[2]?.slice(0, 2), ["16", "2.00"]);
});

Deno.test("sweepDocument: a sweep of which nothing came is a report of that", async () => {
  const report = await reportOf({ variants: [failed, { ...failed }] });
  assertStringIncludes(report, "something is missing from 2 of 2 runs");
  assert(!report.includes("## Models") && !report.includes("## Cells"));
});

Deno.test("sweepDocument: a smoke run says so in its first line", async () => {
  const [line] = (await reportOf({ limit: 3, variants: sizes })).split("\n");
  assertEquals(
    line,
    "# made-up: a sweep (smoke run: at most 3 training steps, samples of each prompt and drawn prompts)",
  );
});

Deno.test("sweepDocument: a label that would break a link is escaped in it", async () => {
  const [small = failed] = sizes;
  const odd = { ...small, variant: { ...small.variant, label: "a (b)#%?é" } };
  const report = await reportOf({ variants: [odd, ...sizes] });
  assertStringIncludes(report, "[report.md](a%20%28b%29%23%25%3F%C3%A9/report.md)");
});
