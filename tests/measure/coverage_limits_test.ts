// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { shortfalls } from "../../src/measure/coverage_limits.ts";

const differences = { name: "difference", title: "differences", interval: "set" } as const;
const length = { name: "mean_length", title: "mean length", interval: "mean" } as const;

Deno.test("shortfalls: names what falls short, and at which size", () => {
  assertEquals(shortfalls([differences], [{ prompts: "drawn", draws: 2, samples: 20 }]), [
    "differences: with 2 drawn prompts, 20 samples of each 96 to 100 of 100 intervals cover, not 95.",
  ]);
});

Deno.test("shortfalls: of sizes that cover nothing is said", () => {
  const sizes = [{ prompts: "drawn", draws: 50, samples: 200 }, {
    prompts: "listed",
    draws: 20,
    samples: 100,
  }] as const;
  assertEquals(shortfalls([differences, length], sizes), []);
});
