// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import {
  type Checkpoint,
  CheckpointError,
  parseCheckpoint,
  serializeCheckpoint,
} from "../../src/train/checkpoint.ts";
import { Weights } from "../../src/model/weights.ts";

const spec = { vocabSize: 3, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 };

function checkpoint(numbers: readonly number[] = [1, -2.5, 1e-300]): Checkpoint {
  const weights = new Weights(spec);
  weights.data.set(numbers);
  return {
    vocabulary: new CharacterVocabulary(["é", '"']),
    training: { steps: 3, corpus: "abc" },
    weights,
  };
}

const text = serializeCheckpoint(checkpoint());

Deno.test("checkpoint: every number comes back bit for bit (1,000 random sets, −0 among them)", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 40 }), (numbers) => {
      const original = checkpoint([...numbers, -0, Number.MIN_VALUE, Number.MAX_VALUE]);
      const { weights } = parseCheckpoint("c.json", serializeCheckpoint(original));
      assert(weights.data.every((value, i) => Object.is(value, original.weights.data[i])));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("checkpoint: sizes, vocabulary and training settings come back", () => {
  const { vocabulary, training, weights } = parseCheckpoint("c.json", text);
  assertEquals(vocabulary.data, { characters: ["é", '"'] });
  assertEquals(training, { steps: 3, corpus: "abc" });
  assertEquals(weights.spec, spec);
});

Deno.test("checkpoint: written again it is the same text", () => {
  assertEquals(serializeCheckpoint(parseCheckpoint("c.json", text)), text);
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`checkpoint: ${bad} is refused by name and place, not written as null`, () => {
    const error = assertThrows(
      () => serializeCheckpoint(checkpoint([0, 0, 0, 0, 0, 0, 0, 0, 0, bad])),
      CheckpointError,
    );
    assertStringIncludes(error.message, `tensor wpe holds ${bad} at row 1, column 1`);
  });
}

const damage: readonly [string, string | RegExp, string, string][] = [
  ["another format", "microbeam-checkpoint", "other", 'expected the format "microbeam-checkpoint"'],
  ["a newer version", '"version":1', '"version":2', "a newer version (2); this one reads up to 1"],
  ["an older version", '"version":1', '"version":0', "expected version 1, found 0"],
  ["a version that is none", '"version":1', '"version":"1"', "expected the format"],
  ["a wrong checksum", /"sha256":"./, '"sha256":"x', "damaged or cut off"],
  ["another checksum", /"sha256":"...../, '"sha256":"00000', "it was changed or damaged"],
  ["no end", /\}\n$/, "", "damaged or cut off"],
  ["more after its end", /$/, "\n", "damaged or cut off"],
  ["a changed weight", "-2.5", "-2.6", "it was changed or damaged"],
  ["a changed setting", '"steps":3', '"steps":4', "it was changed or damaged"],
];

for (const [name, found, replacement, message] of damage) {
  Deno.test(`checkpoint: ${name} is refused`, () => {
    const damaged = text.replace(found, replacement);
    assert(damaged !== text, "the damage did not happen");
    assertThrows(() => parseCheckpoint("c.json", damaged), CheckpointError, message);
  });
}

for (const other of ["null", "[]", "3", '"text"', "{}"]) {
  Deno.test(`checkpoint: ${other} is refused`, () => {
    assertThrows(() => parseCheckpoint("c.json", other), CheckpointError, "expected the format");
  });
}
