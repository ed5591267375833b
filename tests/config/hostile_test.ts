/**
 * Whatever a config says, it ends in valid experiments or in one `ConfigError`: no crash, no hang, no
 * changed prototype, no name that leads out of `outputs/`.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiments } from "../../src/config/experiment.ts";
import { allSettings } from "../../src/config/schema.ts";

const valid = `name: x
seed: 1
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - strategy: greedy
    - { strategy: sample, warp: [{ top_k: 5 }] }
    - { strategy: speculative, draft_k: [1, 2] }
`;

/** Text that YAML, JavaScript and file systems are known to trip over. */
const HOSTILE = [
  ..."\t\0\r\n\ufeff\u2028\ud800{}[]&*!|>%@`'\"#,?:-~<\\",
  ..."__proto__: |constructor: |prototype: |{ __proto__: { polluted: 1 } }|constructor".split("|"),
  ..."&a |*a|&a [*a, *a]|<<: *a|<<: { seed: 2 }|!!binary aGk=|!foo |!!set {a}|!!timestamp ".split(
    "|",
  ),
  ..."1..8|1..1e9|0..1:1e-9|8..1|..|1..|1:30|0.1..0.2:0.1|1e999|.inf|-.inf|.nan|-0|0x10".split("|"),
  ..."2020-01-01|null|true|yes|1_000|123456789012345678901|1e-400|''|[]|{}|[[1]]|[1, 1]".split("|"),
  "%YAML 1.1\n---\n",
  "---\n",
  "...\n",
  "? ",
  "\n  - ",
  "\n    ",
  "extends: c.yaml\n",
  "zip: [[seed, seed]]\n",
  "name: ../x\n",
  "name: .\n",
];

const PROTOTYPE = Object.getOwnPropertyNames(Object.prototype).join();

/** Reads a config; fails unless it ends well. */
function endsWell(text: string, overrides: readonly string[] = []): void {
  try {
    for (const { name, variant, cells } of readExperiments("/nowhere/c.yaml", text, overrides)) {
      assert(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name), name);
      assert(/^[\w.,=+~-]{1,255}$/.test(variant?.label ?? "none"), variant?.label);
      assert(cells.length > 0);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert(/^cannot (use|read) /.test(error.message), error.message);
    assert(error.message.length < 20_000, `${error.message.length} characters`);
  }
  assertEquals(Object.getOwnPropertyNames(Object.prototype).join(), PROTOTYPE);
}

const hostile = fc.constantFrom(...HOSTILE);
const pieces = fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 5 }));

Deno.test("a config: of any text ends in one error (3,000 texts)", () => {
  const text = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (one) => endsWell(one)), { numRuns: 3000, seed: 1 });
});

Deno.test("a config: a valid one with hostile text anywhere ends well (5,000 texts)", () => {
  const edit = fc.record({
    at: fc.nat({ max: valid.length }),
    taken: fc.nat({ max: 12 }),
    put: fc.array(pieces, { maxLength: 3 }).map((parts) => parts.join("")),
  });
  const text = fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) =>
    edits.reduce(
      (before, { at, taken, put }) => before.slice(0, at) + put + before.slice(at + taken),
      valid,
    )
  );
  fc.assert(fc.property(text, (one) => endsWell(one)), { numRuns: 5000, seed: 2 });
});

const keys = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "0",
  "",
  "n_embd",
);
const scalars = fc.oneof(
  fc.double(),
  fc.integer({ min: -2, max: 70_000 }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 5 }),
  hostile,
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalars,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 3 }).map((pairs) =>
      Object.fromEntries(pairs)
    ),
  ),
})).value;

const paths = fc.oneof(
  fc.constantFrom(...allSettings().map(({ path }) => path.join("."))),
  fc.array(
    fc.oneof(keys, fc.constantFrom("decoding", "strategies", "sample", "warp", "models", "7")),
    {
      minLength: 1,
      maxLength: 4,
    },
  ).map((steps) => steps.join(".")),
);

Deno.test("--set: of any value at any path ends well (5,000 of them)", () => {
  const override = fc.tuple(paths, fc.oneof(values.map((value) => JSON.stringify(value)), hostile))
    .map(([path, value]) => `${path}=${value}`);
  fc.assert(
    fc.property(
      fc.array(override, { minLength: 1, maxLength: 3 }),
      (overrides) => endsWell(valid, overrides),
    ),
    { numRuns: 5000, seed: 3 },
  );
});

/** Settings, with values of which most are right. */
const SWEEPS: Readonly<Record<string, readonly string[]>> = {
  "seed": ["1", "-5", "7..9", "0..100:50", "x"],
  "engine": ["simd", "reference", "fast"],
  "corpus.held_out": ["0", "0.1..0.3:0.1", "0.5"],
  "models.block_size": ["16..18", "20", "40", "2"],
  "models.draft.n_embd": ["8", "10..20:2", "9"],
  "training.target.steps": ["1..3", "10", "0"],
  "training.draft.learning_rate": ["0.1..0.3:0.1", "1e-8", "1"],
  "decoding.max_new_tokens": ["0..3", "12"],
  "decoding.strategies.speculative.draft": ["model", "ngram", "prompt_lookup", "n_gram", "1..2"],
  "decoding.strategies.speculative.draft_choice": ["sample", "argmax"],
  "decoding.strategies.greedy.strategy": ["greedy", "top_k", "1..2"],
  "decoding.strategies.sample.warp.top_k": ["1..3", "5", "7..5:-1"],
  "report.charts": ["true"],
};

Deno.test("a config: lists and ranges are a sweep or an error (2,000 of them)", () => {
  const path = fc.constantFrom(...Object.keys(SWEEPS));
  const sweep = path.chain((one) =>
    fc.subarray([...SWEEPS[one] ?? []], { minLength: 1 }).map((list) => `${one}=${list.join()}`)
  );
  const zip = fc.uniqueArray(path, { minLength: 2, maxLength: 2 }).map((group) => `zip=${group}`);
  fc.assert(
    fc.property(
      fc.array(sweep, { minLength: 1, maxLength: 4 }),
      fc.option(zip, { freq: 4 }),
      (sweeps, pair) => endsWell(valid, pair === null ? sweeps : [...sweeps, pair]),
    ),
    { numRuns: 2000, seed: 4 },
  );
});
