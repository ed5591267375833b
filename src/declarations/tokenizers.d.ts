/**
 * The part of `@huggingface/tokenizers` that is used. The package has types, but whoever mentions it by name
 * has Deno install it at every start.
 */

/** What is done with a text. */
export interface EncodeOptions {
  /** Whether to add what the tokenizer puts before and after texts; true if left out. */
  readonly add_special_tokens?: boolean;
}

/** A tokenizer of a `tokenizer.json`. */
export interface Tokenizer {
  /** The numbers of the tokens of `text`. */
  encode(text: string, options?: EncodeOptions): { ids: number[] };
  /** The text of tokens, at least one. */
  decode(
    ids: number[],
    options?: { readonly clean_up_tokenization_spaces?: boolean },
  ): string;
}

/** The package. */
export interface Library {
  /** Makes a tokenizer of the JSON in `tokenizer.json` and `tokenizer_config.json`; throws an `Error`. */
  readonly Tokenizer: new (json: object, config: object) => Tokenizer;
}
