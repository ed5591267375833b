/**
 * Files of strangers: whatever a `tokenizer.json` has, it is one clear error or a tokenizer.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parseTokenizer } from "../../src/data/tokenizer_file.ts";
import { loadTokenizer, TokenizerError } from "../../src/data/vocabularies.ts";
import { inFolder } from "../temporary_folder.ts";
import {
  byteFallbackTokenizer,
  byteLevelTokenizer,
  type SmallTokenizer,
} from "./tokenizer_json.ts";

const small = byteFallbackTokenizer();
const model: Readonly<Record<string, unknown>> = Object(small.json["model"]);

/** That the folder whose `tokenizer.json` is `text` is refused by `message` with its path. */
function refused(
  text: string | Uint8Array,
  message: string,
  facts: Partial<SmallTokenizer> = {},
): Promise<void> {
  return inFolder(async (folder) => {
    const file = `${folder}/tokenizer.json`;
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    Deno.writeFileSync(file, bytes);
    const error = await assertRejects(
      () => loadTokenizer(folder, { ...small, ...facts }),
      TokenizerError,
    );
    assertEquals(error.message, `cannot use the tokenizer ${file}: ${message}`);
  });
}

/** The text of the small tokenizer with other parts. */
const changed = (parts: object): string => JSON.stringify({ ...small.json, ...parts });
const withModel = (parts: object): string => changed({ model: { ...model, ...parts } });
const deep = (levels: number): unknown =>
  levels === 0 ? null : { type: "Sequence", normalizers: [deep(levels - 1)] };

const cases: readonly (readonly [what: string, text: string | Uint8Array, message: string])[] = [
  ["no JSON", "{", "expected JSON"],
  ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "expected UTF-8"],
  ["a list", "[]", "expected a JSON object, found a list"],
  ["no object", "7", "expected a JSON object, found 7"],
  ["no model", "{}", 'expected a model of type "BPE" (byte-pair encoding), found none'],
  [
    "another kind of model",
    changed({ model: { ...model, type: "WordPiece" } }),
    'expected a model of type "BPE" (byte-pair encoding), found "WordPiece"',
  ],
  [
    "a pattern that would never end",
    changed({
      pre_tokenizer: { type: "Split", pattern: { Regex: "(a+)+b" }, behavior: "Isolated" },
    }),
    'expected a pre_tokenizer whose patterns take no time without end, found "(a+)+b": a repetition of a ' +
    "part that varies itself",
  ],
  ["no vocabulary", withModel({ vocab: [] }), "expected model.vocab, an object, found none"],
  ["no merges", withModel({ merges: {} }), "expected model.merges, a list of pairs"],
  [
    "merges of three",
    withModel({ merges: [["a", "b", "c"]] }),
    "expected model.merges, a list of pairs",
  ],
  ["merges that are none", withModel({ merges: ["ab"] }), "expected model.merges, a list of pairs"],
  [
    "a token that is no number",
    withModel({ vocab: { a: "1" } }),
    'expected a number for "a" in model.vocab, found "1"',
  ],
  [
    "a token below 0",
    withModel({ vocab: { a: -1 } }),
    'expected a number for "a" in model.vocab, found -1',
  ],
  [
    "a token that the model does not have",
    withModel({ vocab: { a: small.vocabSize } }),
    `expected tokens below ${small.vocabSize}, which is how many the model has, found ${small.vocabSize} for "a" in ` +
    "model.vocab",
  ],
  [
    "a name that every object has",
    '{"model":{"type":"BPE","merges":[],"vocab":{"__proto__":9999}}}',
    `expected tokens below ${small.vocabSize}, which is how many the model has, found 9999 for ` +
    '"__proto__" in model.vocab',
  ],
  [
    "one token for two texts",
    withModel({ vocab: { a: 5, b: 5 } }),
    'expected one text for token 5, found "a" and "b"',
  ],
  [
    "a very long token",
    withModel({ vocab: { ["a".repeat(10_001)]: 5 } }),
    "expected tokens of at most 10000 characters in model.vocab",
  ],
  [
    "added tokens that are none",
    changed({ added_tokens: [{ id: 1 }] }),
    "expected added_tokens, a list of tokens with id and content",
  ],
  [
    "an added token in the place of another",
    changed({ added_tokens: [{ id: 5, content: "x" }] }),
    'expected one text for token 5, found "<0x02>" and "x"',
  ],
  [
    "tokens that end words",
    withModel({ end_of_word_suffix: "</w>" }),
    'expected a model without end_of_word_suffix, found "</w>"',
  ],
  [
    "a token in front of texts that there is not",
    changed({
      post_processor: {
        ...Object(small.json["post_processor"]),
        single: [{ SpecialToken: { id: "<x>" } }, { Sequence: { id: "A" } }],
      },
    }),
    "expected a token in front of texts that the tokenizer has, found another",
  ],
  [
    "parts within parts",
    changed({ normalizer: deep(20) }),
    "expected a normalizer of at most 8 levels, found more",
  ],
  [
    "no decoder",
    changed({ decoder: null }),
    "expected a decoder of bytes (ByteLevel), or of pieces (Replace or Metaspace, ByteFallback, Fuse, " +
    "Strip of a first space), found none",
  ],
  [
    "a decoder that looks at what is beside a token",
    changed({ decoder: { type: "WordPiece", prefix: "##", cleanup: true } }),
    "expected a decoder of bytes (ByteLevel), or of pieces (Replace or Metaspace, ByteFallback, Fuse, " +
    "Strip of a first space), found WordPiece",
  ],
  [
    "a part that the library does not know",
    changed({ normalizer: { type: "Magic" } }),
    "expected a tokenizer, found one that cannot be used: Unknown Normalizer type: Magic",
  ],
];

