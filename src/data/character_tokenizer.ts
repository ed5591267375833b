/**
 * The vocabulary of a corpus's characters in Hugging Face's form, `tokenizer.json`, written and read.
 * Their libraries give the same tokens for a text as we do: byte-pair encoding without a merge leaves
 * every character (code point) alone.
 *
 * @module
 */
import type { Token } from "../model/language_model.ts";
import { CharacterVocabulary } from "./character_vocabulary.ts";
import { type Normalization, normalizations } from "./normalization.ts";

/** The files that tell Hugging Face's libraries of a vocabulary, by name. */
export interface TokenizerFiles {
  /** The tokens, and how a text is divided into them. */
  readonly "tokenizer.json": string;
  /** The roles of tokens. */
  readonly "tokenizer_config.json": string;
}

/** What else the files say. */
export interface TokenizerOptions {
  /** The normal form of texts before they are divided: `corpus.normalize` of the run. */
  readonly normalize: Normalization;
  /** The most tokens of a text: `B`. */
  readonly blockSize: number;
}

/**
 * In place of an unknown character. The vocabulary lacks it, so that the Rust library refuses such a
 * text as we do; without this name it would leave the character out.
 */
const UNKNOWN = "<|unknown|>";

/** The files of `vocabulary`. */
export function characterTokenizer(
  vocabulary: CharacterVocabulary,
  { normalize, blockSize }: TokenizerOptions,
): TokenizerFiles {
  const bos = bosText(vocabulary);
  const bosPiece = { SpecialToken: { id: bos, type_id: 0 } };
  const added = {
    id: vocabulary.bos,
    content: bos,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  };
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [added],
    normalizer: normalize === "none" ? null : { type: normalize },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [bosPiece, { Sequence: { id: "A", type_id: 0 } }],
      pair: [bosPiece, { Sequence: { id: "A", type_id: 0 } }, {
        Sequence: { id: "B", type_id: 0 },
      }],
      special_tokens: { [bos]: { id: bos, ids: [vocabulary.bos], tokens: [bos] } },
    },
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: UNKNOWN,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(
        [...vocabulary.characters, bos].map((text, token) => [text, token]),
      ),
      merges: [],
    },
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: bos,
    eos_token: bos,
    add_bos_token: true,
    clean_up_tokenization_spaces: false,
    model_max_length: blockSize,
  };
  return {
    "tokenizer.json": `${JSON.stringify(tokenizer, null, 1)}\n`,
    "tokenizer_config.json": `${JSON.stringify(config, null, 2)}\n`,
  };
}

/**
 * The name of BOS: a text that has it would be divided at it, so one of its characters must be none of
 * the vocabulary's.
 */
function bosText({ characters }: CharacterVocabulary): string {
  const known = new Set(characters);
  const isText = (text: string): boolean => [...text].every((character) => known.has(character));
  if (!isText("<|endoftext|>")) return "<|endoftext|>";
  // Characters without a meaning of their own (private use), of which a corpus seldom has even one.
  for (let codePoint = 0xe000; codePoint <= 0x10ffff; codePoint++) {
    const name = `<|endoftext${String.fromCodePoint(codePoint)}|>`;
    if (!isText(name)) return name;
  }
  throw new RangeError("Cannot name BOS: every character stands for itself");
}

/**
 * The vocabulary of the `tokenizer.json` with this text, where {@linkcode characterTokenizer} wrote it for
 * a model with these tokens; `undefined` for all other texts. Throws a `RangeError` where it is one of ours
 * that was changed.
 */
export function characterTokenizerIn(
  text: string,
  { vocabSize, stops, bos }: {
    readonly vocabSize: number;
    readonly stops: readonly Token[];
    readonly bos: Token;
  },
): CharacterVocabulary | undefined {
  // Before JSON is parsed that may be large.
  if (!text.includes(`"${UNKNOWN}"`)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isCharacterTokenizer(json)) return undefined;
  const vocabulary = readCharacterTokenizer(json, vocabSize);
  if ([bos, ...stops].every((token) => token === vocabulary.bos)) return vocabulary;
  throw new RangeError(
    `expected a model whose texts begin and end with token ${vocabulary.bos}, BOS, found ` +
      `${bos} and ${stops.join(", ")}`,
  );
}

/** Whether a `tokenizer.json`, which may be anything, leaves every character alone as ours does. */
export function isCharacterTokenizer(json: unknown): boolean {
  const model = field(json, "model");
  const merges = field(model, "merges");
  return field(model, "type") === "BPE" && Array.isArray(merges) && merges.length === 0 &&
    field(model, "unk_token") === UNKNOWN && (field(model, "byte_fallback") ?? false) === false &&
    (field(json, "pre_tokenizer") ?? null) === null;
}

/**
 * The vocabulary of a `tokenizer.json` that {@linkcode characterTokenizer} wrote, for a model with
 * `size` tokens. Of `json`, which may be anything, all that decides on the tokens of a text is looked
 * at, but for the normal form, which is the config's. Throws a `RangeError` with what was expected
 * (`expected …`).
 */
export function readCharacterTokenizer(json: unknown, size: number): CharacterVocabulary {
  if (!isCharacterTokenizer(json)) {
    throw new RangeError("expected the tokens of characters, BPE without merges, found others");
  }
  const [added, ...more] = list(field(json, "added_tokens"));
  if (more.length > 0 || field(added, "id") !== size - 1) {
    throw new RangeError(`expected one added token, BOS, which is ${size - 1}, found others`);
  }
  const normalizer = field(json, "normalizer") ?? null;
  const forms: readonly unknown[] = normalizations;
  if (normalizer !== null && !forms.includes(field(normalizer, "type"))) {
    throw new RangeError(`expected a normalizer to be NFC or NFD, found another`);
  }
  const bos = field(added, "content");
  const tokens = tokensOf(field(field(json, "model"), "vocab"), size);
  if (tokens.pop() !== bos) {
    throw new RangeError(`expected BOS as the last token of model.vocab, found another`);
  }
  const strange = tokens.findIndex((text) => [...text.slice(0, 3)].length !== 1);
  if (strange >= 0 || tokens.some((text) => !text.isWellFormed())) {
    throw new RangeError(`expected one character for each token but BOS, found others`);
  }
  return new CharacterVocabulary(tokens);
}

/** The texts of all `size` tokens, by token. */
function tokensOf(vocab: unknown, size: number): string[] {
  const fail = (): RangeError =>
    new RangeError(`expected ${size} tokens in model.vocab, each number from 0 once, found others`);
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) throw fail();
  const entries: [string, unknown][] = Object.entries(vocab);
  if (entries.length !== size) throw fail();
  const texts: string[] = new Array(size);
  for (const [text, token] of entries) {
    const isNew = typeof token === "number" && Number.isInteger(token) && token >= 0 &&
      token < size && texts[token] === undefined;
    if (!isNew) throw fail();
    texts[token] = text;
  }
  return texts;
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
