/**
 * `deno task bench`: how fast training, decoding and measuring are, how long a whole run takes, and how
 * much memory training takes, beside the same work in other libraries where they are installed.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { cpus } from "node:os";
import project from "../../deno.json" with { type: "json" };
import { parseArguments } from "../../src/cli/args.ts";
import { type Command, ExitCode, runCommand, UsageError } from "../../src/cli/command.ts";
import { notice, print } from "../../src/cli/terminal.ts";
import { expectedOneOf } from "../../src/text/suggestions.ts";
import { writeWhole } from "../../src/files/write_whole.ts";
import { PeerAbsentError } from "./peer.ts";
import { closeLibrary, type Library, startJax, startPyTorch } from "./peers.ts";
import { type Before, checkoutAt, startBefore } from "./against.ts";
import { firstStartRow } from "./first_start.ts";
import { measureRows } from "./results.ts";
import { type Row, type Section, SECTIONS } from "./rows.ts";
import { readReport, writePage } from "./page.ts";
import { jsonText, markdown, type PeerStatus, type Report } from "./table.ts";
import { measurePairs, type PairOptions, RUNTIMES } from "./pair_process.ts";
import { measureSpeculation, speculationWorks } from "./speculation.ts";
import { benchCorpus } from "./work.ts";
import { rowsOf } from "./work_rows.ts";

/** What each section measures. */
const EXPLAINED: Readonly<Record<Section, string>> = {
  machine: "arithmetic in registers and copies: what this machine can do at all",
  training: "updates of six models",
  decoding: "sampling of many texts at once, greedy decoding of one",
  warpers: "each warper, and choosing a token, at three sizes of vocabulary",
  speculation: "speculative decoding, beside what theory and its passes predict",
  ngrams: "counting n-grams, and their losses",
  measures: "the measures of 100,000 texts",
  parity: "the original script's run on the reference engine",
  planning: "a plan of 2,000 variants",
  cold: "the default run as a process: nothing cached, without charts, all cached",
  start: "the default run with nothing cached, part by part",
  first: "the first start in an empty home, which installs packages (needs a network)",
  memory: "peaks of training and of reading a large corpus",
};

const help = `Measure training, decoding, measuring, start and memory.

usage: deno task bench [--rounds N] [--quick] [--only WHAT]… [--against DIR] [--alone] [--json]
                       [--page] [--output DIR]
       deno task bench --page --from FILE
       deno task bench --only speculation --runtime native|web [--target FOLDER] [--draft FOLDER|layers:N]

  --rounds N      measure everything N times, round by round (default: 5)
  --quick         2 short rounds: a few seconds, and rough numbers
  --only WHAT     one of these; may be given again:
${SECTIONS.map((section) => `      ${section.padEnd(12)}${EXPLAINED[section]}`).join("\n")}
  --against DIR   measure another checkout in turn with this one, such as the code before a change:
                  training, decoding, planning and cold start
  --alone         leave PyTorch and jax-js out
  --json          print JSON in place of the table
  --output DIR    where bench.json and bench.md go, below outputs/ (default: outputs/bench)
  --page          bring the page about it up to date: tests/bench/README.md, its numbers and its chart;
                  not with --quick
  --from FILE     with --page: from a bench.json that was written before; nothing is measured
  --runtime NAME  speculation on large models in an onnxruntime, too: native (onnxruntime-node) or web;
                  the first time it is downloaded
  --target FOLDER a model in Hugging Face's form (default: two models of 86 million parameters, which
                  are made of shared/models/stories260K where that is present)
  --draft WHAT    its draft: FOLDER, or layers:N for its own first layers (default: layers:4)
  --threads N     threads of the onnxruntime (default: all)
  --help          print this

The same work is done in PyTorch where python3 has it (Debian: python3-torch, libopenblas0-pthread),
with the number of threads that is best for each row, and training of two models in jax-js.

Beside what is reached stand bounds, measured in the same rounds: what products, kernels, memory or a
process alone take.

examples:
  deno task bench --only training --rounds 9
  git worktree add ../before HEAD~20 && deno task bench --against ../before
  deno task bench --only speculation --runtime native --target ./SmolLM2-360M --draft ./SmolLM2-135M`;

