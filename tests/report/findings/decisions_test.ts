// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Cell } from "../../../src/decode/cell.ts";
import { loadQuantiles } from "../../../src/measure/quantiles.ts";
import { decisionsIn } from "../../../src/report/findings/decisions.ts";
import type { Decision } from "../../../src/report/findings/finding.ts";
import { plainOf } from "../../../src/report/prose.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { sweepDecisionsIn } from "../../../src/report/findings/sweep_decisions.ts";
import { type Effect, madeUpRun, madeUpSweep } from "./made_up.ts";

await loadQuantiles();

const strategies = `
- { strategy: sample }
- { strategy: temperature, temperature: [0.5, 0.8, 1.5] }
- { strategy: greedy }
- { strategy: beam, beam_width: [2, 8, 4] }
- { strategy: exact }
- { strategy: speculative, draft_k: [1, 4, 2] }
`;

/** The run with these effects; a search reads as many rows as it has beams, speculation takes `draft_k` more. */
function runWith(effect: Effect): RunRecord {
  const run = madeUpRun({ strategies, effect, draws: 30 });
  const cells = run.cells.map((one) => ({
    ...one,
    values: {
      ...one.values,
      samples: { value: 1 },
      target_rows: { value: numberOf(one.cell, "beam_width") ?? 1 },
      ...(numberOf(one.cell, "draft_k") === undefined ? {} : {
        operations: {
          value: 1 + (numberOf(one.cell, "draft_k") ?? 0) / 10,
          interval: { low: 1.05, high: 1.5 },
        },
      }),
    },
  }));
  return { ...run, cells };
}

function numberOf({ settings }: Cell, name: string): number | undefined {
  const value: unknown = Reflect.get(settings, name);
  return typeof value === "number" ? value : undefined;
}

/** By what is wanted: what to use, and why. */
function table(run: RunRecord): Map<string, readonly [Decision["use"], string]> {
  const text = (prose: Decision["want"]): string => plainOf(prose).replaceAll("\u00a0", " ");
  return new Map(
    decisionsIn(run).map(({ want, use, because }) => [text(want), [use, text(because)]]),
  );
}

const draft = (k: number): string => `speculative(draft=model, draft_k=${k})`;

/** Wide beams, high `draft_k` and a temperature of 0.8 are good, a temperature of 1.5 is most different. */
const effects: Effect = (cell, measure) => {
  const temperature = numberOf(cell, "temperature");
  switch (measure) {
    case "search_log_prob":
      return (numberOf(cell, "beam_width") ?? 0) >= 4 ? 1 : -2;
    case "tokens_per_target_call":
      return (numberOf(cell, "draft_k") ?? 0) >= 2 ? 4 : 0;
    case "log_prob_per_token":
      return temperature === undefined ? 0 : temperature < 1 ? 4 : -4;
    case "unique_share":
      return temperature === 0.5 ? -4 : temperature === 1.5 ? 4 : 0;
    default:
      return 0;
  }
};
const decided = table(runWith(effects));

const cases: readonly [want: string, use: readonly string[], because: RegExp][] = [
  [
    "the most probable text, proved to be it",
    ["exact"],
    /^it proves it after 30 of 30 prompts; its mean log-prob is −4\.\d+ ± 0\.\d+ nats$/,
  ],
  [
    "a very probable text, without the proof",
    ["beam(beam_width=4)", "beam(beam_width=8)"],
    /^beam\(beam_width=[48]\) has a log-prob of −5\.\d+ ± 0\.\d+ nats in total \(mean over 30 prompts\), \d\.\d+ ± 0\.\d+ nats more than (greedy|beam\(beam_width=2\)); 2 are tied; it misses the most probable text for \d+ ± \d+ % of the prompts$/,
  ],
  [
    "varied texts of the model itself",
    ["sample"],
    /^it draws from exactly the target's distribution; \d+(\.\d)?( ± \d+(\.\d)?)? % .*of its texts are unique$/,
  ],
  [
    "samples of the model with fewer target passes",
    [draft(2), draft(4)],
    /gets 3\.\d+ ± 0\.\d+ tokens per target pass instead of exactly 1, 1\.\d+ ± 0\.\d+ more than speculative\(draft=model, draft_k=1\); 2 are tied$/,
  ],
  [
    "samples of the model with the fewest operations",
    ["sample"],
    /^speculation takes more: 1\.1 \(1\.1 to 1\.5\) times as many with speculative\(draft=model, draft_k=1\), the fewest of 3$/,
  ],
  [
    "texts more probable than samples, and at most 10 points less unique",
    ["temperature(0.8)"],
    /^it gains [34]\.\d+ ± 0\.\d+ nats per token over sample; its unique share changes by [+−]?\d\.\d ± \d\.\d percentage points$/,
  ],
  [
    "the most different texts, however improbable",
    ["temperature(1.5)"],
    /^it has .* unique texts, [34]\d\.\d ± \d\.\d percentage points more than/,
  ],
];
for (const [want, use, because] of cases) {
  Deno.test(`decisionsIn: ${want}: the best, and what is tied with it, the cheapest first`, () => {
    const [found, why] = decided.get(want) ?? [];
    assertEquals(found, use, [...decided].join("\n"));
    assertMatch(why ?? "", because);
  });
}

