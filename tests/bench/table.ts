import { table, thousands } from "../../src/report/markdown.ts";
import type { Summary } from "./rounds.ts";
import type { PeerResult, Result } from "./rows.ts";
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
  /** Logical processors. */
  readonly cores: number;
  /** Mean number of running processes in the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
  /** Measurements of each row. */
  readonly rounds: number;
  /** Of one measurement, about. */
  readonly seconds: number;
  /** The libraries. */
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

/** The report as Markdown: one table, and what one must know to read it. */
export function markdown(report: Report): string {
  const { results, peers, rounds, seconds, cores, load, speculation, pairs } = report;
  const shown = peers.map(({ name }) => name)
    .filter((name) => results.some((result) => name in result.peers));
  const parallel = results.some(({ allCores }) => allCores !== undefined);
  const header = ["work", "unit", "microbeam", "GFLOPS", ...parallel ? [`${cores} cores`] : []];
  const rows = results.map(({ name, unit, engine, gigaflops, allCores, peers }) => [
    name,
    unit,
    spread(engine),
    gigaflops === undefined ? "" : gigaflops.toFixed(1),
    ...parallel ? [allCores === undefined ? "" : spread(allCores)] : [],
    ...shown.flatMap((peer) => peerCells(peers[peer])),
  ]);
  const columns = shown.flatMap((name) => [name, "ratio"]);
  return [
    ...results.length === 0 ? [] : [table([...header, ...columns], rows), ""],
    ...speculation === undefined ? [] : [speculationTable(speculation.cells)],
    ...speculation === undefined && pairs === undefined ? [] : [largeText(pairs)],
    ...results.length === 0 ? [] : [
      `Medians of ${rounds} rounds of ${seconds} s (least to most), after a warm-up. A ratio is how many`,
      "times faster, or smaller, microbeam was in the same round, on one core. GFLOPS count 6 ×",
      "parameters × positions; tokens count the end of a text. Training and decoding in f32 on the",
      "simd engine, on one core but where the column says otherwise.",
      "",
    ],
    `microbeam ${report.microbeam}, Deno ${report.deno}, ${cores} cores, load ${
      load.map((value) => value.toFixed(1)).join(" before and ")
    } after.`,
    ...peers.map(({ name, version, absent }) =>
      absent === undefined ? `${name} ${version}.` : `${name}: not measured (${absent}).`
    ),
    "",
  ].join("\n");
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

function peerCells(peer: PeerResult | undefined): string[] {
  return peer === undefined ? ["", ""] : [spread(peer), `${short(peer.ratio.median)}×`];
}

function spread({ median, min, max, rounds }: Summary): string {
  if (rounds.length === 1) return short(median);
  return `${short(median)} (${short(min)} to ${short(max)})`;
}
