/**
 * How long a plan would take on a cluster, and what it would ask of the shared file system: the program's
 * own cut into shares and jobs, with times and counts that were measured on one machine. Run by hand:
 *
 *     deno run -q -A --config tests/deno.json tests/cluster/scaling.ts
 *
 * @module
 */
import { jobCount } from "../../src/launch/packing.ts";
import { PlanRows } from "../../src/runs/plan_rows.ts";
import { highestRank, shardsOf } from "../../src/runs/plan_share.ts";

/** What was measured, and what is assumed of the cluster; times in seconds. */
export interface Costs {
  /** Tasks of one run of configs/default.yaml, on one thread. */
  readonly training: readonly number[];
  readonly losses: readonly number[];
  readonly cells: readonly (readonly [decode: number, measure: number])[];
  readonly timing: number;
  readonly report: number;
  /** A process that starts, with its files at hand. */
  readonly start: number;
  /** Reading one row of a plan, and cutting it into shares. */
  readonly row: number;
  /** Bytes of one row of a plan. */
  readonly rowBytes: number;
  /** System calls on the store for one result that is computed, two of them for a cell. */
  readonly callsPerResult: number;
  /**
   * Those of them that ask the server of an NFS: names that are not there 5, and one each to open, write,
   * flush, close and rename the file and to look at its folder; the others are answered by the client.
   */
  readonly requestsPerResult: number;
  /** Calls on the store when a shard starts and ends. */
  readonly callsPerShard: number;
  /** Files of the program and its packages that a process opens when it starts. */
  readonly filesPerStart: number;
  /** Requests for one result that a merge looks for and reads. */
  readonly requestsPerMerged: number;
  /** Requests that a file server answers in a second. */
  readonly requestsPerSecond: number;
  /** Bytes that it gives in a second. */
  readonly bytesPerSecond: number;
  /** From the end of a job to the start of the next. */
  readonly queueing: number;
  /** Threads of a job, which has a node. */
  readonly threads: number;
}

/**
 * Times of `outputs/default/timings.csv` (2 Xeon cores); calls by strace of `run --shard` with 1 and with
 * 9 cells; rows by the test of plans with 1,000,000 of them. What a server does is assumed.
 */
export const MEASURED: Costs = {
  training: [0.63, 0.27],
  losses: [0.23, 0.09, 0.07, 0.09, 0.07, 0.4, 0.5],
  cells: [
    [0.02, 0.12],
    [0.2, 0.27],
    [0.18, 0.16],
    [0.11, 0.12],
    [0.13, 0.14],
    [0.11, 0.04],
    [0.13, 0.07],
    [0.12, 0.14],
    [0.12, 0.13],
    [0.18, 0.16],
    [0.12, 0.16],
    [0.09, 0.08],
    [0.02, 0.04],
    [0.01, 0.03],
    [0.01, 0.01],
    [0.02, 0.01],
    [0.43, 0.15],
    [0.19, 0.14],
    [0.34, 0.14],
    [0.43, 0.18],
  ],
  timing: 2,
  report: 0.5,
  start: 0.7,
  row: 5e-6,
  rowBytes: 124,
  callsPerResult: 26.5,
  requestsPerResult: 11,
  callsPerShard: 504,
  filesPerStart: 2800,
  requestsPerMerged: 6,
  requestsPerSecond: 5000,
  bytesPerSecond: 500e6,
  queueing: 2,
  threads: 8,
};

/** The end of a simulated plan. */
export interface Simulated {
  readonly nodes: number;
  /** Jobs of all ranks. */
  readonly jobs: number;
  /** From the first start to the last result, seconds. */
  readonly makespan: number;
  /** The part of the nodes' time in which tasks are computed. */
  readonly efficiency: number;
  /** System calls on the store by the shards. */
  readonly calls: number;
  /** The least time that the file server takes for the shards' requests, seconds. */
  readonly serving: number;
  /** The least time that it takes for the starts, where program and packages lie on it, too, seconds. */
  readonly starting: number;
  /** The time that it takes to give each job the plan, seconds. */
  readonly givingPlans: number;
  /** What the merge takes, on one thread of one machine, seconds: it asks and reads, and makes reports. */
  readonly merge: number;
  /** Calls by the starts and ends alone of a store that is listed as a whole each time, as before. */
  readonly listings: number;
}

