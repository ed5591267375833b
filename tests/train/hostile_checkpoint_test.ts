/**
 * Checkpoints that were damaged, or made to do harm: each is refused with one error that names the file,
 * and nothing is made as large as it says.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import {
  checkpointBytes,
  CheckpointError,
  parseCheckpoint,
  readCheckpoint,
  serializeCheckpoint,
} from "../../src/train/checkpoint.ts";
import { Weights } from "../../src/model/weights.ts";
import { inFolder } from "../temporary_folder.ts";

const spec = { vocabSize: 4, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 };

function someWeights(): Weights {
  const weights = new Weights(spec);
  weights.data.forEach((_, i) => weights.data[i] = Math.sin(i));
  return weights;
}

const text = serializeCheckpoint({
  vocabulary: new CharacterVocabulary(["a", "é", "\uFFFD"]),
  training: { steps: 3, engine: "simd" },
  weights: someWeights(),
});
const bytes = new TextEncoder().encode(text);

/** The text with the checksum of what is in it now: not damaged, but forged. */
function signed(changed: string): string {
  const content = changed.slice(changed.indexOf("\n") + 1, -"}\n".length);
  const sha256 = createHash("sha256").update(content).digest("hex");
  return changed.replace(/"sha256":"[^"]*"/, `"sha256":"${sha256}"`);
}

/** Refuses the file's content as it should be: by name, and with no other error. */
async function assertRefused(file: string, content: Uint8Array, what: string): Promise<void> {
  await Deno.writeFile(file, content);
  const error = await assertRejects(() => readCheckpoint(file), CheckpointError, file, what);
  assert(error.message.length < 300, error.message);
}

