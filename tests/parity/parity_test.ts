/**
 * Everything that the original script computes comes out of the library. `PARITY_CORPUS` and
 * `PARITY_GOLDEN` (paths) hold another corpus against another recorded run.
 *
 * The only differences are in the last bit of exp, log and pow, which V8 and the C library round
 * differently, and what 700 steps of Adam make of them. Measured on names.txt: at most 6e-16 of a
 * loss, 4e-15 of a tensor's largest weight, 1e-15 of the largest logit, 4e-15 nats. The bounds leave
 * room for corpora that a model has overfitted, where −ln p of a p near 1 has few digits.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { exactSum } from "./exact_sum.ts";
import type { Golden, GoldenModel } from "./golden.ts";
import { originalRun, type Output, sum, type TrainedModel } from "./original_run.ts";

const file = (name: string): URL => new URL(name, import.meta.url);
const corpus = Deno.readFileSync(
  Deno.env.get("PARITY_CORPUS") ?? file("../../configs/data/names.txt"),
);
const golden: Golden = JSON.parse(
  Deno.readTextFileSync(Deno.env.get("PARITY_GOLDEN") ?? file("golden.json")),
);
const run = originalRun(corpus);

Deno.test("corpus: documents, vocabulary and shuffled order are the original's (exact)", () => {
  const { characters, bos, size: vocabSize } = run.vocabulary;
  assertEquals(
    {
      documents: run.documents.length,
      vocab_size: vocabSize,
      characters: characters.join(""),
      bos,
      first_after_shuffle: run.documents.slice(0, golden.corpus.first_after_shuffle.length),
    },
    golden.corpus,
  );
});

for (const name of ["target", "draft"] as const) {
  const model = run[name];
  const recorded = golden[name];
  const logits = golden[`${name}_logits_after_a`];

  Deno.test(`${name}: initial weights are the original's (exact)`, () => {
    assertEquals([...model.initial.slice(0, 8)], recorded.init_first_8);
    assertEquals(exactSum(model.initial), recorded.init_sum);
    assertEquals(model.initial.length, recorded.parameters);
    const { nEmbd, nHead, nLayer } = model.weights.spec;
    assertEquals([nEmbd, nHead, nLayer], [recorded.n_embd, recorded.n_head, recorded.n_layer]);
  });

  Deno.test(`${name}: the loss of every step is the original's (1e-11 relative)`, () => {
    assertEquals(model.losses.length, recorded.losses.length);
    assertClose(model.losses, recorded.losses, 1e-11);
  });

  Deno.test(`${name}: every line that the original prints while training is equal`, () => {
    assertEquals(printedLines(model, recorded.steps), recorded.printed);
  });

  Deno.test(`${name}: every trained tensor is the original's, by name (1e-12 of its largest)`, () => {
    const expected = recordedTensors(recorded);
    assertEquals(sum(expected.map(([, data]) => data.length)), model.weights.data.length);
    for (const [tensor, data] of expected) {
      assertClose([...model.weights.tensor(tensor)], data, 1e-12, largest(data), tensor);
    }
  });

  Deno.test(`${name}: logits after "a" are the original's (1e-12 of the largest)`, () => {
    assertClose([...model.logitsAfterA], logits, 1e-12, largest(logits));
  });
}

Deno.test("comparison: outputs, proposals and acceptances are equal, log-probs to 1e-11", () => {
  assertEquals(run.comparison.length, golden.comparison.length);
  golden.comparison.forEach((recorded, i) => {
    const { proposed = 0, accepted = 0, log_prob, ...rest } = recorded;
    const ours = run.comparison[i] as Output;
    assertEquals(withoutLogProb(ours), { ...rest, proposed, accepted });
    assertAlmostEquals(ours.log_prob, log_prob, 1e-11);
  });
});

Deno.test("diversity: the five strategies, in the original's order", () => {
  const names = run.diversity.map((outputs) => outputs[0]?.strategy);
  assertEquals(golden.diversity.map(({ strategy }) => strategy), names);
});

for (const [i, recorded] of golden.diversity.entries()) {
  Deno.test(`diversity: ${recorded.strategy}: outputs and unique are equal, log-probs to 1e-11`, () => {
    const ours = run.diversity[i] ?? [];
    const outputs = ours.map(({ output }) => output);
    const logProbs = ours.map(({ log_prob }) => log_prob);
    assertEquals(outputs, recorded.outputs);
    assertEquals(new Set(outputs).size, recorded.unique);
    assertEquals(
      sum(outputs.map((text) => [...text].length)) / ours.length,
      recorded.average_length,
    );
    assertClose(logProbs, recorded.log_probs, 1e-11, 1);
    assertAlmostEquals(sum(logProbs) / ours.length, recorded.average_log_prob, 1e-11);
  });
}

Deno.test("speculative: outputs and counts of every run and in all are equal, log-probs to 1e-11", () => {
  const { runs, ...totals } = golden.speculative;
  assertEquals(run.speculative.length, runs.length);
  runs.forEach(({ log_prob, ...recorded }, i) => {
    const ours = run.speculative[i] as Output;
    assertEquals(withoutLogProb(ours), { ...recorded, strategy: "speculative" });
    assertAlmostEquals(ours.log_prob, log_prob, 1e-11);
  });
  const proposed = sum(run.speculative.map((one) => one.proposed));
  const accepted = sum(run.speculative.map((one) => one.accepted));
  assertEquals(
    {
      total_proposed: proposed,
      total_accepted: accepted,
      acceptance_rate_percent: 100 * accepted / Math.max(proposed, 1),
      // As the original has it: rounds are taken to be a fourth of the proposals.
      tokens_per_round: accepted / Math.max(proposed / 4, 1),
    },
    totals,
  );
});

function withoutLogProb({ log_prob: _, ...rest }: Output): Omit<Output, "log_prob"> {
  return rest;
}

/** The lines that the original's `train_model` prints. */
function printedLines({ initial, losses }: TrainedModel, steps: number): string[] {
  const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  const lines = losses.flatMap((loss, i) =>
    i === 0 || (i + 1) % 100 === 0
      ? [`  step ${String(i + 1).padStart(4)}/${steps} | loss: ${loss.toFixed(4)}`]
      : []
  );
  const last = losses.at(-1) ?? NaN;
  return [`Parameters: ${thousands(initial.length)}`, ...lines, `  Final loss: ${last.toFixed(4)}`];
}

function recordedTensors({ weights }: GoldenModel): (readonly [string, number[]])[] {
  return Object.entries(weights).map(([name, rows]) => [name, rows.flat()] as const);
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Each pair within `bound` of `scale`, or of the expected value where there is none. */
function assertClose(
  actual: readonly number[],
  expected: readonly number[],
  bound: number,
  scale?: number,
  of = "values",
): void {
  assertEquals(actual.length, expected.length, `${of}: how many`);
  expected.forEach((value, i) => {
    const error = Math.abs((actual[i] as number) - value);
    const allowed = bound * (scale ?? Math.abs(value));
    assert(error <= allowed, `${of}[${i}]: ${actual[i]} is ${error} off ${value}`);
  });
}
