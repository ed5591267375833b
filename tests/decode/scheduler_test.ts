// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertGreater } from "@std/assert";
import { sample } from "../../src/decode/sample/sample.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import type { Decoding, Strategy } from "../../src/decode/strategy.ts";
import { StopTokens } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { MockModel } from "./mock_model.ts";

const EOS = 3;
const next = (prefix: readonly number[]): number[] => {
  const drift = (prefix.at(-1) ?? 0) / 10;
  return [.3 - drift / 2, .3, .2, .2 + drift / 2];
};

function decodings(model: MockModel, strategy: Strategy, count: number): Decoding[] {
  return Array.from({ length: count }, (_, i) =>
    strategy({
      target: model,
      prompt: [EOS],
      stops: new StopTokens([EOS], 4),
      maxNewTokens: 12,
      random: CounterStream.fromSeed(1).child(i),
    }));
}

Deno.test("schedule: results do not depend on how many samples are in progress", () => {
  const draft = new MockModel(4, 16, next);
  for (const strategy of [sample([]), speculativeOriginal(draft, 3)]) {
    const run = (concurrency: number): unknown =>
      schedule(decodings(new MockModel(4, 16, next), strategy, 50), { concurrency });
    assertEquals(run(7), run(1));
    assertEquals(run(1000), run(1));
  }
});

Deno.test("schedule: samples in progress share a forward pass, and one that ends makes room", () => {
  const model = new MockModel(4, 16, next);
  schedule(decodings(model, sample([]), 50), { concurrency: 8 });
  assertEquals(model.batches[0], 8);
  const full = model.batches.filter((size) => size === 8).length;
  assertGreater(full, model.batches.length / 2);
});

Deno.test("schedule: each result is reported once, under its index", () => {
  const seen: number[] = [];
  const results = schedule(decodings(new MockModel(4, 16, next), sample([]), 20), {
    concurrency: 4,
    onResult: (index) => seen.push(index),
  });
  assertEquals(results.length, 20);
  assertEquals(seen.toSorted((a, b) => a - b), [...results.keys()]);
});

Deno.test("schedule: nothing to do gives nothing", () => {
  assertEquals(schedule([]), []);
});
