/**
 * The one interface between decoding and the engines. A strategy sees a model through this file and
 * never learns which engine answers it.
 *
 * Shapes: `V` tokens in the vocabulary.
 *
 * @module
 */

/** A token: an index into the vocabulary, `0 … V - 1`. */
export type Token = number;

/** Throws a `RangeError` unless `token` is one of a vocabulary of that size. */
export function checkToken(token: Token, vocabSize: number): void {
  if (token >= 0 && token < vocabSize) return;
  throw new RangeError(`Cannot count token ${token}: the vocabulary has ${vocabSize}`);
}

/**
 * Texts as tokens: an array of them, or what makes each when it is asked for. Documents that are longer
 * than a model's block are several texts, one after another: their windows.
 */
export interface TokenTexts extends Pick<readonly (readonly Token[])[], "length" | "at"> {
  /** The document that text `i` is a window of; if left out, each text is a document. */
  documentOf?(i: number): number;
  /** How many tokens of text `i` are not predicted, but what comes before; 1 if left out. */
  given?(i: number): number;
}

/** The tokens that end a text: a set with a look-up that hot loops can afford. */
export class StopTokens {
  /** The tokens, each once, ascending. */
  readonly tokens: readonly Token[];
  readonly #isStop: Uint8Array;

  /** In a vocabulary of `vocabSize` tokens; throws a `RangeError` for a token outside it. */
  constructor(tokens: Iterable<Token>, vocabSize: number) {
    this.tokens = [...new Set(tokens)].sort((a, b) => a - b);
    this.#isStop = new Uint8Array(vocabSize);
    for (const token of this.tokens) {
      if (!(Number.isInteger(token) && token >= 0 && token < vocabSize)) {
        throw new RangeError(`Cannot stop at token ${token}: the vocabulary has ${vocabSize}`);
      }
      this.#isStop[token] = 1;
    }
  }

  /** Whether `token` ends a text. */
  has(token: Token): boolean {
    return this.#isStop[token] === 1;
  }
}

/** The sizes of a model that decoding depends on, whatever is inside it. */
export interface TextSpec {
  /** Tokens in the vocabulary, BOS included. */
  readonly vocabSize: number;
  /** The longest sequence the model can see, in tokens, BOS included. */
  readonly blockSize: number;
}

/** The sizes that fix a GPT. */
export interface ModelSpec extends TextSpec {
  /** Width of the residual stream. */
  readonly nEmbd: number;
  /** Attention heads in a layer; divides `nEmbd`. */
  readonly nHead: number;
  /** Transformer layers. */
  readonly nLayer: number;
}

/** Unnormalised log-probabilities of the next token, `[rows, V]` row by row; owned by who asked. */
export type Logits = Float64Array;

/** A sequence that a model is reading, with its own KV cache. */
export interface Sequence {
  /** The model whose cache this is. */
  readonly model: LanguageModel;
  /** Tokens read so far. */
  readonly length: number;
  /** Forgets every token from position `length` on. Throws a `RangeError` if it has fewer. */
  truncate(length: number): void;
  /** An independent copy: what one of the two reads, the other never sees. */
  fork(): Sequence;
  /** Releases the cache; any later use throws. */
  close(): void;
}

/** Reads `tokens` after what `sequence` holds, and asks for the logits after the last `rows`. */
export interface ForwardRequest {
  /** The sequence to continue; grows by `tokens.length`. */
  readonly sequence: Sequence;
  /** The tokens to read, at least one. */
  readonly tokens: readonly Token[];
  /** How many of the last positions to return logits for, `0 … tokens.length`. */
  readonly rows: number;
  /**
   * A choice of the next token that the engine may make in place of giving the logits, where `rows` is
   * 1: it then answers {@linkcode NO_LOGITS}. An engine that does not, or not for these logits, answers
   * them as ever, and who asked chooses.
   */
  readonly draw?: Draw | undefined;
}

/** The choice of a token that an engine may make, for which the logits need not leave it. */
export interface Draw {
  /**
   * Divides the logits before the token is drawn from their softmax: 1 leaves them as they are. With 0
   * nothing is drawn: it is the most probable token, of equal ones the one with the lowest id.
   */
  readonly temperature: number;
  /** The number in [0, 1) that decides which token is drawn; with temperature 0 none is needed. */
  uniform: number;
  /** The engine's answer: the token. */
  token: Token;
  /**
   * The engine's answer: the token's log-probability, nats, by the logits themselves. It and the next
   * one are not set if `distribution` is given.
   */
  logProb: number;
  /** The engine's answer: the same where it was drawn from; 0 where nothing was drawn. */
  warpedLogProb: number;
  /**
   * Where the engine leaves the distribution `[V]` that it drew from, if that is wanted: another one for
   * each draw of a batch. Not with temperature 0.
   */
  distribution?: Float64Array | undefined;
}

/** A draw at `temperature` that nothing has answered yet; all have one shape, which V8 needs to be fast. */
export function newDraw(temperature: number): Draw {
  return {
    temperature,
    uniform: 0,
    token: -1,
    logProb: 0,
    warpedLogProb: 0,
    distribution: undefined,
  };
}

/** No logits: the answer to a request whose token the engine has chosen, for one. */
export const NO_LOGITS: Logits = new Float64Array();

/** A trained model, as everything that decodes sees it. */
export interface LanguageModel {
  /** The texts that it can read. */
  readonly spec: TextSpec;
  /**
   * One forward pass over many sequences at once; prefill, step and verification are all this call.
   * Answers request by request, `[rows, V]` each, or {@linkcode NO_LOGITS} where it has drawn. A
   * sequence's logits are the same bits whatever else is in the batch and however its tokens are
   * divided among calls; what it draws is what `distribution.ts` makes of them, to the last bit.
   */
  forward(batch: readonly ForwardRequest[]): Logits[];
  /** A new, empty sequence. */
  open(): Sequence;
}

/** A loss or logits that are no longer finite numbers. */
export class DivergedError extends Error {
  /** The name of the class. */
  override readonly name = "DivergedError";
}

/**
 * Checks what every engine requires of a forward request to a sequence of `length` tokens; throws a
 * `RangeError` that says what is wrong.
 */
export function checkRequest(
  { vocabSize, blockSize }: TextSpec,
  length: number,
  tokens: readonly Token[],
  rows: number,
): void {
  if (tokens.length === 0) throw new RangeError("Cannot read a sequence: there are no tokens");
  if (length + tokens.length > blockSize) {
    throw new RangeError(
      `Cannot read ${tokens.length} tokens at position ${length}: the block is ${blockSize}`,
    );
  }
  if (!(rows >= 0 && rows <= tokens.length)) {
    throw new RangeError(`Cannot give ${rows} rows of logits: there are ${tokens.length} tokens`);
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (!(token >= 0 && token < vocabSize)) {
      throw new RangeError(`Cannot read token ${token}: the vocabulary has ${vocabSize}`);
    }
  }
}
