import type { LanguageModel, Logits, Sequence, Token } from "../../model/language_model.ts";
import { type Costs, counted, type Decoding, onlyAnswer, type Role } from "../strategy.ts";

/**
 * A sequence of one model that follows a text which grows and is sometimes taken back. It reads each
 * token once, keeps the logits after every prefix but those that are settled, and rolls its KV cache back
 * to the prefix that it shares with the text.
 */
export class RewindableSequence {
  readonly #sequence: Sequence;
  readonly #role: Role;
  readonly #vocabSize: number;
  /** The tokens that it has read. */
  readonly #read: Token[] = [];
  /** `#after[n]`: the logits after the first `n` tokens, where they were asked for. */
  readonly #after: (Logits | undefined)[] = [];
  #settled = 0;

  /** Begins an empty sequence; its passes are counted under `role`. */
  constructor(model: LanguageModel, role: Role) {
    this.#sequence = model.open();
    this.#role = role;
    this.#vocabSize = model.spec.vocabSize;
  }

  /**
   * The logits after `text` and after each further token of `proposal`: `proposal.length + 1` of
   * them, in one pass at most.
   */
  *rows(text: readonly Token[], proposal: readonly Token[], costs: Costs): Decoding<Logits[]> {
    this.#rollBackTo(text);
    const known = this.#after[text.length];
    const unread = text.slice(this.#read.length);
    const tokens = [...unread, ...proposal];
    const rows = proposal.length + (known === undefined ? 1 : 0);
    if (rows > 0) {
      const sequence = this.#sequence;
      const pass = counted(costs, this.#role, [{ sequence, tokens, rows }]);
      const logits = onlyAnswer(yield pass);
      this.#read.push(...tokens);
      for (let row = 0; row < rows; row++) {
        this.#after[this.#read.length - rows + 1 + row] = logits.subarray(
          row * this.#vocabSize,
          (row + 1) * this.#vocabSize,
        );
      }
    }
    return this.#after.slice(text.length) as Logits[];
  }

  /** Forgets the logits after fewer than `length` tokens: so many will not be taken back. */
  settle(length: number): void {
    for (; this.#settled < length; this.#settled++) delete this.#after[this.#settled];
  }

  /** The logits `[V]` after `text`, in one pass at most. */
  *next(text: readonly Token[], costs: Costs): Decoding<Logits> {
    return onlyAnswer(yield* this.rows(text, [], costs));
  }

  /** Closes the KV cache. */
  close(): void {
    this.#sequence.close();
  }

  #rollBackTo(text: readonly Token[]): void {
    let agreed = 0;
    while (agreed < this.#read.length && this.#read[agreed] === text[agreed]) agreed++;
    if (agreed === this.#read.length) return;
    this.#sequence.truncate(agreed);
    this.#read.length = agreed;
    this.#after.length = agreed + 1;
  }
}
