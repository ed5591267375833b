/**
 * Corpora that nobody would write: whatever the bytes, there are documents or one error that names the
 * file, and what is no regular file of a bounded size is not read.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { loadCorpus } from "../../src/data/corpus.ts";
import { CorpusError, parseDocuments } from "../../src/data/corpus_text.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { inFolder } from "../temporary_folder.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The documents in `bytes`, or none if they are refused as they should be. */
function documentsOrRefused(bytes: Uint8Array): string[] {
  try {
    const documents = [...parseDocuments("c.txt", bytes)];
    assert(documents.length > 0);
    return documents;
  } catch (error) {
    assert(
      error instanceof CorpusError && error.message.startsWith("cannot use the corpus c.txt: "),
    );
    return [];
  }
}

/** The documents of a text, computed in another way. */
function documentsOf(text: string): string[] {
  // deno-lint-ignore no-control-regex -- Python's strip takes these away, too
  const around = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)
    .map((line) => line.replace(around, "")).filter((line) => line !== "");
}

Deno.test("parseDocuments: any bytes are documents or refused (5,000 files)", () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  fc.assert(fc.property(bytes, (file) => void documentsOrRefused(file)), {
    numRuns: 5000,
    seed: 1,
  });
});

Deno.test("parseDocuments: text damaged at one byte is documents or refused (5,000 files)", () => {
  const damaged = fc.tuple(fc.string({ unit: "binary", minLength: 1 }), fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(damaged, ([text, place, byte]) => {
      const bytes = utf8(text);
      bytes[place % bytes.length] = byte;
      const documents = documentsOrRefused(bytes);
      assert(documents.every((document) => document.isWellFormed() && !/[\n\r\0]/.test(document)));
    }),
    { numRuns: 5000, seed: 2 },
  );
});

Deno.test("parseDocuments: lines and white space of any kind go as the definition says (5,000 files)", () => {
  const piece = fc.constantFrom(
    "a",
    "é",
    "😀",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\x1c",
    "\x85",
    "\u2028",
  );
  const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (text) => assertEquals(documentsOrRefused(utf8(text)), documentsOf(text))),
    { numRuns: 5000, seed: 3 },
  );
});

Deno.test("parseDocuments: a million blanks inside a line are read at once", () => {
  const line = `a${" ".repeat(1_000_000)}b`;
  assertEquals([...parseDocuments("c.txt", utf8(`${line}\n`))], [line]);
});

Deno.test("CharacterVocabulary: a line of 100 MB is encoded as far as the model can see", () => {
  const line = parseDocuments("c.txt", new Uint8Array(100_000_000).fill(97)).bytes(0);
  assertEquals(line.length, 100_000_000);
  assertEquals(new CharacterVocabulary(["a"]).encodeDocument(line, 4), [1, 0, 0, 0, 0]);
});

Deno.test("CharacterVocabulary: 2^20 different characters have a token each", () => {
  // From the planes beyond the first: 1,048,576 code points without a surrogate.
  const characters = Array.from({ length: 2 ** 20 }, (_, i) => String.fromCodePoint(0x10000 + i));
  const documents = parseDocuments("c.txt", utf8(characters.join("")));
  assertEquals(CharacterVocabulary.of(documents).size, 2 ** 20 + 1);
});

Deno.test("encodeDocument: is the beginning of the whole (5,000 texts and block sizes)", () => {
  const vocabulary = new CharacterVocabulary(["a", "b", "😀"]);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "😀"), maxLength: 12 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 14 }), (text, blockSize) => {
      const whole = [...vocabulary.encodePrompt(text), vocabulary.bos];
      assertEquals(vocabulary.encodeDocument(utf8(text), blockSize), whole.slice(0, blockSize + 1));
    }),
    { numRuns: 5000, seed: 4 },
  );
});

/** Things in a folder in place of a corpus, by their names there. */
const strange: readonly [string, (path: string) => Promise<unknown>, string][] = [
  ["a folder", (path) => Deno.mkdir(path), "expected a file, found a folder"],
  [
    "a pipe that nobody writes to",
    (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    "expected a file, found a pipe, a device or the like",
  ],
  [
    "a device without an end",
    (path) => Deno.symlink("/dev/zero", path),
    "expected a file, found a pipe, a device or the like",
  ],
  ["a link to itself", (path) => Deno.symlink(path, path), "Too many levels of symbolic links"],
  ["a link to nothing", (path) => Deno.symlink("nothing", path), "there is no such file"],
  [
    "a file of a terabyte",
    async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2 ** 40);
    },
    "expected at most 256 MiB, found 1048576 MiB",
  ],
];

for (const [name, make, message] of strange) {
  Deno.test(`loadCorpus: ${name} is refused, not read`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/corpus`;
      await make(path);
      const error = await assertRejects(() => loadCorpus({ path }), CorpusError);
      assertEquals(
        error.message.split(" (os error")[0],
        `cannot read the corpus ${path}: ${message}`,
      );
    }));
}
