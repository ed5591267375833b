/**
 * What a strategy did for one sample, as bytes: which parts it has; tokens; log-probabilities; warped
 * ones where they are others; costs; the other parts.
 *
 * @module
 */
import type { Costs, DecodeResult, Speculation, StopReason } from "../decode/strategy.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";

/** The least that a result takes. */
export const RESULT_BYTES = 13;

/** What it has beside the least, as bits beside the reason that it stopped. */
const HAS = { warped: 4, others: 8, search: 16, optimal: 32, speculation: 64 } as const;
const STOPS: readonly StopReason[] = ["eos", "max_new_tokens", "block_size"];

/** Puts `result`, whose others have been put before it and have these `numbers`. */
export function putResult(
  bytes: ByteWriter,
  { tokens, stop, logProbs, warpedLogProbs, costs, others, search, speculation }: DecodeResult,
  numbers: ReadonlyMap<DecodeResult, number>,
): void {
  const warped = !sameBits(logProbs, warpedLogProbs);
  bytes.whole(
    STOPS.indexOf(stop) + (warped ? HAS.warped : 0) + (others ? HAS.others : 0) +
      (search ? HAS.search : 0) + (search?.optimal ? HAS.optimal : 0) +
      (speculation ? HAS.speculation : 0),
  );
  putWholes(bytes, tokens);
  putReals(bytes, logProbs);
  if (warped) putReals(bytes, warpedLogProbs);
  putCosts(bytes, costs);
  if (others) putWholes(bytes, others.map((other) => numbers.get(other) ?? NaN));
  if (search) bytes.real(search.bound);
  if (speculation) putSpeculation(bytes, speculation);
}

/**
 * Reads a result whose others are among those `before` it.
 *
 * @throws {RangeError} If there is none.
 */
export function resultIn(bytes: ByteReader, before: readonly DecodeResult[]): DecodeResult {
  const parts = bytes.whole();
  const stop = STOPS[parts & 3];
  if (stop === undefined || parts > 127) {
    throw new RangeError(`expected the parts of a result, found ${parts}`);
  }
  const tokens = wholesIn(bytes);
  const logProbs = realsIn(bytes);
  const warpedLogProbs = parts & HAS.warped ? realsIn(bytes) : logProbs;
  const result = { tokens, stop, logProbs, warpedLogProbs, costs: costsIn(bytes) };
  // Nearly all are ready here.
  return parts < HAS.others ? result : { ...result, ...optionalIn(bytes, parts, before) };
}

function optionalIn(
  bytes: ByteReader,
  parts: number,
  before: readonly DecodeResult[],
): Pick<DecodeResult, "others" | "search" | "speculation"> {
  const other = (): DecodeResult => before[bytes.index(before.length)] as DecodeResult;
  const optimal = (parts & HAS.optimal) !== 0;
  return {
    ...(parts & HAS.others ? { others: Array.from({ length: bytes.count(1) }, other) } : {}),
    ...(parts & HAS.search ? { search: { optimal, bound: bytes.real() } } : {}),
    ...(parts & HAS.speculation ? { speculation: speculationIn(bytes) } : {}),
  };
}

function putCosts(bytes: ByteWriter, costs: Readonly<Costs>): void {
  bytes.whole(costs.targetCalls);
  bytes.whole(costs.targetRows);
  bytes.whole(costs.draftCalls);
  bytes.whole(costs.draftRows);
  bytes.whole(costs.proposed);
  bytes.whole(costs.tested);
  bytes.whole(costs.accepted);
  bytes.whole(costs.resampled);
  bytes.whole(costs.bonus);
  bytes.whole(costs.rounds);
}

function costsIn(bytes: ByteReader): Costs {
  return {
    targetCalls: bytes.whole(),
    targetRows: bytes.whole(),
    draftCalls: bytes.whole(),
    draftRows: bytes.whole(),
    proposed: bytes.whole(),
    tested: bytes.whole(),
    accepted: bytes.whole(),
    resampled: bytes.whole(),
    bonus: bytes.whole(),
    rounds: bytes.whole(),
  };
}

function putSpeculation(
  bytes: ByteWriter,
  { proposedAt, testedAt, acceptedAt, overlapAt }: Speculation,
): void {
  for (const counts of [proposedAt, testedAt, acceptedAt]) putWholes(bytes, counts);
  putReals(bytes, overlapAt);
}

function speculationIn(bytes: ByteReader): Speculation {
  return {
    proposedAt: wholesIn(bytes),
    testedAt: wholesIn(bytes),
    acceptedAt: wholesIn(bytes),
    overlapAt: realsIn(bytes),
  };
}

function putWholes(bytes: ByteWriter, values: readonly number[]): void {
  bytes.whole(values.length);
  for (const value of values) bytes.whole(value);
}

function wholesIn(bytes: ByteReader): number[] {
  // Not Array.from, which is three times slower: there are millions of them.
  const values = new Array<number>(bytes.count(1));
  for (let i = 0; i < values.length; i++) values[i] = bytes.whole();
  return values;
}

function putReals(bytes: ByteWriter, values: readonly number[]): void {
  bytes.whole(values.length);
  for (const value of values) bytes.real(value);
}

function realsIn(bytes: ByteReader): number[] {
  const values = new Array<number>(bytes.count(8));
  for (let i = 0; i < values.length; i++) values[i] = bytes.real();
  return values;
}

function sameBits(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => Object.is(value, b[i])));
}
