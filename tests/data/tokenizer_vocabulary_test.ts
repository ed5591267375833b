/**
 * What tokenizers have beyond the contract of vocabularies (`vocabulary_test.ts`): bytes that are no UTF-8,
 * special tokens, and the answers of other programs for a real one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { Documents } from "../../src/data/documents.ts";
import { loadTokenizerLibrary, TokenizerVocabulary } from "../../src/data/tokenizer_vocabulary.ts";
import { loadTokenizer } from "../../src/data/vocabularies.ts";
import { Windows } from "../../src/data/windows.ts";
import type { Library } from "../../src/declarations/tokenizers.d.ts";
import type { Token } from "../../src/model/language_model.ts";
import { bytesOfText, shownBytes } from "../../src/text/bytes.ts";
import { sharedModel } from "../shared_models.ts";
import {
  byteFallbackTokenizer,
  byteLevelTokenizer,
  characterOfByte,
  type SmallTokenizer,
} from "./tokenizer_json.ts";

await loadTokenizerLibrary();
const library: Library = await import("@huggingface/tokenizers");

const runs = { numRuns: 200, seed: 1 };

function vocabularyFor(
  { json, vocabSize, stops, bos = NaN }: SmallTokenizer,
  config?: object,
): TokenizerVocabulary {
  const texts = { json: JSON.stringify(json), config: config && JSON.stringify(config) };
  return new TokenizerVocabulary({ tokenizer: { ...texts, vocabSize, stops, bos } });
}

const kinds: readonly (readonly [string, SmallTokenizer])[] = [
  ["byte-level", byteLevelTokenizer(3)],
  ["with byte fallback", byteFallbackTokenizer(3)],
];

/** Texts with spaces, letters that merge, what a special token begins with, and any other character. */
const anyText = fc.array(
  fc.oneof(
    fc.constantFrom(" ", "  ", "banana", " hello", "\n", "<", "é", "😀", "▁", "Ġ"),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 8 },
).map((parts) => parts.join(""));

for (const [kind, small] of kinds) {
  const vocabulary = vocabularyFor(small);
  const { vocabSize } = small;
  const anyTokens = fc.array(fc.nat(vocabSize - 1), { maxLength: 12 });
  const library_ = new library.Tokenizer(small.json, { clean_up_tokenization_spaces: false });

  Deno.test(`TokenizerVocabulary ${kind}: any text comes back, and reads as the library decodes it (200)`, () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = vocabulary.encode(text);
        const read = text.replaceAll("▁", kind === "byte-level" ? "▁" : " ");
        assertEquals(vocabulary.continuation("", tokens), read);
        if (tokens.length > 0) assertEquals(library_.decode(tokens), read);
      }),
      runs,
    );
  });

  Deno.test(`TokenizerVocabulary ${kind}: prompt and continuation read as the whole, byte by byte (200)`, () => {
    fc.assert(
      fc.property(anyTokens, anyTokens, (first, second) => {
        const prompt = vocabulary.continuation("", first);
        const rest = vocabulary.continuation(prompt, second);
        const parts = [...bytesOfText(prompt), ...bytesOfText(rest)];
        const whole = vocabulary.continuation("", [...first, ...second]);
        assertEquals(parts, [...bytesOfText(whole)]);
      }),
      runs,
    );
  });

  Deno.test(`TokenizerVocabulary ${kind}: only a stop has no text, and tokens without a name have one`, () => {
    const texts = Array.from({ length: vocabSize }, (_, token) => vocabulary.decode([token]));
    assertEquals(
      texts.flatMap((text, token) => text === "" ? [token] : []),
      [...vocabulary.stops.tokens],
    );
    assertEquals(texts.slice(-3), [3, 2, 1].map((back) => `<token ${vocabSize - back}>`));
    // With byte fallback there are two tokens for each letter: it, and its byte.
    if (kind === "byte-level") {
      assertEquals(new Set(texts).size, vocabSize - vocabulary.stops.tokens.length + 1);
    }
  });

  Deno.test(`TokenizerVocabulary ${kind}: any byte is shown by its number and different from every other`, () => {
    const tokens = Array.from(
      { length: 128 },
      (_, i) =>
        kind === "byte-level"
          ? Object(small.json["model"]).vocab[characterOfByte[128 + i] ?? ""]
          : 3 + 128 + i,
    );
    const texts = tokens.map((token: Token) => vocabulary.decode([token]));
    assertEquals(
      texts.map(shownBytes),
      texts.map((_, i) => `\\x${(128 + i).toString(16).toUpperCase()}`),
    );
    assertEquals(new Set(texts).size, 128);
  });
}

Deno.test("TokenizerVocabulary: half of a character is kept until the other half comes", () => {
  const vocabulary = vocabularyFor(byteFallbackTokenizer());
  const euro = [..."€"].flatMap((character) =>
    [...new TextEncoder().encode(character)].map((byte) => 3 + byte)
  );
  assertEquals(shownBytes(vocabulary.decode(euro.slice(0, 2))), "\\xE2\\x82");
  assertEquals(vocabulary.decode(euro), "€");
});

