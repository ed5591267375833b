// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadQuantiles } from "../../../src/measure/quantiles.ts";
import {
  findIn,
  type Finding,
  type FindingDefinition,
} from "../../../src/report/findings/finding.ts";
import { runFindings, sweepFindings } from "../../../src/report/findings/findings.ts";
import { plainOf, prose } from "../../../src/report/prose.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import type { SweepSummary } from "../../../src/report/sweep/sweep_summary.ts";
import type { FindingCase } from "./cases/case.ts";
import { beamWidthCases } from "./cases/beam_width.ts";
import { frontierCases } from "./cases/frontier.ts";
import { speculationCases } from "./cases/speculation.ts";
import { runSettingCases } from "./cases/run_setting.ts";
import { seedsCases } from "./cases/seeds.ts";
import { standingCases } from "./cases/standing.ts";
import { sweptSettingCases } from "./cases/swept_setting.ts";
import { checkNumbers, saidBy, unsureIn } from "./check_numbers.ts";
import { madeUpRun, madeUpSweep } from "./made_up.ts";

await loadQuantiles();

/** The cases of each kind of finding about runs: a line for each file of cases. */
const runCases: readonly FindingCase<RunRecord>[] = [
  ...beamWidthCases,
  ...speculationCases,
  ...frontierCases,
  ...sweptSettingCases,
  ...standingCases,
];
/** The same about sweeps. */
const sweepCases: readonly FindingCase<SweepSummary>[] = [...runSettingCases, ...seedsCases];
/** Kinds that have tests of their own, since they hardly claim anything. */
const DESCRIBING: readonly string[] = ["how sure", "unproved"];

function caseTests<Run extends RunRecord | SweepSummary>(
  kinds: readonly FindingDefinition<Run>[],
  cases: readonly FindingCase<Run>[],
): void {
  for (const { name, kind, run, without, says, numbers = {} } of cases) {
    const of = async (run: Run | Promise<Run>): Promise<Finding[]> =>
      findIn(kinds, await run).filter((finding) => finding.kind === kind);
    Deno.test(`${kind}: ${name}: is claimed, with its numbers`, async () => {
      const found = await of(run());
      assert(found.some(({ claims }) => claims), textOf(found));
      for (const pattern of says) {
        assertMatch(found.map(saidBy).join("\n"), new RegExp(pattern, "m"));
      }
      for (const [what, [value, tolerance]] of Object.entries(numbers)) {
        const all = found.flatMap((one) => one.numbers);
        const number = all.find(({ name, of }) => `${name} ${of}` === what);
        assert(number !== undefined, `${what}: not among ${JSON.stringify(all)}`);
        assert(Math.abs(number.value - value) < tolerance, `${what}: ${number.value}`);
      }
      checkNumbers(found);
    });
    Deno.test(`${kind}: without ${name}: is not claimed`, async () => {
      const found = await of(without());
      assert(found.every(({ claims }) => !claims), textOf(found));
      checkNumbers(found);
    });
  }
}

caseTests(runFindings, runCases);
caseTests(sweepFindings, sweepCases);

Deno.test("findings: every kind has cases, unless it has tests of its own", () => {
  const names = (kinds: readonly { name: string }[]): string[] => kinds.map(({ name }) => name);
  const without = (kinds: string[], cases: readonly { kind: string }[]): string[] =>
    kinds.filter((name) => !DESCRIBING.includes(name) && !cases.some(({ kind }) => kind === name));
  assertEquals(without(names(runFindings), runCases), []);
  assertEquals(without(names(sweepFindings), sweepCases), []);
});

/** The shares of unique texts of two samplers, and what is said of them where neither is beaten. */
const shares: readonly [shares: readonly [number, number], says: RegExp][] = [
  [
    [1, 1],
    /^All texts that each of 2 samplers wrote after a prompt are different, so that the share of unique texts tells none from another; how probable they are goes from .* nats per token with (top_k\(k=3\)|sample) to .* nats per token with (top_k\(k=3\)|sample)\.$/,
  ],
  [[1, 0.9], /each trades the one for the other/],
];
for (const [values, says] of shares) {
  Deno.test(`frontier: texts of which ${values.join(" and ")} are unique`, () => {
    const run = madeUpRun({ strategies: "- { strategy: sample }\n- { strategy: top_k, k: 3 }" });
    const cells = run.cells.map((one, i) => {
      const value = values[i] ?? NaN;
      const unique_share = { value, interval: { low: value - 0.1, high: 1 } };
      return { ...one, values: { ...one.values, unique_share } };
    });
    const found = findIn(runFindings, { ...run, cells }).filter(({ kind }) => kind === "frontier");
    assertEquals(found.length, 1);
    assertMatch(found.map(saidBy).join(), says);
    checkNumbers(found);
  });
}

