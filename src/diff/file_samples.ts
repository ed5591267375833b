/**
 * The samples of a cell as a file has them, for the same measures that a run computes. A file has sums
 * over the tokens of a sample: they stand at its first token, and what no column tells is 0.
 *
 * @module
 */
import { Documents } from "../data/documents.ts";
import { type Costs, type DecodeResult, noCosts, type Speculation } from "../decode/strategy.ts";
import { type Reference, referenceOf } from "../measure/cell_samples.ts";
import type { Sample, Samples } from "../measure/sample.ts";
import type { SampleRow } from "./samples_file.ts";

/** The samples of a cell, in order: each when it is its turn. */
export class FileSamples implements Samples {
  readonly #rows: readonly SampleRow[];

  /** Those in `rows`. */
  constructor(rows: readonly SampleRow[]) {
    this.#rows = rows;
  }

  /** How many there are. */
  get length(): number {
    return this.#rows.length;
  }

  /** The samples; those of one decoding follow its first as its others. */
  *[Symbol.iterator](): Generator<Sample> {
    const rows = this.#rows;
    const numbers = new Map<string, number>();
    for (let i = 0; i < rows.length;) {
      const { decoding } = rows[i] as SampleRow;
      let end = i + 1;
      while (rows[end]?.decoding === decoding) end++;
      const others = rows.slice(i + 1, end).map(resultOf);
      for (let j = i; j < end; j++) {
        const row = rows[j] as SampleRow;
        const { prompt, draw, continuation } = row;
        const number = numbers.get(prompt) ?? 0;
        numbers.set(prompt, number + 1);
        const result = others[j - i - 1] ??
          (others.length === 0 ? resultOf(row) : { ...resultOf(row), others });
        yield { prompt, draw, number, continuation, result };
      }
      i = end;
    }
  }

  /**
   * Documents of which those texts are some that are documents, and no others are; `undefined` of a run
   * without a corpus.
   */
  get reference(): Reference | undefined {
    if (this.#rows.some(({ isNovel, isHeldOut }) => (isNovel ?? isHeldOut) === undefined)) {
      return undefined;
    }
    const textsWhere = (holds: (row: SampleRow) => boolean): Documents =>
      Documents.of([
        ...new Set(
          this.#rows.filter(holds).map(({ prompt, continuation }) => prompt + continuation),
        ),
      ]);
    return referenceOf(
      textsWhere(({ isNovel }) => isNovel === false),
      textsWhere(({ isHeldOut }) => isHeldOut === true),
    );
  }

  /** Whether the file has the tokens of each sample. */
  get hasTokens(): boolean {
    return this.#rows.some(({ tokenIds }) => tokenIds !== undefined);
  }

  /** Whether tokens were proposed for it. */
  get isSpeculative(): boolean {
    return this.#rows.some(({ overlap }) => overlap !== undefined);
  }
}

function resultOf(row: SampleRow): DecodeResult {
  const { tokens, tokenIds, stop, logProb, warpedLogProb, choices } = row;
  const result: DecodeResult = {
    tokens: tokenIds ?? zeros(tokens),
    stop,
    logProbs: withSum(logProb, choices),
    warpedLogProbs: withSum(warpedLogProb, choices),
    costs: costsOf(row),
  };
  const speculation = speculationOf(row);
  return speculation === undefined ? result : { ...result, speculation };
}

function costsOf(
  { targetCalls, draftCalls, proposed, tested, accepted, resampled, bonus }: SampleRow,
): Costs {
  return {
    ...noCosts(),
    targetCalls,
    draftCalls,
    proposed,
    tested,
    accepted,
    resampled,
    bonus,
  };
}

function speculationOf(
  { overlap, proposed, tested, accepted }: SampleRow,
): Speculation | undefined {
  if (overlap === undefined) return undefined;
  return {
    proposedAt: [proposed],
    testedAt: [tested],
    acceptedAt: [accepted],
    overlapAt: [overlap],
  };
}

const zerosByLength: (readonly number[])[] = [];

/** `[length]` zeros, made once. */
function zeros(length: number): readonly number[] {
  return zerosByLength[length] ??= new Array<number>(length).fill(0);
}

/** `[length]` numbers with that sum. */
function withSum(sum: number, length: number): readonly number[] {
  return length === 0 ? [] : [sum, ...zeros(length - 1)];
}