Deno.test("decisionsIn: what no cell allows to say is left out", () => {
  const wants = (yaml: string): string[] => [...table(madeUpRun({ strategies: yaml })).keys()];
  assertEquals(wants("- { strategy: sample }"), []);
  assertEquals(wants("- { strategy: sample }\n- { strategy: top_k, k: 3 }"), [
    "varied texts of the model itself",
  ]);
  assertEquals(wants("- { strategy: beam, beam_width: [2, 4] }"), ["the most probable text"]);
});

Deno.test("decisionsIn: searches of which none is told from another are all named", () => {
  const run = madeUpRun({ strategies: "- { strategy: beam, beam_width: [2, 4, 8] }" });
  const [use, because] = table(run).get("the most probable text") ?? [];
  assertEquals(use?.toSorted(), [2, 4, 8].map((width) => `beam(beam_width=${width})`));
  assert(because?.endsWith("3 are tied"), because);
});

const swept = {
  strategies: "- { strategy: sample }\n- { strategy: speculative, draft_k: 2 }",
  variants: [16, 32, 64].map((size) => ({ "models.target.n_embd": size })),
};
const sizeOf = (variant: Readonly<Record<string, unknown>>): number =>
  Number(variant["models.target.n_embd"]);
const label = (size: number): string => `models.target.n_embd=${size}`;

Deno.test("sweepDecisionsIn: the runs of the lowest loss and of the most tokens per pass, with those tied", async () => {
  const sweep = await madeUpSweep({
    ...swept,
    loss: (variant) => sizeOf(variant) === 16 ? 1 : 0,
    effect: (variant, _, measure) =>
      measure === "tokens_per_target_call" && sizeOf(variant) === 16 ? 6 : 0,
  });
  const text = (prose: Decision["want"]): string => plainOf(prose).replaceAll("\u00a0", " ");
  const [loss, passes] = sweepDecisionsIn(sweep);
  assertEquals(text(loss?.want ?? []), "the target that predicts documents held out best");
  assertEquals(loss?.use, [label(32), label(64)]);
  assertMatch(
    text(loss?.because ?? []),
    /^models\.target\.n_embd=(32|64) has a held-out loss of 2\.\d+ ± 0\.\d+ nats per token, [01]\.\d+ ± 0\.\d+ nats per token less than models\.target\.n_embd=16; 2 are tied$/,
  );
  assertEquals(passes?.use, [label(16)]);
  assertMatch(
    text(passes?.because ?? []),
    /^it gets 3\.\d+ ± 0\.\d+ tokens per target pass, 1\.\d+ ± 0\.\d+ more than models\.target\.n_embd=(32|64)$/,
  );
});

Deno.test("sweepDecisionsIn: where nothing is told apart, or runs differ in seed alone, nothing is to be decided", async () => {
  assertEquals(sweepDecisionsIn(await madeUpSweep(swept)), []);
  const seeds = [1, 2, 3].map((seed) => ({ seed }));
  assertEquals(sweepDecisionsIn(await madeUpSweep({ ...swept, variants: seeds })), []);
});
