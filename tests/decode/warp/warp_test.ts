// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { createWarpers } from "../../../src/decode/warp/definitions.ts";
import { warp, type Warper } from "../../../src/decode/warp/warper.ts";
import { DivergedError } from "../../../src/model/language_model.ts";
import { casesOf, settings, WARPER_NAMES } from "./any_warper.ts";

Deno.test("warp: applies a chain in its order, each warper told the history and where the prompt ends", () => {
  const seen: unknown[][] = [];
  const spy = (name: string, add: number): Warper => ({
    name,
    value: add,
    apply(logits, history, promptLength) {
      seen.push([name, logits[0], history, promptLength]);
      logits[0] = (logits[0] as number) + add;
    },
  });
  const logits = Float64Array.of(1, 2);
  const history = [1, 0, 0];
  warp([spy("first", 10), spy("second", 100)], logits, history, 2);
  assertEquals(seen, [["first", 1, history, 2], ["second", 11, history, 2]]);
  assertEquals([...logits], [111, 2]);
});

const leaves = (name: string, ...values: number[]): Warper => ({
  name,
  value: 0,
  apply: (logits) => logits.set(values),
});
const broken: readonly [string, Warper[], number[], string][] = [
  [
    "leaves nothing",
    [leaves("a", 1, 2), leaves("b", -Infinity, -Infinity)],
    [0, 0],
    "warping by b",
  ],
  ["makes NaN", [leaves("a", 1, NaN), leaves("b", 1, 2)], [0, 0], "warping by a"],
  ["makes ∞", [leaves("a", 1, Infinity)], [0, 0], "warping by a"],
  ["is given nothing", [leaves("a", 1, 2)], [-Infinity, -Infinity], "before any warper"],
  ["is given NaN", [], [NaN, 0], "before any warper"],
  ["is given ∞", [], [Infinity, 0], "before any warper"],
  [
    "passes what f64 holds",
    createWarpers(Array(4).fill({ temperature: 1e-100 })),
    [1, 2],
    "warping by temperature",
  ],
];
for (const [name, warpers, logits, message] of broken) {
  Deno.test(`warp: a chain that ${name} is an error that says where`, () => {
    assertThrows(() => warp(warpers, Float64Array.from(logits), [0], 1), DivergedError, message);
  });
}

Deno.test("createWarpers: the chain is in the order written, each warper by its name", () => {
  const chain = WARPER_NAMES.map((name) => settings(name, casesOf(name).values[0]));
  assertEquals(createWarpers(chain).map(({ name }) => name), [...WARPER_NAMES]);
  assertEquals(createWarpers([]), []);
});

Deno.test("createWarpers: each warper has the value that is its own", () => {
  const logits = Float64Array.of(1, 2, 3);
  warp(createWarpers([{ temperature: 0.5 }, { top_k: 2 }]), logits, [0], 1);
  assertEquals([...logits], [-Infinity, 4, 6]);
});
