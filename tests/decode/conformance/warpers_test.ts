/**
 * Every warper in the list keeps the rules of all warpers and agrees with its own table of cases.
 *
 * @module
 */
import { z } from "zod";
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createStrategy } from "../../../src/decode/definitions.ts";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import { createWarpers, warpers } from "../../../src/decode/warp/definitions.ts";
import { warp } from "../../../src/decode/warp/warper.ts";
import { E, warperCases } from "../cases/warpers.ts";
import { decode, draftsOf, EOS } from "../known_model.ts";
import { scripted } from "../mock_model.ts";
import { anyChoice } from "../warp/any_warper.ts";
import { warped } from "../warp/warped.ts";

Deno.test("warpers: each in the list has cases, and no others have", () => {
  assertEquals(Object.keys(warperCases).sort(), warpers.map(({ name }) => name as string).sort());
});

for (const { name, value, strategy, create } of warpers) {
  const cases = warperCases[name];
  if (cases === undefined) continue;
  const { values, probabilities = [], logits = [], refused, draws } = cases;

  Deno.test(`${name}: has cases of every kind`, () => {
    assert(probabilities.length + logits.length >= 3, "no probabilities or logits");
    assert(refused.length > 0, "no value that is refused");
    assert(draws.length > 0, "no text of the strategy");
    assertEquals(Object.keys(cases.chain[0] ?? {}), [name]);
  });

  for (const [what, before, chain, after] of probabilities) {
    Deno.test(`${name}: ${what} (1e-12)`, () => {
      const actual = warped(before, ...createWarpers(chain));
      assertEquals(actual.length, after.length);
      actual.forEach((p, token) => assertAlmostEquals(p, after[token] as number, 1e-12));
    });
  }

  for (const [what, chain, before, text, after] of logits) {
    Deno.test(`${name}: ${what}`, () => {
      const [prompt = [], generated = []] = text.split(" ").map((part) =>
        [...part].map((token) => token === "E" ? E : Number(token))
      );
      const actual = Float64Array.from(before);
      warp(createWarpers(chain), actual, [...prompt, ...generated], prompt.length);
      assertEquals([...actual], after);
    });
  }

  Deno.test(`${name}: the one token of a vocabulary stays, as does the one that is left`, () => {
    for (const one of values) {
      assertEquals(warped([1], create(one)), [1]);
      assertEquals(warped([0, 1, 0], create(one)), [0, 1, 0]);
    }
  });

  Deno.test(`${name}: leaves a token, and brings none back (200 choices)`, () => {
    fc.assert(
      fc.property(anyChoice, fc.constantFrom(...values), (choice, one) => {
        const { logits, history, promptLength } = choice;
        const after = logits.slice();
        // Throws where no token is left, or one is NaN or ∞.
        warp([create(one)], after, history, promptLength);
        logits.forEach((logit, token) =>
          assert(logit > -Infinity || after[token] === -Infinity, `${token} came back`)
        );
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  Deno.test(`${name}: a choice depends on nothing but its arguments (200 choices)`, () => {
    fc.assert(
      fc.property(anyChoice, anyChoice, fc.constantFrom(...values), (first, other, one) => {
        const after = (warper = create(one)): Float64Array => {
          const logits = first.logits.slice();
          warper.apply(logits, first.history, first.promptLength);
          return logits;
        };
        const used = create(one);
        used.apply(other.logits.slice(), other.history, other.promptLength);
        assertEquals(after(used), after());
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  Deno.test(`${name}: its name, and the values that its schema allows, are those that it creates`, () => {
    for (const one of values) {
      assertEquals(value(z).parse(one), one);
      assertEquals(create(one).name, name);
    }
    assertEquals(value(z).parse(strategy.default), strategy.default);
  });

  for (const [one, message] of refused) {
    Deno.test(`${name}: ${one} is refused, by its schema too`, () => {
      assertThrows(() => create(one), RangeError, message);
      assert(!value(z).safeParse(one).success);
    });
  }

  for (const [one, uniforms, tokens] of draws) {
    Deno.test(`${name}: as a strategy with ${strategy.setting} ${one} draws ${tokens}`, () => {
      const settings = strategySchema.parse({ strategy: name, [strategy.setting]: one });
      const chain = strategySchema.parse({ strategy: "sample", warp: [{ [name]: one }] });
      for (const each of [settings, chain]) {
        const result = decode(createStrategy(each, draftsOf()), {
          next: () => [.2, .5, .2, .1],
          prompt: [EOS, 0],
          random: scripted(uniforms),
          maxNewTokens: uniforms.length,
        });
        assertEquals(result.tokens, tokens);
      }
    });
  }
}
