/**
 * The default run's timeline, with nothing cached: how long each of its parts takes, from the start of the
 * process to its end. Parts that run beside others count from their first beginning to their last end.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, join, resolve } from "@std/path";
import type { Row } from "./rows.ts";
import type { Moment } from "./timed_run.ts";

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));
const SCRIPT = "tests/bench/timed_run.ts";

/** A part: between which moments. */
const PARTS = [
  ["process", "", "script begins"],
  ["modules", "script begins", "modules end"],
  ["config", "modules end", "corpus begins"],
  ["corpus", "corpus begins", "thread begins"],
  ["workers", "thread begins", "step"],
  ["training", "step", "train ends"],
  ["losses", "loss begins", "loss ends"],
  ["cells", "decode begins", "measure ends"],
  ["timings", "time begins", "time ends"],
  ["report", "report begins", "charts begin"],
  ["charts", "charts begin", "charts end"],
  ["page", "charts end", "report ends"],
  ["writing", "report ends", "run ends"],
] as const;

/** The name of a part of the timeline. */
export type Part = typeof PARTS[number][0];

/**
 * Milliseconds that each part took, by its first beginning and its last end; `NaN` for one that is not
 * there. Writing begins when timings have ended, too.
 */
export function partsOf(moments: readonly Moment[]): Map<Part, number> {
  const at = (what: string): number[] =>
    what === "" ? [0] : moments.filter(([name]) => name === what).map(([, time]) => time);
  const end = (what: string): number =>
    at(what).at(what === "step" || what === "thread begins" ? 0 : -1) ?? NaN;
  return new Map(PARTS.map(([part, from, to]) => {
    const [first = NaN] = at(from);
    const began = part === "writing" ? Math.max(first, at("time ends").at(-1) ?? first) : first;
    return [part, end(to) - began];
  }));
}

/** A row for each part, of one run in each round. */
export function timelineRows(scratch: string): Row[] {
  let parts = new Map<Part, number>();
  const row = (part: Part, isFirst: boolean, isLast: boolean): Row => ({
    section: "start",
    name: `the default run, cold, time of ${part}`,
    unit: "ms",
    better: "lower",
    isDetail: true,
    peers: {},
    ...isLast
      ? {
        note:
          "Losses of n-gram models begin beside the training. Report, charts and page are made beside " +
          "the timings where there are two threads or more.",
      }
      : {},
    async engine() {
      if (isFirst) parts = partsOf(await timedRun(resolve(scratch, "timeline")));
      return parts.get(part) ?? NaN;
    },
  });
  return PARTS.map(([part], i) => row(part, i === 0, i === PARTS.length - 1));
}

/** The moments of one run into the empty folder `output`. */
async function timedRun(output: string): Promise<Moment[]> {
  await Deno.remove(output, { recursive: true }).catch(() => {});
  const command = new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", "--v8-flags=--min-semi-space-size=16"],
      ...[
        "--lock",
        "src/data/tokenizers.lock",
        "--config",
        "deno.json",
        "-P=run",
        SCRIPT,
        String(Date.now()),
      ],
      ...["configs/default.yaml", "--quiet", "--output", output],
      ...["--store", join(output, ".store")],
    ],
    cwd: PROJECT,
    env: { INIT_CWD: PROJECT },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  if (code !== 0) throw new Error(`Cannot time a run: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
