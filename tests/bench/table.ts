import { table, thousands } from "../../src/report/markdown.ts";
import type { Summary } from "./rounds.ts";
import { type BoundResult, type PeerResult, type Result } from "./results.ts";
import { YARDSTICK } from "./machine_rows.ts";
import { processorStates, statesText } from "./processor_states.ts";
import { type MeasuredPair, pairsText } from "./pair_process.ts";
import { type SpeculationResult, speculationTable } from "./speculation.ts";

/** A library beside ours, or why it is not there. */
export interface PeerStatus {
  /** The library. */
  readonly name: string;
  /** Its version, if it is there. */
  readonly version?: string;
  /** Why it is not, if it is not. */
  readonly absent?: string;
}

/** Everything that a bench found. */
export interface Report {
  /** Versions and circumstances. */
  readonly microbeam: string;
  /** Deno's version. */
  readonly deno: string;
  /** The processor's name. */
  readonly processor: string;
  /** Logical processors. */
  readonly cores: number;
  /** Mean number of running processes in the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
  /** Measurements of each row. */
  readonly rounds: number;
  /** Of one measurement, about. */
  readonly seconds: number;
  /** The folder and the revision of another checkout, if one was measured. */
  readonly before?: string;
  /** The libraries, and what else could not be measured. */
  readonly peers: readonly PeerStatus[];
  /** The rows. */
  readonly results: readonly Result[];
  /** What speculation was timed at, where it was. */
  readonly speculation?: SpeculationResult;
  /** Pairs of large models, where they were asked for. */
  readonly pairs?: readonly MeasuredPair[];
}

/** Three significant digits, with a comma at each thousand. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? thousands(rounded) : value < 1000 ? value.toPrecision(3) : "1,000";
}

/** The report as Markdown: a table of what is reached, one of bounds, and what one must know to read them. */
export function markdown(report: Report): string {
  const { results, speculation, pairs } = report;
  const bounds = boundsTable(results);
  return [
    ...results.length === 0 ? [] : [resultsTable(report), ""],
    ...bounds === undefined ? [] : [bounds, ""],
    ...results.flatMap(({ note }) => note === undefined ? [] : [note, ""]),
    ...speculation === undefined ? [] : [speculationTable(speculation.cells)],
    ...speculation === undefined && pairs === undefined ? [] : [largeText(pairs)],
    ...results.length === 0 ? [] : [
      `Medians of ${
        roundsText(report)
      } (least to most), after a warm-up. A ratio stands after the column`,
      "that it is of: how many times faster, or smaller, microbeam was in the same round, on one core.",
      "GFLOPS are microbeam's, and count 6 × parameters × positions; tokens count the end of a text.",
      "Training and decoding in f32 on the simd engine, on one core but where the column says otherwise.",
      ...bounds === undefined ? [] : [
        "Bounds are measured in the same rounds, on one core but where they say otherwise; reached is the",
        'share of a bound that microbeam came to, and "of its bound" that of the first, the nearest.',
      ],
      "",
    ],
    ...circumstances(report),
    "",
  ].join("\n");
}

