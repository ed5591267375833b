import { sha256Hex } from "../files/sha256.ts";
import { StopTokens, type Token } from "../model/language_model.ts";
import { characterCount, firstCharacters } from "../text/characters.ts";
import { shown } from "../text/suggestions.ts";
import { bytesOfCharacter, codePointAt, type Documents } from "./documents.ts";
import type { CharacterData, Vocabulary, VocabularyDescription, Window } from "./vocabulary.ts";

/** Characters in the excerpt of a description. */
const EXCERPT = 100;

/**
 * The characters (Unicode code points) of a corpus, one token each, and one more token that begins
 * and ends every document: the last of the vocabulary.
 */
export class CharacterVocabulary implements Vocabulary {
  /** The characters, in the order of their tokens. */
  readonly characters: readonly string[];
  /** See {@linkcode Vocabulary.bos}: it ends a text, too. */
  readonly bos: Token;
  /** See {@linkcode Vocabulary.end}: BOS again. */
  readonly end: Token;
  /** See {@linkcode Vocabulary.stops}. */
  readonly stops: StopTokens;
  readonly #tokens: ReadonlyMap<string, Token>;
  /** The token of each code point up to the last character's, plus one; 0 where there is none. */
  readonly #byCodePoint: Int32Array;

  /** From the characters in token order; throws a `RangeError` if one appears twice. */
  constructor(characters: readonly string[]) {
    this.characters = characters;
    this.bos = characters.length;
    this.end = this.bos;
    this.stops = new StopTokens([this.bos], characters.length + 1);
    this.#tokens = new Map(characters.map((character, token) => [character, token]));
    if (this.#tokens.size !== characters.length) {
      throw new RangeError("Cannot make a vocabulary: a character appears twice");
    }
    const codePoints = characters.map((character) => character.codePointAt(0) ?? 0);
    const end = codePoints.reduce((most, codePoint) => Math.max(most, codePoint + 1), 0);
    this.#byCodePoint = new Int32Array(end);
    codePoints.forEach((codePoint, token) => this.#byCodePoint[codePoint] = token + 1);
  }

  /** The vocabulary of all characters in `documents`, in code-point order. */
  static of(documents: Documents): CharacterVocabulary {
    const seen = new Uint8Array(CODE_POINTS);
    const { text } = documents;
    for (let i = 0; i < documents.length; i++) {
      const end = documents.end(i);
      for (let at = documents.begin(i); at < end;) {
        const first = text[at] as number;
        // Nearly all of most corpora: a short way.
        if (first < 0x80) {
          seen[first] = 1;
          at++;
          continue;
        }
        seen[codePointAt(text, at)] = 1;
        at += bytesOfCharacter(first);
      }
    }
    const characters: string[] = [];
    for (let codePoint = seen.indexOf(1); codePoint >= 0;) {
      characters.push(String.fromCodePoint(codePoint));
      codePoint = seen.indexOf(1, codePoint + 1);
    }
    return new CharacterVocabulary(characters);
  }

  /** See {@linkcode Vocabulary.size}. */
  get size(): number {
    return this.characters.length + 1;
  }

  /** See {@linkcode Vocabulary.data}. */
  get data(): CharacterData {
    return { characters: this.characters };
  }

  /** See {@linkcode Vocabulary.digest}. */
  get digest(): string {
    return sha256Hex(JSON.stringify(this.data));
  }

  /** See {@linkcode Vocabulary.description}. */
  get description(): VocabularyDescription {
    const { characters } = this;
    const more = characters.length > EXCERPT ? "…" : "";
    return {
      unit: "characters",
      count: characters.length,
      excerpt: characters.slice(0, EXCERPT).join("") + more,
    };
  }

  /** See {@linkcode Vocabulary.encode}. */
  encode(text: string): Token[] {
    return this.#append(text, []);
  }

  /** See {@linkcode Vocabulary.encodePrompt}. */
  encodePrompt(text: string): Token[] {
    return this.#append(text, [this.bos]);
  }

  /** See {@linkcode Vocabulary.encodeDocument}. */
  encodeDocument(text: Uint8Array, blockSize: number, window?: Window): Token[] {
    const { from = 0, given = 1 } = window ?? {};
    const tokens: Token[] = [];
    let at = from;
    let before = 0;
    for (; before < given && at > 0; before++) at = beginBefore(text, at);
    if (before < given) tokens.push(this.bos);
    const length = tokens.length + before + blockSize;
    while (at < text.length && tokens.length < length) {
      const codePoint = codePointAt(text, at);
      const token = (this.#byCodePoint[codePoint] ?? 0) - 1;
      if (token < 0) throw unknownCharacter(String.fromCodePoint(codePoint));
      tokens.push(token);
      at += bytesOfCharacter(text[at] as number);
    }
    if (tokens.length < length) tokens.push(this.bos);
    return tokens;
  }

  /** See {@linkcode Vocabulary.nextWindow}. */
  nextWindow(text: Uint8Array, blockSize: number, from: number): number | undefined {
    let at = from;
    for (let left = blockSize; left > 0; left--) {
      if (at >= text.length) return undefined;
      at += bytesOfCharacter(text[at] as number);
    }
    return at;
  }

  /** See {@linkcode Vocabulary.mayExceed}: a character has a byte at least. */
  mayExceed(bytes: number, blockSize: number): boolean {
    return bytes >= blockSize;
  }

  /** See {@linkcode Vocabulary.documentLength}. */
  documentLength(text: Uint8Array): number {
    let length = 1;
    for (let at = 0; at < text.length; at++) if (!continues(text[at] as number)) length++;
    return length;
  }

  /** See {@linkcode Vocabulary.decode}. */
  decode(tokens: readonly Token[]): string {
    return tokens.map((token) => this.characters[token] ?? "").join("");
  }

  /** See {@linkcode Vocabulary.continuation}: the same after every prompt. */
  continuation(_prompt: string, tokens: readonly Token[]): string {
    return this.decode(tokens);
  }

  /**
   * See {@linkcode Vocabulary.describeUnknown}: the first unknown character, and what the corpus has
   * instead: the same text in another normal form, the same letter in the other case, or else all
   * there is.
   */
  describeUnknown(text: string): string | undefined {
    const stranger = [...text].find((character) => !this.#tokens.has(character));
    if (stranger === undefined) return undefined;
    const isKnown = (other: string): boolean =>
      [...other].every((character) => this.#tokens.has(character));
    const found = `expected characters of the corpus, found ${shown(stranger)}${
      codePointsOf(stranger)
    } in ${shown(text)}; the corpus has `;
    for (const form of ["NFC", "NFD"] as const) {
      const other = text.normalize(form);
      if (other === text || !isKnown(other)) continue;
      return `${found}that in another normal form, ${form}:${codePointsOf(other)}; set ` +
        "corpus.normalize to NFC, which brings documents and prompts into one";
    }
    const otherCase = [stranger.toLowerCase(), stranger.toUpperCase()].find(isKnown);
    return found + shown(otherCase ?? this.characters.join(""));
  }

  #append(text: string, tokens: Token[]): Token[] {
    for (const character of text) {
      const token = this.#tokens.get(character);
      if (token === undefined) {
        throw unknownCharacter(character);
      }
      tokens.push(token);
    }
    return tokens;
  }
}

/** Where the character begins that ends before `at`, which must be above 0. */
function beginBefore(text: Uint8Array, at: number): number {
  let begin = at - 1;
  while (continues(text[begin] as number)) begin--;
  return begin;
}

/** Whether a byte of UTF-8 is not the first one of its character. */
function continues(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Code points that a message names. */
const MOST_SHOWN = 20;

/** ` (U+0065 U+0301)`: what a text consists of, where it is not all ASCII. */
function codePointsOf(text: string): string {
  if (!/[^\x20-\x7e]/.test(text)) return "";
  const names = [...firstCharacters(text, MOST_SHOWN)].map((character) =>
    `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
  );
  return ` (${names.join(" ")}${characterCount(text) > MOST_SHOWN ? " …" : ""})`;
}

/** Code points that there are. */
const CODE_POINTS = 0x110000;

function unknownCharacter(character: string): RangeError {
  return new RangeError(`Cannot encode text: "${character}" is not in the vocabulary`);
}

/**
 * The vocabulary of `json`, which may be anything, for a model with `size` tokens; throws a
 * `RangeError` with what was expected (`expected …`).
 */
export function parseVocabulary(json: unknown, size: number): CharacterVocabulary {
  const characters = typeof json === "object" && json !== null && Object.hasOwn(json, "characters")
    ? Reflect.get(json, "characters")
    : undefined;
  if (
    !Array.isArray(characters) || characters.length + 1 !== size || !characters.every(isCharacter)
  ) {
    throw new RangeError(`expected ${size - 1} characters, as the model's vocabulary has`);
  }
  if (new Set(characters).size === characters.length) return new CharacterVocabulary(characters);
  throw new RangeError("expected each character once, found one again");
}

function isCharacter(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && [...value.slice(0, 3)].length === 1;
}
