// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { cellOf, settingValues, sweptValue } from "../../src/decode/cell.ts";
import { strategySchema } from "../../src/decode/settings_schema.ts";

/** Settings, the label, and the name that seeds random streams where that is another. */
const names: readonly [settings: Record<string, unknown>, label: string, stream?: string][] = [
  [{ strategy: "greedy" }, "greedy"],
  [{ strategy: "top_k" }, "top_k(k=5)"],
  [{ strategy: "temperature", temperature: 0.5 }, "temperature(0.5)"],
  [{ strategy: "sample" }, "sample"],
  [
    { strategy: "sample", warp: [{ temperature: 0.8 }, { top_k: 5 }] },
    "sample(warp=temperature 0.8 → top_k 5)",
  ],
  [{ strategy: "beam" }, "beam(beam_width=3)"],
  [
    { strategy: "beam", beam_width: 2, length_penalty: 1, early_stopping: true, n_best: 2 },
    "beam(beam_width=2, length_penalty=1, early_stopping=true, n_best=2)",
  ],
  [
    { strategy: "diverse_beam" },
    "diverse_beam(beam_width=4, beam_groups=2, diversity_penalty=0.5)",
    "diverse_beam(beam_width=4, groups=2, diversity_penalty=0.5)",
  ],
  [{ strategy: "best_of", n: 2, warp: [{ top_p: 0.5 }] }, "best_of(n=2, warp=top_p 0.5)"],
  [{ strategy: "exact", budget: 9 }, "exact(budget=9)"],
  [{ strategy: "speculative" }, "speculative(draft=model, draft_k=4)"],
  [
    { strategy: "speculative", draft: "ngram", draft_choice: "argmax", confidence: 0.2 },
    "speculative(draft=ngram, ngram_order=3, draft_choice=argmax, draft_k=4, confidence=0.2)",
    "speculative(draft=ngram, order=3, draft_choice=argmax, draft_k=4, confidence=0.2)",
  ],
  [
    { strategy: "speculative", warp: [{ temperature: 0.8 }], draft_warp: [] },
    "speculative(draft=model, draft_k=4, warp=temperature 0.8, draft_warp=none)",
  ],
  [
    { strategy: "speculative", acceptance_rule: "original" },
    "speculative(acceptance_rule=original, draft_k=4)",
    "speculative(variant=original, draft_k=4)",
  ],
];
for (const [settings, label, stream = label] of names) {
  Deno.test(`cellOf: ${label} is the label, and ${stream} seeds its streams`, () => {
    const cell = cellOf(strategySchema.parse(settings));
    assertEquals([cell.label, cell.stream], [label, stream]);
  });
}

Deno.test("settingValues: a chain is a text, in the order written", () => {
  assertEquals(settingValues({ strategy: "sample", warp: [{ temperature: 0.8 }, { top_k: 5 }] }), {
    strategy: "sample",
    warp: "temperature 0.8 → top_k 5",
  });
  assertEquals(settingValues({ strategy: "sample", warp: [] }), {
    strategy: "sample",
    warp: "none",
  });
  assertEquals(settingValues({ strategy: "top_k", k: 5 }), { strategy: "top_k", k: 5 });
});

Deno.test("sweptValue: of a setting, of a warper, and of one of two of a kind", () => {
  assertEquals(sweptValue({ strategy: "top_k", k: 5 }, "k"), 5);
  const settings = {
    strategy: "sample",
    warp: [{ temperature: 2 }, { top_k: 5 }, { temperature: 0.5 }],
  } as const;
  assertEquals(sweptValue(settings, "warp.top_k"), 5);
  assertEquals(sweptValue(settings, "warp[2].temperature"), 0.5);
});
