/**
 * Configs that are refused before they take time or memory, invalid names, and files that are no configs.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { refusalOf } from "./refusal.ts";
import { loadExperiments, readExperiments } from "../../src/config/experiment.ts";
import { inFolder } from "../temporary_folder.ts";

const minimal = `name: x
seed: 1
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies:
    - strategy: greedy
`;

const digits = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);
/** Configs that would take hours or terabytes, and the message's second line. */
const bombs: readonly [string, string, string][] = [
  [
    "a product of lists",
    minimal +
    "training: { target: { steps: 1..9999, batch_size: 1..9999, beta1: 0..0.9:0.0001 } }\n",
    "c.yaml:9:23: training.target.steps: expected at most 10000 variants, found 899919989001",
  ],
  [
    "a product within a strategy",
    minimal + "    - { strategy: beam, beam_width: 1..10000, n_best: 1..10000 }\n",
    "c.yaml:7:3: decoding.strategies: expected at most 10000 cells, found 100000001",
  ],
  [
    "a product within a chain",
    minimal + `    - { strategy: sample, warp: [${Array(30).fill("{top_k: 1..100}").join()}] }\n`,
    "c.yaml:7:3: decoding.strategies: expected at most 10000 cells, found 1.0000000000000001e+60",
  ],
  [
    "a range of 10^9",
    minimal.replace("seed: 1", "seed: 0..1:1e-9"),
    'c.yaml:2:1: seed: expected a range of at most 10000 values, found "0..1:1e-9", which has 1000000001',
  ],
  [
    "many ranges",
    minimal.replace("seed: 1", `seed: [${Array(1000).fill("1..10000").join()}]`),
    "c.yaml:2:1: seed: expected at most 100000 values in all ranges, found more",
  ],
  [
    "100,001 items",
    minimal.replace("[a]", `[${digits(100_001).join()}]`),
    "c.yaml:6:3: expected at most 100000 items in a list, found 100001",
  ],
  [
    "variants of long lists of prompts",
    minimal.replace("[a]", `[${digits(1000).map((one) => `p${one}`).join()}]`)
      .replace("seed: 1", "seed: 1..9999"),
    "c.yaml:2:1: seed: expected at most 5000000 prompts in all variants, found 9999 variants of 1000 prompts",
  ],
  [
    "51 levels",
    `${"[".repeat(52)}${"]".repeat(52)}`,
    "c.yaml:1:52: expected at most 50 levels, found more",
  ],
  [
    "an alias in what it stands for",
    "seed: &a [*a]\n",
    "c.yaml:1:11: expected an alias of what is before it, found one inside of what it stands for",
  ],
  [
    "an anchor on a key",
    "&a seed: 1\n",
    "c.yaml:1:8: expected YAML, found an error: Cannot read document: end of the stream or a document separator is expected",
  ],
  [
    "a map for a key",
    "? { a: 1 }\n: 2\n",
    "c.yaml:1:1: expected a key that is text, followed by a colon, found a question mark",
  ],
  [
    "no key",
    "? \n: 2\n",
    "c.yaml:1:1: expected a key that is text, followed by a colon, found a question mark",
  ],
  [
    "a number and its text as keys",
    "1: a\n'1': b\n",
    'c.yaml:2:1: expected each key once, found "1" again',
  ],
  [
    "a merge key",
    "a: &a { seed: 1 }\n<<: *a\n",
    "c.yaml:2:1: expected a key, found <<, which YAML 1.2 does not have; a config takes over another by extends",
  ],
  [
    "a merge key brought back",
    "%YAML 1.1\n---\na: &a { seed: 1 }\n<<: *a\n",
    "c.yaml:4:1: expected a key, found <<, which YAML 1.2 does not have; a config takes over another by extends",
  ],
  [
    "bytes",
    "seed: !!binary aGk=\n",
    "c.yaml:1:7: expected a value without a tag, found !!binary",
  ],
  [
    "more problems than the schema can hand on",
    minimal + "    - { strategy: sample, warp: [&w { min_p: x, eta: x, top_p: x, top_k: x }, " +
    "*w,".repeat(50_000) + "] }\n",
    "c.yaml:1:1: expected a config, found more wrong with it than can be told",
  ],
  [
    "a NUL in a path",
    minimal.replace("names.txt", '"a\\0b"'),
    "c.yaml:3:11: corpus.path: expected text without NUL",
  ],
];
for (const [name, text, line] of bombs) {
  Deno.test(`a config: ${name} is refused before it takes time or memory`, async () => {
    const message = await refusalOf(() => readExperiments("c.yaml", text));
    assertEquals(message.split("\n")[1]?.trim(), line);
  });
}

