// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { differenceBetween } from "../../../src/measure/comparison.ts";
import { estimateOf } from "../../../src/measure/intervals.ts";
import { loadQuantiles } from "../../../src/measure/quantiles.ts";
import { reachAt } from "../../../src/report/findings/all_pairs.ts";
import { findIn } from "../../../src/report/findings/finding.ts";
import { howSure, sweepHowSure } from "../../../src/report/findings/how_sure.ts";
import { standing } from "../../../src/report/findings/standing.ts";
import { plainOf } from "../../../src/report/prose.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { madeUpRun, madeUpSweep } from "./made_up.ts";

await loadQuantiles();

const run = madeUpRun({ strategies: "- { strategy: top_k, k: [1, 3] }", draws: 20 });

function textOf(run: RunRecord): string {
  return findIn([standing, howSure], run).map(({ text }) => plainOf(text)).join("\n").replaceAll(
    "\u00a0",
    " ",
  );
}

Deno.test("how sure: says which differences a run could have told", () => {
  assertMatch(
    textOf(run),
    /^With 20 drawn prompts, two cells must differ by about \d\.\d+ nats in the mean log-prob or about \d\.\d percentage points in the unique share before they can be told apart \(at 5 % for all 3 comparisons together\); four times as many would about halve that\./m,
  );
});

Deno.test("how sure: a difference is told just where it is larger (1e-6)", () => {
  const noise = [-1, 0.5, 0.7, -0.4, 0.2];
  const beside = (mean: number) =>
    differenceBetween(
      estimateOf(mean, {
        kind: "draws",
        pseudoValues: noise.map((one) => one + mean),
        fraction: 0,
      }),
      estimateOf(0, { kind: "draws", pseudoValues: noise.map(() => 0), fraction: 0 }),
    );
  for (const level of [0.05, 0.01, 0.001]) {
    const difference = beside(1);
    assert(difference !== undefined);
    const limit = reachAt(difference, level);
    assert((beside(limit * (1 + 1e-6))?.p ?? 1) < level);
    assert((beside(limit * (1 - 1e-6))?.p ?? 0) > level);
  }
});

Deno.test("how sure: one training says nothing of others, and how to see them", () => {
  assertMatch(
    textOf(run),
    / This is one training, of seed 42\. .* run it with --set seed=1\.\.5 to see how far they differ\.$/m,
  );
  const variant = { label: "seed=1", settings: [{ path: "seed", value: 1 }] };
  const seeded = textOf({ ...run, experiment: { ...run.experiment, variant } });
  assertEquals(seeded.includes("one training"), false);
});

Deno.test("how sure: names sizes for which intervals cover too seldom", () => {
  const few = madeUpRun({ strategies: "- { strategy: beam, beam_width: [1, 2] }", draws: 5 });
  assertMatch(textOf(few), /mean log-prob: with 5 drawn prompts 86 to 100 of 100 intervals cover/);
});

for (const blank of ["one sample", "one draw"] as const) {
  Deno.test(`how sure: ${blank} says nothing of others`, () => {
    const cells = run.cells.map((cell) => ({
      ...cell,
      values: { mean_log_prob: { value: -6, blank } },
    }));
    assertMatch(textOf({ ...run, cells }), /With 1 .* nothing is known of how others/m);
  });
}

Deno.test("how sure: of a sweep: one training a row, or as many as there are seeds", async () => {
  const strategies = "- { strategy: sample }";
  const steps = [1, 2].map((value) => ({ "training.target.steps": value }));
  const [alone] = findIn([sweepHowSure], await madeUpSweep({ strategies, variants: steps }));
  assertMatch(plainOf(alone?.text ?? []), /^Each of the 2 rows is one training\. /);
  const seeds = [1, 2, 3].map((seed) => ({ seed }));
  const [seeded] = findIn([sweepHowSure], await madeUpSweep({ strategies, variants: seeds }));
  assertMatch(plainOf(seeded?.text ?? []), /^The intervals here are over 3 seeds: /);
});
