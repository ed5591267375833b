/**
 * Where a model stands among n-gram models, by hand.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { DocumentLosses, ModelLosses } from "../../src/measure/corpus_loss.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { lossDifference, standingOf } from "../../src/measure/standing.ts";

await loadQuantiles();

function byDocument(nats: readonly number[], tokens = nats.map(() => 1)): DocumentLosses {
  return { documents: nats.map((_, i) => i), tokens, characters: tokens, nats };
}

/** The losses of a model on documents of one token each. */
function model(name: string, nats: readonly number[]): ModelLosses {
  const value = nats.reduce((sum, one) => sum + one, 0) / nats.length;
  const heldOut = {
    documents: nats.length,
    tokens: nats.length,
    natsPerToken: { value },
    bitsPerCharacter: { value },
  };
  return { name, heldOut, byDocument: byDocument(nats), training: heldOut };
}

Deno.test("lossDifference: is Student's t of the documents' differences (1e-6)", () => {
  const difference = lossDifference(byDocument([1, 2, 4]), byDocument([3, 3, 7]));
  // −2, −1, −3: mean −2, standard error 1/√3, and t.975 of two degrees of freedom is 4.302653.
  assertAlmostEquals(difference?.value ?? NaN, -2, 1e-12);
  assertAlmostEquals(difference?.interval.low ?? NaN, -2 - 4.302653 / Math.sqrt(3), 1e-6);
  assertAlmostEquals(difference?.interval.high ?? NaN, -2 + 4.302653 / Math.sqrt(3), 1e-6);
  // t = 2√3: p = 1 − t/√(t² + 2) of two degrees of freedom.
  assertAlmostEquals(difference?.p ?? NaN, 1 - Math.sqrt(12 / 14), 1e-9);
  assertEquals([difference?.degreesOfFreedom, difference?.isPaired], [2, true]);
});

Deno.test("lossDifference: long documents count for more (1e-12)", () => {
  const difference = lossDifference(byDocument([2, 9], [1, 9]), byDocument([1, 18], [1, 9]));
  assertAlmostEquals(difference?.value ?? NaN, 11 / 10 - 19 / 10, 1e-12);
});

Deno.test("lossDifference: none of one document, of equal losses, or of none", () => {
  assertEquals(lossDifference(byDocument([1]), byDocument([2])), undefined);
  assertEquals(lossDifference(byDocument([1, 2]), byDocument([1, 2])), undefined);
  assertEquals(lossDifference(undefined, byDocument([1, 2])), undefined);
});

/** 40 documents around `mean`, which differ by model and document. */
const around = (mean: number, phase: number): number[] =>
  Array.from({ length: 40 }, (_, i) => mean + Math.sin(i) + 0.2 * Math.cos(phase + 3 * i));

const ngrams = [
  model("1-gram", around(2.8, 1)),
  model("2-gram", around(2.4, 2)),
  model("3-gram", around(2.2, 3)),
];
const standings: readonly [
  string,
  number,
  { beaten: string[]; open: string[]; ahead: string[] },
][] = [
  ["all are beaten", 2, { beaten: ["3-gram", "2-gram", "1-gram"], open: [], ahead: [] }],
  ["some are beaten", 2.3, { beaten: ["2-gram", "1-gram"], open: [], ahead: ["3-gram"] }],
  ["none is beaten", 3, { beaten: [], open: [], ahead: ["1-gram", "2-gram", "3-gram"] }],
  ["one is not told apart", 2.41, { beaten: ["1-gram"], open: ["2-gram"], ahead: ["3-gram"] }],
];
for (const [what, loss, expected] of standings) {
  Deno.test(`standingOf: ${what}, nearest first`, () => {
    const standing = standingOf("target", [model("target", around(loss, 0)), ...ngrams]);
    const names = (group: readonly { name: string }[] = []) => group.map(({ name }) => name);
    const { beaten, open, ahead } = standing ?? {};
    assertEquals({ beaten: names(beaten), open: names(open), ahead: names(ahead) }, expected);
  });
}

Deno.test("standingOf: a verdict allows for all n-gram models (Holm)", () => {
  // t = 1.075 / .3092 of three degrees of freedom: sure alone, and not beside two that are but noise.
  const target = model("target", [0, 0, 0, 0]);
  const near = model("1-gram", [0.4, 1, 1, 1.9]);
  const noise = (order: number) => model(`${order}-gram`, [-1, 1, -1, 1.01 * order]);
  const alone = standingOf("target", [target, near]);
  assertAlmostEquals(alone?.beaten[0]?.difference?.p ?? NaN, 0.04016, 1e-5);
  const among = standingOf("target", [target, near, noise(2), noise(3)]);
  assertEquals([among?.beaten.length, among?.open.length], [0, 3]);
});

Deno.test("standingOf: without documents held out, n-gram models or the model there is none", () => {
  const target = model("target", [1, 2]);
  const { heldOut: _, byDocument: __, ...trained } = target;
  assertEquals(standingOf("target", [target]), undefined);
  assertEquals(standingOf("target", ngrams), undefined);
  assertEquals(standingOf("target", [trained, ...ngrams]), undefined);
});