/** A plan of `cells` cells, as many in each run as `perRun`, with the measured times. */
export function planOf(cells: number, perRun: number, costs: Costs): PlanRows {
  const rows = new PlanRows();
  let count = 0;
  const add = (
    run: number,
    stage: string,
    name: string,
    needs: number[],
    seconds: number,
  ): number => {
    rows.add({ run, stage, name, key: keyOf(count), needs, seconds, memory: 1e8 });
    return ++count;
  };
  for (let run = 0; run * perRun < cells; run++) {
    const models = costs.training.map((seconds, i) => add(run, "train", `model ${i}`, [], seconds));
    const losses = costs.losses.map((seconds, i) =>
      add(run, "loss", `model ${i}`, models.slice(i, i + 1), seconds)
    );
    const own = Math.min(perRun, cells - run * perRun);
    const measured = Array.from({ length: own }, (_, i) => {
      const [decode, measure] = costs.cells[i % costs.cells.length] ?? [0, 0];
      const decoded = add(run, "decode", `cell ${i}`, models, decode);
      return add(run, "measure", `cell ${i}`, [decoded], measure);
    });
    const time = add(run, "time", "run", models, costs.timing);
    add(run, "report", "run", [...losses, ...measured, time], costs.report);
  }
  return rows;
}

/** Keys whose first digits are as if drawn. */
function keyOf(index: number): string {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return mixed.toString(16).padStart(8, "0") + index.toString(16).padStart(56, "0");
}

/** Computes `rows` on `nodes` nodes, rank by rank, as the launcher cuts them. */
export function simulate(rows: PlanRows, nodes: number, costs: Costs): Simulated {
  const { threads, requestsPerSecond } = costs;
  const reports: number[] = [];
  let [makespan, jobs, calls, work] = [0, 0, 0, 0];
  let [stored, listings, serving, starting, givingPlans] = [0, 0, 0, 0, 0];
  const ranks = highestRank(rows);
  for (let rank = 0; rank <= ranks; rank++) {
    let [seconds, results] = [0, 0];
    for (const row of rows) {
      if (row.rank !== rank) continue;
      // Reports are made by the merge.
      if (row.stage === "report") reports.push(row.seconds);
      else [seconds, results] = [seconds + row.seconds, results + 1];
    }
    if (results === 0) continue;
    const of = jobCount(seconds, threads, { jobSeconds: 30, atOnce: nodes });
    const shards = shardsOf(rows, { of, rank });
    const shares = new Float64Array(of);
    for (const row of rows) {
      const shard = shards[row.number - 1] ?? 0;
      if (shard > 0) shares[shard - 1] = (shares[shard - 1] ?? 0) + row.seconds;
    }
    const reading = rows.length * costs.row;
    const times = shares.map((own) => costs.queueing + costs.start + reading + own / threads);
    const own = results * costs.callsPerResult + of * costs.callsPerShard;
    const asked = (results * costs.requestsPerResult + of * costs.callsPerShard) /
      requestsPerSecond;
    // Those that start at once read the plan at once.
    const plan = rows.length * costs.rowBytes / costs.bytesPerSecond;
    const waves = Math.min(of, nodes) * plan;
    // The server is asked while the jobs compute: the slower of both decides.
    makespan += waves + Math.max(longestOf(times, nodes), asked);
    listings += of * (2 * stored + results);
    stored += results;
    [jobs, calls, work] = [jobs + of, calls + own, work + seconds];
    serving += asked;
    starting += of * costs.filesPerStart / requestsPerSecond;
    givingPlans += of * plan;
  }
  const merged = stored * costs.requestsPerMerged / requestsPerSecond;
  const merge = merged + reports.reduce((sum, one) => sum + one, 0);
  const efficiency = work / (nodes * threads * makespan);
  const times = { makespan, serving, starting, givingPlans, merge };
  return { nodes, jobs, efficiency, calls, listings, ...times };
}

