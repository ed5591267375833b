// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  AssertionError,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { ConfigError } from "../../src/config/config_error.ts";
import { loadRun } from "../../src/diff/load.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { areEqual } from "../../src/diff/render/sections.ts";
import { CheckpointError } from "../../src/train/checkpoint.ts";
import type { RunDiff } from "../../src/diff/compare.ts";
import {
  diffOfFinished,
  example,
  type Files,
  inMemory,
  withDigest,
  withManifest,
} from "./example_run.ts";

const finished = withManifest(example);
const newest = withDigest(example);

function without(name: string): Files {
  return Object.fromEntries(Object.entries(finished).filter(([other]) => other !== name));
}

const refusals: readonly [string, Files, string][] = [
  [
    "no manifest",
    without("manifest.json"),
    "cannot compare old: expected a finished run, found some of its files and no manifest.json, which tells whether they are whole: run its config again",
  ],
  [
    "nothing",
    {},
    "cannot compare old: expected a finished run, found no manifest.json in it",
  ],
  ...[".begun", ".writing"].map((mark): [string, Files, string] => [
    `no manifest, and ${mark}`,
    { ...without("manifest.json"), [mark]: "{}" },
    "cannot compare old: expected a finished run, found one that was interrupted, or failed, or still runs: repeat its command",
  ]),
  [
    "no results",
    without("results.csv"),
    "cannot read results.csv of old: expected a file, found none",
  ],
  [
    "no config",
    without("config.yaml"),
    "cannot read config.yaml of old: expected a file, found none",
  ],
  [
    "no models.csv",
    without("models.csv"),
    "cannot read models.csv of old: expected a file, found none",
  ],
  [
    "a value that was changed by hand",
    { ...finished, "results.csv": (finished["results.csv"] ?? "").replace("0.5", "0.6") },
    "cannot use results.csv of old: expected the digest that manifest.json has of it, found another",
  ],
  [
    "results without their settings",
    withManifest({ ...example, "results.csv": "a,b\r\n1,2\r\n" }),
    "cannot use results.csv of old: line 1: expected the columns cell and prompts",
  ],
  [
    "models that have no name",
    withManifest({ ...example, "models.csv": "name\r\ntarget\r\n" }),
    'cannot use models.csv of old: line 1: expected the column model first, found "name"',
  ],
  [
    "a config that is no YAML",
    withManifest({ ...example, "config.yaml": "a: [1" }),
    "cannot use config.yaml of old\n  config.yaml of old:2:1: expected YAML",
  ],
  [
    "a config of aliases upon aliases",
    withManifest({
      ...example,
      "config.yaml": "a: &a [x, x, x, x, x, x, x, x, x]\n" +
        [..."bcdefgh"].map((key, i) =>
          `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(", ")}]\n`
        ).join(""),
    }),
    "config.yaml of old:7:1: expected at most 1000000 values with every alias replaced, found more",
  ],
  [
    "another manifest",
    withManifest(example, { format: "other" }),
    "cannot use manifest.json of old: ",
  ],
  [
    "a newer manifest",
    withManifest(example, { version: 4 }),
    "expected version 1, 2 or 3, found 4",
  ],
  [
    "digests that are none",
    withManifest(example, { outputs: { "results.csv": 3 } }),
    "expected text at outputs.results.csv, found something else",
  ],
];

/** Compares `files` with the whole example. */
function compare(files: Files): Promise<RunDiff> {
  return diffOfFinished(files, finished);
}

/** The error of `action`, which must be one of those for users. */
async function failure(action: Promise<unknown>): Promise<Error> {
  try {
    await action;
  } catch (error) {
    assertExpected(error);
    return error instanceof ConfigError ? await error.located() : error;
  }
  throw new AssertionError("it did not fail");
}

function assertExpected(error: unknown): asserts error is Error {
  const expected = error instanceof Error &&
    [DiffError, ConfigError, CheckpointError].some((kind) => error instanceof kind);
  assert(expected, error instanceof Error ? error.stack : String(error));
}

for (const [name, files, message] of refusals) {
  Deno.test(`loadRun: ${name}: one message that names the file`, async () => {
    assertStringIncludes((await failure(compare(files))).message, message);
  });
}

Deno.test("loadRun: other line endings, as git may make them, are accepted and named", async () => {
  for (
    const [ends, names] of [
      ["\n", "results.csv, models.csv"],
      ["\r\n", "manifest.json, config.yaml, checkpoints/target.json"],
    ] as const
  ) {
    const stored = Object.fromEntries(
      Object.entries(newest).map(([name, text]) => [name, text.replaceAll(/\r?\n/g, ends)]),
    );
    assertEquals((await loadRun(inMemory("old", stored))).notes, [
      `old: line endings were changed, and nothing else, in ${names}`,
    ]);
    assert(areEqual(await compare(stored)));
  }
});

