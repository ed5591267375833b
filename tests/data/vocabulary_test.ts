// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Documents } from "../../src/data/documents.ts";
import { CharacterVocabulary, parseVocabulary } from "../../src/data/character_vocabulary.ts";
import { loadTokenizerLibrary, TokenizerVocabulary } from "../../src/data/tokenizer_vocabulary.ts";
import { vocabularyOf } from "../../src/data/vocabularies.ts";
import type { Vocabulary } from "../../src/data/vocabulary.ts";
import { StopTokens, type Token } from "../../src/model/language_model.ts";
import {
  byteFallbackTokenizer,
  byteLevelTokenizer,
  llama3Tokenizer,
  pieceTokenizer,
  type SmallTokenizer,
} from "./tokenizer_json.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A vocabulary, texts that it can spell, and one that it cannot. */
interface Case {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  /** Another one of the same kind. */
  readonly other: Vocabulary;
  readonly texts: readonly string[];
  readonly unknown: string;
  /** Whether BOS is in front of a text that is not empty. */
  readonly hasFront: boolean;
}

await loadTokenizerLibrary();

function tokenizer({ json, vocabSize, stops, bos = NaN }: SmallTokenizer): TokenizerVocabulary {
  return new TokenizerVocabulary({
    tokenizer: { json: JSON.stringify(json), vocabSize, stops, bos },
  });
}

const texts = ["", "a", " ", "  banana ", "hello\n", "é😀ﬀ", "\u{0}\u{10ffff}", "x".repeat(30)];

const letters = CharacterVocabulary.of(Documents.of(["😀b", "éa", "ﬀ"]));

/** Every implementation is held to the contract below. */
const cases: readonly Case[] = [
  {
    name: "CharacterVocabulary",
    vocabulary: letters,
    other: CharacterVocabulary.of(Documents.of(["ab"])),
    texts: ["", "a", "b😀", "éab😀ﬀéab😀ﬀ"],
    unknown: "abz",
    hasFront: true,
  },
  {
    name: "byte-level TokenizerVocabulary",
    vocabulary: tokenizer(byteLevelTokenizer()),
    other: tokenizer(byteFallbackTokenizer()),
    texts,
    unknown: "a\ud800",
    hasFront: false,
  },
  {
    name: "TokenizerVocabulary as of Llama 3",
    vocabulary: tokenizer(llama3Tokenizer()),
    other: tokenizer(byteFallbackTokenizer()),
    texts: [...texts, "I'LL banana 12345  \n\n hello!!\n"],
    unknown: "a\ud800",
    hasFront: true,
  },
  {
    name: "TokenizerVocabulary with byte fallback",
    vocabulary: tokenizer(byteFallbackTokenizer()),
    other: tokenizer(byteFallbackTokenizer(1)),
    texts,
    unknown: "a\ud800",
    hasFront: true,
  },
  ...(["<unk>", null] as const).map((unknown) => ({
    name: `TokenizerVocabulary without bytes, ${unknown} for what is unknown`,
    vocabulary: tokenizer(pieceTokenizer(unknown)),
    other: tokenizer(byteFallbackTokenizer(1)),
    texts: ["", "a", " ", "  banana ", "<unk>"],
    unknown: "ab€c",
    hasFront: true,
  })),
];