/** When the last of the jobs ends where each of `nodes` takes the next when it is free. */
function longestOf(times: Float64Array, nodes: number): number {
  const free = new Float64Array(Math.min(nodes, times.length));
  // The jobs of a rank are nearly equal, so that the first one free is the next in turn.
  let longest = 0;
  times.forEach((seconds, i) => {
    const node = i % free.length;
    free[node] = (free[node] ?? 0) + seconds;
    longest = Math.max(longest, free[node] ?? 0);
  });
  return longest;
}

/** The most results in one folder of the store: in one for each stage, and in one for each two digits. */
export function largestFolders(
  rows: PlanRows,
): { readonly flat: number; readonly grouped: number } {
  const flat = new Map<string, number>();
  const grouped = new Map<string, number>();
  for (const { stage, key } of rows) {
    flat.set(stage, (flat.get(stage) ?? 0) + 1);
    const group = stage + key.slice(0, 2);
    grouped.set(group, (grouped.get(group) ?? 0) + 1);
  }
  return { flat: Math.max(...flat.values()), grouped: Math.max(...grouped.values()) };
}

/** A line of the table. */
function lineOf(cells: number, scale: number, one: Simulated): string {
  const time = (seconds: number): string =>
    seconds < 120
      ? `${seconds.toFixed(0)} s`
      : seconds < 7200
      ? `${(seconds / 60).toFixed(0)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
  const columns = [
    cells.toLocaleString("en"),
    `${(0.25 * scale).toFixed(2)} s`,
    one.nodes.toLocaleString("en"),
    one.jobs.toLocaleString("en"),
    time(one.makespan),
    `${(100 * one.efficiency).toFixed(0)} %`,
    `${(one.calls / 1e6).toFixed(1)} M`,
    time(one.serving),
    time(one.starting),
    time(one.givingPlans),
    time(one.merge),
    time(one.listings / MEASURED.requestsPerSecond),
  ];
  return `| ${columns.join(" | ")} |`;
}

/** `costs` with tasks that take `scale` times as long. */
export function scaled(costs: Costs, scale: number): Costs {
  const times = (seconds: number): number => seconds * scale;
  return {
    ...costs,
    training: costs.training.map(times),
    losses: costs.losses.map(times),
    cells: costs.cells.map(([decode, measure]) => [times(decode), times(measure)]),
    timing: times(costs.timing),
  };
}

if (import.meta.main) {
  const titles = [
    ...["cells", "a cell", "nodes", "jobs", "makespan", "efficiency", "calls", "serving"],
    ...["starting", "plans", "merge", "listing"],
  ];
  const lines = [`| ${titles.join(" | ")} |`, `|${" --: |".repeat(titles.length)}`];
  const sizes: string[] = [];
  for (const cells of [10_000, 1_000_000]) {
    for (const scale of [1, 100]) {
      const costs = scaled(MEASURED, scale);
      const rows = planOf(cells, 100, costs);
      for (const nodes of [10, 100, 1000]) {
        lines.push(lineOf(cells, scale, simulate(rows, nodes, costs)));
      }
      if (scale > 1) continue;
      const { flat, grouped } = largestFolders(rows);
      const size = (rows.length * MEASURED.rowBytes / 1e6).toFixed(0);
      sizes.push(
        `${cells} cells: ${rows.length} tasks, a plan of ${size} MB, at most ${grouped} results in a ` +
          `folder (before: ${flat})`,
      );
    }
  }
  // deno-lint-ignore no-console
  console.log([...lines, "", ...sizes].join("\n"));
}
