/**
 * The files of a tokenizer, `tokenizer.json` and `tokenizer_config.json` in Hugging Face's form. They are
 * of strangers: what is read of them is bounded and checked before a tokenizer is made of it.
 *
 * @module
 */
import { isObject } from "../model/hugging_face/json_object.ts";
import { shown } from "../text/suggestions.ts";
import { patternRisk } from "./pattern_risk.ts";
import { type TokenWriting, writingOf } from "./token_texts.ts";

/** A `tokenizer.json`, checked. */
export interface TokenizerFile {
  /** All of it, as the library takes it. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The text that each token is written as; none where the tokenizer has no such token. */
  readonly written: readonly (string | undefined)[];
  /** The tokens that are not of the model but found in texts as they are, by number: `<s>`. */
  readonly added: ReadonlyMap<number, string>;
  /** How tokens are written. */
  readonly writing: TokenWriting;
  /** Whether it has a token for each byte, and so for every text. */
  readonly hasBytes: boolean;
  /** The token of what has none, if there is one. */
  readonly unknown: number | undefined;
  /** The most tokens for each byte of a text; infinite where nothing is known. A few more come in front. */
  readonly mostPerByte: number;
}

/** The longest text of a token, in UTF-16 units. */
const LONGEST_TOKEN = 10_000;
/** The most steps of a normalizer or the like, each within the one before. */
const DEEPEST = 8;

/**
 * The `tokenizer.json` with this text, for a model with `vocabSize` tokens; throws a `RangeError` that
 * says what was expected.
 */
export function parseTokenizer(text: string, vocabSize: number): TokenizerFile {
  const json = parsedObject(text);
  const { model } = json;
  if (!isObject(model) || model["type"] !== "BPE" && model["type"] !== undefined) {
    const found = isObject(model) ? shown(model["type"]) : "none";
    throw new RangeError(`expected a model of type "BPE" (byte-pair encoding), found ${found}`);
  }
  const { vocab, merges } = model;
  if (!isObject(vocab)) throw new RangeError("expected model.vocab, an object, found none");
  if (!Array.isArray(merges) || !merges.every(isMerge)) {
    throw new RangeError("expected model.merges, a list of pairs");
  }
  for (const affix of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    // Such tokens have no text of their own: it depends on what is beside them.
    if ((model[affix] ?? "") !== "") {
      throw new RangeError(`expected a model without ${affix}, found ${shown(model[affix])}`);
    }
  }
  for (const part of ["normalizer", "pre_tokenizer", "post_processor", "decoder"]) {
    if (isTooDeep(json[part], DEEPEST)) {
      throw new RangeError(`expected a ${part} of at most ${DEEPEST} levels, found more`);
    }
    for (const pattern of patternsIn(json[part])) {
      const risk = patternRisk(pattern);
      if (risk === undefined) continue;
      throw new RangeError(
        `expected a ${part} whose patterns take no time without end, found ${
          shown(pattern)
        }: ${risk}`,
      );
    }
  }
  const written: (string | undefined)[] = new Array(vocabSize).fill(undefined);
  const numbers = new Map<string, number>();
  const place = (token: string, number: unknown, where: string): number => {
    if (typeof number !== "number" || !Number.isInteger(number) || number < 0) {
      throw new RangeError(
        `expected a number for ${shown(token)} in ${where}, found ${shown(number)}`,
      );
    }
    if (number >= vocabSize) {
      throw new RangeError(
        `expected tokens below ${vocabSize}, which is how many the model has, found ${number} ` +
          `for ${shown(token)} in ${where}`,
      );
    }
    if (token.length > LONGEST_TOKEN) {
      throw new RangeError(`expected tokens of at most ${LONGEST_TOKEN} characters in ${where}`);
    }
    const other = written[number];
    if (other !== undefined && other !== token) {
      throw new RangeError(
        `expected one text for token ${number}, found ${shown(other)} and ${shown(token)}`,
      );
    }
    written[number] = token;
    numbers.set(token, number);
    return number;
  };
  for (const token of Object.keys(vocab)) place(token, vocab[token], "model.vocab");
  const added = new Map<number, string>();
  for (const entry of addedTokens(json["added_tokens"])) {
    added.set(place(entry.content, entry.id, "added_tokens"), entry.content);
  }
  const unknown = model["unk_token"];
  const writing = writingOf(json["decoder"]);
  const usesBytes = model["byte_fallback"] === true || preTokenizesBytes(json["pre_tokenizer"]);
  return {
    json: {
      ...json,
      // Old files do not say the type.
      model: { ...model, type: "BPE" },
      added_tokens: json["added_tokens"] ?? [],
      ...{ truncation: null, padding: null },
    },
    written,
    added,
    writing,
    hasBytes: usesBytes && writing.bytes.length > 0 &&
      writing.bytes.every((byte) => numbers.has(byte)),
    mostPerByte: growthOf(json["normalizer"], numbers) * growthOf(json["pre_tokenizer"], numbers),
    unknown: typeof unknown === "string" ? numbers.get(unknown) : undefined,
  };
}

