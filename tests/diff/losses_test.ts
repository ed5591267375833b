// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { changeOfLoss, documentLosses, type LossesByText } from "../../src/diff/losses.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

await loadQuantiles();

function read(text: string, wanted: (model: string) => boolean = () => true) {
  return documentLosses({ file: "f", parts: [new TextEncoder().encode(text)] }, wanted);
}

const header = "model,document,tokens,characters,nats\r\n";

Deno.test("documentLosses: by model, with documents that the corpus has twice told apart", async () => {
  const losses = await read(
    `${header}target,ann,4,3,7.5\r\ntarget,ann,4,3,7.5\r\ndraft,ann,4,3,8.5\r\n`,
    (model) => model === "target",
  );
  assertEquals([...losses.keys()], ["target"]);
  const target = losses.get("target");
  assertEquals(target?.documents, ["ann", "ann\n1"]);
  assertEquals([...target?.nats ?? []], [7.5, 7.5]);
});

for (
  const [name, text, message] of [
    ["a number that is none", `${header}a,b,1,1,x\r\n`, "line 2: expected a number in nats, found"],
    [
      "a column that is missing",
      "model,document,tokens\r\n",
      "line 1: expected the column characters",
    ],
    [
      "another first column",
      "x,model,document,tokens,characters,nats\r\n",
      "the column model first",
    ],
  ] as const
) {
  Deno.test(`documentLosses: ${name} is refused with the line`, async () => {
    await assertRejects(() => read(text), DiffError, message);
  });
}

/** Losses of documents whose lengths and difficulty vary far more than models do. */
function losses(names: readonly string[], better: number, seed: number): LossesByText {
  const hard = CounterStream.fromSeed(1);
  const noise = CounterStream.fromSeed(seed);
  const tokens = Float64Array.from(names, (name) => 3 + Math.floor(hard.child(name, 0).next() * 8));
  return {
    documents: names,
    tokens,
    characters: tokens.map((count) => count - 1),
    nats: Float64Array.from(names, (name, i) =>
      (tokens[i] ?? 0) *
      (2 + hard.child(name, 1).next() - better + 0.1 * noise.child(name, seed).next())),
  };
}

const names = Array.from({ length: 400 }, (_, i) => `document ${i}`);

Deno.test("changeOfLoss: of the same documents it is the paired t of a ratio of sums, to 1e-9", () => {
  const [old, current] = [losses(names, 0, 1), losses(names, 0.02, 2)];
  const found = changeOfLoss("tokens", old, current);
  const total = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
  const [before, after] = [old, current].map(({ nats, tokens }) => total(nats) / total(tokens));
  assertAlmostEquals(found.old, before ?? NaN, 1e-12);
  assertAlmostEquals(found.new, after ?? NaN, 1e-12);
  // Both have the same tokens, so that the difference is a ratio, too: Σ (new − old) / Σ tokens, by
  // leaving out each document.
  const value = found.new - found.old;
  const pseudo = names.map((_, i) => {
    const change = (current.nats[i] ?? 0) - (old.nats[i] ?? 0);
    const tokens = old.tokens[i] ?? 0;
    const left = (value * total(old.tokens) - change) / (total(old.tokens) - tokens);
    return names.length * value - (names.length - 1) * left;
  });
  const mean = pseudo.reduce((sum, one) => sum + one, 0) / names.length;
  const square = pseudo.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (names.length - 1);
  const error = Math.sqrt(square / names.length);
  const { difference, pairing } = found.judged ?? {};
  assertEquals(pairing, "document");
  assertEquals(Math.round(difference?.degreesOfFreedom ?? 0), names.length - 1);
  const { low, high } = difference?.interval ?? { low: NaN, high: NaN };
  // t₀.₉₇₅ with 399 degrees of freedom.
  assertAlmostEquals((high - low) / 2, 1.9659272 * error, 1e-8);
});

Deno.test("changeOfLoss: pairs see a difference that the variances added up hide", () => {
  const old = losses(names, 0, 1);
  const paired = changeOfLoss("tokens", old, losses(names, 0.02, 2)).judged;
  assert((paired?.difference.p ?? 1) < 1e-6, `${paired?.difference.p}`);
  const others = names.map((name) => `other ${name}`);
  const unpaired = changeOfLoss("tokens", old, losses(others, 0.02, 2)).judged;
  assertEquals(unpaired?.pairing, "none");
  assert((unpaired?.difference.p ?? 0) > 0.05, `${unpaired?.difference.p}`);
});

Deno.test("changeOfLoss: the more documents are common, the shorter the interval", () => {
  const widths = [0, 100, 200, 300, 400].map((common) => {
    const others = names.map((name, i) => i < common ? name : `other ${name}`);
    const found = changeOfLoss("characters", losses(names, 0, 1), losses(others, 0, 2));
    const { low, high } = found.judged?.difference.interval ?? { low: NaN, high: NaN };
    return high - low;
  });
  assertEquals(widths, widths.toSorted((a, b) => b - a));
});

Deno.test("changeOfLoss: equal losses have no difference to judge", () => {
  const old = losses(names, 0, 1);
  assertEquals(changeOfLoss("tokens", old, old).judged, undefined);
});
