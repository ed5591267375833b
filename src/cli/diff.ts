import { jsonOfDiff } from "../diff/render/json.ts";
import { markdownOfDiff } from "../diff/render/markdown.ts";
import { openRun } from "../diff/open_run.ts";
import { readRun } from "../diff/run.ts";
import { diffRuns, type RunDiff } from "../diff/run_diff.ts";
import type { RunFiles } from "../diff/run_files.ts";
import type { Shown } from "../diff/render/sections.ts";
import { colours, plain, textOfDiff } from "../diff/render/text.ts";
import { Tolerances } from "../diff/tolerance.ts";
import { areEqual } from "../diff/render/verdict.ts";
import { type Arguments, parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { obeysEscapes, print } from "./terminal.ts";

const help = `Compare two runs: settings, every metric of every cell, models and their weights.

usage: deno task diff OLD [NEW] [--all] [--tolerance metric=abs[,rel]]…
                      [--markdown | --json | --quiet]

  OLD, NEW            the folder of a run or of a sweep, such as outputs/a, or a git revision of
                      one, such as outputs/a@HEAD~1; OLD@REVISION alone is compared with what is
                      in OLD now
  --all               show what is alike, too, with the settings that change no result (name,
                      report) and the weights tensor by tensor
  --tolerance metric=abs[,rel]
                      take the metric for equal where |Δ| is at most abs, or rel times |old|;
                      "*" is every metric, weights the largest change of a weight (rel: RMS)
  --markdown          print Markdown, as for a pull request
  --json              print JSON, described in src/diff/json.ts
  --quiet             print nothing; the exit code tells
  --help              print this

A cell is what its settings are, whatever its label and its row. The change of a metric with a 95 %
interval is outside the sampling error where |Δ| > √(h_old² + h_new²), h the half-width on the side
that faces the other value: where the 95 % interval of the difference excludes 0. One in twenty
metrics that did not change is outside all the same. Metrics without an interval have –. Values are
compared as they are written; samples.csv, training.csv and timings.csv are not compared. Runs that
differ in nothing but their name, report, versions and where the same corpus lies are equal.

examples:
  deno task diff outputs/a outputs/b
  deno task diff outputs/default@HEAD~1
  deno task diff outputs/a outputs/b --tolerance "*=0,0.01" --tolerance samples=0
  deno task diff outputs/default@main outputs/default --markdown

Exit codes: 0 equal, 1 different, 2 an error.`;

/** `deno task diff`. */
export const diff: Command = { summary: "Compare two runs", help, run: compareRuns };

async function compareRuns(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["all", "markdown", "json", "quiet"],
    values: [],
    lists: ["tolerance"],
  });
  const show = presentation(parsed);
  const tolerances = new Tolerances(parsed.list("tolerance"));
  const [old, current] = await runsNamed(parsed.positional);
  const found = await diffRuns(await readRun(old), await readRun(current), tolerances);
  show(found, { all: parsed.has("all") });
  return areEqual(found) ? ExitCode.done : ExitCode.failed;
}

/** How what was found is shown. */
function presentation(parsed: Arguments): (diff: RunDiff, shown: Shown) => void {
  const wanted = ["markdown", "json", "quiet"].filter((flag) => parsed.has(flag));
  if (wanted.length > 1) {
    throw new UsageError(
      `expected one of --markdown, --json, --quiet, found ${
        wanted.map((flag) => `--${flag}`).join(" and ")
      }`,
    );
  }
  switch (wanted[0]) {
    case "markdown":
      return (diff, shown) => print(markdownOfDiff(diff, shown));
    case "json":
      return (diff, shown) => print(jsonOfDiff(diff, shown));
    case "quiet":
      return () => {};
    default:
      return (diff, shown) =>
        print(textOfDiff(diff, shown, obeysEscapes(Deno.stdout) ? colours : plain));
  }
}

/** The two runs; of a revision alone the second is what its folder holds now. */
async function runsNamed(names: readonly string[]): Promise<[RunFiles, RunFiles]> {
  const [first, second, ...more] = names;
  if (first === undefined || more.length > 0) {
    throw new UsageError(
      `expected two runs, found ${names.length}; try: deno task diff outputs/a outputs/b`,
    );
  }
  // As findPath does, but what is in a revision alone can be looked for in either only by git.
  const bases = [Deno.cwd(), Deno.env.get("INIT_CWD") ?? Deno.cwd()];
  const old = await openRun(first, bases);
  const name = second ?? old.revisionOf;
  if (name === undefined) {
    throw new UsageError(
      `expected a second run, found none; try a revision: deno task diff ${first}@HEAD`,
    );
  }
  const current = await openRun(name, bases);
  return [old.files, current.files];
}
