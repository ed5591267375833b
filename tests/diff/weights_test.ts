// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { changeBetween } from "../../src/diff/weights.ts";
import { checkpoint, diffOf, diffOfFinished, example, withManifest } from "./example_run.ts";

const none = { absolute: 0, relative: 0 };

function change(old: string, current: string, tolerance = none) {
  return changeBetween({ file: "a", text: old }, { file: "b", text: current }, tolerance);
}

Deno.test("changeBetween: one weight changed from 1 to 4 is the largest change, 3, of its tensor only", () => {
  const found = change(checkpoint(1), checkpoint(4));
  if (found.kind !== "moved") throw new Error(found.kind);
  // 64 weights: 6 of wte, 4 of wpe, 16 of attention, 32 of the MLP, 6 of the head.
  assertEquals(found.whole, { largest: 3, relative: Math.sqrt(9 / 64) });
  const [first, ...others] = found.tensors;
  assertEquals(first, { name: "wte", largest: 3, relative: Math.sqrt(9 / 6) });
  assertEquals(others.map(({ largest }) => largest), others.map(() => 0));
});

Deno.test("changeBetween: the tolerance bounds the largest change, or the RMS relative to the old one", () => {
  const differs = (absolute: number, relative: number): boolean => {
    const found = change(checkpoint(1), checkpoint(4), { absolute, relative });
    return found.kind === "moved" && found.differs;
  };
  assertEquals([differs(2.9, 0), differs(3, 0)], [true, false]);
  assertEquals([differs(0, 0.37), differs(0, 0.38)], [true, false]);
});

Deno.test("changeBetween: other sizes and characters are named, and nothing is subtracted", () => {
  assertEquals(change(checkpoint(), checkpoint(1, ["a", "b"], 4)), {
    kind: "reshaped",
    sizes: ["nEmbd 2 → 4"],
  });
  assertEquals(change(checkpoint(), checkpoint(1, ["a", "c"])), {
    kind: "reshaped",
    sizes: ["other characters"],
  });
  assertEquals(change(checkpoint(), checkpoint()), { kind: "equal" });
});

Deno.test("diffRuns: without a checkpoint the manifests tell whether weights differ", async () => {
  const { "checkpoints/target.json": _, ...kept } = example;
  const manifest = (first: number): string =>
    withManifest({ ...example, "checkpoints/target.json": checkpoint(first) })["manifest.json"] ??
      "";
  const of = async (first: number) => {
    const files = { ...kept, "manifest.json": manifest(first) };
    const { weights } = await diffOfFinished(withManifest(example), files);
    return weights.map(({ change }) => change);
  };
  assertEquals(await of(1), [{ kind: "equal" }]);
  assertEquals(await of(2), [{ kind: "unknown", missing: ["new"] }]);
  assertEquals((await diffOf(example, kept)).weights, []);
});
