import { cellPattern, cellsOf, chosenCells } from "../compare/cells.ts";
import { type CellComparison, compareCells } from "../compare/compare.ts";
import { matchCells } from "../compare/matching.ts";
import { chosenMeasures, type MeasureChoice } from "../compare/measures.ts";
import { jsonOfComparison } from "../compare/render/json.ts";
import { markdownOfComparison } from "../compare/render/markdown.ts";
import { shownComparison } from "../compare/render/table.ts";
import { textOfComparison } from "../compare/render/text.ts";
import { loadRun } from "../diff/load.ts";
import { colours, plain } from "../diff/render/paint.ts";
import { type Arguments, parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { findRuns } from "./named_runs.ts";
import { keepOnly } from "./permissions.ts";
import { notice, obeysEscapes, print, printJson, printPainted, terminalWidth } from "./terminal.ts";

const help = `Compare cells with one another: of a run, of several, or of a sweep's variants.

usage: deno task compare RUN… --cells CELL… [--by SETTING[,SETTING]…]
                         [--baseline VALUE | CELL]
                         [--measures NAME[,NAME]… | --all] [--markdown | --json]

  RUN                 the folder of a run or of a sweep, such as outputs/a, or a
                      git revision of one, such as outputs/a@HEAD~1
  --cells CELL…       the cells to compare: labels as in results.csv, with * for
                      any text and ? for a character, or names of strategies;
                      RUN:CELL is that of one run. In quotes, since a shell
                      reads *, ? and ( itself
  --by SETTING[,SETTING]…
                      compare cells that differ in these settings alone, with
                      one another: a setting of the strategy, such as draft_k;
                      of the run, such as training.target.steps, or its last
                      words; or run, for all that the runs differ in. Without
                      it all cells are compared with one
  --baseline VALUE | CELL
                      what the others are compared with: a value of SETTING (of
                      several: a=1,b=2), or a cell, which may be one of another
                      run, RUN:CELL; the first if left out
  --measures NAME[,NAME]…
                      compare by these columns of results.csv or measures of
                      comparisons.csv; by what the strategies are asked about
                      if left out
  --all               compare by every measure that the cells have, first
                      by what the strategies are asked about
  --markdown          print Markdown, for a pull request
  --json              print JSON, described in src/compare/render/json.ts
  --help              print this

Each row has the value of a measure and how much more that is than in the row
that the others are compared with. Differences are paired draw by draw where
both cells have the same drawn prompts, and sample by sample where both used the
same random streams; cells with listed prompts are independent, given these. The
samples in samples.csv say how far chance reaches; without them, printed
intervals do. ▲ and ▼ mark what chance does not explain, by Holm's method over
all differences of the command: where nothing differs, at most one command in
twenty says that anything does. The sentence below the table is about its first
measure; it calls two cells tied where chance may be all that they differ by.

examples:
  deno task compare outputs/default --cells speculative --by draft_k
  deno task compare outputs/default --cells 'top_k(k=3)' 'top_k(k=5)'
  deno task compare outputs/a outputs/b --cells 'beam*' --by beam_width
  deno task compare outputs/sweep --cells 'beam(beam_width=5)' --by target.steps
  deno task compare outputs/wide --cells beam --baseline 'outputs/a:greedy'

Exit codes: 0 whether they differ or not, 2 an error.`;

/** `deno task compare`. */
export const compare: Command = {
  summary: "Compare cells of one or several runs",
  help,
  run: compareNamed,
};

const flags = {
  switches: ["all", "markdown", "json"],
  values: ["baseline"],
  lists: ["cells", "by", "measures"],
} as const;

type Flag = (typeof flags)[keyof typeof flags][number];

async function compareNamed(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<Flag>(withAllCells(args), flags);
  const show = presentation(parsed);
  const choice = measureChoice(parsed);
  const named = [...new Set(parsed.positional.map(withoutSlash))];
  const patterns = parsed.list("cells").map((text) => cellPattern(text, named));
  if (patterns.length === 0) {
    throw new UsageError(
      "expected --cells, found none; try: deno task compare " +
        `${named[0] ?? "outputs/default"} --cells '*'`,
    );
  }
  const baseline = parsed.value("baseline");
  const elsewhere = baseline === undefined ? undefined : cellPattern(baseline, named).run;
  const further = [...patterns.map(({ run }) => run), elsewhere].filter((run) =>
    run !== undefined && !named.some((name) => run.startsWith(`${name}/`))
  ).filter((run) => run !== undefined);
  const names = [...new Set([...named, ...further])];
  if (named.length === 0 && patterns.some(({ run }) => run === undefined)) {
    throw new UsageError(
      "expected a run before --cells, found none; try: deno task compare outputs/default --cells " +
        parsed.list("cells").map((text) => `'${text}'`).join(" "),
    );
  }
  const { runs, folders, git } = await findRuns(names);
  await keepOnly({ read: folders, write: [], network: false, programs: git ? ["git"] : [] });
  const loaded = [];
  for (const files of runs) loaded.push(await loadRun(files));
  loaded.flatMap(({ notes }) => notes).forEach(notice);
  const among = loaded.flatMap(cellsOf);
  // A run that is named with a cell alone has that one to give.
  const inRuns = among.filter(({ run }) => named.includes(run));
  const cells = patterns.flatMap((pattern) =>
    chosenCells(pattern.run === undefined ? inRuns : among, [pattern])
  );
  const by = parsed.list("by").flatMap((list) => list.split(","));
  const matching = matchCells([...new Set(cells)], { by, baseline, among, runs: names });
  const measures = chosenMeasures({
    baselines: matching.groups.map(({ baseline }) => baseline.cell),
    others: matching.groups.flatMap(({ others }) => others.map(({ cell }) => cell)),
  }, choice);
  show(await compareCells(matching, measures, among));
  return ExitCode.done;
}

/** `args` with each cell after \`--cells\` as a flag of its own: all up to the next flag are cells. */
function withAllCells(args: readonly string[]): string[] {
  const result: string[] = [];
  let isCell = false;
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return [...result, ...args.slice(i)];
    const isFirst = args[i - 1] === "--cells";
    if (arg.startsWith("-")) isCell = /^--cells(=|$)/.test(arg);
    else if (isCell && !isFirst) {
      result.push(`--cells=${arg}`);
      continue;
    }
    result.push(arg);
  }
  return result;
}

/** A folder as a shell completes it, `outputs/a/`, without the slash. */
function withoutSlash(name: string): string {
  return name.replace(/(?<=.)\/+$/, "");
}

function measureChoice(parsed: Arguments<Flag>): MeasureChoice {
  const names = parsed.list("measures").flatMap((list) => list.split(","));
  if (names.length > 0 && parsed.has("all")) {
    throw new UsageError("expected --measures or --all, found both");
  }
  if (parsed.has("all")) return { kind: "all" };
  return names.length > 0 ? { kind: "named", names: [...new Set(names)] } : { kind: "usual" };
}

/** Prints a comparison in the format that the command line asks for. */
function presentation(parsed: Arguments<Flag>): (comparison: CellComparison) => void {
  if (parsed.has("markdown") && parsed.has("json")) {
    throw new UsageError("expected --markdown or --json, found both");
  }
  if (parsed.has("json")) return (comparison) => printJson(jsonOfComparison(comparison));
  if (parsed.has("markdown")) {
    return (comparison) => print(markdownOfComparison(shownComparison(comparison)));
  }
  return (comparison) => {
    const paint = obeysEscapes(Deno.stdout) ? colours : plain;
    printPainted(textOfComparison(shownComparison(comparison), terminalWidth(), paint));
  };
}