Deno.test("readCheckpoint: what was written is read", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/c.json`, bytes);
    assertEquals(serializeCheckpoint(await readCheckpoint(`${folder}/c.json`)), text);
  }));

Deno.test("readCheckpoint: cut off at any byte it is refused", () =>
  inFolder(async (folder) => {
    for (let length = 0; length < bytes.length; length++) {
      await assertRefused(`${folder}/c.json`, bytes.subarray(0, length), `${length} bytes`);
    }
  }));

Deno.test("readCheckpoint: with one bit of any byte flipped it is refused", () =>
  inFolder(async (folder) => {
    for (let i = 0; i < bytes.length; i++) {
      const flipped = bytes.slice();
      flipped[i] = (bytes[i] ?? 0) ^ 1 << i % 8;
      await assertRefused(`${folder}/c.json`, flipped, `byte ${i}`);
    }
  }));

/** Every path into a value of JSON, but for single numbers of a tensor. */
function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Object.entries(value).slice(0, 12);
  return [path, ...entries.flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

/** A copy of `value` with `part` at `path`. */
function withPart(value: unknown, [key, ...rest]: readonly string[], part: unknown): unknown {
  if (key === undefined) return part;
  const inner = withPart(Reflect.get(value as object, key), rest, part);
  return Array.isArray(value)
    ? value.with(Number(key), inner)
    : { ...value as object, [key]: inner };
}

const root: unknown = JSON.parse(text);
const contentPaths = pathsIn(root).filter(([key]) =>
  key !== undefined && !["format", "version", "sha256"].includes(key)
);
const strangeNumber = fc.constantFrom(-1, 0, 0.5, 2 ** 31, 2 ** 53, 1e300, -1e-300);

Deno.test("parseCheckpoint: with any part of it another JSON value it is refused (10,000 cases)", () => {
  const part = fc.oneof(fc.jsonValue({ maxDepth: 3 }), strangeNumber);
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...contentPaths), part, (path, part) => {
      const forged = signed(
        JSON.stringify(withPart(root, path, part)).replace(',"model"', ',\n"model"') + "\n",
      );
      try {
        const { vocabulary, training } = parseCheckpoint("c.json", forged);
        // Another character or setting is none the worse, if it is one.
        assert(vocabulary.size === 4 && typeof training === "object");
        accepted++;
      } catch (error) {
        assert(error instanceof CheckpointError && error.message.includes("c.json"), `${error}`);
      }
    }),
    { numRuns: 10_000, seed: 1 },
  );
  assert(accepted < 1000, `${accepted} were accepted`);
});

const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
const forged: readonly [string, string | RegExp, string, string][] = [
  ["a wrong shape", "[4,2]", "[2,4]", "expected tensor 0 to be wte [4,2]"],
  ["a wrong name", '"l0.wk"', '"l0.wx"', "expected tensor 3 to be l0.wk"],
  ["another dtype", "float64", "float32", 'expected wte in float64, found "float32"'],
  ["a number too few", "[0,", "[", "expected 8 finite numbers in wte"],
  ["a number too many", "[0,", "[0,0,", "expected 8 finite numbers in wte"],
  ["a null among the numbers", "[0,", "[null,", "expected 8 finite numbers in wte"],
  ["NaN", "[0,", "[NaN,", "expected JSON"],
  ["Infinity", "[0,", "[1e999,", "expected 8 finite numbers in wte"],
  ["a tensor too few", /,\n\{"name":"lm_head".*/, "", "expected 9 tensors, found 8"],
  ["no tensors", /"tensors":[^]*\]/, '"tensors":null', "expected 9 tensors, found none"],
  ["heads that do not divide", '"nHead":1', '"nHead":3', "multiple of nHead"],
  ["a size of 0", '"blockSize":2', '"blockSize":0', "for model.blockSize, found 0"],
  ["sizes that are no numbers", '"nEmbd":2', '"nEmbd":"2"', 'for model.nEmbd, found "2"'],
  ["more layers than can be", '"nLayer":1', '"nLayer":1e300', "tensors, found 9"],
  ["a wider model than can be", '"nEmbd":2', '"nEmbd":9007199254740992', "expected tensor 0"],
  ["a longer block than can be", '"blockSize":2', '"blockSize":1e15', "expected tensor 1"],
  ["more characters than can be", '"vocabSize":4', '"vocabSize":1e9', "999999999 characters"],
  ["a character twice", '["a","é"', '["a","a"', "each character once"],
  ["two characters in one", '["a","é"', '["a","éé"', "expected 3 characters"],
  ["a character that is a number", '["a",', "[1,", "expected 3 characters"],
  ["an empty character", '["a","é"', '["a",""', "expected 3 characters"],
  ["half a character", '["a","é"', '["a","\\ud800"', "expected 3 characters"],
  ["no training settings", /"training":\{[^}]*\}/, '"training":null', "expected training settings"],
  ["a setting that is a list", '"steps":3', '"steps":[3]', "expected training settings"],
  ["a key given twice", '"steps":3', '"steps":4,"steps":3', "the same content written differently"],
  [
    "a key beside its content",
    '"model":',
    '"more":1,"model":',
    "the same content written differently",
  ],
  [
    "__proto__ beside it",
    '"model":',
    '"__proto__":{"a":1},"model":',
    "the same content written differently",
  ],
  ["__proto__ for its model", '"model":', '"__proto__":', "model.vocabSize, found nothing"],
  [
    "__proto__ in its settings",
    '"steps":3',
    '"__proto__":{"a":1}',
    "training settings, found none",
  ],
  ["white space", '"steps":3', '"steps": 3', "the same content written differently"],
  ["a number with more digits", '"steps":3', '"steps":3.0', "the same content written differently"],
  ["lists a hundred thousand deep", '"nEmbd":2', `"nEmbd":${nested}`, "found a list"],
  ["a shape as deep", "[4,2]", nested, "expected tensor 0 to be wte [4,2]"],
  ["a name of a million letters", '"wte"', `"${"w".repeat(1e6)}"`, 'found "wwww'],
  ["a million dimensions", "[4,2]", `[4,2${",1".repeat(1e6)}]`, "expected tensor 0"],
];

for (const [name, found, replacement, message] of forged) {
  Deno.test(`parseCheckpoint: ${name}, with the right checksum, is refused`, () => {
    const changed = signed(text.replace(found, replacement));
    assert(changed !== text, "nothing was changed");
    const error = assertThrows(() => parseCheckpoint("c.json", changed), CheckpointError, message);
    assert(error.message.length < 300, `${error.message.length} characters`);
    assertEquals(Reflect.get({}, "a"), undefined);
  });
}

Deno.test("readCheckpoint: 100 MB of brackets are refused without being taken apart", () =>
  inFolder((folder) =>
    assertRefused(`${folder}/c.json`, new Uint8Array(100_000_000).fill(91), "brackets")
  ));

const strange: readonly [string, (path: string) => Promise<unknown>, string][] = [
  ["nothing", () => Promise.resolve(), "there is no such file"],
  ["a folder", (path) => Deno.mkdir(path), "expected a file, found a folder"],
  [
    "a pipe that nobody writes to",
    (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    "expected a file, found a pipe, a device or the like",
  ],
  [
    "a file of a terabyte",
    async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2 ** 40);
    },
    "expected at most 511 MiB, found 1048576 MiB",
  ],
];

for (const [name, make, message] of strange) {
  Deno.test(`readCheckpoint: ${name} is refused, not read`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/c.json`;
      await make(path);
      const error = await assertRejects(() => readCheckpoint(path), CheckpointError);
      assertEquals(error.message, `cannot read the checkpoint ${path}: ${message}`);
    }));
}

Deno.test("checkpointBytes: is no less than what is written of 16,384 weights of the usual sizes", () => {
  const spec = { vocabSize: 60, blockSize: 68, nEmbd: 32, nHead: 4, nLayer: 1 };
  const weights = new Weights(spec);
  weights.data.forEach((_, i) => weights.data[i] = Math.fround(0.3 * Math.sin(i) ** 3));
  const characters = Array.from({ length: 59 }, (_, i) => String.fromCodePoint(65 + i));
  const { length } = serializeCheckpoint({
    vocabulary: new CharacterVocabulary(characters),
    training: {},
    weights,
  });
  assert(length < checkpointBytes(spec) && checkpointBytes(spec) < 1.5 * length, `${length}`);
});