/** The text of a `tokenizer_config.json` as the library takes it; throws a `RangeError` for another text. */
export function parseTokenizerConfig(text: string | undefined): Readonly<Record<string, unknown>> {
  const config = text === undefined ? {} : parsedObject(text);
  // Else decoding would remove spaces before punctuation: nobody's text.
  return { ...config, clean_up_tokenization_spaces: false, additional_special_tokens: [] };
}

function parsedObject(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new RangeError("expected JSON", { cause: error });
  }
  if (isObject(json)) return json;
  throw new RangeError(
    `expected a JSON object, found ${Array.isArray(json) ? "a list" : shown(json)}`,
  );
}

/** An entry of `added_tokens`. */
interface AddedToken {
  readonly id: unknown;
  readonly content: string;
}

function addedTokens(list: unknown): readonly AddedToken[] {
  if (list === undefined || list === null) return [];
  if (Array.isArray(list) && list.every(isAddedToken)) return list;
  throw new RangeError("expected added_tokens, a list of tokens with id and content");
}

function isAddedToken(value: unknown): value is AddedToken {
  return isObject(value) && typeof value["content"] === "string" && value["content"] !== "";
}

/** A merge of two tokens: a pair, or, in older files, both with a space between them. */
function isMerge(merge: unknown): boolean {
  if (typeof merge === "string") return merge.includes(" ");
  return Array.isArray(merge) && merge.length === 2 &&
    merge.every((part) => typeof part === "string");
}

/** Steps that make no text longer, and those that may, how many times as long (Unicode's FAQ of normal forms). */
const GROWTH: ReadonlyMap<unknown, number> = new Map([
  ...["ByteLevel", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit"]
    .map((type) => [type, 1] as const),
  ...(["NFC", "NFD"] as const).map((type) => [type, 3] as const),
]);

/** How many tokens a step may make of each byte of a text, where each byte is one at most without it. */
function growthOf(step: unknown, numbers: ReadonlyMap<string, number>): number {
  if (step === null || step === undefined) return 1;
  if (!isObject(step)) return Infinity;
  const steps = step["normalizers"] ?? step["pretokenizers"];
  if (step["type"] === "Sequence" && Array.isArray(steps)) {
    return steps.reduce((growth: number, one) => growth * growthOf(one, numbers), 1);
  }
  const { pattern, content, replacement, prepend, add_prefix_space } = step;
  const isToken = (text: unknown): boolean =>
    typeof text === "string" && [...text].length === 1 && numbers.has(text);
  // It stands before each part of a text between special tokens, which are a byte at least.
  if (step["type"] === "Prepend") return isToken(prepend) ? 2 : Infinity;
  if (step["type"] === "ByteLevel" && add_prefix_space === true) return 2;
  const spaces = step["type"] === "Metaspace"
    ? replacement
    : step["type"] === "Replace" && isObject(pattern) && pattern["String"] === " "
    ? content
    : undefined;
  // A token of its own takes the place of a space.
  if (isToken(spaces)) return step["type"] === "Metaspace" ? 2 : 1;
  return GROWTH.get(step["type"]) ?? Infinity;
}

/** The regular expressions in a step, at whatever depth. */
function patternsIn(step: unknown): string[] {
  if (typeof step !== "object" || step === null) return [];
  return Object.entries(step).flatMap(([name, value]) =>
    name === "Regex" && typeof value === "string" ? [value] : patternsIn(value)
  );
}

/** Whether a pre-tokenizer makes bytes of a text. */
function preTokenizesBytes(step: unknown): boolean {
  if (!isObject(step)) return false;
  const steps = step["pretokenizers"];
  return step["type"] === "ByteLevel" || Array.isArray(steps) && steps.some(preTokenizesBytes);
}

/** Whether `value` has objects or lists in one another, more than `most`. */
function isTooDeep(value: unknown, most: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((part) => isTooDeep(part, most - 1));
}
