/**
 * The simulation of clusters: that it says what can be reckoned by hand.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Costs, largestFolders, MEASURED, planOf, scaled, simulate } from "./scaling.ts";

/** One training and cells of a second, on one thread; nothing else costs anything. */
const free: Costs = {
  ...MEASURED,
  training: [1],
  losses: [],
  cells: [[0.5, 0.5]],
  ...{ timing: 0, report: 0, start: 0, row: 0, rowBytes: 0, queueing: 0, threads: 1 },
  ...{ callsPerShard: 0, requestsPerSecond: Infinity },
};

Deno.test("simulate: nodes that do nothing but compute are used to at least 99 %, and the jobs are as packed", () => {
  // The training of 1 s is a rank of its own; its node alone is busy then.
  const rows = planOf(12_000, 12_000, free);
  const { makespan, efficiency, jobs } = simulate(rows, 100, free);
  assertEquals(jobs, 101);
  assertAlmostEquals(makespan, 121, 1e-6);
  assert(efficiency > 0.99, String(efficiency));
  // 12,000 s are 400 jobs of 30 s, of which 100 are enough.
  assertEquals(simulate(rows, 1000, free).jobs, 401);
});

Deno.test("simulate: a server that is asked more than it can answer decides how long it takes", () => {
  const costs = { ...free, requestsPerSecond: 100, requestsPerResult: 10 };
  const rows = planOf(1000, 1000, costs);
  const { serving, makespan } = simulate(rows, 100, costs);
  // 1 training, 2,000 results of cells and the timing.
  assertAlmostEquals(serving, 200.2, 1e-6);
  assertAlmostEquals(makespan, 1 + 200.1, 1e-6);
});

Deno.test("simulate: of a store that starts list as a whole, calls grow with shards times results", () => {
  const costs = scaled(MEASURED, 100);
  const rows = planOf(2000, 100, costs);
  const [few, many] = [10, 100].map((nodes) => simulate(rows, nodes, costs));
  assert(few !== undefined && many !== undefined);
  assert(many.listings > 5 * few.listings && many.calls < 2 * few.calls);
});

Deno.test("largestFolders: a folder for each two digits has about a 256th of the results", () => {
  const { flat, grouped } = largestFolders(planOf(20_000, 1000, MEASURED));
  assertEquals(flat, 20_000);
  assert(grouped < 2 * flat / 256, String(grouped));
});
