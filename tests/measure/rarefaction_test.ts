// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { rarefied, rarefiedMean, rarefiedShare } from "../../src/measure/rarefaction.ts";
import { Sampling } from "../../src/measure/sampling.ts";
import { holdingsOf } from "../../src/measure/text_sets.ts";

await loadQuantiles();

/** By draw and unit: its texts, each a set of items. */
type Texts = readonly (readonly (readonly (readonly number[])[])[])[];

const example: Texts = [
  [[[0, 1], [2]], [[0], [3, 1]], [[4], [4]]],
  [[[0], [5]], [[6], [6, 2]]],
];

function cellOf(draws: Texts, design: "listed" | "drawn" = "listed") {
  const units = draws.flat();
  const texts = units.flat();
  const different = 1 + Math.max(...texts.flat());
  let end = 0;
  const holdings = holdingsOf(
    units.length,
    Int32Array.from(units.flatMap((own, unit) => own.map(() => unit))),
    Int32Array.from(texts.keys()),
    {
      starts: Int32Array.from([[], ...texts], (items) => end += items.length),
      items: Int32Array.from(texts.flat()),
      different,
    },
  );
  const sampling = new Sampling({
    design: design === "listed" ? { prompts: design } : { prompts: design, population: 100 },
    hasChance: true,
    prompts: draws.map((_, draw) => `${draw}`),
    drawOf: Int32Array.from(draws.flatMap((own, draw) => own.map(() => draw))),
  });
  return { holdings, from: { sampling, texts: Float64Array.from(units, (own) => own.length) } };
}

/** All subsets of `size` of `texts`, or all of them where there are no more. */
function subsets<T>(texts: readonly T[], size: number): (readonly T[])[] {
  if (texts.length <= size) return [texts];
  if (size === 0) return [[]];
  const [first, ...others] = texts as readonly [T, ...T[]];
  return [...subsets(others, size - 1).map((some) => [first, ...some]), ...subsets(others, size)];
}

/** The mean number of different items, over all subsets. */
function byHand(draws: Texts, size: number): number {
  let choices: (readonly (readonly number[])[])[] = [[]];
  for (const draw of draws) {
    choices = choices.flatMap((chosen) =>
      subsets(draw.flat(), size).map((more) => [...chosen, ...more])
    );
  }
  const counts = choices.map((chosen) => new Set(chosen.flat()).size);
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

for (const size of [1, 2, 3, 4]) {
  Deno.test(`rarefied: ${size} texts of each draw hold the mean over all subsets, with and without each unit and draw (1e-12)`, () => {
    const { holdings, from } = cellOf(example);
    const { value, withoutUnit, withoutDraw } = rarefied(holdings, from, size);
    assertAlmostEquals(value, byHand(example, size), 1e-12);
    let unit = 0;
    for (const [draw, units] of example.entries()) {
      const others = example.filter((_, other) => other !== draw);
      assertAlmostEquals(withoutDraw[draw] ?? NaN, byHand(others, size), 1e-12);
      for (const own of units) {
        const fewer = example.map((all) => all.filter((other) => other !== own));
        assertAlmostEquals(withoutUnit[unit++] ?? NaN, byHand(fewer, size), 1e-12);
      }
    }
  });
}

Deno.test("rarefiedShare: of all texts it is the share itself", () => {
  const { holdings, from } = cellOf(example);
  assertEquals(rarefiedShare(from, holdings, from.texts, 6).value, 7 / 10);
});

Deno.test("rarefiedShare: ten texts of each decoding are as different as one, where they are alike", () => {
  // Each decoding has ten different texts, which no other has: of one a decoding all are different.
  const alike = [
    Array.from({ length: 5 }, (_, unit) => Array.from({ length: 10 }, (_, i) => [10 * unit + i])),
  ];
  const { holdings, from } = cellOf(alike);
  assertAlmostEquals(rarefiedShare(from, holdings, from.texts, 5).value, 1, 1e-12);
});

Deno.test("rarefiedMean: the mean over draws of the weights of what is found, pseudo-values by draw (1e-12)", () => {
  const draws = [[[[0], [1]], [[0], [2]]], [[[3], [3]], [[4], [3]]]];
  const { holdings, from } = cellOf(draws, "drawn");
  const weights = Float64Array.of(.5, .25, .125, .5, .25);
  const { value, spread } = rarefiedMean(from, holdings, weights, 1);
  const [first, second] = [(.5 + .25 + .5 + .125) / 4, (3 * .5 + .25) / 4];
  assertAlmostEquals(value, (first + second) / 2, 1e-12);
  assert(spread?.kind === "draws");
  assertAlmostEquals(spread.pseudoValues[0] ?? NaN, first, 1e-12);
  assertAlmostEquals(spread.pseudoValues[1] ?? NaN, second, 1e-12);
});
