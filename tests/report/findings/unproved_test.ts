// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { comparedSearches } from "../../../src/measure/compare_cells.ts";
import { loadQuantiles } from "../../../src/measure/quantiles.ts";
import type { SearchedDraw } from "../../../src/measure/searched.ts";
import { searchCharts, searchChartsWithoutMode } from "../../../src/report/charts/searches.ts";
import { decisionsIn } from "../../../src/report/findings/decisions.ts";
import { findIn } from "../../../src/report/findings/finding.ts";
import { runFindings } from "../../../src/report/findings/findings.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { checkNumbers, saidBy } from "./check_numbers.ts";
import { madeUpRun } from "./made_up.ts";

await loadQuantiles();

/** What a search found for a prompt, and how far an exact one could still get. */
type Found = readonly [logProb: number, bound?: number];

/** A run of three prompts, in which the cells have found this. */
function runOf(found: Readonly<Record<string, readonly Found[]>>): RunRecord {
  const { population: _, ...run } = madeUpRun({
    strategies: "- { strategy: beam, beam_width: 4 }\n- { strategy: exact, budget: [20, 60] }",
    draws: 3,
  });
  const cells = run.cells.flatMap((one) => {
    const own = found[one.cell.label];
    if (own === undefined) return [];
    const isExact = one.cell.settings.strategy === "exact";
    const searched = own.map(([logProb, bound], i): SearchedDraw => ({
      ...{ prompt: run.prompts[i] ?? "", logProbs: [logProb], empty: [false] },
      ...!isExact ? {} : {
        proof: { optimal: bound === undefined, tokens: 3, ...bound === undefined ? {} : { bound } },
      },
    }));
    return [{ ...one, searched }];
  });
  const design = { prompts: "listed" } as const;
  const search = comparedSearches(cells, { prompts: run.prompts, design });
  return { ...run, cells, search };
}

const [beam, small, large] = ["beam(beam_width=4)", "exact(budget=20)", "exact(budget=60)"];
const better: readonly Found[] = [[-3], [-3], [-3]];

const cases: readonly [
  name: string,
  found: Readonly<Record<string, readonly Found[]>>,
  says: readonly string[],
][] = [
  ["all are proved", { [beam]: better, [large]: [[-2], [-2, -2], [-2, -3]] }, []],
  ["none is proved", { [large]: [[-9, -4], [-9, -3], [-9, -1]] }, [
    "exact(budget=60) ran out of its budget: it proved the most probable text for none of 3 prompts. A " +
    "text may exist that is more probable than the one that it found, by at most 5.0 to 8.0 nats.",
  ]],
  ["none is proved, and a beam found better ones", {
    [beam]: better,
    [large]: [[-9, -2.5], [-2.9, -2], [-9, -1]],
  }, [
    "exact(budget=60) ran out of its budget: it proved the most probable text for none of 3 prompts. A " +
    "text may exist that is more probable than the one that it found, by at most 0.90 to 8.0 nats; " +
    "another search did find a more probable one for 2 of these prompts.",
  ]],
  ["some are proved", { [beam]: better, [large]: [[-2], [-2, -2], [-4, -1.5]] }, [
    "exact(budget=60) ran out of its budget: it proved the most probable text for 2 of 3 prompts. For the " +
    "others a text may exist that is more probable than the one that it found, by at most 2.5 nats; " +
    "another search did find a more probable one for 1 of these prompts.",
  ]],
  ["of two budgets the smaller ends before any proof", {
    [small]: [[-2, -1], [-2, -1], [-2, -1]],
    [large]: [[-2], [-2], [-2]],
  }, [
    "exact(budget=20) ran out of its budget: it proved the most probable text for none of 3 prompts. A " +
    "text may exist that is more probable than the one that it found, by at most 1.0 nats.",
  ]],
];
for (const [name, found, says] of cases) {
  Deno.test(`unproved: ${name}: says of how many prompts the mode was proved, and the bound`, () => {
    const own = findIn(runFindings, runOf(found)).filter(({ kind }) => kind === "unproved");
    assertEquals(own.map(saidBy), says);
    checkNumbers(own);
  });
}

Deno.test("unproved: the share that was proved and what may be left are there as data", () => {
  const found = findIn(runFindings, runOf({ [large]: [[-2], [-2, -2], [-4, -1.5]] }));
  assertEquals(found.find(({ kind }) => kind === "unproved")?.numbers, [
    { name: "proved_share", of: large, value: 2 / 3 },
    { name: "log_prob_left_at_most", of: large, value: 2.5 },
  ]);
});

Deno.test("decisionsIn: the proof is of a search that has found it, and says for how many prompts", () => {
  const uses = (found: Readonly<Record<string, readonly Found[]>>) =>
    decisionsIn(runOf(found)).map(({ use, because }) => [use, saidBy({ text: because })]);
  const ended: readonly Found[] = [[-2, -1], [-2, -1], [-2, -1]];
  assertEquals(uses({ [small]: ended, [beam]: better }), []);
  assertEquals(uses({ [small]: ended, [large]: [[-2], [-2], [-2]] }), [
    [[large], "it proves it after 3 of 3 prompts; its mean log-prob is exactly −2.000 nats"],
  ]);
});

Deno.test("charts of searches: an exact search says what it left unproved, and counts as the mode only where it left nothing", () => {
  const textsOf = (found: Readonly<Record<string, readonly Found[]>>): string => {
    const run = runOf(found);
    return JSON.stringify([...searchCharts.of(run), ...searchChartsWithoutMode.of(run)]);
  };
  const none = textsOf({ [beam]: better, [large]: [[-9, -4], [-9, -3], [-9, -1]] });
  assertStringIncludes(none, "(unproved)");
  const some = textsOf({ [beam]: better, [large]: [[-2], [-2, -2], [-9, -1]] });
  assertStringIncludes(some, "(proved for 2 of 3)");
  const all = textsOf({ [beam]: better, [large]: [[-2], [-2, -2], [-2, -3]] });
  assert(!/proved/.test(all), all);
});
