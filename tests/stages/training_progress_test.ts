// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Weights } from "../../src/model/weights.ts";
import {
  parseTrainingProgress,
  serializeTrainingProgress,
  type TrainingProgress,
  TrainingProgressError,
} from "../../src/stages/train_model.ts";

const spec = { vocabSize: 3, blockSize: 2, nEmbd: 2, nHead: 1, nLayer: 1 };

function progress(
  numbers: { weights?: number[]; first?: number[]; second?: number[]; losses?: number[] },
): TrainingProgress {
  const tensor = (values: number[] = []): Weights => {
    const weights = new Weights(spec);
    weights.data.set(values);
    return weights;
  };
  const { weights, first, second, losses = [] } = numbers;
  return {
    steps: losses.map((loss, step) => ({ step, loss, learningRate: loss / 3 })),
    state: {
      weights: tensor(weights),
      firstMoment: tensor(first),
      secondMoment: tensor(second),
    },
    seconds: 1 / 3,
  };
}

function parse(bytes: Uint8Array): TrainingProgress {
  return parseTrainingProgress("p.bin", bytes, { spec, steps: 10 });
}

const anything = fc.oneof(fc.double(), fc.float(), fc.constantFrom(-0, Number.MIN_VALUE, 1e-45));
for (const [what, numbers] of [["f64", anything], ["f32", fc.float()]] as const) {
  Deno.test(`training progress: every ${what} comes back bit for bit (300 random ones)`, () => {
    const some = fc.array(numbers, { maxLength: 20 });
    const losses = fc.array(fc.double(), { maxLength: 10 });
    fc.assert(
      fc.property(fc.record({ weights: some, first: some, second: some, losses }), (values) => {
        const original = progress(values);
        assertEquals(parse(serializeTrainingProgress(original)), original);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
}

Deno.test("training progress: of f32 alone it takes half the room", () => {
  const count = new Weights(spec).data.length;
  const length = (numbers: Parameters<typeof progress>[0]): number =>
    serializeTrainingProgress(progress(numbers)).length;
  assertEquals(length({ second: [0.1] }) - length({ second: [0.5] }), 3 * 4 * count);
});

const bytes = serializeTrainingProgress(progress({ weights: [1, 2, 3], losses: [3, 2] }));

Deno.test("training progress: cut off at any byte it is refused, by name", () => {
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(
      () => parse(bytes.slice(0, length)),
      TrainingProgressError,
      "from p.bin: expected",
    );
  }
});

Deno.test("training progress: with any bit changed it is refused", () => {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assertThrows(() => parse(changed), TrainingProgressError);
  }
});

Deno.test("training progress: read from within a larger buffer it is the same", () => {
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 3);
  assertEquals(parse(larger.subarray(3, 3 + bytes.length)), parse(bytes));
});

Deno.test("training progress: 100,000 random files are refused", () => {
  const file = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(file, (random) => {
      assertThrows(() => parse(random), TrainingProgressError);
    }),
    { numRuns: 100_000, seed: 1 },
  );
});

/** Progress of another training than the one that is to resume. */
const foreign: readonly [what: string, Parameters<typeof parseTrainingProgress>[2], string][] = [
  [
    "of other sizes",
    { spec: { ...spec, nEmbd: 4 }, steps: 10 },
    "sizes 3/2/4/1/1, found 3/2/2/1/1",
  ],
  ["of other layers", { spec: { ...spec, nLayer: 9 }, steps: 10 }, "sizes 3/2/2/1/9, found"],
  ["past the last step", { spec, steps: 1 }, "steps, at most 1, found 2"],
];

for (const [what, training, message] of foreign) {
  Deno.test(`training progress: one ${what} is refused`, () => {
    const read = (): unknown => parseTrainingProgress("p.bin", bytes, training);
    assertThrows(read, TrainingProgressError, message);
  });
}

const headers: readonly [what: string, at: number, value: number, message: string][] = [
  ["another format", 0, 0x58, "expected the format mbtrain, found Xbtrain"],
  ["a newer version", 8, 2, "expected version 1, found 2"],
  ["more steps than it holds", 36, 9, `found ${bytes.length}`],
];

for (const [what, at, value, message] of headers) {
  Deno.test(`training progress: ${what} is refused before anything else is read`, () => {
    const changed = bytes.slice();
    assert(changed[at] !== value);
    changed[at] = value;
    assertThrows(() => parse(changed), TrainingProgressError, message);
  });
}