Deno.test("TokenizerVocabulary: a special token that is written in a text is that token", () => {
  const [level, fallback] = kinds.map(([, small]) => vocabularyFor(small));
  assert(level !== undefined && fallback !== undefined);
  const { bos } = level;
  assertEquals(level.encode("a<|endoftext|>a").filter((token) => token === bos).length, 1);
  // The normalizer of such a tokenizer puts a space before each part, as in other programs.
  assertEquals(fallback.encode("</s>"), [2]);
  assertEquals(fallback.decode(fallback.encode("<unk>")), "<unk>");
});

Deno.test("TokenizerVocabulary: an added token reads as it is written, whatever its characters are in a byte-level one", () => {
  const small = byteLevelTokenizer(1);
  const [end] = small.stops;
  const added = [
    ...Object(small.json)["added_tokens"],
    { id: small.vocabSize - 1, content: "Ġé", special: false },
  ];
  const vocabulary = vocabularyFor({ ...small, json: { ...small.json, added_tokens: added } });
  assertEquals(vocabulary.encode("Ġé"), [small.vocabSize - 1]);
  assertEquals(vocabulary.decode([small.vocabSize - 1, end ?? NaN]), "Ġé");
});

Deno.test("TokenizerVocabulary: BOS ends a text, too, as of a model that writes one story after the other", () => {
  const { stops, bos, end } = vocabularyFor(byteFallbackTokenizer());
  assertEquals([stops.tokens, bos, end], [[1, 2], 1, 2]);
});

Deno.test("TokenizerVocabulary: what a tokenizer puts behind texts is no part of a prompt", () => {
  const small = byteFallbackTokenizer();
  const post = {
    ...Object(small.json["post_processor"]),
    single: [
      { SpecialToken: { id: "<s>", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "</s>", type_id: 0 } },
    ],
    special_tokens: {
      "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
      "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
    },
  };
  const vocabulary = vocabularyFor({ ...small, json: { ...small.json, post_processor: post } });
  const plain = vocabularyFor(small);
  for (const text of ["", "a", "banana"]) {
    assertEquals(vocabulary.encodePrompt(text), plain.encodePrompt(text));
  }
});

Deno.test("TokenizerVocabulary: a truncation of tokenizer.json, and its config's wish to tidy spaces, change nothing", () => {
  const small = byteLevelTokenizer();
  const truncation = { direction: "Right", max_length: 3, strategy: "LongestFirst", stride: 0 };
  const json = { ...small.json, truncation, padding: { strategy: { Fixed: 9 }, pad_id: 0 } };
  const vocabulary = vocabularyFor({ ...small, json }, { clean_up_tokenization_spaces: true });
  const text = "hello , hello . do n't banana";
  assertEquals(vocabulary.continuation("", vocabulary.encode(text)), text);
});

Deno.test("TokenizerVocabulary: a document is encoded once, however many windows it is read in", () => {
  const small = byteLevelTokenizer();
  const vocabulary = vocabularyFor(small);
  const documents = Documents.of(["banana hello ".repeat(20), "", "a"]);
  const prototype = library.Tokenizer.prototype as { encode: unknown };
  const { encode } = prototype;
  let encoded = 0;
  prototype.encode = function (...args: unknown[]): unknown {
    encoded++;
    return (encode as (...args: unknown[]) => unknown).apply(this, args);
  };
  try {
    const windows = Windows.of(documents, vocabulary, { blockSize: 4, longDocuments: "windows" });
    const predicted = Array.from({ length: windows.length }, (_, i) => windows.at(i)?.slice(1));
    assert(windows.length > 20);
    assertEquals(encoded, 3);
    const own = [...documents].flatMap((text) => [...vocabulary.encode(text), vocabulary.end]);
    assertEquals(predicted.flat(), own);
  } finally {
    prototype.encode = encode;
  }
});

const stories = sharedModel("stories260K");

Deno.test({
  name:
    "loadTokenizer: stories260K gives the ids and texts of expected.json, and keeps 200 greedy tokens exactly",
  ignore: stories === undefined,
  fn: async () => {
    const folder = stories ?? "";
    const vocabulary = await loadTokenizer(folder, { vocabSize: 512, stops: [2], bos: 1 });
    const expected = JSON.parse(Deno.readTextFileSync(`${folder}/expected.json`));
    for (const { text, ids, decoded } of expected.tokenizer) {
      assertEquals(vocabulary.encodePrompt(text), ids, text);
      assertEquals(vocabulary.continuation("", ids), decoded);
    }
    for (const { text, ids } of expected.prompts) assertEquals(vocabulary.encodePrompt(text), ids);
    for (const { prompt = "", new_ids, text } of expected.greedy) {
      assertEquals(prompt + vocabulary.continuation(prompt, new_ids), text);
    }
    assertEquals(vocabulary.description.count, 510);
    assertStringIncludes(vocabulary.description.excerpt, "␣the");
  },
});
