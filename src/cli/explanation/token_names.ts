import type { Vocabulary } from "../../data/vocabulary.ts";
import type { Token } from "../../model/language_model.ts";
import { escapeControl } from "../../text/characters.ts";
import { endOf } from "../../text/display_width.ts";

/** Text that can be told from a space, or from the end of a line, without quotes. */
const PLAIN = /^[\p{L}\p{N}\p{P}\p{S}]+$/u;
/** Columns that a text takes at most. */
const TEXT_WIDTH = 20;

/** Tokens and texts as a terminal shows them and as JSON has them. */
export class TokenNames {
  readonly #vocabulary: Vocabulary;
  readonly #prompt: string;

  /** Those of a vocabulary; texts in JSON are those after `prompt`. */
  constructor(vocabulary: Vocabulary, prompt = "") {
    this.#vocabulary = vocabulary;
    this.#prompt = prompt;
  }

  /** The same for texts after `prompt`. */
  after(prompt: string): TokenNames {
    return new TokenNames(this.#vocabulary, prompt);
  }

  /** `r`, `" "`, `EOS`: in quotes where it could not be seen or be taken for something else. */
  shown(token: Token): string {
    if (this.#vocabulary.stops.has(token)) return "EOS";
    const text = this.#vocabulary.decode([token]);
    if (text === "") return "BOS";
    if (PLAIN.test(text) && !["EOS", "BOS", "→", "…", ","].includes(text)) {
      return escapeControl(text);
    }
    // A combining mark would be put on the quote.
    return `"${escapeControl(text.replace(/^(?=\p{M})/u, "◌"))}"`;
  }

  /** The token's text; `null` of one that ends a text, as of EOS elsewhere. */
  plain(token: Token): string | null {
    return this.#vocabulary.stops.has(token) ? null : this.#vocabulary.decode([token]);
  }

  /** Whether a token of `tokens` ends the text. */
  ends(tokens: readonly Token[]): boolean {
    return tokens.some((token) => this.#vocabulary.stops.has(token));
  }

  /** `"mar"`, `"mar" EOS`: the text of `tokens` after `prompt`, of a long one the end. */
  text(prompt: string, tokens: readonly Token[], width = TEXT_WIDTH): string {
    const text = escapeControl(prompt + this.#vocabulary.continuation(prompt, tokens));
    return `"${endOf(text, width)}"${this.ends(tokens) ? " EOS" : ""}`;
  }

  /** The text of `tokens` for JSON, and whether a stop token ends it. */
  plainText(tokens: readonly Token[]): { continuation: string; eos: boolean } {
    const continuation = this.#vocabulary.continuation(this.#prompt, tokens);
    return { continuation, eos: this.ends(tokens) };
  }
}
