/**
 * The search for the earlier result that differs the least, held against comparing with each.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { beside, NearestResults } from "../../src/runs/nearest_result.ts";
import { type Json, resultId, type StoredHead } from "../../src/store/stored_result.ts";

type Inputs = { readonly [name: string]: Json | undefined };

function headOf(name: string, inputs: Inputs): StoredHead {
  const effort = { seconds: 1, count: 1, unit: "documents" };
  return { id: resultId("loss", name, inputs), effort, bytes: 0, sha256: "" } as StoredHead;
}

const few = fc.integer({ min: 0, max: 2 });
const inputs = fc.record({
  seed: fc.integer({ min: 0, max: 6 }),
  corpus: fc.record({ sha256: few, held_out: few }),
  models: fc.record({ block_size: few }, { requiredKeys: [] }),
  order: few,
  other: few,
}, { requiredKeys: ["seed", "order"] });
const named = fc.tuple(fc.constantFrom("a", "b"), inputs);

Deno.test("NearestResults: finds what comparing with each finds, up to four differences (500 stores)", () => {
  fc.assert(
    fc.property(fc.array(named, { minLength: 1, maxLength: 30 }), named, (stored, [name, now]) => {
      const heads = stored.map(([name, inputs]) => headOf(name, inputs));
      const id = resultId("loss", name, now);
      const found = new NearestResults(heads).of(id);
      assert(found !== undefined);
      const counts = heads.map((head) => beside(head, id).differences.length);
      const least = Math.min(...counts);
      if (least > 4) return;
      assertEquals(found.differences.length, least);
      const hasName = heads.some(({ id }, i) => counts[i] === least && id.name === name);
      assertEquals(found.head.id.name === name, hasName);
    }),
    { numRuns: 500, seed: 11 },
  );
});

Deno.test("NearestResults: none of another family, and any where all differ much", () => {
  const heads = [headOf("target", { seed: 1, model: "x" })];
  const ngram = resultId("loss", "1-gram", { seed: 1, order: 1 });
  assertEquals(new NearestResults(heads).of(ngram), undefined);
  assertEquals(new NearestResults([]).of(ngram), undefined);
  const far = resultId("loss", "draft", { a: 1, b: 2, c: 3, d: 4, e: 5, seed: 2, model: "y" });
  assertEquals(new NearestResults(heads).of(far)?.head, heads[0]);
});

Deno.test("beside: another arithmetic is a difference, but none to name where the engine is another", () => {
  const effort = { seconds: 1, count: 1, unit: "windows" };
  const differences = (old: Inputs, now: Inputs) => {
    const id = resultId("train", "target", old);
    const head = { id, effort, bytes: 0, sha256: "" } as StoredHead;
    return beside(head, resultId("train", "target", now)).differences.map(({ path }) => path);
  };
  const [fused, strict] = [{ engine: "simd", arithmetic: "fused" }, { engine: "simd" }];
  assertEquals(differences(strict, fused), ["another arithmetic"]);
  assertEquals(differences(fused, strict), ["another arithmetic"]);
  assertEquals(differences(fused, { engine: "reference" }), ["engine"]);
  assertEquals(differences({ engine: "reference" }, { ...fused, seed: 1 }), ["engine", "seed"]);
});

/** A sweep over seeds and widths: what is stored, and what is looked for. */
const sweeps: readonly [string, (i: number) => Inputs, (i: number) => Inputs][] = [
  ["seeds that are new", (i) => of(i, 16), (i) => of(i + 1e6, 16)],
  ["a width that is new", (i) => of(i, 16), (i) => of(i, 32)],
  ["both", (i) => of(i, 16), (i) => of(i + 1e6, 32)],
  ["widths that others have", (i) => of(i, 16 + i % 3), (i) => of(i, 16 + (i + 1) % 3)],
  ["seeds that others have", (i) => of(i, i), (i) => of(i + 1, i)],
];

function of(seed: number, width: number): Inputs {
  const models = { block_size: 16, target: { n_embd: width, n_head: 4 } };
  // The model's key follows from the others.
  return { seed, models, model: `${seed} ${width}`, versions: { stage: 1, v8: "x" }, order: 1 };
}

for (const [what, stored, wanted] of sweeps) {
  Deno.test(`NearestResults: ${what}: the work of a search does not grow with the store (≤ 40 nodes)`, () => {
    for (const count of [200, 2000]) {
      const heads = Array.from({ length: count }, (_, i) => headOf("1-gram", stored(i)));
      const results = new NearestResults(heads);
      for (let i = 0; i < count; i++) {
        const nearest = results.of(resultId("loss", "1-gram", wanted(i)));
        assert(nearest !== undefined && nearest.differences.length <= 3);
      }
      assert(results.visits <= 40 * count, `${results.visits} nodes for ${count} results`);
    }
  });
}
