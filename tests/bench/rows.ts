import { summarize, type Summary } from "./rounds.ts";

/** The sections of the table, in its order. */
export const SECTIONS = [
  "training",
  "decoding",
  "warpers",
  "speculation",
  "measures",
  "parity",
  "cold",
  "memory",
] as const;
/** One of them. */
export type Section = typeof SECTIONS[number];

/** One measurement of about so many seconds, in the row's unit. */
export type Measure = (seconds: number) => number | Promise<number>;

/** One row of the table. */
export interface Row {
  /** Where it belongs. */
  readonly section: Section;
  /** For people, and unique. */
  readonly name: string;
  /** Of every number in the row. */
  readonly unit: string;
  /** Which numbers are good. */
  readonly better: "lower" | "higher";
  /** Our engine, on one core where that is a choice. */
  readonly engine: Measure;
  /** Our engine on all cores, where it can use them. */
  readonly allCores?: Measure;
  /** The same work elsewhere, by the library's name. */
  readonly peers: Readonly<Record<string, Measure>>;
  /** Billions of arithmetic operations a second at a number of the row. */
  readonly gigaflops?: (value: number) => number;
  /** Whether one round says it all: no warm-up, no second measurement. */
  readonly once?: boolean;
}

/** A peer's numbers in one row. */
export interface PeerResult extends Summary {
  /** How many times faster, or smaller, our engine (on one core) was in the same round. */
  readonly ratio: Summary;
}

/** A measured row. */
export interface Result extends Pick<Row, "section" | "name" | "unit" | "better"> {
  /** Our engine, on one core where that is a choice. */
  readonly engine: Summary;
  /** Our engine on all cores, where it can use them. */
  readonly allCores?: Summary;
  /** At the median, where operations are counted. */
  readonly gigaflops?: number;
  /** The others, by the library's name. */
  readonly peers: Readonly<Record<string, PeerResult>>;
}

/** How to measure. */
export interface RoundOptions {
  /** How often everything is measured, one after another: what disturbs, disturbs all alike. */
  readonly rounds: number;
  /** Of one measurement, about. */
  readonly seconds: number;
  /** Told before the warm-up (0) and each round. */
  readonly onRound?: (round: number) => void;
}

/** Measures all rows, round by round, after a warm-up that does not count. */
export async function measureRows(
  rows: readonly Row[],
  { rounds, seconds, onRound }: RoundOptions,
): Promise<Result[]> {
  const measured = rows.map(() => new Map<string, number[]>());
  for (let round = 0; round <= rounds; round++) {
    onRound?.(round);
    for (const [i, row] of rows.entries()) {
      if (row.once && round !== 1) continue;
      for (const [name, measure] of measuresOf(row)) {
        const value = await measure(seconds);
        const values = measured[i]?.get(name) ?? [];
        if (round > 0) measured[i]?.set(name, [...values, value]);
      }
    }
  }
  return rows.map((row, i) => resultOf(row, measured[i] ?? new Map()));
}

/** Our engine's keys among measurements; no library has these names. */
const OURS = "microbeam";
const ALL_CORES = "microbeam on all cores";

function measuresOf({ engine, allCores, peers }: Row): [string, Measure][] {
  return [
    [OURS, engine],
    ...allCores === undefined ? [] : [[ALL_CORES, allCores] as [string, Measure]],
    ...Object.entries(peers),
  ];
}

function resultOf(row: Row, measured: ReadonlyMap<string, readonly number[]>): Result {
  const { section, name, unit, better, gigaflops } = row;
  const ours = measured.get(OURS) ?? [];
  const engine = summarize(ours);
  const allCores = measured.get(ALL_CORES);
  const peers = Object.keys(row.peers).map((peer): [string, PeerResult] => {
    const theirs = measured.get(peer) ?? [];
    const ratios = theirs.map((value, round) => {
      const own = ours[round] as number;
      return better === "lower" ? value / own : own / value;
    });
    return [peer, { ...summarize(theirs), ratio: summarize(ratios) }];
  });
  return {
    section,
    name,
    unit,
    better,
    engine,
    ...allCores === undefined ? {} : { allCores: summarize(allCores) },
    ...gigaflops === undefined ? {} : { gigaflops: gigaflops(engine.median) },
    peers: Object.fromEntries(peers),
  };
}
