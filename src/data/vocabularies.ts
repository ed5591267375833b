/**
 * Every kind of vocabulary: from plain data, and from a folder.
 *
 * @module
 */
import { join } from "node:path";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import type { Token } from "../model/language_model.ts";
import { characterTokenizerIn } from "./character_tokenizer.ts";
import { CharacterVocabulary } from "./character_vocabulary.ts";
import {
  loadTokenizerLibrary,
  TokenizerLibraryError,
  TokenizerVocabulary,
} from "./tokenizer_vocabulary.ts";
import type { Vocabulary, VocabularyData } from "./vocabulary.ts";

/** Made once for the same data: to read a tokenizer takes a second. */
const made = new WeakMap<VocabularyData, Vocabulary>();

/**
 * The vocabulary of such data; throws a `RangeError` where it holds a text twice, and a `TypeError` where
 * {@linkcode prepareVocabulary} was not awaited.
 */
export function vocabularyOf(data: VocabularyData): Vocabulary {
  const known = made.get(data);
  if (known !== undefined) return known;
  const vocabulary = "characters" in data
    ? new CharacterVocabulary(data.characters)
    : new TokenizerVocabulary(data);
  made.set(data, vocabulary);
  return vocabulary;
}

/** Loads what {@linkcode vocabularyOf} needs for `data`, once on each thread. */
export async function prepareVocabulary(data: VocabularyData): Promise<void> {
  if ("tokenizer" in data) await loadTokenizerLibrary();
}

/** A folder's tokenizer cannot be used; the message says why. */
export class TokenizerError extends Error {
  /** The name of the class. */
  override readonly name = "TokenizerError";
}

/** What a model says of its tokens. */
export interface ModelTokens {
  /** Tokens that it knows. */
  readonly vocabSize: number;
  /** The tokens that end a text. */
  readonly stops: readonly Token[];
  /** The token that begins a text, if it names one. */
  readonly bos: Token | undefined;
}

const MOST_TOKENIZER_BYTES = 64 * 2 ** 20;
const MOST_CONFIG_BYTES = 4 * 2 ** 20;

/**
 * The vocabulary of the model in `folder`, from its `tokenizer.json`, which may be one of characters that
 * an export wrote; throws a {@linkcode TokenizerError}.
 */
export async function loadTokenizer(
  folder: string,
  { vocabSize, stops, bos = stops[0] }: ModelTokens,
): Promise<Vocabulary> {
  const file = join(folder, "tokenizer.json");
  const json = await textOf(file, MOST_TOKENIZER_BYTES);
  const config = await textOf(join(folder, "tokenizer_config.json"), MOST_CONFIG_BYTES, {
    isOptional: true,
  });
  if (json === undefined) throw refused(file, "it is missing");
  if (bos === undefined) {
    throw refused(
      file,
      "expected a model with a token that begins texts or ends them, found neither",
    );
  }
  const data = { tokenizer: { json, config, vocabSize, stops, bos } };
  try {
    const characters = characterTokenizerIn(json, { vocabSize, stops, bos });
    if (characters !== undefined) return characters;
    await prepareVocabulary(data);
    return vocabularyOf(data);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TokenizerLibraryError) {
      throw refused(file, error.message, error);
    }
    throw error;
  }
}

/** The text of a file; `undefined` where there is none and it may be left out. */
async function textOf(
  file: string,
  mostBytes: number,
  { isOptional = false }: { readonly isOptional?: boolean } = {},
): Promise<string | undefined> {
  try {
    const bytes = await readBounded(file, mostBytes);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw refused(file, "expected UTF-8", error);
    if (!(error instanceof UnreadableError)) throw error;
    if (isOptional && error.missing) return undefined;
    throw refused(file, error.message, error);
  }
}

function refused(file: string, reason: string, cause?: unknown): TokenizerError {
  return new TokenizerError(`cannot use the tokenizer ${file}: ${reason}`, { cause });
}
