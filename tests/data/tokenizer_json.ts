/**
 * Small tokenizers in the form of `tokenizer.json`, made here: byte-level as GPT-2's, and with byte fallback
 * as Llama's. Their merges make words of a few letters.
 *
 * @module
 */
import type { ModelTokens } from "../../src/data/vocabularies.ts";

/** A `tokenizer.json`, and what a model's config says beside it. */
export interface SmallTokenizer extends ModelTokens {
  /** The object; `JSON.stringify` makes the file of it. */
  readonly json: Record<string, unknown>;
}

/** GPT-2's characters of the 256 bytes, in the order of its vocabulary. */
export const byteCharacters: readonly string[] = (() => {
  const visible = Array.from({ length: 256 }, (_, byte) => byte)
    .filter((byte) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad));
  const others = 256 - visible.length;
  return [
    ...visible.map((byte) => String.fromCodePoint(byte)),
    ...Array.from({ length: others }, (_, i) => String.fromCodePoint(0x100 + i)),
  ];
})();

/** GPT-2's character of each byte. */
export const characterOfByte: readonly string[] = (() => {
  const visible = byteCharacters.filter((character) => (character.codePointAt(0) ?? 0) < 0x100);
  const others = byteCharacters.slice(visible.length);
  let next = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const own = String.fromCodePoint(byte);
    return visible.includes(own) ? own : others[next++] ?? "";
  });
})();

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORDS: readonly (readonly [string, string])[] = [
  ["a", "n"],
  ["m", "a"],
  ["an", "na"],
  ["n", "a"],
  ["l", "l"],
  ["h", "e"],
  ["he", "ll"],
  ["hell", "o"],
];

/** Pairs that are made of tokens there are, in an order in which each part comes before its whole. */
const merges = (space: string): (readonly [string, string])[] => [
  ...WORDS.toSorted(([a, b], [c, d]) => (a + b).length - (c + d).length),
  [space, "a"],
  [space, "t"],
  [space, "he"],
];

/** Byte-level, without BOS in front: `<|endoftext|>` begins and ends texts, and is the last token. */
export function byteLevelTokenizer(unused = 0): SmallTokenizer {
  const pairs = merges("Ġ");
  const pieces = [...byteCharacters, ...pairs.map((pair) => pair.join(""))];
  const end = pieces.length;
  return {
    json: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [addedToken(end, "<|endoftext|>")],
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
      post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false },
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: "",
        end_of_word_suffix: "",
        fuse_unk: false,
        vocab: Object.fromEntries(pieces.map((piece, token) => [piece, token])),
        merges: pairs.map((pair) => pair.join(" ")),
      },
    },
    vocabSize: end + 1 + unused,
    stops: [end],
    bos: end,
  };
}

/** The pattern that Llama 3 and Qwen 2 divide texts by. */
const WORDS_OF_LLAMA_3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| " +
  "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Byte-level as Llama 3's: divided by a pattern, with `<|endoftext|>` in front, merges as pairs. */
export function llama3Tokenizer(): SmallTokenizer {
  const { json, ...facts } = byteLevelTokenizer();
  const front = { id: "<|endoftext|>", type_id: 0 };
  return {
    ...facts,
    json: {
      ...json,
      normalizer: { type: "NFC" },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          {
            type: "Split",
            pattern: { Regex: WORDS_OF_LLAMA_3 },
            behavior: "Isolated",
            invert: false,
          },
          { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      post_processor: {
        type: "Sequence",
        processors: [
          { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
          {
            type: "TemplateProcessing",
            single: [{ SpecialToken: front }, { Sequence: { id: "A", type_id: 0 } }],
            pair: [],
            special_tokens: {
              [front.id]: { id: front.id, ids: [facts.bos], tokens: [front.id] },
            },
          },
        ],
      },
      model: { ...Object(json["model"]), ignore_merges: true, merges: merges("Ġ") },
    },
  };
}

/** With byte fallback, `<s>` (1) in front; `</s>` (2) ends texts. */
export function byteFallbackTokenizer(unused = 0): SmallTokenizer {
  const pairs = merges("▁");
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  const special = ["<unk>", "<s>", "</s>"];
  const pieces = [...special, ...bytes, "▁", ...LETTERS, ...pairs.map((pair) => pair.join(""))];
  const front = { id: "<s>", type_id: 0 };
  return {
    json: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map((content, id) => addedToken(id, content)),
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "Prepend", prepend: "▁" },
          { type: "Replace", pattern: { String: " " }, content: "▁" },
        ],
      },
      pre_tokenizer: null,
      post_processor: {
        type: "TemplateProcessing",
        single: [{ SpecialToken: front }, { Sequence: { id: "A", type_id: 0 } }],
        pair: [{ SpecialToken: front }, { Sequence: { id: "A", type_id: 0 } }, {
          Sequence: { id: "B", type_id: 1 },
        }],
        special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
      },
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: "▁" }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
          { type: "Strip", content: " ", start: 1, stop: 0 },
        ],
      },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: "<unk>",
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: true,
        byte_fallback: true,
        ignore_merges: false,
        vocab: Object.fromEntries(pieces.map((piece, token) => [piece, token])),
        merges: pairs,
      },
    },
    vocabSize: pieces.length + unused,
    stops: [2],
    bos: 1,
  };
}

/** The same without a token for every byte: `unknown` or nothing stands for what has none. */
export function pieceTokenizer(unknown: "<unk>" | null): SmallTokenizer {
  const { json, ...facts } = byteFallbackTokenizer();
  const model = { ...Object(json["model"]), byte_fallback: false, unk_token: unknown };
  return { ...facts, json: { ...json, model } };
}

function addedToken(id: number, content: string): Record<string, unknown> {
  return {
    ...{ id, content, special: true },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  };
}
