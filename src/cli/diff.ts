import { jsonOfDiff } from "../diff/render/json.ts";
import { markdownOfDiff } from "../diff/render/markdown.ts";
import { diffRuns, type RunDiff } from "../diff/compare.ts";
import { loadRun } from "../diff/load.ts";
import { Tolerances } from "../diff/tolerances.ts";
import { areEqual, type ShowOptions } from "../diff/render/sections.ts";
import { colours, plain } from "../diff/render/paint.ts";
import { textOfDiff } from "../diff/render/text.ts";
import { findRunFiles, type RunFiles } from "../diff/run_files.ts";
import { type Arguments, parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { basesOfRuns, foldersOfRuns } from "./named_runs.ts";
import { keepOnly } from "./permissions.ts";
import { notice, obeysEscapes, print, printJson, printPainted, terminalWidth } from "./terminal.ts";

const help = `Compare two runs: settings, measures of every cell, models and their weights.

usage: deno task diff OLD [NEW] [--all] [--tolerance metric=abs[,rel]]…
                      [--markdown | --json | --quiet]

  OLD, NEW            the folder of a run or of a sweep, such as outputs/a, or a
                      git revision of one, such as outputs/a@HEAD~1;
                      OLD@REVISION alone is compared with the folder OLD as it
                      is now
  --all               show every value, equal ones too, including settings that
                      change no result (name, report) and the weights of every
                      tensor
  --tolerance metric=abs[,rel]
                      treat the metric as equal if |Δ| is at most abs, or rel
                      times |old|; "*" is every metric, weights the largest
                      change of a weight (rel: RMS)
  --markdown          print Markdown, for a pull request: the answer, and all
                      differences folded
  --json              print JSON, described in src/diff/render/json.ts
  --quiet             print nothing; the exit code tells
  --help              print this

Without --all the answer has at most 40 lines: the settings that changed; the
measures that moved beyond chance, and those of cells without chance, each with
its cells; how many did not; the models; and all of it in one sentence. The
largest changes come first: changes over the larger of both values, of shares
the change itself, however sure they are. ± is the 95 % interval of the change.

Cells are matched by their settings, not by label or row; those of other
settings, such as draft_k=2 and 4, are compared by deno task compare. Measures
that chance plays a part in are judged: each change has a 95 % interval and p of
its own, by Student's t, and moved beyond chance where Holm's method says so over
all judged measures of what differs: where nothing but chance differs, at most
one comparison of runs in twenty has any that moved. The others are within
chance, of which 5 % have p < 0.05 by chance alone. What is the same in two
units, such as nats and bits, is judged once. Samples are paired by their
numbers where both runs have the same seed and prompts, draws where both drew
the same prompts, and held-out documents; others are independent. Chance is that
of samples and of prompts that were drawn, not that of training: for that
compare several seeds. Where no chance is in a cell, any change is one: exact.
All others, such as counts, are not judged and have –.

Values of results.csv, comparisons.csv, positions.csv and models.csv are compared
as they are written; samples.csv and losses.csv are read for chance alone, where
those differ; reports, pages, findings and charts only show them. Runs that only
differ in name, report, versions and the place of the same corpus are equal. A
run and a sweep have no cell in common: compare the run with one of the sweep,
outputs/b/seed=1. Runs of older versions, without all columns of samples.csv or
without losses.csv, are judged by the intervals that are printed, as if they were
independent. Every file of a run is checked against the digest in its manifest,
and the manifest against its own.

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
  const { old, current, folders, git } = await runsNamed(parsed.positional);
  await keepOnly({ read: folders, write: [], network: false, programs: git ? ["git"] : [] });
  const runs = [await loadRun(old), await loadRun(current)] as const;
  if (!parsed.has("quiet")) runs.flatMap(({ notes }) => notes).forEach(notice);
  const found = await diffRuns(...runs, tolerances);
  show(found, { all: parsed.has("all") });
  return areEqual(found) ? ExitCode.done : ExitCode.failed;
}

/** Prints a diff in the format that the command line asks for. */
function presentation(
  parsed: Arguments<"markdown" | "json" | "quiet">,
): (diff: RunDiff, options: ShowOptions) => void {
  const wanted = (["markdown", "json", "quiet"] as const).filter((flag) => parsed.has(flag));
  if (wanted.length > 1) {
    throw new UsageError(
      `expected one of --markdown, --json, --quiet, found ${
        wanted.map((flag) => `--${flag}`).join(" and ")
      }`,
    );
  }
  switch (wanted[0]) {
    case "markdown":
      return (diff, options) => print(markdownOfDiff(diff, options));
    case "json":
      return (diff, options) => printJson(jsonOfDiff(diff, options));
    case "quiet":
      return () => {};
    default:
      return (diff, options) =>
        printPainted(
          textOfDiff(
            diff,
            { ...options, width: terminalWidth() },
            obeysEscapes(Deno.stdout) ? colours : plain,
          ),
        );
  }
}

/** Two runs and what it takes to read them. */
interface NamedRuns {
  readonly old: RunFiles;
  readonly current: RunFiles;
  /** The folders that they may be in. */
  readonly folders: readonly string[];
  /** Whether git has one of them. */
  readonly git: boolean;
}

/** The two runs; for a revision alone the second is its folder as it is now. */
async function runsNamed(names: readonly string[]): Promise<NamedRuns> {
  const [first, second, ...more] = names;
  if (first === undefined || more.length > 0) {
    throw new UsageError(
      `expected two runs, found ${names.length}; try: deno task diff outputs/a outputs/b`,
    );
  }
  const bases = basesOfRuns();
  const old = await findRunFiles(first, bases);
  const name = second ?? old.revisionOf;
  if (name === undefined) {
    throw new UsageError(
      `expected a second run, found none; try a revision: deno task diff ${first}@HEAD`,
    );
  }
  const current = await findRunFiles(name, bases);
  return {
    old: old.files,
    current: current.files,
    folders: foldersOfRuns([first, name]),
    git: [old, current].some(({ revisionOf }) => revisionOf !== undefined),
  };
}
