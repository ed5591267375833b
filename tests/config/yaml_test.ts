/**
 * YAML as configs have it: what parsers of YAML 1.1 and 1.2 read alike is data, everything else is
 * refused with its place.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parse as parseYaml12 } from "yaml";
import { parseYaml, readYaml, writeYaml } from "../../src/config/yaml.ts";
import { problemsOf } from "./refusal.ts";

const accepted: readonly [string, string, unknown][] = [
  ["numbers", "[1, -2, 0.5, .5, 1., 1e-8, 1.e-8, 1.0E+3, 0x1F, +3]", [
    1,
    -2,
    0.5,
    0.5,
    1,
    1e-8,
    1e-8,
    1000,
    31,
    3,
  ]],
  ["NaN and infinity", "[.nan, .inf, -.inf]", [NaN, Infinity, -Infinity]],
  ["a negative zero, which is 0", "[-0, -0.0]", [0, 0]],
  ["what YAML 1.1 has for true and false, as text", "[yes, no, on, off, y, n]", [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
  ]],
  ["a date, as text", "2020-01-01", "2020-01-01"],
  ["a number in base 60, as text", "1:30", "1:30"],
  ["ambiguous numbers in quotes", `["017", '1_000', "0o17"]`, ["017", "1_000", "0o17"]],
  ["ambiguous numbers within text", "a: agent 017 of 1_000\nb: |\n  017\n", {
    a: "agent 017 of 1_000",
    b: "017\n",
  }],
  ["ambiguous numbers in a comment", "a: 1 # 017\n# 1_000\n", { a: 1 }],
  ["an alias, which shares its value", "a: &x { b: 1 }\nc: *x\n", { a: { b: 1 }, c: { b: 1 } }],
  ["a tab behind a value", "a: 1\t# one\n", { a: 1 }],
  ["a merge key's characters in a value", 'a: "<<"\n', { a: "<<" }],
  ["a directive", "%YAML 1.2\n---\na: 1\n", { a: 1 }],
  ["nothing", "", null],
  ["__proto__", "__proto__: { x: 1 }\n", JSON.parse('{ "__proto__": { "x": 1 } }')],
];
for (const [name, text, data] of accepted) {
  Deno.test(`parseYaml: ${name} is read`, () => assertEquals(parseYaml(text), { data }));
}

const differently = "expected a number written plainly, or text in quotes, found";
const refused: readonly [string, string, string][] = [
  [
    "an octal number of YAML 1.1",
    "a: 1\nb: 017\n",
    `f:2:4: ${differently} 017, which some YAML parsers read as 15 and others as 17`,
  ],
  [
    "digits with underscores",
    "a: [1, 1_000]\n",
    `f:1:8: ${differently} 1_000, which some YAML parsers read as 1000 and others as text`,
  ],
  [
    "an octal number of YAML 1.2",
    "a: 0o17\n",
    `f:1:4: ${differently} 0o17, which some YAML parsers read as text and others as 15`,
  ],
  [
    "a binary number",
    "{ a: 0b1 }\n",
    `f:1:6: ${differently} 0b1, which some YAML parsers read as 1 and others as text`,
  ],
  [
    "a leading zero that is not octal",
    "- 08\n",
    `f:1:3: ${differently} 08, which some YAML parsers read as text and others as 8`,
  ],
  [
    "a sign before a point",
    "a: -.5\n",
    `f:1:4: ${differently} -.5, which some YAML parsers read as text and others as -0.5`,
  ],
  [
    "an ambiguous number as a key",
    "017: 1\n",
    `f:1:1: ${differently} 017, which some YAML parsers read as 15 and others as 17`,
  ],
  ["a tag", "a: !!int 5\n", "f:1:4: expected a value without a tag, found !!int"],
  ["a tag of one's own", "- !foo 5\n", "f:1:3: expected a value without a tag, found !foo"],
  [
    "a tab as indentation",
    "a:\n\tb: 1\n",
    "f:2:1: expected spaces before the first character of a line, found a tab",
  ],
  [
    "a question mark for a key",
    "? [a]\n: 2\n",
    "f:1:1: expected a key that is text, followed by a colon, found a question mark",
  ],
  ["a list for a key", "{ [a]: 1 }\n", "f:1:3: expected a key that is text, found a list"],
  ["a map for a key", "{ a: 1 }: 1\n", "f:1:1: expected a key that is text, found a map"],
  ["no key", ": 1\n", "f:1:1: expected a key before the colon, found none"],
  [
    "a merge key",
    "a: &a { b: 1 }\n<<: *a\n",
    "f:2:1: expected a key, found <<, which YAML 1.2 does not have; a config takes over another by extends",
  ],
  ["a key that comes twice", "a: 1\na: 2\n", 'f:2:1: expected each key once, found "a" again'],
  [
    "several documents",
    "a: 1\n---\nb: 2\n",
    "f:2:1: expected YAML, found more than one document (a line of ---)",
  ],
  [
    "an alias of what it is in",
    "a:\n  - &a [1, *a]\n",
    "f:2:12: expected an alias of what is before it, found one inside of what it stands for",
  ],
  ["an alias of nothing", "a: *b\n", "f:1:6: expected an anchor before its alias, found *b alone"],
];
for (const [name, text, problem] of refused) {
  Deno.test(`readYaml: ${name} is refused with its place`, async () => {
    assertEquals(await problemsOf(() => readYaml(text, "f")), [problem]);
  });
}

const plainText = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(
    "017",
    "08",
    "0o17",
    "-.5",
    "1_000",
    "yes",
    "null",
    "~",
    "1e3",
    "1:30",
    "",
    "1..8",
  ),
  fc.constantFrom("a: b", "- a", "# a", "[a", "&a", "*a", "!a", "<<", "a\nb", "?", ":", "'", '"'),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    plainText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one === 0 ? 0 : one),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "on", "n_embd", "__proto__"), tie("value"), {
      noNullPrototype: true,
    }),
  ),
})).value;

Deno.test("writeYaml: a power of ten has a digit behind its point", () => {
  const value = { epsilon: 1e-8, list: [-2e-9, 1.5e-7], text: "1.e-8", lines: "a\n1.e-8\n" };
  const text = writeYaml(value);
  assertStringIncludes(text, "epsilon: 1.0e-8\n");
  assertStringIncludes(text, "- -2.0e-9\n");
  assertEquals(readYaml(text, "c.yaml"), value);
});

Deno.test("writeYaml: is read as the same value, by a parser of YAML 1.2 too (2,000 values)", () => {
  const shared = [1, 2];
  assert(!writeYaml({ a: shared, b: shared }).includes("&"), "an anchor");
  fc.assert(
    fc.property(values, (value) => {
      const text = writeYaml({ value });
      assertEquals(parseYaml(text), { data: { value } }, text);
      assertEquals(JSON.stringify(parseYaml12(text)), JSON.stringify({ value }), text);
    }),
    { numRuns: 2000, seed: 6 },
  );
});
