/**
 * The tokens of a tokenizer that came with a model, in Hugging Face's form. Chat templates have no part in
 * it: a prompt is the text that the model reads. A special token that is written in a text (`<|im_start|>`)
 * is that token, as in other tools, so that a template can be written out by hand.
 *
 * @module
 */
import type { Library, Tokenizer } from "../declarations/tokenizers.d.ts";
import { importInTurn } from "../files/one_import.ts";
import { Sha256 } from "../files/sha256.ts";
import { StopTokens, type Token } from "../model/language_model.ts";
import { textOfBytes } from "../text/bytes.ts";
import { characterCount } from "../text/characters.ts";
import { shown } from "../text/suggestions.ts";
import { parseTokenizer, parseTokenizerConfig, type TokenizerFile } from "./tokenizer_file.ts";
import type { TokenizerData, Vocabulary, VocabularyDescription, Window } from "./vocabulary.ts";

let loading: Promise<void> | undefined;
let library: Library | undefined;

/**
 * No literal, and no types of its own: Deno would install it at every start. Nor is it in `deno.lock`, all of
 * which `deno task` installs; tasks that read models have `tokenizers.lock`.
 */
const PACKAGE: string = "npm:@huggingface/tokenizers@0.2.0";

/** The library cannot be loaded, as where it was never installed and nothing can be downloaded. */
export class TokenizerLibraryError extends Error {
  /** The name of the class. */
  override readonly name = "TokenizerLibraryError";
}

/**
 * Loads the library behind {@linkcode TokenizerVocabulary}, once; Deno installs it where it is not yet.
 * Throws a {@linkcode TokenizerLibraryError}.
 */
export function loadTokenizerLibrary(): Promise<void> {
  return loading ??= importInTurn(async () => {
    try {
      library = await import(PACKAGE);
    } catch (error) {
      loading = undefined;
      const message = error instanceof Error ? error.message.split("\n")[0] ?? "" : "";
      const reason = message.includes("lockfile")
        ? "it is in src/data/tokenizers.lock alone: use the task (deno task run), or deno run --lock " +
          "src/data/tokenizers.lock"
        : message;
      throw new TokenizerLibraryError(
        `the package ${PACKAGE}, which is downloaded when it is first needed, cannot be loaded: ${reason}`,
        { cause: error },
      );
    }
  });
}

/** Tokens of what a tokenizer puts before a text, such as a space: of one character, at most its bytes. */
const MOST_IN_FRONT = 4;

/** Characters in the excerpt of a description. */
const EXCERPT = 100;

/** The tokens of a `tokenizer.json`; await {@linkcode loadTokenizerLibrary} before one is made. */
export class TokenizerVocabulary implements Vocabulary {
  /** See {@linkcode Vocabulary.data}. */
  readonly data: TokenizerData;
  /** See {@linkcode Vocabulary.size}: as many as the model has. */
  readonly size: number;
  /** See {@linkcode Vocabulary.bos}. */
  readonly bos: Token;
  /** See {@linkcode Vocabulary.end}. */
  readonly end: Token;
  /** See {@linkcode Vocabulary.stops}: BOS is among them, since it begins another text. */
  readonly stops: StopTokens;
  readonly #file: TokenizerFile;
  readonly #tokenizer: Tokenizer;
  /** The tokens in front of every prompt: BOS or nothing. */
  readonly #front: readonly Token[];
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #documents = new EncodedTexts((text) => this.#encodeDocument(text));
  #digest: string | undefined;