for (const { name, vocabulary, other, texts, unknown, hasFront } of cases) {
  const { size, bos, stops, end } = vocabulary;
  /** `BOS text`. */
  const begun = (text: string): Token[] => [bos, ...text === "" ? [] : vocabulary.encode(text)];

  Deno.test(`${name}: every token is in the vocabulary, BOS and the stops included`, () => {
    const tokens = [bos, ...stops.tokens, ...texts.flatMap((text) => vocabulary.encode(text))];
    assert(tokens.every((token) => Number.isInteger(token) && token >= 0 && token < size));
    assert(stops.tokens.length >= 1);
  });

  Deno.test(`${name}: decoding the tokens of a text gives it back`, () => {
    for (const text of texts) {
      const tokens = vocabulary.encode(text);
      assertEquals(vocabulary.continuation("", tokens), text);
      assert(vocabulary.decode(tokens).endsWith(text));
    }
  });

  Deno.test(`${name}: a text's own tokens are neither BOS nor a stop, which have no text`, () => {
    for (const token of texts.flatMap((text) => vocabulary.encode(text))) {
      assert(token !== bos && !stops.has(token));
    }
    assertEquals(vocabulary.decode([bos, ...stops.tokens]), "");
  });

  Deno.test(`${name}: a prompt is ${hasFront ? "BOS and the text" : "the text, or BOS"}`, () => {
    assertEquals(vocabulary.encodePrompt(""), [bos]);
    for (const text of texts.filter((text) => text !== "")) {
      assertEquals(vocabulary.encodePrompt(text), begun(text).slice(hasFront ? 0 : 1));
    }
  });

  Deno.test(`${name}: a document is BOS, the text and a stop, cut to blockSize + 1 tokens`, () => {
    for (const text of texts) {
      const prompt = begun(text);
      const whole = vocabulary.encodeDocument(utf8(text), prompt.length);
      assertEquals(whole.slice(0, -1), prompt);
      assert(stops.has(whole.at(-1) ?? -1));
      for (let blockSize = 1; blockSize < prompt.length + 3; blockSize++) {
        const document = vocabulary.encodeDocument(utf8(text), blockSize);
        assertEquals(document, whole.slice(0, blockSize + 1), `${blockSize}`);
      }
    }
  });

  Deno.test(`${name}: the windows of a document predict its tokens once, each after those before it`, () => {
    for (const text of texts) {
      const bytes = utf8(text);
      const whole = [...begun(text), end];
      assertEquals(vocabulary.documentLength(bytes), whole.length - 1);
      for (let blockSize = 1; blockSize <= whole.length; blockSize++) {
        for (const given of [1, 2, blockSize + 1]) {
          let start = 1;
          for (let from: number | undefined = 0; from !== undefined; start += blockSize) {
            const window = vocabulary.encodeDocument(bytes, blockSize, { from, given });
            assertEquals(window, whole.slice(Math.max(0, start - given), start + blockSize));
            from = vocabulary.nextWindow(bytes, blockSize, from);
          }
          assert(start >= whole.length && start - blockSize < whole.length);
        }
      }
    }
  });

  Deno.test(`${name}: no document has more tokens than it may have by its bytes`, () => {
    for (const text of texts) {
      const bytes = utf8(text);
      const length = vocabulary.documentLength(bytes);
      assert(vocabulary.mayExceed(bytes.length, length - 1), text);
    }
    // And of short ones it is known without their tokens.
    assert(!vocabulary.mayExceed(10, 100));
  });

  Deno.test(`${name}: what has no token is described, and refused by every encoding`, () => {
    for (const text of texts) assertEquals(vocabulary.describeUnknown(text), undefined);
    const message = vocabulary.describeUnknown(unknown) ?? "";
    assert(message.startsWith("expected ") && message.includes(", found "), message);
    assertThrows(() => vocabulary.encode(unknown), RangeError);
    assertThrows(() => vocabulary.encodePrompt(unknown), RangeError);
    // No document has a lone surrogate.
    if (!unknown.isWellFormed()) return;
    assertThrows(() => vocabulary.encodeDocument(utf8(unknown), 100), RangeError);
  });

  Deno.test(`${name}: as plain data it travels to threads and files and is the same again`, () => {
    const { data, digest } = vocabulary;
    for (
      const copy of [structuredClone(data), JSON.parse(JSON.stringify(data))].map(vocabularyOf)
    ) {
      assertEquals([copy.size, copy.bos, copy.stops.tokens], [size, bos, stops.tokens]);
      assertEquals(copy.digest, digest);
      for (const text of texts) assertEquals(copy.encode(text), vocabulary.encode(text));
    }
  });

  Deno.test(`${name}: another vocabulary has another digest`, () => {
    assertNotEquals(other.digest, vocabulary.digest);
  });

  Deno.test(`${name}: its description counts the tokens that stand for text`, () => {
    const { unit, count, excerpt } = vocabulary.description;
    assertEquals(count, size - new Set([bos, ...stops.tokens]).size);
    assert(unit.length > 0 && excerpt.length > 0);
  });
}

Deno.test("CharacterVocabulary: characters are code points in code-point order, BOS comes last", () => {
  // By UTF-16 units the emoji would come before the ligature.
  assertEquals(letters.characters, ["a", "b", "é", "ﬀ", "😀"]);
  assertEquals([letters.bos, letters.stops.tokens, letters.size], [5, [5], 6]);
  assertEquals(letters.encodeDocument(utf8("b😀"), 16), [5, 1, 4, 5]);
});

for (
  const [name, text, message] of [
    ["the first unknown character is named", "bZ!", 'found "Z" in "bZ!"; the corpus has "abéﬀ😀"'],
    [
      "the other case is offered where it is known",
      "É",
      'found "É" (U+00C9) in "É"; the corpus has "é"',
    ],
  ] as const
) {
  Deno.test(`CharacterVocabulary: ${name}`, () => {
    assertEquals(letters.describeUnknown(text), `expected characters of the corpus, ${message}`);
    assertThrows(() => letters.encode(text), RangeError, "is not in the vocabulary");
  });
}

Deno.test("CharacterVocabulary: of more than a hundred characters the description shows a hundred", () => {
  const characters = Array.from({ length: 101 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const { count, excerpt } = new CharacterVocabulary(characters).description;
  assertEquals([count, excerpt], [101, characters.slice(0, 100).join("") + "…"]);
});

Deno.test("CharacterVocabulary: a character that appears twice is refused", () => {
  assertThrows(() => new CharacterVocabulary(["a", "a"]), RangeError, "twice");
});

Deno.test("parseVocabulary: gives the vocabulary whose data it reads", () => {
  const copy = parseVocabulary(JSON.parse(JSON.stringify(letters.data)), letters.size);
  assertEquals(copy.digest, letters.digest);
});

Deno.test("parseVocabulary: what is no list of different characters is refused", () => {
  const characters = "expected 2 characters, as the model's vocabulary has";
  for (
    const [json, message] of [
      [undefined, characters],
      [["a", "b"], characters],
      [{ characters: "ab" }, characters],
      [{ characters: ["a"] }, characters],
      [{ characters: ["a", "bc"] }, characters],
      [{ characters: ["a", "\ud800"] }, characters],
      [{ characters: ["a", "a"] }, "expected each character once, found one again"],
    ] as const
  ) assertThrows(() => parseVocabulary(json, 3), RangeError, message);
});

Deno.test("StopTokens: has its tokens and no others, each once and ascending", () => {
  const stops = new StopTokens([7, 2, 7], 8);
  assertEquals(stops.tokens, [2, 7]);
  const found = Array.from({ length: 9 }, (_, token) => token).filter((token) => stops.has(token));
  assertEquals(found, [2, 7]);
  for (const stranger of [-1, 8, 0.5, NaN]) {
    assertThrows(() => new StopTokens([stranger], 8), RangeError, `stop at token ${stranger}`);
  }
});
