// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readExperiment, readExperiments } from "../../src/config/experiment.ts";
import { rangeValues } from "../../src/config/range.ts";
import { refusalOf } from "./refusal.ts";

const ranges: readonly [string, number[]][] = [
  ["1..4", [1, 2, 3, 4]],
  ["3..3", [3]],
  ["-2..1", [-2, -1, 0, 1]],
  ["0..10:5", [0, 5, 10]],
  ["0..10:4", [0, 4, 8]],
  ["4..1:-1", [4, 3, 2, 1]],
  ["8..1:-3", [8, 5, 2]],
  ["0.5..1.5:0.25", [0.5, 0.75, 1, 1.25, 1.5]],
  ["0.1..0.5:0.1", [0.1, 0.2, 0.3, 0.4, 0.5]],
  ["0..1:.25", [0, 0.25, 0.5, 0.75, 1]],
  ["0.3..0:-0.1", [0.3, 0.2, 0.1, 0]],
  ["1e-3..4e-3:1e-3", [0.001, 0.002, 0.003, 0.004]],
  ["1e3..3e3:1e3", [1000, 2000, 3000]],
  ["+1 .. 2 : 1", [1, 2]],
];
for (const [text, values] of ranges) {
  Deno.test(`rangeValues: ${text} is ${values.join(", ")}`, () => {
    assertEquals(rangeValues(text), { values });
  });
}

const mistakes: readonly [string, string][] = [
  [
    "1..x",
    'expected a range as start..end or start..end:step, such as 1..8 or 0.5..1.5:0.25, found "1..x"',
  ],
  [
    "..8",
    'expected a range as start..end or start..end:step, such as 1..8 or 0.5..1.5:0.25, found "..8"',
  ],
  [
    "1..8:1:1",
    'expected a range as start..end or start..end:step, such as 1..8 or 0.5..1.5:0.25, found "1..8:1:1"',
  ],
  [
    "1..1e400",
    'expected a range as start..end or start..end:step, such as 1..8 or 0.5..1.5:0.25, found "1..1e400"',
  ],
  ["8..1", 'expected a step below 0, as in 8..1:-1, found "8..1"'],
  ["1..8:-1", 'expected a step above 0, as in 1..8:1, found "1..8:-1"'],
  ["1..8:0", 'expected a step above 0, as in 1..8:1, found "1..8:0"'],
  [
    "0.5..1.5",
    'expected a step in a range of fractions, such as 0.5..1.5:0.25, found "0.5..1.5"',
  ],
  [
    "1..10001",
    'expected a range of at most 10000 values, found "1..10001", which has 10001',
  ],
];
for (const [text, message] of mistakes) {
  Deno.test(`rangeValues: ${text} is refused with what a range is`, () => {
    assertEquals(rangeValues(text), { message });
  });
}

Deno.test("rangeValues: each value is the decimal that it prints as, none of 0.7500000001 (1,000 ranges)", () => {
  const decimal = fc.record({
    from: fc.integer({ min: -5000, max: 5000 }),
    step: fc.integer({ min: 1, max: 999 }),
    count: fc.integer({ min: 1, max: 50 }),
    digits: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(decimal, ({ from, step, count, digits }) => {
      const text = (units: number): string => (units / 10 ** digits).toFixed(digits);
      const units = Array.from({ length: count }, (_, i) => from + i * step);
      const range = `${text(from)}..${text(from + (count - 1) * step)}:${text(step)}`;
      assertEquals(rangeValues(range), { values: units.map((one) => Number(text(one))) });
    }),
    { numRuns: 1000, seed: 5 },
  );
});

const minimal = `corpus: { path: names.txt }
decoding:
  prompts: [a]
  strategies:
    - { strategy: greedy }
`;
const chain = "decoding.strategies.0={strategy: sample, warp: [{top_k: 1..3}]}";
const sweeps: readonly [string, string[], string[]][] = [
  ["a setting of a strategy", ["decoding.strategies.0={strategy: top_k, k: 1..3}"], [
    "top_k(k=1)",
    "top_k(k=2)",
    "top_k(k=3)",
  ]],
  ["among values", [
    "decoding.strategies.0={strategy: top_k}",
    "decoding.strategies.top_k.k=1,5..6",
  ], [
    "top_k(k=1)",
    "top_k(k=5)",
    "top_k(k=6)",
  ]],
  ["several", ["decoding.strategies.0={strategy: top_p, p: [0.1..0.2:0.1, 0.5..1:0.5]}"], [
    "top_p(p=0.1)",
    "top_p(p=0.2)",
    "top_p(p=0.5)",
    "top_p(p=1)",
  ]],
  ["a warper", [chain], [
    "sample(warp=top_k 1)",
    "sample(warp=top_k 2)",
    "sample(warp=top_k 3)",
  ]],
  ["a warper by its name", [chain, "decoding.strategies.sample.warp.top_k=8..4:-4"], [
    "sample(warp=top_k 8)",
    "sample(warp=top_k 4)",
  ]],
];
for (const [name, overrides, labels] of sweeps) {
  Deno.test(`a range: ${name} makes ${labels.join(" and ")}`, () => {
    const { cells } = readExperiment("c.yaml", minimal, overrides);
    assertEquals(cells.map(({ label }) => label), labels);
  });
}

Deno.test("a range: text is none, quoted or not", () => {
  const { config } = readExperiment("c.yaml", minimal, [
    "decoding.prompts=[1..8, a..b]",
    "decoding.max_new_tokens=5",
  ]);
  assertEquals(config.decoding.prompts, ["1..8", "a..b"]);
  const path = readExperiment("c.yaml", minimal, ["corpus.path=1..8"]).config.corpus?.path;
  assertEquals(path, "1..8");
});

Deno.test("a range: a quoted one is one where a number is expected", () => {
  const experiments = readExperiments("c.yaml", `${minimal}seed: "1..2"\n`);
  assertEquals(experiments.map(({ config }) => config.seed), [1, 2]);
});

const refused: readonly [string, string, string][] = [
  ["one that ends nowhere", "seed: 1..x\n", "  c.yaml:6:1: seed: expected a range as start..end"],
  ["one within a list", "seed: [3, 8..1]\n", "  c.yaml:6:11: seed[1]: expected a step below 0"],
  [
    "a fraction for a whole number",
    "models: { block_size: 16..17:0.5 }\n",
    "  c.yaml:6:11: models.block_size: expected a whole number, found 16.5",
  ],
  [
    "more than all ranges may have",
    `seed: [${Array(11).fill("1..10000").join()}]\n`,
    "  c.yaml:6:1: seed: expected at most 100000 values in all ranges, found more",
  ],
];
for (const [name, text, message] of refused) {
  Deno.test(`a range: ${name} is refused with its place`, async () => {
    assertStringIncludes(await refusalOf(() => readExperiments("c.yaml", minimal + text)), message);
  });
}