/** What was reached, beside others, a line for each row. */
export function resultsTable({ results, peers, cores }: Report): string {
  const shown = peers.map(({ name }) => name)
    .filter((name) => results.some((result) => name in result.peers));
  const any = (has: (result: Result) => unknown): boolean =>
    results.some((result) => has(result) !== undefined);
  /** A column, and a second one for ratios; none where no row has anything in it. */
  const columns: Column[] = [
    { title: "unit", cells: ({ unit }) => [unit] },
    { title: "microbeam", cells: ({ engine }) => [spread(engine)] },
    ...any(({ bounds }) => bounds)
      ? [{ title: "of its bound", cells: ({ bounds }: Result) => [reachedText(bounds?.[0])] }]
      : [],
    ...any(({ gigaflops }) => gigaflops)
      ? [{ title: "GFLOPS", cells: ({ gigaflops }: Result) => [gigaflops?.toFixed(1) ?? ""] }]
      : [],
    ...any(({ strict }) => strict)
      ? [{ title: "strict", ratio: true, cells: ({ strict }: Result) => besideCells(strict) }]
      : [],
    ...any(({ before }) => before)
      ? [{ title: "before", ratio: true, cells: ({ before }: Result) => besideCells(before) }]
      : [],
    ...any(({ allCores }) => allCores)
      ? [{
        title: `${cores} cores`,
        cells: ({ allCores }: Result) => [allCores === undefined ? "" : spread(allCores)],
      }]
      : [],
    ...any(({ before }) => before?.allCores)
      ? [{
        title: `before, ${cores} cores`,
        ratio: true,
        cells: ({ before }: Result) => besideCells(before?.allCores),
      }]
      : [],
    ...shown.map((name): Column => ({
      title: name,
      ratio: true,
      cells: ({ peers }) => besideCells(peers[name]),
    })),
  ];
  return table(
    ["work", ...columns.flatMap(({ title, ratio }) => ratio ? [title, "ratio"] : [title])],
    results.map((result) => [result.name, ...columns.flatMap(({ cells }) => cells(result))]),
  );
}

/** One column of the table of results, or two with that of ratios. */
interface Column {
  readonly title: string;
  readonly ratio?: boolean;
  readonly cells: (result: Result) => string[];
}

/** A line for each bound that is known; nothing where none is. */
export function boundsTable(results: readonly Result[]): string | undefined {
  const lines = results.flatMap(({ name, unit, engine, bounds = [] }) =>
    bounds.map((bound, i) => [
      ...i === 0 ? [name, unit, short(engine.median)] : ["", "", ""],
      bound.kind,
      bound.what,
      short(bound.median),
      reachedText(bound),
    ])
  );
  if (lines.length === 0) return undefined;
  return table(["work", "unit", "microbeam", "bound by", "which is", "bound", "reached"], lines);
}

/** Measurements that are no longer than this give rough numbers. */
const ROUGH_SECONDS = 0.1;

function roundsText({ rounds, seconds }: Report): string {
  return `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s for each measurement`;
}

/** On what it was measured, and beside what. */
export function circumstances(report: Report): string[] {
  const { results, seconds, cores, load, before, peers } = report;
  const yardstick = results.find(({ name }) => name === YARDSTICK);
  return [
    ...yardstick === undefined
      ? []
      : [statesText(processorStates(yardstick.engine.rounds), yardstick.unit), ""],
    ...seconds > ROUGH_SECONDS ? [] : [
      "**These numbers are rough: their measurements are as short as those of `--quick`.**",
      "",
    ],
    `Measured in ${roundsText(report)}.`,
    `microbeam ${report.microbeam}, Deno ${report.deno}, ${report.processor}, ${cores} cores, load ${
      load.map((value) => value.toFixed(1)).join(" before and ")
    } after.`,
    ...before === undefined ? [] : [`Before: the checkout in ${before}.`],
    ...peers.map(({ name, version, absent }) =>
      absent === undefined ? `${name} ${version}.` : `${name}: not measured (${absent}).`
    ),
  ];
}

/** The report as JSON, to six digits: the others are noise. */
export function jsonText(report: Report): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(6)) : value;
  return JSON.stringify(report, rounded, 2) + "\n";
}

function reachedText(bound: BoundResult | undefined): string {
  return bound === undefined ? "" : `${(100 * bound.reached.median).toFixed(0)} %`;
}

/** What is said of large models. */
function largeText(pairs: readonly MeasuredPair[] | undefined): string {
  if (pairs !== undefined) return pairsText(pairs);
  return [
    "These models are small: their weights stay in the processor's cache, where a pass over several",
    "tokens costs nearly as much as one pass for each, and speculation cannot win. Models whose weights",
    "come from memory, where it can: --only speculation --runtime native.",
    "",
  ].join("\n");
}

function besideCells(peer: PeerResult | undefined): string[] {
  return peer === undefined ? ["", ""] : [spread(peer), `${short(peer.ratio.median)}×`];
}

function spread({ median, min, max, rounds }: Summary): string {
  if (rounds.length === 1) return short(median);
  return `${short(median)} (${short(min)} to ${short(max)})`;
}
