import type { Token } from "../model/language_model.ts";
import { firstCharacters } from "../text/characters.ts";

/**
 * One token a character (a Unicode code point), in code-point order, and one more, BOS, that begins
 * and ends every document.
 */
export class Tokenizer {
  /** The characters, in the order of their tokens. */
  readonly characters: readonly string[];
  /** The token that begins and ends a document: the last of the vocabulary. */
  readonly bos: Token;
  readonly #tokens: ReadonlyMap<string, Token>;

  /** From the characters in token order; throws a `RangeError` if one appears twice. */
  constructor(characters: readonly string[]) {
    this.characters = characters;
    this.bos = characters.length;
    this.#tokens = new Map(characters.map((character, token) => [character, token]));
    if (this.#tokens.size !== characters.length) {
      throw new RangeError("Cannot make a tokenizer: a character appears twice");
    }
  }

  /** The tokenizer of all characters in `documents`. */
  static of(documents: readonly string[]): Tokenizer {
    const characters = new Set<string>();
    for (const document of documents) {
      for (const character of document) characters.add(character);
    }
    const codePoint = (character: string): number => character.codePointAt(0) ?? 0;
    return new Tokenizer([...characters].sort((a, b) => codePoint(a) - codePoint(b)));
  }

  /** Tokens in the vocabulary, BOS included. */
  get vocabSize(): number {
    return this.characters.length + 1;
  }

  /** The first character of `text` that has no token, if there is one. */
  firstUnknown(text: string): string | undefined {
    for (const character of text) if (!this.#tokens.has(character)) return character;
    return undefined;
  }

  /** `BOS text`; throws a `RangeError` that names a character the vocabulary lacks. */
  encodePrompt(text: string): Token[] {
    const tokens = [this.bos];
    for (const character of text) {
      const token = this.#tokens.get(character);
      if (token === undefined) {
        throw new RangeError(`Cannot encode "${text}": "${character}" is not in the vocabulary`);
      }
      tokens.push(token);
    }
    return tokens;
  }

  /** `BOS text BOS`, of which a model with this block sees at most `blockSize + 1` tokens. */
  encodeDocument(text: string, blockSize: number): Token[] {
    const tokens = this.encodePrompt(firstCharacters(text, blockSize));
    if (tokens.length <= blockSize) tokens.push(this.bos);
    return tokens;
  }

  /** The text of `tokens`; BOS is nothing. */
  decode(tokens: readonly Token[]): string {
    return tokens.map((token) => this.characters[token] ?? "").join("");
  }
}
