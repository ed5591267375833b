/**
 * The one interface between texts and tokens. Nothing else knows what a token stands for: lengths in
 * tokens, prompts, documents and what ends a text all come from here.
 *
 * Letters: `V` tokens in the vocabulary.
 *
 * @module
 */
import type { StopTokens, Token } from "../model/language_model.ts";

/** Translates between texts and tokens. */
export interface Vocabulary {
  /** Tokens, BOS included: `V`. */
  readonly size: number;
  /** The token that a model reads before the first token of a document. */
  readonly bos: Token;
  /** The tokens that end a text; none of them is part of it. */
  readonly stops: StopTokens;
  /** The stop that ends documents. */
  readonly end: Token;
  /** The vocabulary as plain data, for other threads and for files; see `vocabularyOf`. */
  readonly data: VocabularyData;
  /** SHA-256, lower-case hexadecimal: equal where the same tokens stand for the same texts. */
  readonly digest: string;
  /** For readers of reports and messages. */
  readonly description: VocabularyDescription;
  /** The tokens of `text` alone; throws a `RangeError` where {@linkcode describeUnknown} finds fault. */
  encode(text: string): Token[];
  /**
   * The tokens that a model reads of a text that begins with `text`: one at least; BOS is the first of
   * them where the vocabulary puts it in front of texts, and where there would be none. Throws as
   * {@linkcode encode} does.
   */
  encodePrompt(text: string): Token[];
  /**
   * A window of the document `BOS text` and a stop, `text` in UTF-8: at most `blockSize` tokens to
   * predict, and before them what is given: BOS, or the tokens that come before `from`. Takes
   * time in proportion to the window, if the document was read before. Throws as {@linkcode encode}
   * does.
   */
  encodeDocument(text: Uint8Array, blockSize: number, window?: Window): Token[];
  /**
   * The place at which the window after the one from `from` begins; `undefined` where there is
   * none, since that one ends with the stop.
   */
  nextWindow(text: Uint8Array, blockSize: number, from: number): number | undefined;
  /** How many tokens there are to predict in the document `text`: its own, and a stop. */
  documentLength(text: Uint8Array): number;
  /** Whether a document of so many bytes may have more than `blockSize` tokens to predict. */
  mayExceed(bytes: number, blockSize: number): boolean;
  /**
   * The text of `tokens` in the middle of a text; BOS and stops have none. Bytes that are no UTF-8 are
   * kept as `text/bytes.ts` says, here and below.
   */
  decode(tokens: readonly Token[]): string;
  /** The text of `tokens` after `prompt`: one after the other, they read as the whole text. */
  continuation(prompt: string, tokens: readonly Token[]): string;
  /** A message (`expected …, found …`) about text that has no token; nothing if all of it has. */
  describeUnknown(text: string): string | undefined;
}

/** A part of a document. */
export interface Window {
  /**
   * The place of its first token to predict: 0, or what {@linkcode Vocabulary.nextWindow} gave. It
   * depends on the vocabulary whether that counts bytes or tokens.
   */
  readonly from: number;
  /** How many tokens before that one are given, as far as there are so many: 1 if left out. */
  readonly given?: number;
}

/** A vocabulary as plain data. */
export type VocabularyData = CharacterData | TokenizerData;

/** The characters of a corpus. */
export interface CharacterData {
  /** One token each, in the order of their tokens. */
  readonly characters: readonly string[];
}

/** A tokenizer, and what its model says of tokens. */
export interface TokenizerData {
  /** The tokenizer. */
  readonly tokenizer: {
    /** The text of `tokenizer.json`. */
    readonly json: string;
    /** The text of `tokenizer_config.json`, if there is one. */
    readonly config?: string | undefined;
    /** Tokens that the model knows; the tokenizer may have fewer. */
    readonly vocabSize: number;
    /** The tokens that end a text. */
    readonly stops: readonly Token[];
    /** The token that begins a text. */
    readonly bos: Token;
  };
}

/** A vocabulary in words. */
export interface VocabularyDescription {
  /** The kind of its tokens, in the plural: `characters`, `tokens`. */
  readonly unit: string;
  /** Tokens that stand for text. */
  readonly count: number;
  /** The texts of the first hundred of them, with `…` where there are more. */
  readonly excerpt: string;
}
