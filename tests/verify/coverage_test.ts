/**
 * The lighter sample of `deno task verify --only coverage`: a few sizes and replicates, with fixed seeds,
 * and the verdicts themselves.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { kindOf, limitsOf } from "../../src/measure/coverage_limits.ts";
import { measures } from "../../src/measure/measures.ts";
import { type Case, type Coverage, coverageOf, isKnown, verdictOf } from "./coverage.ts";
import type { Simulated } from "./simulated_cells.ts";

/** Few different texts, so that the table is small. */
const warp = "top_k 3";
const listed: Case = {
  size: { prompts: "listed", count: 20, samples: 20, population: 0 },
  warp,
};
const drawn: Case = {
  size: { prompts: "drawn", count: 10, samples: 20, population: 3000 },
  warp,
};

const inWords = ({ name, covered, intervals }: Coverage): string =>
  `${name}: ${covered} of ${intervals}`;

/** The estimate with an interval of half the width. */
function halved({ value, interval }: Simulated): Simulated {
  if (interval === undefined) return { value };
  const [low, high] = [(value + interval.low) / 2, (value + interval.high) / 2];
  return { value, interval: { low, high } };
}

// Of 150 intervals at most 130 are too few: where each covers 95 of 100, one of the 30 here is called so
// in 1 of 500 seeds.
for (const [name, one] of Object.entries({ listed, drawn })) {
  Deno.test(`intervals: over ${name} prompts each kind covers as it says, or is listed (150 cells; seed fixed)`, async () => {
    const found = await coverageOf(one, 150);
    assertEquals(found.length, 15);
    const wrong = found.filter((each) => verdictOf(each) === "too seldom" && !isKnown(each));
    assertEquals(wrong.map(inWords), []);
  });

  Deno.test(`coverage: over ${name} prompts intervals of half the width are noticed, all of them (150 cells; seed fixed)`, async () => {
    const found = await coverageOf(one, 150, halved);
    const missed = found.filter((each) => verdictOf(each) !== "too seldom");
    assertEquals(missed.map(inWords), []);
  });
}

Deno.test("verdictOf: passes where the 99 % interval of the coverage meets 93 to 97 of 100", () => {
  const of = (covered: number, kind: Coverage["kind"] = "mean") =>
    verdictOf({ ...listed, name: "", kind, truth: 0, covered, intervals: 2000 });
  // Of 2,000 the 99 % interval of 1,829 is .898 to .930.
  assertEquals(of(1828), "too seldom");
  assertEquals(of(1900), "covers");
  assertEquals(of(1980), "too often");
  assertEquals(of(2000, "share"), "covers");
});

Deno.test("coverage limits: each kind of interval that a measure has is one that is simulated", () => {
  const simulated = new Set([
    "mean",
    "share",
    "unique_share",
    "distinct_1",
    "distinct_2",
    "distinct_3",
    "mass_covered",
  ]);
  for (const measure of measures) {
    const kind = kindOf(measure);
    if (kind === undefined) continue;
    assert(simulated.has(kind), measure.name);
    assertEquals(limitsOf(kind, { prompts: "listed", draws: 20, samples: 100 }), []);
  }
});
