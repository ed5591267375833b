import { summarize, type Summary } from "./rounds.ts";
import type { Bound, Measure, Row } from "./rows.ts";

/** A peer's numbers in one row. */
export interface PeerResult extends Summary {
  /** How many times faster, or smaller, our engine (on one core) was in the same round. */
  readonly ratio: Summary;
}

/** Numbers of another checkout in one row. */
export interface BeforeResult extends PeerResult {
  /** On all cores, where both can use them. */
  readonly allCores?: PeerResult;
}

/** A bound as measured. */
export interface BoundResult extends Summary, Pick<Bound, "kind" | "what"> {
  /** The share of it that our engine reached in the same round, on one core: 1 is all. */
  readonly reached: Summary;
}

/** A measured row. */
export interface Result
  extends Pick<Row, "section" | "name" | "label" | "unit" | "better" | "note" | "isDetail"> {
  /** Our engine, on one core where that is a choice. */
  readonly engine: Summary;
  /** Our engine on all cores, where it can use them. */
  readonly allCores?: Summary;
  /** Our engine with strict arithmetic, where the processor has fused one. */
  readonly strict?: PeerResult;
  /** At the median, where operations are counted. */
  readonly gigaflops?: number;
  /** The others, by the library's name. */
  readonly peers: Readonly<Record<string, PeerResult>>;
  /** Another checkout, where it was measured. */
  readonly before?: BeforeResult;
  /** What bounds it. */
  readonly bounds?: readonly BoundResult[];
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

/** A bound is measured for this share of the time: its code is short and needs little warm-up. */
const BOUND_TIME = 0.25;

/** Measures all rows, round by round, after a warm-up that does not count. */
export async function measureRows(
  rows: readonly Row[],
  { rounds, seconds, onRound }: RoundOptions,
): Promise<Result[]> {
  const measured = rows.map((): Measured => new Map());
  for (let round = 0; round <= rounds; round++) {
    onRound?.(round);
    for (const [i, row] of rows.entries()) {
      if (row.once && round !== 1 || row.isProcess && round === 0) continue;
      for (const [name, measure, share] of measuresOf(row)) {
        const value = await measure(share * seconds);
        const values = measured[i]?.get(name) ?? [];
        if (round > 0) measured[i]?.set(name, [...values, value]);
      }
    }
  }
  return rows.map((row, i) => resultOf(row, measured[i] ?? new Map()));
}

/** Every round of each measurement of a row, by its name. */
type Measured = Map<string, readonly number[]>;

/** Names of measurements that are no library's. */
const OURS = "microbeam";
const ALL_CORES = "microbeam on all cores";
const STRICT = "microbeam, strict";
const BEFORE = "another checkout";
const BEFORE_ALL_CORES = "another checkout on all cores";
const boundName = (index: number): string => `bound ${index}`;

/** Names, measures, and the share of the time that each takes; what is compared is side by side. */
function measuresOf(row: Row): [name: string, measure: Measure, share: number][] {
  const { engine, allCores, strict, before, peers, bounds = [], share = 1 } = row;
  const optional = (name: string, measure?: Measure): [string, Measure][] =>
    measure === undefined ? [] : [[name, measure]];
  const whole: [string, Measure][] = [
    [OURS, engine],
    ...optional(STRICT, strict),
    ...optional(BEFORE, before?.engine),
    ...optional(ALL_CORES, allCores),
    ...optional(BEFORE_ALL_CORES, before?.allCores),
    ...Object.entries(peers),
  ];
  return [
    ...whole.map(([name, measure]): [string, Measure, number] => [name, measure, share]),
    ...bounds.map(({ measure }, i): [string, Measure, number] => [
      boundName(i),
      measure,
      BOUND_TIME * share,
    ]),
  ];
}

function resultOf(row: Row, measured: Measured): Result {
  const { section, name, unit, better, gigaflops, note, isDetail, label } = row;
  const of = (name: string): readonly number[] => measured.get(name) ?? [];
  const engine = summarize(of(OURS));
  const beside = (theirs: string, ours = OURS): PeerResult => ({
    ...summarize(of(theirs)),
    ratio: ratiosOf(of(theirs), of(ours), better),
  });
  const bounds = row.bounds?.map(({ kind, what }, i): BoundResult => {
    const values = of(boundName(i));
    return { kind, what, ...summarize(values), reached: ratiosOf(values, of(OURS), better) };
  });
  return {
    section,
    name,
    unit,
    better,
    engine,
    ...measured.has(ALL_CORES) ? { allCores: summarize(of(ALL_CORES)) } : {},
    ...measured.has(STRICT) ? { strict: beside(STRICT) } : {},
    ...gigaflops === undefined ? {} : { gigaflops: gigaflops(engine.median) },
    peers: Object.fromEntries(Object.keys(row.peers).map((peer) => [peer, beside(peer)])),
    ...measured.has(BEFORE)
      ? {
        before: {
          ...beside(BEFORE),
          ...measured.has(BEFORE_ALL_CORES) && measured.has(ALL_CORES)
            ? { allCores: beside(BEFORE_ALL_CORES, ALL_CORES) }
            : {},
        },
      }
      : {},
    ...bounds === undefined ? {} : { bounds },
    ...note === undefined ? {} : { note },
    ...isDetail === undefined ? {} : { isDetail },
    ...label === undefined ? {} : { label },
  };
}

/** How many times faster, or smaller, `ours` is than `theirs`, round by round. */
function ratiosOf(
  theirs: readonly number[],
  ours: readonly number[],
  better: Row["better"],
): Summary {
  return summarize(theirs.map((value, round) => {
    const own = ours[round] as number;
    return better === "lower" ? value / own : own / value;
  }));
}
