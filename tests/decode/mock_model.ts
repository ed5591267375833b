import type {
  ForwardRequest,
  LanguageModel,
  Logits,
  Sequence,
  Token,
} from "../../src/model/language_model.ts";

/** Probabilities of the next token after `prefix`, BOS included. */
export type NextProbabilities = (prefix: readonly Token[]) => readonly number[];

/** A model whose probabilities are known, which keeps count of what it is asked. */
export class MockModel implements LanguageModel {
  readonly spec;
  /** Size of each forward pass, in requests. */
  readonly batches: number[] = [];
  /** How many tokens it has read. */
  tokensRead = 0;
  /** Every sequence opened or forked. */
  readonly sequences: MockSequence[] = [];
  readonly #next: NextProbabilities;

  constructor(vocabSize: number, blockSize: number, next: NextProbabilities) {
    this.spec = { vocabSize, blockSize };
    this.#next = next;
  }

  open(): MockSequence {
    return this.track(new MockSequence(this, []));
  }

  track(sequence: MockSequence): MockSequence {
    this.sequences.push(sequence);
    return sequence;
  }

  forward(batch: readonly ForwardRequest[]): Logits[] {
    this.batches.push(batch.length);
    return batch.map(({ sequence, tokens, rows }) => {
      if (!(sequence instanceof MockSequence) || sequence.model !== this || sequence.closed) {
        throw new TypeError("the mock was asked about a sequence that is not its own, or closed");
      }
      if (tokens.length === 0 || rows > tokens.length) throw new RangeError("bad request");
      this.tokensRead += tokens.length;
      const logits: number[] = [];
      tokens.forEach((token, i) => {
        sequence.read.push(token);
        if (sequence.length > this.spec.blockSize) throw new RangeError("past the block");
        if (i >= tokens.length - rows) logits.push(...this.#next(sequence.read).map(Math.log));
      });
      return Float64Array.from(logits);
    });
  }
}

/** A sequence of the mock: the tokens themselves. */
export class MockSequence implements Sequence {
  readonly model: MockModel;
  readonly read: Token[];
  closed = false;

  constructor(model: MockModel, read: Token[]) {
    this.model = model;
    this.read = read;
  }

  get length(): number {
    return this.read.length;
  }

  truncate(length: number): void {
    if (length > this.read.length) throw new RangeError("truncated to more than there is");
    this.read.length = length;
  }

  fork(): MockSequence {
    return this.model.track(new MockSequence(this.model, [...this.read]));
  }

  close(): void {
    this.closed = true;
  }
}

/** A source that gives `values` in turn and then fails. */
export function scripted(values: readonly number[]): { next(): number } {
  const rest = [...values];
  return {
    next(): number {
      const value = rest.shift();
      if (value === undefined) throw new RangeError("more randomness was used than scripted");
      return value;
    },
  };
}
