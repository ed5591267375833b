// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { characterTokenizer, readCharacterTokenizer } from "../../src/data/character_tokenizer.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { loadTokenizer, TokenizerError } from "../../src/data/vocabularies.ts";
import { inFolder } from "../temporary_folder.ts";

const options = { normalize: "none", blockSize: 16 } as const;

/** Characters that JSON, a terminal or a prototype might take for something else. */
const vocabularies: readonly [string, readonly string[]][] = [
  ["one character", ["a"]],
  ["names", [..."abcdefghijklmnopqrstuvwxyz"]],
  ["digits, which are indices of an object", [..."9870 1"]],
  ["controls, spaces, quotes", ["\0", "\t", "\n", "\r", " ", '"', "\\", "\x7f", "\u2028"]],
  ["beyond 16 bits", ["é", "\u0301", "\ufeff", "ﬁ", "😀", "\u{10ffff}"]],
  ["all of the name of BOS", [...new Set("<|endoftext|>")]],
  ["that, and a character of private use", [...new Set("<|endoftext|>\ue000\ue001")]],
];

for (const [name, characters] of vocabularies) {
  Deno.test(`character tokenizer: ${name}: the vocabulary comes back, with its digest`, () => {
    const vocabulary = new CharacterVocabulary(characters);
    const json = JSON.parse(characterTokenizer(vocabulary, options)["tokenizer.json"]);
    const read = readCharacterTokenizer(json, vocabulary.size);
    assertEquals(read.characters, characters);
    assertEquals(read.digest, vocabulary.digest);
  });

  Deno.test(`character tokenizer: ${name}: no text has the name of BOS`, () => {
    const vocabulary = new CharacterVocabulary(characters);
    const json = JSON.parse(characterTokenizer(vocabulary, options)["tokenizer.json"]);
    const [{ content }] = json.added_tokens;
    assert(vocabulary.describeUnknown(content) !== undefined);
  });
}

Deno.test("character tokenizer: any characters come back (60 random sets)", () => {
  const character = fc.string({ unit: "binary", minLength: 1, maxLength: 1 });
  fc.assert(
    fc.property(fc.uniqueArray(character, { minLength: 1 }), (characters) => {
      const vocabulary = new CharacterVocabulary(characters);
      const json = JSON.parse(characterTokenizer(vocabulary, options)["tokenizer.json"]);
      assertEquals(readCharacterTokenizer(json, vocabulary.size).characters, characters);
    }),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("character tokenizer: Hugging Face's library gives the same tokens, and the text of tokens", async () => {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  for (const [name, characters] of vocabularies) {
    const vocabulary = new CharacterVocabulary(characters);
    const files = characterTokenizer(vocabulary, options);
    const theirs = new Tokenizer(
      JSON.parse(files["tokenizer.json"]),
      JSON.parse(files["tokenizer_config.json"]),
    );
    const texts = [characters.join(""), characters.toReversed().join("").repeat(2)];
    for (const text of [...texts, ...characters, characters.join(characters[0])]) {
      const { ids } = theirs.encode(text);
      assertEquals(ids, vocabulary.encodePrompt(text), name);
      assertEquals(theirs.decode(ids, { skip_special_tokens: true }), text, name);
    }
  }
});

Deno.test("loadTokenizer: of an exported folder, the vocabulary of characters itself", () =>
  inFolder(async (folder) => {
    const vocabulary = new CharacterVocabulary(["a", "<", "😀"]);
    for (const [name, text] of Object.entries(characterTokenizer(vocabulary, options))) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const read = await loadTokenizer(folder, { vocabSize: 4, stops: [3], bos: 3 });
    assertEquals([read.digest, read.data], [vocabulary.digest, vocabulary.data]);
    for (const tokens of [{ stops: [2], bos: 3 }, { stops: [3], bos: 0 }]) {
      await assertRejects(
        () => loadTokenizer(folder, { vocabSize: 4, ...tokens }),
        TokenizerError,
        "expected a model whose texts begin and end with token 3, BOS",
      );
    }
    await assertRejects(
      () => loadTokenizer(folder, { vocabSize: 5, stops: [3], bos: 3 }),
      TokenizerError,
      "expected one added token, BOS, which is 4",
    );
  }));

/** A tokenizer's JSON, changed. */
type Change = (json: Record<string, Record<string, unknown>>) => void;

const changes: readonly [string, Change, string][] = [
  [
    "another model",
    ({ model }) => Object.assign(model ?? {}, { type: "Unigram" }),
    "without merges",
  ],
  ["a merge", ({ model }) => Object.assign(model ?? {}, { merges: ["a b"] }), "without merges"],
  ["merges that are none", ({ model }) => Object.assign(model ?? {}, { merges: {} }), "BPE"],
  ["a pre-tokenizer", (json) => json["pre_tokenizer"] = { type: "Whitespace" }, "without merges"],
  ["a normalizer", (json) => json["normalizer"] = { type: "Lowercase" }, "normalizer"],
  ["bytes", ({ model }) => Object.assign(model ?? {}, { byte_fallback: true }), "without merges"],
  ["a token twice", ({ model }) => Object.assign(model?.["vocab"] ?? {}, { a: 1 }), "each number"],
  ["a token beyond", ({ model }) => Object.assign(model?.["vocab"] ?? {}, { a: 9 }), "each number"],
  [
    "a token of no number",
    ({ model }) => Object.assign(model?.["vocab"] ?? {}, { a: "0" }),
    "each",
  ],
  ["a token more", ({ model }) => Object.assign(model?.["vocab"] ?? {}, { d: 4 }), "4 tokens"],
  ["no tokens", ({ model }) => delete model?.["vocab"], "4 tokens"],
  ["two characters", ({ model }) => model && (model["vocab"] = { ab: 0, b: 1, c: 2 }), "4 tokens"],
  ["another BOS", (json) => Object.assign(json["added_tokens"]?.[0] ?? {}, { id: 0 }), "BOS"],
  [
    "a token of two characters",
    ({ model }) => model && (model["vocab"] = { ab: 0, b: 1, c: 2, "<|endoftext|>": 3 }),
    "one character",
  ],
  [
    "half a character",
    ({ model }) => model && (model["vocab"] = { "\ud800": 0, b: 1, c: 2, "<|endoftext|>": 3 }),
    "one character",
  ],
];

for (const [name, change, message] of changes) {
  Deno.test(`character tokenizer: ${name}: refused`, () => {
    const vocabulary = new CharacterVocabulary(["a", "b", "c"]);
    const json = JSON.parse(characterTokenizer(vocabulary, options)["tokenizer.json"]);
    const before = JSON.stringify(json);
    change(json);
    assert(JSON.stringify(json) !== before, "nothing changed");
    assertThrows(() => readCharacterTokenizer(json, 4), RangeError, message);
  });
}

for (const json of [null, undefined, 3, "x", [], {}, { model: null }, { model: { type: "BPE" } }]) {
  Deno.test(`character tokenizer: ${JSON.stringify(json)} is refused`, () => {
    assertThrows(() => readCharacterTokenizer(json, 4), RangeError, "expected");
  });
}
