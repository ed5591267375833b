// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { coveredMass } from "../../src/measure/covered_mass.ts";
import { varianceOf } from "../../src/measure/intervals.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { Sampling } from "../../src/measure/sampling.ts";

await loadQuantiles();

function samplingOf(prompts: readonly string[], each: number, isDrawn = false): Sampling {
  return new Sampling({
    design: isDrawn ? { prompts: "drawn", population: 100 } : { prompts: "listed" },
    hasChance: true,
    prompts,
    drawOf: Int32Array.from(prompts.flatMap((_, draw) => Array<number>(each).fill(draw))),
  });
}

/** The chances of three texts, and their masses. */
const texts = [[.5, .4], [.3, .1], [.2, .05]] as const;

/** What is found by each of the 3ⁿ sequences of draws, with its probability. */
function* outcomes(n: number): Generator<{ probability: number; found: Set<number> }> {
  for (let code = 0; code < 3 ** n; code++) {
    let probability = 1;
    const found = new Set<number>();
    for (let i = 0, rest = code; i < n; i++, rest = Math.floor(rest / 3)) {
      probability *= texts[rest % 3 as 0 | 1 | 2][0];
      found.add(rest % 3);
    }
    yield { probability, found };
  }
}

Deno.test("coveredMass: the variance is right on average over all that may be drawn (5 draws of 3 texts, 5 %)", () => {
  const sampling = samplingOf(["a"], 5);
  let [mean, squares, estimated] = [0, 0, 0];
  for (const { probability, found } of outcomes(5)) {
    const all = [...found].map((i) => {
      const [chance, mass] = texts[i as 0 | 1 | 2];
      return { draw: 0, mass, chance };
    });
    const { value, spread } = coveredMass(sampling, all, [5]);
    assert(spread !== undefined);
    mean += probability * value;
    squares += probability * value ** 2;
    estimated += probability * varianceOf(spread);
  }
  const variance = squares - mean ** 2;
  assert(Math.abs(estimated / variance - 1) < .05, `${estimated} for ${variance}`);
});

Deno.test("coveredMass: where all is found there is an interval nevertheless, as narrow as what may be missed", () => {
  const all = texts.map(([chance, mass]) => ({ draw: 0, mass, chance }));
  const { interval } = coveredMass(samplingOf(["a"], 50), all, [50]);
  assert(interval !== undefined);
  const width = interval.high - interval.low;
  assert(width > 0 && width < 1e-3, `${width}`);
});

Deno.test("coveredMass: over draws the pseudo-values are the masses of each draw's own samples (1e-12)", () => {
  const found = [
    { draw: 0, mass: .4, chance: .5 },
    { draw: 1, mass: .4, chance: .5 },
    { draw: 1, mass: .1, chance: .3 },
  ];
  const { value, spread } = coveredMass(samplingOf(["a", "a"], 2, true), found, [2, 2]);
  assertAlmostEquals(value, .45, 1e-12);
  assert(spread?.kind === "draws");
  assertEquals(spread.pseudoValues, [.4, .5]);
  assert((spread.within ?? 0) > 0);
});

Deno.test("coveredMass: of texts that are hardly ever drawn, and of all that is ever drawn, the interval holds the value", () => {
  const cases: readonly (readonly [mass: number, chance: number, draws: number])[] = [
    [1e-17, 1e-9, 3],
    [1e-170, 1e-160, 3],
    [.005, .004, 3],
    [.5, .999, 4],
    // Nothing but this text is missed: once in 1e30, in 1e300, never.
    [.5, .5, 100],
    [.5, .9, 300],
    [.5, .9, 315],
    [.5, .9, 1000],
  ];
  for (const [mass, chance, draws] of cases) {
    const sampling = samplingOf(["a"], draws);
    const { value, interval } = coveredMass(sampling, [{ draw: 0, mass, chance }], [draws]);
    assert(interval !== undefined);
    const { low, high } = interval;
    const found = `${value} (${low} to ${high})`;
    assert(low <= value * (1 + 1e-9) && value <= high * (1 + 1e-9) && high <= 1, found);
    // What is missed so rarely leaves no doubt.
    if (draws === 100) assert(high - low < 1e-6, found);
  }
});