Deno.test("loadRun: every byte of a manifest of version 3, flipped or not there, is refused (each of its bytes, 3 ways)", async () => {
  const text = newest["manifest.json"] ?? "";
  assertEquals((await loadRun(inMemory("old", newest))).notes, []);
  for (let at = 0; at < text.length; at++) {
    const [before, byte, after] = [text.slice(0, at), text.charCodeAt(at), text.slice(at + 1)];
    // One bit, the bit of upper case, and one white space for another.
    for (const other of [byte ^ 1, byte ^ 0x20, byte ^ 0x29].map((it) => String.fromCharCode(it))) {
      const error = await failure(
        loadRun(inMemory("old", { ...newest, "manifest.json": before + other + after })),
      );
      assertStringIncludes(error.message, "cannot use manifest.json of old: ");
    }
    await failure(loadRun(inMemory("old", { ...newest, "manifest.json": before + after })));
  }
});

Deno.test("loadRun: of files that are not compared, damaged ones are refused by name and missing ones named", async () => {
  const more = {
    ...example,
    "samples.csv": "a\r\n",
    "report.md": "# a\n",
    "charts/a.svg": "<svg>",
  };
  const whole = withDigest(more);
  for (const name of Object.keys(more)) {
    const error = await failure(loadRun(inMemory("old", { ...whole, [name]: `${whole[name]} ` })));
    assertStringIncludes(error.message, `${name} of old`);
  }
  const { "samples.csv": _, "report.md": __, ...rest } = whole;
  assertEquals((await loadRun(inMemory("old", rest))).notes, [
    "old: compared without samples.csv, report.md",
  ]);
});

for (const [name, text] of Object.entries(finished)) {
  Deno.test(`loadRun: ${name} cut off at any of its ${text.length} characters is refused`, async () => {
    for (let length = 0; length < text.length; length++) {
      await failure(compare({ ...finished, [name]: text.slice(0, length) }));
    }
  });
}

Deno.test("loadRun: any part of any file replaced is refused or changes nothing (2,000 random replacements)", async () => {
  const names = Object.keys(newest);
  const damage = fc.record({
    name: fc.constantFrom(...names),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 40 }),
    text: fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom('"', ",", "\r\n", "&a ", "*a", "{", "__proto__", "null", "1e999", "\u0000"),
    ),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ name, at, length, text }) => {
      const whole = newest[name] ?? "";
      const from = Math.floor(at * whole.length);
      const changed = whole.slice(0, from) + text + whole.slice(from + length);
      try {
        const diff = await diffOfFinished({ ...newest, [name]: changed }, newest);
        assert(areEqual(diff), "damage was taken for a difference");
      } catch (error) {
        assertExpected(error);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("loadRun: any text as config.yaml is read or refused (1,000 random texts)", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(
      fc.constantFrom(
        "a: ",
        "- ",
        "{ ",
        "}",
        "[",
        "]",
        "&x ",
        "*x",
        "\n",
        "  ",
        "!!t ",
        "? ",
        "1",
        "~",
      ),
      {
        maxLength: 30,
      },
    ).map((parts) => parts.join("")),
    fc.jsonValue().map((value) => JSON.stringify({ decoding: { strategies: value }, value })),
  );
  await fc.assert(
    fc.asyncProperty(text, async (config) => {
      await compare(withManifest({ ...example, "config.yaml": config })).catch(assertExpected);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

Deno.test("loadRun: a run of an older version without models.csv is compared by the rest", async () => {
  const { "models.csv": _, ...older } = example;
  const { models, cells } = await compare(withManifest(older, { version: 1 }));
  assertEquals([models.lone.new.length, cells.rows.length], [2, 3]);
});

Deno.test("loadRun: a damaged checkpoint is refused by name", async () => {
  const foreign = (finished["checkpoints/target.json"] ?? "").replace("1,1", "1,2");
  await assertRejects(
    () => compare({ ...finished, "checkpoints/target.json": foreign }),
    DiffError,
    "cannot use checkpoints/target.json of old: ",
  );
  await assertRejects(
    () => compare(withManifest({ ...example, "checkpoints/target.json": foreign })),
    CheckpointError,
    "cannot use the checkpoint checkpoints/target.json of old: ",
  );
});