function textOf(found: readonly Finding[]): string {
  return found.map(({ kind, text }) => `${kind}: ${plainOf(text)}`).join("\n");
}

/** Sentences, and whether each number in them is sure, a count or a threshold. */
const ruled: readonly [string, boolean][] = [
  ["It gains 0.42 ± 0.11 nats, 76 % (62 to 87) of 5 cells.", true],
  ["It gains exactly 0.42 nats.", true],
  ["It gains 0.42 nats.", false],
  ["About 76 % of its texts are unique.", false],
  ["It gains about 0.42 nats.", false],
  [
    "Two cells must differ by about 0.15 to 0.31 nats or about 0.9 percentage points before they can be told apart.",
    true,
  ],
  ["Two cells must differ by about 0.15 nats. They differ by about 0.3 nats.", false],
  ["Two cells must differ by about 0.15 nats before they can be told apart; a gains 0.3.", false],
  [
    "Two cells must differ by about 0.15 nats; a gains about 0.3 before they can be told apart.",
    false,
  ],
  ["There is no difference larger than 0.3 nats.", true],
  ["A text may be more probable, by at most 0.30 to 6.1 nats.", true],
  ["Chance has a standard error of 0.3 nats (at 5 % for 7 comparisons).", true],
];
for (const [text, isKept] of ruled) {
  Deno.test(`findings: no number without its interval or the word exact: ${isKept ? "kept" : "broken"} by: ${text}`, () => {
    assertEquals(unsureIn(prose`${text}`) === "", isKept);
  });
}

/** Made-up runs without any effect, in which every kind has something to look at. */
const EVERYTHING = `
- { strategy: sample }
- { strategy: temperature, temperature: [0.5, 1, 1.5] }
- { strategy: top_k, k: [1, 3, 5, 10] }
- { strategy: beam, beam_width: [2, 4, 8] }
- { strategy: exact }
- { strategy: speculative, draft_k: [1, 2, 4] }
- { strategy: speculative, confidence: [0.1, 0.3] }
`;
const SEEDS = [1, 2, 3].map((seed) => ({ seed }));
const STEPS = [100, 300, 1000].map((steps) => ({ "training.target.steps": steps }));
const BOTH = STEPS.flatMap((steps) => SEEDS.map((seed) => ({ ...seed, ...steps })));
const SWEPT = `
- { strategy: sample }
- { strategy: beam, beam_width: 4 }
- { strategy: exact }
- { strategy: speculative, draft_k: 2 }
`;

/** Simulated runs, and how often a test that is right fails. */
const [RUNS, FALSE_ALARM] = [1000, 1e-6];

/** The most alarms of as many runs of which each raises one with a probability of at most .05. */
function mostAlarms(runs: number): number {
  let [most, below] = [0, 0];
  let probability = 0.95 ** runs;
  for (; below + probability < 1 - FALSE_ALARM; most++) {
    below += probability;
    probability *= (runs - most) / (most + 1) * 0.05 / 0.95;
  }
  return most;
}

Deno.test("findings: of 1,000 runs in which nothing differs at most 5 % claim that something does (false alarm 1e-6)", () => {
  let alarms = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const found = findIn(runFindings, madeUpRun({ strategies: EVERYTHING, draws: 10, seed }));
    if (found.some(({ claims }) => claims)) alarms++;
    if (seed < 5) checkNumbers(found);
  }
  assert(alarms <= mostAlarms(RUNS), `${alarms} of ${RUNS}, at most ${mostAlarms(RUNS)}`);
});

const sweeps = [["steps", STEPS, 200], ["seeds", SEEDS, 200], [
  "steps and seeds",
  BOTH,
  100,
]] as const;
for (const [name, variants, runs] of sweeps) {
  Deno.test(`findings: of ${runs} sweeps of ${name} in which nothing differs at most 5 % claim that something does (false alarm 1e-6)`, async () => {
    let alarms = 0;
    for (let seed = 0; seed < runs; seed++) {
      const sweep = await madeUpSweep({ strategies: SWEPT, variants, draws: 8, seed });
      const found = findIn(sweepFindings, sweep);
      if (found.some(({ claims }) => claims)) alarms++;
      if (seed < 5) checkNumbers(found);
    }
    assert(alarms <= mostAlarms(runs), `${alarms} of ${runs}, at most ${mostAlarms(runs)}`);
  });
}