  /** Of `data`; throws a `RangeError` (`expected …, found …`) where it is no tokenizer of that model. */
  constructor(data: TokenizerData) {
    const { json, config, vocabSize, stops, bos } = data.tokenizer;
    this.data = data;
    this.size = vocabSize;
    this.bos = bos;
    this.stops = new StopTokens([...stops, bos], vocabSize);
    this.end = stops[0] ?? bos;
    this.#file = parseTokenizer(json, vocabSize);
    const settings = parseTokenizerConfig(config);
    const { tokenizer, front } = usable(() => {
      const tokenizer = tokenizerOf(this.#file, settings);
      return { tokenizer, front: frontTokens(tokenizer) };
    });
    if (front[0] !== undefined && front[0] === this.#file.unknown) {
      throw new RangeError(
        "expected a token in front of texts that the tokenizer has, found another",
      );
    }
    this.#tokenizer = tokenizer;
    this.#front = front;
  }

  /** See {@linkcode Vocabulary.digest}: the bytes of every token. */
  get digest(): string {
    if (this.#digest !== undefined) return this.#digest;
    const hash = new Sha256();
    const encoder = new TextEncoder();
    const { written, added } = this.#file;
    hash.update(encoder.encode(`${this.size} ${this.bos}\n`));
    for (let token = 0; token < this.size; token++) {
      const kind = written[token] === undefined ? "none" : added.has(token) ? "added" : "piece";
      const bytes = this.#ownBytes(token);
      hash.update(encoder.encode(`${kind} ${bytes.length}\n`));
      hash.update(bytes);
    }
    return this.#digest = hash.hex();
  }

  /** See {@linkcode Vocabulary.description}: of the excerpt each token has two characters at least. */
  get description(): VocabularyDescription {
    const { written, added } = this.#file;
    let count = 0;
    let excerpt = "";
    for (let token = 0; token < this.size; token++) {
      if (written[token] === undefined || this.stops.has(token)) continue;
      count++;
      if (excerpt.length >= EXCERPT || added.has(token)) continue;
      const text = textOfBytes(this.#bytesOf(token));
      if (text.isWellFormed() && characterCount(text) > 1 && !/\p{C}/u.test(text)) {
        excerpt += `${excerpt === "" ? "" : " "}${text.replaceAll(" ", "␣")}`;
      }
    }
    return { unit: "tokens", count, excerpt: `${excerpt} …` };
  }

  /** See {@linkcode Vocabulary.encode}. */
  encode(text: string): Token[] {
    const tokens = text.isWellFormed() ? this.#encode(text) : [];
    const problem = this.#problem(text, tokens);
    if (problem !== undefined) throw new RangeError(`Cannot encode text: ${problem}`);
    return tokens;
  }

  /** See {@linkcode Vocabulary.encodePrompt}: as the tokenizer does; of an empty text BOS. */
  encodePrompt(text: string): Token[] {
    const tokens = [...this.#front, ...text === "" ? [] : this.encode(text)];
    return tokens.length === 0 ? [this.bos] : tokens;
  }

  /** See {@linkcode Vocabulary.encodeDocument}: the place of a window counts tokens. */
  encodeDocument(text: Uint8Array, blockSize: number, window?: Window): Token[] {
    const { from = 0, given = 1 } = window ?? {};
    const document = this.#documents.of(text);
    // BOS is before the first token to predict.
    return [...document.subarray(Math.max(0, from + 1 - given), from + 1 + blockSize)];
  }

  /** See {@linkcode Vocabulary.nextWindow}. */
  nextWindow(text: Uint8Array, blockSize: number, from: number): number | undefined {
    const next = from + blockSize;
    return next < this.documentLength(text) ? next : undefined;
  }

  /** See {@linkcode Vocabulary.documentLength}. */
  documentLength(text: Uint8Array): number {
    return this.#documents.of(text).length - 1;
  }

  /** See {@linkcode Vocabulary.mayExceed}: a normal form may be longer than the text. */
  mayExceed(bytes: number, blockSize: number): boolean {
    return this.#file.mostPerByte * bytes + MOST_IN_FRONT + 1 > blockSize;
  }

  /** See {@linkcode Vocabulary.decode}. */
  decode(tokens: readonly Token[]): string {
    return textOfBytes(this.#joined(tokens));
  }

  /** See {@linkcode Vocabulary.continuation}: the first space of a text may be none of it. */
  continuation(prompt: string, tokens: readonly Token[]): string {
    const text = this.decode(tokens);
    const strips = prompt === "" && this.#file.writing.stripsFirstSpace && text.startsWith(" ");
    return strips ? text.slice(1) : text;
  }

  /** See {@linkcode Vocabulary.describeUnknown}: the first character that the tokenizer has nothing for. */
  describeUnknown(text: string): string | undefined {
    const isPlain = this.#file.hasBytes || !text.isWellFormed();
    return this.#problem(text, isPlain ? [] : this.#encode(text));
  }

  /** What is wrong with `text`, which is encoded as `tokens`. */
  #problem(text: string, tokens: readonly Token[]): string | undefined {
    if (!text.isWellFormed()) return `expected Unicode, found a lone surrogate in ${shown(text)}`;
    const { hasBytes, unknown, written } = this.#file;
    if (hasBytes) return undefined;
    // Unknown characters are given as a token, which may be written in a text itself, or left out.
    const isStrange = (part: string, own: readonly Token[]): boolean =>
      unknown === undefined
        ? this.continuation("", own) === ""
        : own.includes(unknown) && !part.includes(written[unknown] ?? "");
    const isWhole = unknown === undefined
      ? this.continuation("", tokens) === text
      : !isStrange(text, tokens);
    if (isWhole) return undefined;
    const stranger = [...text].find((character) => isStrange(character, this.#encode(character)));
    if (stranger === undefined) return undefined;
    return `expected text that the tokenizer has tokens for, found ${shown(stranger)} in ${
      shown(text)
    }`;
  }

  #encode(text: string): Token[] {
    const { ids } = this.#tokenizer.encode(text, { add_special_tokens: false });
    // Without an unknown token the library gives `undefined` for what a strange file leads to.
    return ids.filter((token) => token !== undefined);
  }

  /** `BOS text` and a stop. */
  #encodeDocument(text: string): Uint32Array {
    return Uint32Array.from([this.bos, ...this.encode(text), this.end]);
  }

  #joined(tokens: readonly Token[]): Uint8Array {
    const parts = tokens.map((token) => this.#bytesOf(token));
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** The bytes of a token in a text. */
  #bytesOf(token: Token): Uint8Array {
    if (this.stops.has(token)) return NONE;
    return this.#bytes[token] ??= this.#ownBytes(token);
  }

  #ownBytes(token: Token): Uint8Array {
    const { written, added, writing } = this.#file;
    const text = written[token];
    // A model may have more tokens than its tokenizer: nobody wrote them, but they can be drawn.
    if (text === undefined) return new TextEncoder().encode(`<token ${token}>`);
    return added.has(token) ? new TextEncoder().encode(text) : writing.bytesOf(text);
  }
}

const NONE = new Uint8Array(0);

function tokenizerOf(
  { json }: TokenizerFile,
  config: Readonly<Record<string, unknown>>,
): Tokenizer {
  if (library === undefined) {
    throw new TypeError("Cannot make a tokenizer: await prepareVocabulary(…) before");
  }
  return new library.Tokenizer(json, config);
}

/** What `make` makes of a file of strangers, which the library may not be made for. */
function usable<Made>(make: () => Made): Made {
  if (library === undefined) return make();
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const reason = error instanceof Error ? error.message.slice(0, 200) : "";
    throw new RangeError(`expected a tokenizer, found one that cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** What a tokenizer puts in front of texts; throws a `RangeError` where that is more than a token. */
function frontTokens(tokenizer: Tokenizer): readonly Token[] {
  const probe = "a";
  const [first = -1] = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  const { ids } = tokenizer.encode(probe);
  const front = ids.slice(0, Math.max(0, ids.indexOf(first)));
  if (front.length <= 1 && front.every((token) => token !== undefined)) return front;
  throw new RangeError(
    `expected a tokenizer that puts at most one token in front of texts, found ${front.length}`,
  );
}

/** Tokens that documents are remembered with, at most, each document counted as {@linkcode OVERHEAD} more. */
const MOST_REMEMBERED = 2 ** 25;
const OVERHEAD = 64;

/** A document's tokens, and how many bytes it has. */
interface EncodedText {
  readonly bytes: number;
  readonly tokens: Uint32Array;
}

/** The tokens of documents, each encoded when it is first asked for; remembered by its place in memory. */
class EncodedTexts {
  readonly #encode: (text: string) => Uint32Array;
  #known = new WeakMap<ArrayBufferLike, Map<number, EncodedText>>();
  #remembered = 0;
  #empty: Uint32Array | undefined;

  constructor(encode: (text: string) => Uint32Array) {
    this.#encode = encode;
  }

  of(text: Uint8Array): Uint32Array {
    // An empty document begins where the next one does.
    if (text.length === 0) return this.#empty ??= this.#encode("");
    const known = this.#known.get(text.buffer)?.get(text.byteOffset);
    if (known?.bytes === text.length) return known.tokens;
    const tokens = this.#encode(textOfBytes(text));
    const room = tokens.length + OVERHEAD;
    if (this.#remembered + room > MOST_REMEMBERED) {
      this.#known = new WeakMap();
      this.#remembered = 0;
    }
    this.#remembered += room;
    const own = this.#known.get(text.buffer) ?? new Map<number, EncodedText>();
    this.#known.set(text.buffer, own);
    own.set(text.byteOffset, { bytes: text.length, tokens });
    return tokens;
  }
}
