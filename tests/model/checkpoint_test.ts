// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Checkpoint,
  CheckpointError,
  parseCheckpoint,
  serializeCheckpoint,
} from "../../src/model/checkpoint.ts";
import { Weights } from "../../src/model/weights.ts";

const spec = { vocabSize: 3, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 };

function checkpoint(numbers: readonly number[] = [1, -2.5, 1e-300]): Checkpoint {
  const weights = new Weights(spec);
  weights.data.set(numbers);
  return { characters: ["é", '"'], training: { steps: 3, corpus: "abc" }, weights };
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

Deno.test("checkpoint: sizes, characters and training settings come back", () => {
  const { characters, training, weights } = parseCheckpoint("c.json", text);
  assertEquals({ characters, training }, {
    characters: ["é", '"'],
    training: { steps: 3, corpus: "abc" },
  });
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

Deno.test("checkpoint: cut off at any byte it is refused", () => {
  for (let length = 0; length < text.trimEnd().length; length++) {
    assertThrows(() => parseCheckpoint("c.json", text.slice(0, length)), CheckpointError, "c.json");
  }
});

Deno.test("checkpoint: with any digit of any number changed it is refused", () => {
  for (let i = 0; i < text.length; i++) {
    if (!/[0-9]/.test(text[i] ?? "")) continue;
    const digit = String((Number(text[i]) + 1) % 10);
    const changed = text.slice(0, i) + digit + text.slice(i + 1);
    assertThrows(() => parseCheckpoint("c.json", changed), CheckpointError);
  }
});

const damage: readonly [string, string | RegExp, string, string][] = [
  ["another format", "microbeam-checkpoint", "other", 'expected the format "microbeam-checkpoint"'],
  ["a newer version", '"version":1', '"version":2', "expected version 1, found 2"],
  ["a wrong checksum", /"sha256":"./, '"sha256":"x', "it was changed or damaged"],
  ["a changed weight", "-2.5", "-2.6", "it was changed or damaged"],
  ["a changed setting", '"steps":3', '"steps":4', "it was changed or damaged"],
  ["a wrong shape", "[3,2]", "[2,3]", "expected tensor 0 to be wte [3,2]"],
  ["a wrong name", '"l0.wk"', '"l0.wx"', "expected tensor 3 to be l0.wk"],
  ["another dtype", "float64", "float32", "expected wte in float64, found float32"],
  ["a number too few", "[1,-2.5,", "[1,", "expected 6 finite numbers in wte"],
  ["a null among the numbers", "[1,-2.5,", "[null,-2.5,", "expected 6 finite numbers in wte"],
  ["layers it does not have", '"nLayer":1', '"nLayer":1000000000', "expected 6000000003 tensors"],
  ["heads that do not divide", '"nHead":1', '"nHead":3', "multiple of nHead"],
  ["sizes that are no numbers", '"nEmbd":2', '"nEmbd":"2"', "a whole number for model.nEmbd"],
  ["characters that do not fit", '["é",', '["é","x",', "expected 2 characters"],
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
