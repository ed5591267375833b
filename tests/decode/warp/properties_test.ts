// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { softmax } from "../../../src/decode/distribution.ts";
import {
  createWarpers,
  effectiveChain,
  type WarperName,
  warpers,
  type WarperSettings,
} from "../../../src/decode/warp/definitions.ts";
import { warp } from "../../../src/decode/warp/warper.ts";
import { anyChoice, anyLogits, anyWarper, casesOf, settings, WARPER_NAMES } from "./any_warper.ts";
import { support } from "./warped.ts";

const TRUNCATIONS = WARPER_NAMES.filter((name) => casesOf(name).isTruncation);
const IDEMPOTENT = WARPER_NAMES.filter((name) => casesOf(name).isIdempotent);

/** The logits after `chain`, those before left as they are. */
function after(
  logits: Float64Array,
  chain: readonly WarperSettings[],
  history = [0],
): Float64Array {
  const warped = logits.slice();
  warp(createWarpers(chain), warped, history, 1);
  return warped;
}

Deno.test("warpers: any chain leaves a token, and none that was forbidden before (1,000 chains)", () => {
  fc.assert(
    fc.property(
      anyChoice,
      fc.array(anyWarper(), { minLength: 1, maxLength: 2 }),
      ({ logits, history, promptLength }, chain) => {
        const warped = logits.slice();
        // Throws where no token is left, or one is NaN or ∞.
        warp(createWarpers(chain), warped, history, promptLength);
        logits.forEach((logit, token) =>
          assert(logit > -Infinity || warped[token] === -Infinity, `${token} came back`)
        );
      },
    ),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("warpers: a truncation leaves the logits of kept tokens unchanged (500)", () => {
  fc.assert(
    fc.property(anyChoice, anyWarper(TRUNCATIONS), ({ logits, history }, warper) => {
      const warped = after(logits, [warper], history);
      for (const token of support(warped)) assertEquals(warped[token], logits[token]);
    }),
    { numRuns: 500, seed: 2 },
  );
});

const IDENTITIES = warpers.flatMap(({ name, identity }) =>
  identity === undefined ? [] : [settings(name, identity)]
);

Deno.test("warpers: those whose value is an identity change nothing, and leave no trace in a chain (500)", () => {
  fc.assert(
    fc.property(anyChoice, fc.constantFrom(...IDENTITIES), ({ logits, history }, warper) => {
      assertEquals(after(logits, [warper], history), logits);
    }),
    { numRuns: 500, seed: 11 },
  );
  assertEquals(effectiveChain(IDENTITIES), []);
  const others = WARPER_NAMES.flatMap((name) =>
    casesOf(name).values.map((value) => settings(name, value))
  ).filter((one) =>
    !IDENTITIES.some((identity) => JSON.stringify(identity) === JSON.stringify(one))
  );
  assertEquals(effectiveChain(others), others);
});

Deno.test("warpers: applied twice, idempotent ones change nothing more (500)", () => {
  fc.assert(
    fc.property(anyChoice, anyWarper(IDEMPOTENT), ({ logits, history }, warper) => {
      const once = after(logits, [warper], history);
      assertEquals(after(once, [warper], history), once);
    }),
    { numRuns: 500, seed: 3 },
  );
});

Deno.test("temperature: keeps the order and the equals (500)", () => {
  fc.assert(
    fc.property(anyLogits, fc.constantFrom(0.1, 0.7, 1, 3), (logits, temperature) => {
      const warped = after(logits, [{ temperature }]);
      logits.forEach((a, i) =>
        logits.forEach((b, j) => {
          if (a >= b) assert((warped[i] as number) >= (warped[j] as number));
        })
      );
    }),
    { numRuns: 500, seed: 4 },
  );
});

/** Tokens that can be drawn by falling logit, of equal ones the lower first: plainly. */
function byLogit(logits: Float64Array): number[] {
  return support(logits).sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
}

function ascending(tokens: readonly number[]): number[] {
  return tokens.toSorted((a, b) => a - b);
}

Deno.test("top_k: keeps the first k of a plain sort, exactly (500)", () => {
  fc.assert(
    fc.property(anyLogits, fc.integer({ min: 1, max: 45 }), (logits, k) => {
      const kept = support(after(logits, [{ top_k: k }]));
      assertEquals(kept, ascending(byLogit(logits).slice(0, k)));
    }),
    { numRuns: 500, seed: 5 },
  );
});

const anyMass = fc.double({ min: 0.001, max: 0.999, noNaN: true });

function massOf(tokens: readonly number[], probabilities: Float64Array): number {
  return tokens.reduce((sum, token) => sum + (probabilities[token] as number), 0);
}

Deno.test("top_p: a prefix of the plain sort, with the mass and without its last short of it (1e-12, 500)", () => {
  fc.assert(
    fc.property(anyLogits, anyMass, (logits, p) => {
      const kept = support(after(logits, [{ top_p: p }]));
      const order = byLogit(logits);
      const probabilities = softmax(logits);
      assertEquals(kept, ascending(order.slice(0, kept.length)));
      assert(massOf(kept, probabilities) >= p - 1e-12);
      assert(massOf(order.slice(0, kept.length - 1), probabilities) < p + 1e-12);
    }),
    { numRuns: 500, seed: 6 },
  );
});

Deno.test("typical_p: the nearest to the entropy, with the mass and without the farthest short of it (1e-9, 500)", () => {
  fc.assert(
    fc.property(anyLogits, anyMass, (logits, p) => {
      const kept = support(after(logits, [{ typical_p: p }]));
      const probabilities = softmax(logits);
      const surprisal = (token: number): number => -Math.log(probabilities[token] as number);
      const tokens = support(probabilities.map((p) => p > 0 ? p : -Infinity));
      const entropy = tokens.reduce(
        (sum, t) => sum + (probabilities[t] as number) * surprisal(t),
        0,
      );
      const distance = (token: number): number => Math.abs(surprisal(token) - entropy);
      const farthest = Math.max(...kept.map(distance));
      for (const token of tokens) {
        assert(kept.includes(token) || distance(token) >= farthest - 1e-9);
      }
      const nearer = kept.filter((token) => distance(token) < farthest - 1e-9);
      assert(massOf(kept, probabilities) >= p - 1e-9);
      assert(massOf(nearer, probabilities) < p + 1e-9);
    }),
    { numRuns: 500, seed: 7 },
  );
});

/** The threshold of each, on probabilities (on logits for `top_n_sigma`), from its definition. */
const thresholds: readonly [WarperName, (value: number, p: Float64Array, l: number[]) => number][] =
  [
    ["min_p", (value, p) => value * Math.max(...p)],
    ["epsilon", (value, p) => Math.min(value, Math.max(...p))],
    ["eta", (value, p) => {
      const entropy = -p.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
      return Math.min(value, Math.sqrt(value) * Math.exp(-entropy));
    }],
    ["top_n_sigma", (value, _, logits) => {
      const mean = logits.reduce((sum, l) => sum + l, 0) / logits.length;
      const variance = logits.reduce((sum, l) => sum + (l - mean) ** 2, 0) / logits.length;
      return Math.max(...logits) - value * Math.sqrt(variance);
    }],
  ];

for (const [name, threshold] of thresholds) {
  Deno.test(`${name}: keeps what reaches its threshold and nothing else (500, but for 1e-9 around it)`, () => {
    fc.assert(
      fc.property(anyLogits, anyMass, (logits, value) => {
        const kept = support(after(logits, [settings(name, value)]));
        const probabilities = softmax(logits);
        const tokens = support(logits);
        const limit = threshold(
          value,
          probabilities,
          tokens.map((token) => logits[token] as number),
        );
        for (const token of tokens) {
          const reached = (name === "top_n_sigma" ? logits : probabilities)[token] as number;
          const near = Math.abs(reached - limit) <= 1e-9 * Math.abs(limit);
          assert(near || kept.includes(token) === reached > limit, `${reached} and ${limit}`);
        }
        const shares = kept.map((token) => logits[token]);
        for (const token of tokens) {
          assert(kept.includes(token) || !shares.includes(logits[token]), "equals were divided");
        }
      }),
      { numRuns: 500, seed: 8 },
    );
  });
}

/** The runs of `n` tokens of a text. */
function runs(text: readonly number[], n: number): string[] {
  return text.slice(n - 1).map((_, i) => text.slice(i, i + n).join(" "));
}

Deno.test("no_repeat_ngram: a text drawn token by token has no run twice (500)", () => {
  fc.assert(
    fc.property(anyLogits, fc.integer({ min: 1, max: 4 }), fc.nat(1000), (logits, n, step) => {
      const [warper] = createWarpers([{ no_repeat_ngram: n }]);
      assert(warper !== undefined);
      const history = [0];
      while (history.length < 30) {
        const left = logits.slice();
        warper.apply(left, history, 1);
        const tokens = support(left);
        const token = tokens[step * history.length % tokens.length] as number;
        const text = history.slice(1);
        // Where all is forbidden, nothing is.
        const all = support(logits).every((next) =>
          runs(text, n).includes([...text.slice(text.length - n + 1), next].slice(-n).join(" "))
        );
        if (all) break;
        history.push(token);
      }
      const found = runs(history.slice(1), n);
      assertEquals(new Set(found).size, found.length);
    }),
    { numRuns: 500, seed: 9 },
  );
});
