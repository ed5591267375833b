// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { strategyOf } from "../../../src/decode/definitions.ts";
import { readExperiment } from "../../../src/config/experiment.ts";
import { measureCell } from "../../../src/measure/cell_measures.ts";
import type { CellMeasures } from "../../../src/measure/measure.ts";
import type { Sample } from "../../../src/measure/sample.ts";
import { speculativeSection } from "../../../src/report/run/speculative_section.ts";
import { rowBelow, sectionText } from "../read_report.ts";
import { alone, sampleOf, speculating } from "../../measure/sample_of.ts";

const experiment = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - { strategy: speculative, draft_k: [1, 2] }
    - { strategy: sample }
`,
);

/** A text of eight tokens and EOS in `rounds` rounds, each of which proposed `draftK` tokens. */
function sample(draftK: number, rounds: number): Sample {
  const proposedAt = Array<number>(draftK).fill(rounds);
  const half = proposedAt.map((count) => count / 2);
  const proposed = draftK * rounds;
  return sampleOf("abcdefgh", {
    costs: {
      rounds,
      targetCalls: rounds,
      targetRows: 15,
      draftRows: 10,
      proposed,
      tested: proposed,
      accepted: proposed / 2,
    },
    speculation: { proposedAt, testedAt: proposedAt, acceptedAt: half, overlapAt: half },
  });
}

const firstToken = { distance: 0.25, byChance: 0.2 };
const cells = experiment.cells.map((cell, i): CellMeasures => {
  const speculates = cell.settings.strategy === "speculative";
  const context = { draftK: i + 1, draftOperations: 0.5, firstToken };
  return measureCell(
    cell,
    [sample(i + 1, i === 0 ? 6 : 4)],
    speculates ? speculating(context) : alone,
  );
});
const report = textOf(cells);

function textOf(cells: readonly CellMeasures[]): string {
  return `## Speculative\n${sectionText(speculativeSection({ cells }))}`;
}

Deno.test("speculativeSection: theory with α ½ beside what was counted", () => {
  // 1 + ½ + ¼ tokens per pass and 3 / 8 accepted; 9 choices in 4 rounds; (2 · ½ + 3) / 1.75 operations,
  // and 15 + 5 rows where token by token takes 10.
  const expected = {
    "α": "0.500",
    "tokens, theory": "1.75",
    "tokens, at lengths": "1.75",
    "tokens per target pass": "2.25",
    "accepted / proposed, theory": "37.5 %",
    "accepted / proposed, at lengths": "37.5 %",
    "accepted / proposed": "50.0 %",
    "ĉ": "0.50",
    "operations, theory": "2.29",
    operations: "2.00",
  };
  const own = rowBelow(report, "### Predicted", "`speculative(draft=model, draft_k=2)`");
  const found = Object.keys(expected).map((title) => [title, own[title]]);
  assertEquals(Object.fromEntries(found), expected);
});

Deno.test("speculativeSection: the distance of first tokens, and what each cell draws from", () => {
  const row = rowBelow(report, "### Losslessness", "`speculative(draft=model, draft_k=1)`");
  assertEquals(Object.values(row).slice(1), ["0.2500", "0.2000", "the target's distribution"]);
  assert(!report.includes("original script's algorithm"));
});

Deno.test("speculativeSection: says that it claims no speed, and where there is one", () => {
  assertStringIncludes(report, "No speed is claimed here");
  assertStringIncludes(report, "deno task bench --only speculation");
});

Deno.test("speculativeSection: without a speculative cell there is none", () => {
  assertEquals(speculativeSection({ cells: cells.slice(2) }), undefined);
});

const others = readExperiment(
  "c.yaml",
  `
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - { strategy: speculative, draft: prompt_lookup, draft_k: [1, 2] }
    - { strategy: speculative, draft_k: 2, confidence: 0.5 }
    - { strategy: speculative, acceptance_rule: original, draft_k: 2 }
`,
).cells.map((cell): CellMeasures => {
  const profile = strategyOf(cell.settings).speculation?.(cell.settings);
  assert(profile !== undefined);
  const { draftK, predictions } = profile;
  // One of the rounds took no pass.
  const { result, ...rest } = sample(draftK, 4);
  const own = { ...rest, result: { ...result, costs: { ...result.costs, targetCalls: 3 } } };
  return measureCell(cell, [own], speculating({ draftK, predictions, draftOperations: 0.5 }));
});

Deno.test("speculativeSection: where proposals vary in length theory is at lengths alone", () => {
  const text = textOf([...cells, ...others]);
  for (
    const label of [
      "`speculative(draft=prompt_lookup, draft_k=2)`",
      "`speculative(draft=model, draft_k=2, confidence=0.5)`",
    ]
  ) {
    const own = rowBelow(text, "### Predicted", label);
    const [alpha, theory, atLengths] = ["α", "theory", "at lengths"].map((end) =>
      Object.entries(own).filter(([title]) => title.endsWith(end)).map(([, value]) => value)
    );
    // α is ½ in all rows, which is said once.
    assertEquals([alpha, theory], [[], ["–", "–", "–"]]);
    assertEquals(atLengths, ["1.75", "37.5 %"]);
  }
});

Deno.test("speculativeSection: a rule that is not lossless has neither α nor theory; its passes are those of the target", () => {
  const text = textOf(others);
  const label = "`speculative(acceptance_rule=original, draft_k=2)`";
  const predicted = text.slice(text.indexOf("### Predicted"), text.indexOf("No speed is claimed"));
  assert(!predicted.includes(label));
  const [same = ""] = /The same in all rows: .*/.exec(text) ?? [];
  assertStringIncludes(same, "rounds 4, target passes 3");
});