/** Speculation with all drafts of a target takes as long as so many other rows. */
const SPECULATION = 10;
/** For each kind of decoding of a pair of models from folders, seconds for each round. */
const PAIR_SECONDS = 10;

/** `deno task bench`. */
const bench: Command = { summary: "Measure how fast everything is", help, run: runBench };

/** The options of the command line. */
interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly sections: readonly Section[];
  readonly output: string;
  /** The root of another checkout, if it is to be measured. */
  readonly against: string | undefined;
  /** Numbers of threads that PyTorch may have. */
  readonly threads: readonly number[];
  /** Models from folders, if they are to be measured. */
  readonly pairs: PairOptions | undefined;
}

async function runBench(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["quick", "json", "alone", "page"],
    values: ["rounds", "output", "against", "from", "runtime", "target", "draft", "threads"],
    lists: ["only"],
  });
  const [extra] = parsed.positional;
  if (extra !== undefined) throw new UsageError(`expected flags alone, found "${extra}"`);
  const from = parsed.value("from");
  if (from !== undefined) {
    if (!parsed.has("page")) throw new UsageError("--from needs --page, which is made from it");
    await writePage(await readReport(from));
    return ExitCode.done;
  }
  const quick = parsed.has("quick");
  if (quick && parsed.has("page")) {
    throw new UsageError("--page needs a whole bench: the numbers of --quick are rough");
  }
  const cores = navigator.hardwareConcurrency;
  const output = parsed.value("output") ?? "outputs/bench";
  const against = parsed.value("against");
  const rounds = countOf("rounds", parsed.value("rounds") ?? (quick ? "2" : "5"));
  const report = await measureAll({
    rounds,
    seconds: quick ? 0.02 : 0.4,
    sections: sectionsOf(parsed.list("only")),
    output,
    against: against === undefined ? undefined : checkoutAt(against),
    pairs: pairOptions({
      runtime: parsed.value("runtime"),
      target: parsed.value("target"),
      draft: parsed.value("draft"),
      threads: countOf("threads", parsed.value("threads") ?? String(cores)),
      isQuick: quick,
      seconds: quick ? 2 : PAIR_SECONDS * rounds,
      scratch: join(output, "scratch"),
    }),
    threads: parsed.has("alone") ? [] : quick || cores === 1 ? [1] : [1, cores],
  });
  if (parsed.has("page")) await writePage(report);
  print(parsed.has("json") ? jsonText(report).trimEnd() : markdown(report));
  return ExitCode.done;
}

function countOf(flag: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UsageError(`expected a whole number of at least 1 after --${flag}, found "${text}"`);
}

/** The pair of models that the command line names; none without `--runtime`. */
function pairOptions(
  { runtime: name, draft, ...options }:
    & Omit<PairOptions, "runtime" | "draft">
    & { readonly runtime: string | undefined; readonly draft: string | undefined },
): PairOptions | undefined {
  if (name === undefined) {
    if (options.target === undefined && draft === undefined) return undefined;
    throw new UsageError(`--target and --draft need --runtime: ${RUNTIMES.join(" or ")}`);
  }
  const runtime = RUNTIMES.find((one) => one === name);
  if (runtime === undefined) throw new UsageError(`--runtime: ${expectedOneOf(name, RUNTIMES)}`);
  if (draft !== undefined && options.target === undefined) {
    throw new UsageError("--draft needs --target: the padded models have their own drafts");
  }
  const [, layers] = /^layers:(.*)$/.exec(draft ?? "layers:4") ?? [];
  return {
    ...options,
    runtime,
    draft: layers === undefined ? draft ?? "" : countOf("draft layers:", layers),
  };
}

