// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { expectedOneOf, nearest } from "../../src/text/suggestions.ts";

const few = ["greedy", "beam", "top_k"];
/** More than a message has room for. */
const many = Array.from(
  { length: 40 },
  (_, i) => `strategy_${String.fromCharCode(97 + i % 26)}${i}`,
);

Deno.test("expectedOneOf: few choices stay as they are, with the nearest after them", () => {
  assertEquals(
    expectedOneOf("greddy", few),
    'expected one of greedy, beam, top_k, found "greddy"; did you mean "greedy"?',
  );
  assertEquals(expectedOneOf(undefined, few), "expected one of greedy, beam, top_k, found nothing");
  assertEquals(expectedOneOf(3, ["greedy"]), "expected greedy, found 3");
});

Deno.test("expectedOneOf: of many choices the nearest come first, as many as fit, and the rest is counted", () => {
  const message = expectedOneOf("strategy_z25x", many);
  const [, list = "", rest] = /^expected one of (.*) and (\d+) more, found /.exec(message) ?? [];
  assert(list.startsWith("strategy_z25, "), message);
  assert(list.length <= 100, message);
  assertEquals(list.split(", ").length + Number(rest), many.length);
});

Deno.test("expectedOneOf: of many choices none of which is near the first are listed", () => {
  const message = expectedOneOf("q", many);
  assert(message.startsWith(`expected one of ${many.slice(0, 3).join(", ")}, `), message);
});

const near: readonly [found: string, choice: string, isNear: boolean][] = [
  ["rnu", "run", true],
  ["defualt.yaml", "default.yaml", true],
  ["--no-quiet", "--quiet", true],
  ["prune", "--prune", true],
  ["mysweep", "sweep", true],
  ["mysweep", "my-sweep", true],
  ["mysweep", "speedup", false],
  ["mysweep", "default", false],
  ["mysweep", "tests", false],
  ["mysweep", "seeds", false],
  ["a", "b", false],
  ["wide", "tiny", false],
];

for (const [found, choice, isNear] of near) {
  Deno.test(`nearest: "${found}" is ${isNear ? "near" : "far from"} "${choice}"`, () => {
    assertEquals(nearest(found, [choice]), isNear ? choice : undefined);
  });
}
