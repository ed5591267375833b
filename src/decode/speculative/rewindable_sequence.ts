import type { Draw, LanguageModel, Logits, Sequence, Token } from "../../model/language_model.ts";
import { isLarge } from "../large_rows.ts";
import { type Costs, counted, type LogitsRequest, onlyAnswer, type Role } from "../strategy.ts";

/** A row of logits that was cut out of an answer, used up before the next one. */
let passing: Logits = new Float64Array();

/** No token: of a pass that is asked for the logits after a text alone. */
const NO_TOKENS: readonly Token[] = [];

/**
 * A sequence of one model that follows a text which grows and is sometimes taken back. It reads each
 * token once, keeps the logits after every prefix but those that are settled, and rolls its KV cache back
 * to the prefix that it shares with the text.
 *
 * A pass is in two steps, so that a strategy yields it itself: to delegate to a generator for each pass
 * takes as long as some passes do. {@linkcode ask} says which pass is needed, and {@linkcode take},
 * {@linkcode takeLast} or {@linkcode keep} is given its answer: `take(pass && (yield pass))`.
 */
export class RewindableSequence {
  readonly #sequence: Sequence;
  /** The request of every pass, and the pass that it is alone: a new one each time would be a new object. */
  readonly #request: { -readonly [Key in keyof LogitsRequest]: LogitsRequest[Key] };
  readonly #pass: readonly LogitsRequest[];
  readonly #role: Role;
  readonly #vocabSize: number;
  /** The tokens that it has read, or will have in the pass that was asked for. */
  readonly #read: Token[] = [];
  /**
   * `#after[n]`: an answer `[rows, V]` with the logits after the first `n` tokens, where they were asked for
   * and not forgotten; `#rowOf[n]` is their row in it. Most are never needed, and to cut out a row takes
   * longer than to keep it.
   */
  readonly #after: (Logits | undefined)[] = [];
  readonly #rowOf: number[] = [];
  #settled = 0;
  /** Of the tokens read so many are in the text for good. */
  #firm = 0;
  /** The length of the text that was asked for. */
  #asked = 0;
  /** Rows of the pass that was asked for. */
  #rows = 0;

  /** Begins an empty sequence; its passes are counted under `role`. */
  constructor(model: LanguageModel, role: Role) {
    this.#sequence = model.open();
    this.#request = { sequence: this.#sequence, tokens: NO_TOKENS, rows: 0, draw: undefined };
    this.#pass = [this.#request];
    this.#role = role;
    this.#vocabSize = model.spec.vocabSize;
  }

  /**
   * The pass that gives the logits after `text` and after each further token of `proposal`, as far as they
   * are not known; `undefined` where all are.
   */
  ask(
    text: readonly Token[],
    proposal: readonly Token[],
    costs: Costs,
  ): readonly LogitsRequest[] | undefined {
    return this.#ask(text, proposal, costs, undefined);
  }

  /**
   * The pass that gives the logits after `text`, or makes `draw` from them; `undefined` where they are
   * known. What is drawn leaves no logits to know.
   */
  askToDraw(
    text: readonly Token[],
    draw: Draw | undefined,
    costs: Costs,
  ): readonly LogitsRequest[] | undefined {
    return this.#ask(text, NO_TOKENS, costs, draw);
  }

  #ask(
    text: readonly Token[],
    proposal: readonly Token[],
    costs: Costs,
    draw: Draw | undefined,
  ): readonly LogitsRequest[] | undefined {
    const read = this.#read;
    this.#rollBackTo(text);
    this.#asked = text.length;
    const isKnown = this.#after[text.length] !== undefined;
    const rows = proposal.length + (isKnown ? 0 : 1);
    this.#rows = rows;
    if (rows === 0) return undefined;
    const before = read.length;
    for (let i = before; i < text.length; i++) read.push(text[i] as Token);
    for (let i = 0; i < proposal.length; i++) read.push(proposal[i] as Token);
    const request = this.#request;
    // A slice has no spare room, as an array has that grows.
    request.tokens = read.slice(before);
    request.rows = rows;
    request.draw = draw;
    return counted(costs, this.#role, this.#pass);
  }

  /** The logits that were asked for, `[V]` each, of which `answers` has those that were not known. */
  take(answers: readonly Logits[] | undefined): Logits[] {
    this.keep(answers);
    const logits: Logits[] = [];
    for (let n = this.#asked; n <= this.#read.length; n++) logits.push(this.#logitsAfter(n));
    return logits;
  }

  /** The last of the logits that were asked for, `[V]`; none where the engine drew in place of giving them. */
  takeLast(answers: readonly Logits[] | undefined): Logits {
    if (answers !== undefined) {
      const logits = onlyAnswer(answers);
      if (logits.length === 0) return logits;
      this.keep(answers);
    }
    return this.#logitsAfter(this.#read.length);
  }

  /** Keeps `answers` for {@linkcode row}. */
  keep(answers: readonly Logits[] | undefined): void {
    if (answers === undefined) return;
    const logits = onlyAnswer(answers);
    const first = this.#read.length - this.#rows + 1;
    for (let row = 0; row < this.#rows; row++) {
      this.#after[first + row] = logits;
      this.#rowOf[first + row] = row;
    }
  }

  /**
   * The logits `[V]` after the text that was asked for and the first `proposed` tokens of its proposal. They
   * may be overwritten by the next ones of any sequence.
   */
  row(proposed: number): Logits {
    const length = this.#asked + proposed;
    const answer = this.#after[length] as Logits;
    const vocabSize = this.#vocabSize;
    if (answer.length === vocabSize || isLarge({ length: vocabSize })) {
      return this.#logitsAfter(length);
    }
    // To copy a small row takes less than to make an array that is a part of another.
    if (passing.length !== vocabSize) passing = new Float64Array(vocabSize);
    const row = passing;
    const at = (this.#rowOf[length] as number) * vocabSize;
    for (let v = 0; v < vocabSize; v++) row[v] = answer[at + v] as number;
    return row;
  }

  /** Forgets the logits after fewer than `length` tokens: so many will not be taken back. */
  settle(length: number): void {
    // Not deleted: that would make the array a dictionary.
    const end = Math.min(length, this.#after.length);
    for (let n = this.#settled; n < end; n++) this.#after[n] = undefined;
    this.#settled = length;
  }

  /** Closes the KV cache. */
  close(): void {
    this.#sequence.close();
  }

  #logitsAfter(length: number): Logits {
    const answer = this.#after[length] as Logits;
    if (answer.length === this.#vocabSize) return answer;
    const at = (this.#rowOf[length] as number) * this.#vocabSize;
    return answer.subarray(at, at + this.#vocabSize);
  }

  #rollBackTo(text: readonly Token[]): void {
    const read = this.#read;
    let agreed = this.#firm;
    while (agreed < read.length && read[agreed] === text[agreed]) agreed++;
    // Where all of a text was read, but a token was drawn in place of its logits, its last token is read again.
    if (agreed === text.length && this.#after[agreed] === undefined) agreed--;
    this.#firm = Math.min(this.#settled, agreed);
    if (agreed === read.length) return;
    this.#sequence.truncate(agreed);
    read.length = agreed;
    for (let n = agreed + 1; n < this.#after.length; n++) this.#after[n] = undefined;
  }
}