for (const [what, text, message] of cases) {
  Deno.test(`loadTokenizer: ${what} is refused`, () => refused(text, message));
}

Deno.test("loadTokenizer: a model without a token that begins or ends texts is refused", () =>
  refused(
    JSON.stringify(small.json),
    "expected a model with a token that begins texts or ends them, found neither",
    { stops: [], bos: undefined },
  ));

Deno.test("loadTokenizer: a file that is missing, no file, or too large is refused before it is read", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/tokenizer.json`;
    const failure = async (): Promise<string> =>
      (await assertRejects(() => loadTokenizer(folder, small), TokenizerError)).message;
    assertStringIncludes(await failure(), `cannot use the tokenizer ${file}: `);
    Deno.mkdirSync(file);
    assertEquals(
      await failure(),
      `cannot use the tokenizer ${file}: expected a file, found a folder`,
    );
    Deno.removeSync(file);
    using large = Deno.openSync(file, { write: true, create: true });
    large.truncateSync(64 * 2 ** 20 + 1);
    assertStringIncludes(await failure(), "expected at most 64");
  });
});

Deno.test("parseTokenizer: any change of a value is a tokenizer or a RangeError (1,000 changes)", () => {
  const { json, vocabSize } = byteLevelTokenizer();
  const paths = leavesOf(json).filter(([first, second]) =>
    !(first === "model" && second === "vocab")
  );
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
  fc.assert(
    fc.property(fc.constantFrom(...paths), value, (path, value) => {
      const copy = structuredClone(json);
      let at: Record<string, unknown> = copy;
      for (const step of path.slice(0, -1)) at = Object(at[step]);
      at[path.at(-1) ?? ""] = value;
      try {
        parseTokenizer(JSON.stringify(copy), vocabSize);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }),
    { numRuns: 1000, seed: 1 },
  );
});

/** The paths of all values in `value`. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, part]) => [
    [...path, name],
    ...leavesOf(part, [...path, name]),
  ]);
}