function sectionsOf(names: readonly string[]): readonly Section[] {
  const unknown = names.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) throw new UsageError(`--only: ${expectedOneOf(unknown, SECTIONS)}`);
  return names.length === 0 ? SECTIONS : SECTIONS.filter((section) => names.includes(section));
}

/** Measures, and writes what it finds. */
async function measureAll(settings: Settings): Promise<Report> {
  const { rounds, seconds, sections, output, against } = settings;
  const libraries: Library[] = [];
  let before: Before | undefined;
  const scratch = join(output, "scratch");
  const loadBefore = load();
  try {
    const statuses = await startPeers(settings, libraries);
    if (against !== undefined) before = await startBefore(against);
    notice("bench: making the work ready");
    const places = { scratch, against, libraries, before };
    const rows = await rowsOf(sections, places);
    if (sections.includes("first")) {
      notice("bench: the first start, which installs packages");
      await firstStart(scratch, rows, statuses);
    }
    const works = sections.includes("speculation") ? speculationWorks(await benchCorpus()) : [];
    const onRound = (round: number): void =>
      notice(round === 0 ? "bench: warming up" : `bench: round ${round} of ${rounds}`);
    const results = await measureRows(rows, { rounds, seconds, onRound });
    if (works.length > 0) notice("bench: speculation");
    const speculation = measureSpeculation(works, SPECULATION * rounds * seconds);
    const pairs = sections.includes("speculation") && settings.pairs !== undefined
      ? await measurePairs({ ...settings.pairs, onPair: (title) => notice(`bench: ${title}`) })
      : [];
    const report: Report = {
      microbeam: project.version,
      deno: Deno.version.deno,
      processor: cpus()[0]?.model ?? "an unknown processor",
      cores: navigator.hardwareConcurrency,
      load: [loadBefore, load()],
      rounds,
      seconds,
      ...before === undefined ? {} : { before: before.name },
      peers: statuses,
      results,
      ...works.length === 0 ? {} : { speculation },
      ...pairs.length === 0 ? {} : { pairs },
    };
    await writeWhole(join(output, "bench.json"), jsonText(report));
    await writeWhole(join(output, "bench.md"), `# Bench\n\n${markdown(report)}`);
    return report;
  } finally {
    await before?.peer.close();
    for (const library of libraries) await closeLibrary(library);
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  }
}

/** Adds the row of the first start to `rows`, or to `statuses` why there is none. */
async function firstStart(scratch: string, rows: Row[], statuses: PeerStatus[]): Promise<void> {
  try {
    rows.push(await firstStartRow(scratch));
  } catch (error) {
    if (!(error instanceof PeerAbsentError)) throw error;
    statuses.push({ name: "The first start", absent: error.message });
  }
}

function load(): number {
  return Deno.loadavg()[0] ?? 0;
}

/** Starts what is there of PyTorch and jax-js, into `libraries`; says of each whether it is. */
async function startPeers(
  { threads, sections }: Settings,
  libraries: Library[],
): Promise<PeerStatus[]> {
  const shared: readonly Section[] = ["training", "decoding", "memory"];
  const needed = threads.length > 0 && sections.some((section) => shared.includes(section));
  if (!needed) return [];
  const statuses: PeerStatus[] = [];
  const starts = [["PyTorch", () => startPyTorch(threads)], ["jax-js", startJax]] as const;
  for (const [name, start] of starts) {
    if (name === "jax-js" && !sections.includes("training")) continue;
    try {
      const library = await start();
      libraries.push(library);
      statuses.push({ name, version: library.version });
    } catch (error) {
      if (!(error instanceof PeerAbsentError)) throw error;
      statuses.push({ name, absent: error.message });
    }
  }
  return statuses;
}

if (import.meta.main) {
  const code = await runCommand({ bench: () => Promise.resolve(bench) }, ["bench", ...Deno.args]);
  Deno.exit(code);
}