Deno.test("a config: 5,000 unknown keys are one error of ten lines", async () => {
  const text = digits(5_000).map((one) => `a${one}: 1\n`).join("");
  const message = await refusalOf(() => readExperiments("c.yaml", text));
  assertEquals(message.split("\n").length, 12);
  assertEquals(message.split("\n")[0], "cannot use c.yaml (at least 1000 problems)");
});

Deno.test("a config: CRLF, a byte order mark, comments and anchors are read", () => {
  const text = `\ufeff# a comment\r\n${
    minimal.replace("n_embd: 8", "n_embd: &n 8").replace("greedy", "top_k\n      k: *n").replaceAll(
      "\n",
      "\r\n",
    )
  }`;
  const [experiment] = readExperiments("c.yaml", text);
  assertEquals(experiment?.cells.map(({ label }) => label).at(0), "top_k(k=8)");
});

const names = [
  "../x",
  "a/b",
  "/a",
  "a\\\\b",
  ".",
  "..",
  ".cache",
  "",
  "-a",
  "a.",
  "a b",
  "a\\n",
  "a\\0",
  "é",
  "a".repeat(101),
];
for (const name of names) {
  Deno.test(`a name: ${JSON.stringify(name)} is refused`, async () => {
    const text = minimal.replace("name: x", `name: "${name}"`);
    const message = await refusalOf(() => readExperiments("c.yaml", text));
    assertStringIncludes(message, "c.yaml:1:1: name: expected letters from a to z, digits");
  });
}
for (const name of ["a", "9", "a.b", "a_b-c", "a".repeat(100), "a..b"]) {
  Deno.test(`a name: ${name} is one`, () => {
    const [experiment] = readExperiments("c.yaml", minimal.replace("name: x", `name: "${name}"`));
    assertEquals(experiment?.name, name);
  });
}

Deno.test("a config file: one of 100 MB is refused by its size, unread, and so is a base", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/big.yaml`, minimal);
    await Deno.truncate(`${folder}/big.yaml`, 100_000_000);
    await assertRejects(
      () => loadExperiments(`${folder}/big.yaml`),
      ConfigError,
      `cannot read the config ${folder}/big.yaml: expected at most 1 MB, found 96 MiB`,
    );
    await Deno.writeTextFile(`${folder}/small.yaml`, "extends: big.yaml\n");
    await assertRejects(
      () => loadExperiments(`${folder}/small.yaml`),
      ConfigError,
      "expected at most 1 MB, found 96 MiB",
    );
  }));

const files: readonly [string, string][] = [
  ["/dev/zero", "expected a file, found a pipe, a device or the like"],
  ["/dev/null", "expected a file, found a pipe, a device or the like"],
  ["/", "expected a file, found a folder"],
  ["/nowhere/c.yaml", "expected a YAML file, found none"],
  [
    "configs/defualt.yaml",
    'expected a YAML file, found none; did you mean "configs/default.yaml"?',
  ],
  ["configs/default.yml", 'expected a YAML file, found none; did you mean "configs/default.yaml"?'],
  ["default", 'expected a YAML file, found none; did you mean "configs/default.yaml"?'],
  ["defualt", 'expected a YAML file, found none; did you mean "configs/default.yaml"?'],
  ["deno.json/c.yaml", ""],
  [`/${"a".repeat(5000)}`, ""],
  ["a\0b", ""],
  ["", "Empty path is not allowed"],
];
for (const [file, message] of files) {
  Deno.test(`a config file: ${JSON.stringify(file.slice(0, 30))} is refused`, async () => {
    await assertRejects(
      () => loadExperiments(file),
      ConfigError,
      `cannot read the config ${file}: ${message}`,
    );
  });
}

Deno.test("a config file: of bytes that are no UTF-8 is refused", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/c.yaml`, new Uint8Array([0x73, 0xff, 0xfe]));
    await assertRejects(
      () => loadExperiments(`${folder}/c.yaml`),
      ConfigError,
      "expected UTF-8 text, found other bytes",
    );
  }));

const LONG = "k".repeat(100_000);
const longTexts: readonly [string, readonly string[]][] = [
  ["a key", [`models.${LONG}=1`]],
  ["a key of a strategy", [`decoding.strategies=[{strategy: greedy, ${LONG}: 1}]`]],
  ["a value", [`engine=${LONG}`]],
  ["a --set without a value", [LONG]],
];
for (const [what, sets] of longTexts) {
  Deno.test(`a refusal: ${what} of 100,000 characters is cut in it (2,000 characters)`, async () => {
    const { message } = await assertRejects(
      () => loadExperiments("configs/default.yaml", sets),
      ConfigError,
    );
    assert(message.length <= 2000, `${message.length} characters`);
  });
}
