// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { varianceOf } from "../../src/measure/intervals.ts";
import { clopperPearson, loadQuantiles } from "../../src/measure/quantiles.ts";
import { type PromptDesign, Sampling } from "../../src/measure/sampling.ts";
import {
  type Holdings,
  holdingsOf,
  mergedBy,
  pseudoValuesOf,
  setRatio,
  setShare,
  spreadWithin,
} from "../../src/measure/text_sets.ts";

await loadQuantiles();

/** Units that hold these items, each with as many texts as items. */
function holding(...units: readonly (readonly number[])[]): Holdings {
  const items = units.flat();
  return holdingsOf(
    units.length,
    Int32Array.from(units.flatMap((own, unit) => own.map(() => unit))),
    Int32Array.from(items),
    {
      starts: Int32Array.from({ length: Math.max(...items) + 2 }, (_, i) => i),
      items: Int32Array.from({ length: Math.max(...items) + 1 }, (_, i) => i),
      different: Math.max(...items) + 1,
    },
  );
}

const ones = (count: number): Float64Array => new Float64Array(count).fill(1);

function samplingOf(design: PromptDesign, drawOf: readonly number[]): Sampling {
  const prompts = [...new Set(drawOf)].map(String);
  return new Sampling({ design, hasChance: true, prompts, drawOf: Int32Array.from(drawOf) });
}

Deno.test("holdingsOf: each unit holds an item once, and knows in how many of its texts it is", () => {
  const { starts, items, copies } = holding([4, 2, 4], [], [2]);
  assertEquals([[...starts], [...items], [...copies]], [[0, 2, 2, 3], [4, 2, 2], [2, 1, 1]]);
});

Deno.test("mergedBy: a draw holds what its units hold", () => {
  const merged = mergedBy(holding([4, 2], [2], [1]), Int32Array.of(0, 0, 2), 3);
  assertEquals([...merged.starts], [0, 2, 2, 3]);
  assertEquals([[...merged.items], [...merged.copies]], [[4, 2, 1], [1, 2, 1]]);
});

Deno.test("setRatio: the value, and what it is without each unit, as counted again (1e-12)", () => {
  // Units of two texts each; items 0 and 3 are held by two of them.
  const units = [[0, 1], [0, 2], [3, 4], [3, 3]];
  const { value, without, alone } = setRatio(holding(...units), Float64Array.of(2, 2, 2, 2));
  assertEquals(value, 5 / 8);
  for (const u of units.keys()) {
    const others = units.filter((_, other) => other !== u).flat();
    assertAlmostEquals(without[u] ?? NaN, new Set(others).size / others.length, 1e-12);
  }
  assertEquals([...alone], [1, 1, 1, 0]);
});

Deno.test("spreadWithin: of texts drawn one by one it is f1 ln(1 + r) / r − f1²/n, over n² (1e-12)", () => {
  // Of 10 samples 4 texts once and 3 twice: r = 3/2. The first order has n / (n − 1).
  const samples = [[0], [1], [2], [3], [4], [4], [5], [5], [6], [6]];
  const { variance } = spreadWithin(setRatio(holding(...samples), ones(10)), new Int32Array(10));
  const first = 10 / 9 * (4 - 4 * 4 / 10);
  const excess = 4 - 4 * Math.log(2.5) / 1.5;
  assertAlmostEquals(variance, (first - excess) / 100, 1e-12);
});

Deno.test("setShare: all different, or all alike, is Clopper and Pearson's of that many samples", () => {
  const sampling = samplingOf({ prompts: "listed" }, [0, 0, 0, 0]);
  const different = setShare(sampling, holding([0], [1], [2], [3]), ones(4));
  assertEquals([different.value, different.interval], [1, clopperPearson(4, 4)]);
  const alike = setShare(sampling, holding([0], [0], [0], [0]), ones(4));
  assertEquals([alike.value, alike.interval], [.25, clopperPearson(1, 4)]);
});

Deno.test("setShare: a listed prompt with a single sample leaves a blank, with the reason", () => {
  const sampling = samplingOf({ prompts: "listed" }, [0, 0, 1]);
  const { interval, blank } = setShare(sampling, holding([0], [1], [2]), ones(3));
  assertEquals({ interval, blank }, { interval: undefined, blank: "one sample" });
});

Deno.test("setShare: of draws without common texts it is t's variance over draws, of the population (1e-12)", () => {
  // Each draw's own: 1, 2 and 2 texts of two.
  const sampling = samplingOf({ prompts: "drawn", population: 6 }, [0, 0, 1, 1, 2, 2]);
  const { value, spread } = setShare(sampling, holding([0], [0], [1], [2], [3], [4]), ones(6));
  assertEquals(value, 5 / 6);
  assert(spread?.kind === "draws");
  spread.pseudoValues.forEach((pseudo, g) =>
    assertAlmostEquals(pseudo, [.5, 1, 1][g] ?? NaN, 1e-12)
  );
  const between = (1 / 9 + 1 / 36 + 1 / 36) / 2 / 3;
  assertAlmostEquals(varianceOf(spread), between / 2 + (spread.within ?? NaN) / 2, 1e-12);
});

Deno.test("pseudoValuesOf: G times the value less G − 1 times that without a draw, whatever pairs hold (1e-12)", () => {
  // Ten draws of 20 texts: g of draw g alone, and three that draws 2i and 2i + 1 have in common.
  const own = (g: number) => Array.from({ length: g }, (_, i) => 100 * g + i);
  const shared = (g: number) => [0, 1, 2].map((i) => 2000 + 10 * Math.floor(g / 2) + i);
  const draws = Array.from({ length: 10 }, (_, g) => [...own(g), ...shared(g)]);
  const ratio = setRatio(holding(...draws), new Float64Array(10).fill(20));
  pseudoValuesOf(ratio).forEach((pseudo, g) =>
    assertAlmostEquals(pseudo, 10 * 60 / 200 - 9 * (60 - g) / 180, 1e-12)
  );
});
