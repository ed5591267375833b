/**
 * The result of a decoding as bytes, exactly: a part of the format of samples.
 *
 * @module
 */
import type { Costs, DecodeResult, Speculation, StopReason } from "../decode/strategy.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

/** The fewest bytes that a result takes. */
export const RESULT_BYTES = 13;

/** The optional parts of a result, as bits above the reason that it stopped. */
const HAS = { warped: 4, others: 8, search: 16, optimal: 32, speculation: 64 } as const;
const STOPS: readonly StopReason[] = ["eos", "max_new_tokens", "block_size"];

/**
 * Appends `result`: which parts it has; tokens; log-probabilities; warped ones where they differ;
 * costs; the other parts. Its others come before it and have the numbers `others`.
 */
export function putResult(
  bytes: ByteWriter,
  { tokens, stop, logProbs, warpedLogProbs, costs, search, speculation }: DecodeResult,
  others: readonly number[] | undefined,
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
  if (others) putWholes(bytes, others);
  if (search) bytes.real(search.bound);
  if (speculation) putSpeculation(bytes, speculation);
}

/** A result, and the numbers of its others. */
export interface NumberedResult {
  /** The result without its others. */
  readonly result: DecodeResult;
  /** The numbers of its others, if it has some. */
  readonly others?: readonly number[] | undefined;
}

/** Reads result `number`, whose others must be before it; throws a `RangeError` if there is none. */
export function resultIn(bytes: ByteReader, number: number): NumberedResult {
  const parts = bytes.whole();
  const stop = STOPS[parts & 3];
  if (stop === undefined || parts > 127) {
    throw new RangeError(`expected the parts of a result, found ${parts}`);
  }
  const tokens = wholesIn(bytes);
  const logProbs = realsIn(bytes);
  const warpedLogProbs = parts & HAS.warped ? realsIn(bytes) : logProbs;
  const result = { tokens, stop, logProbs, warpedLogProbs, costs: costsIn(bytes) };
  // Nearly all results have no more parts.
  if (parts < HAS.others) return { result };
  const others = parts & HAS.others
    ? Array.from({ length: bytes.count(1) }, () => bytes.index(number))
    : undefined;
  return { result: { ...result, ...optionalIn(bytes, parts) }, others };
}

function optionalIn(
  bytes: ByteReader,
  parts: number,
): Pick<DecodeResult, "search" | "speculation"> {
  const optimal = (parts & HAS.optimal) !== 0;
  return {
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
  // Not Array.from, which is three times slower: there are millions of values.
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
