// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { DiffError } from "../../src/diff/run_files.ts";
import { isWithin, Tolerances } from "../../src/diff/tolerances.ts";

/** Old, new, tolerance, and whether they are equal. */
const passes: readonly [string, string, string, boolean][] = [
  ["0.5", "0.500000", "m=0", true],
  ["0.500000", "0.500001", "m=0", false],
  ["0.6", "0.7", "m=0.1", true],
  ["0.7", "0.6", "m=0.1", true],
  ["1.0", "1.1", "m=0.1", true],
  ["0.6", "0.71", "m=0.1", false],
  ["-100", "-101", "m=0,0.01", true],
  ["-100", "-101.1", "m=0,0.01", false],
  ["-100", "-101.1", "m=1.5,0.01", true],
  ["0", "0.1", "m=0,1000", false],
  ["7 3", "7 4", "m=1", true],
  ["7 3", "7 4", "m=0.5", false],
  ["7 3", "7 3 0", "m=9", false],
  ["", "0", "m=9", false],
  ["NaN", "NaN", "m=0", true],
  ["NaN", "1", "m=9", false],
  ["none", "some", "m=9", false],
];

for (const [old, current, tolerance, expected] of passes) {
  Deno.test(`--tolerance ${tolerance}: "${current}" ${expected ? "equals" : "differs from"} "${old}"`, () => {
    assertEquals(isWithin(old, current, new Tolerances([tolerance]).of("m")), expected);
  });
}

Deno.test("--tolerance: a metric's own overrides *, and a later one an earlier one", () => {
  const tolerances = new Tolerances(["m=1", "*=2", "m=3,4"]);
  assertEquals(tolerances.of("m"), { absolute: 3, relative: 4 });
  assertEquals(tolerances.of("other"), { absolute: 2, relative: 0 });
  assertEquals(tolerances.weights, { absolute: 2, relative: 0 });
});

for (
  const bad of ["m", "m=", "=1", "m=-1", "m=1,", "m=1,2,3", "m=one", "m=Infinity", "m=1 ", "m=0x1"]
) {
  Deno.test(`--tolerance ${bad}: is refused with an example`, () => {
    assertThrows(
      () => new Tolerances([bad]),
      DiffError,
      "expected metric=absolute[,relative], such as mean_log_prob=0.01",
    );
  });
}

Deno.test("--tolerance: a metric that neither run has is refused, with the nearest or all", () => {
  const check = (given: string) => () =>
    new Tolerances([given]).checkNames(["mean_log_prob", "zipf"]);
  assertThrows(check("mean_logprob=1"), DiffError, 'did you mean "mean_log_prob"?');
  assertThrows(check("x=1"), DiffError, "expected one of mean_log_prob, zipf, weights, *");
  for (const fine of ["zipf=1", "weights=1", "*=1"]) check(fine)();
});
