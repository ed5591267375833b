// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { mirostat } from "../../../src/decode/sample/mirostat.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { assertLogProbs, decode, STOPS } from "../known_model.ts";
import { MockModel, scripted } from "../mock_model.ts";

// Surprises of 1, 2, 3 and 3 bits.
const next = (): number[] => [.5, .25, .125, .125];

Deno.test("mirostat: starts with tokens of at most 2τ bits, and then moves the limit against the error", () => {
  // μ = 2: keeps 0 and 1; .9 gives 1, of 2 bits. μ = 2 − .5 (2 − 1) = 1.5: keeps 0 alone, of 1 bit.
  // No error, so that μ stays at 1.5.
  const { tokens, logProbs, warpedLogProbs } = decode(mirostat({ tau: 1, eta: .5 }), {
    next,
    random: scripted([.9, .99, .99]),
    maxNewTokens: 3,
  });
  assertEquals(tokens, [1, 0, 0]);
  assertLogProbs(logProbs, [.25, .5, .5]);
  assertLogProbs(warpedLogProbs, [1 / 3, 1, 1]);
});

Deno.test("mirostat: always keeps the most probable token, however small μ becomes", () => {
  // μ = 1 at first keeps 0 alone, of 1 bit: an error of .5 takes μ to 0, and then to −1.
  const { tokens } = decode(mirostat({ tau: .5, eta: 2 }), {
    next,
    random: scripted([.99, .99, .99]),
    maxNewTokens: 3,
  });
  assertEquals(tokens, [0, 0, 0]);
});

Deno.test("mirostat: texts have thresholds of their own", () => {
  const run = (concurrency: number): unknown => {
    const target = new MockModel(4, 64, next);
    const strategy = mirostat({ tau: 1.2, eta: .3 });
    const decodings = Array.from({ length: 20 }, (_, i) =>
      strategy({
        target,
        prompt: [3],
        stops: STOPS,
        maxNewTokens: 40,
        random: CounterStream.fromSeed(1).child(i),
      }));
    return schedule(decodings, { concurrency });
  };
  assertEquals(run(20), run(1));
});

Deno.test("mirostat: the mean surprise is τ (0.1 bits, 2,000 tokens, seeded)", () => {
  for (const tau of [1.1, 1.4, 1.7]) {
    const { logProbs } = decode(mirostat({ tau, eta: .1 }), {
      next: () => [.5, .25, .125, 0].map((p) => p / .875),
      blockSize: 2001,
      random: CounterStream.fromSeed(1),
      maxNewTokens: 2000,
    });
    const bits = -logProbs.reduce((sum, one) => sum + one, 0) / logProbs.length / Math.LN2;
    // The whole distribution has 1.38 bits: above that there is nothing to keep more of.
    assert(Math.abs(bits - Math.min(tau, 1.38)) < .1, `${bits} bits for τ = ${tau}`);
  }
});

Deno.test("mirostat: invalid settings are refused", () => {
  assertThrows(() => mirostat({ tau: 0, eta: .1 }), RangeError, "tau 0");
  assertThrows(() => mirostat({ tau: 1, eta: Infinity }), RangeError, "eta Infinity");
});
