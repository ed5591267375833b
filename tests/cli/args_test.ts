// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments } from "../../src/cli/args.ts";
import { UsageError } from "../../src/cli/command.ts";

const spec = {
  switches: ["quiet"],
  values: ["output", "samples"],
  lists: ["set"],
  letters: { n: "samples", q: "quiet" },
};

/** The parts of the command line `args`. */
function parsed(...args: string[]) {
  const { positional, has, value, list } = parseArguments(args, spec);
  const [output, samples] = [value("output"), value("samples")];
  return { positional, quiet: has("quiet"), output, samples, set: list("set") };
}

const nothing = { positional: [], quiet: false, output: undefined, samples: undefined, set: [] };

const understood: readonly [string[], Partial<ReturnType<typeof parsed>>][] = [
  [[], {}],
  [["a", "b"], { positional: ["a", "b"] }],
  [["--output", "x"], { output: "x" }],
  [["--output=x"], { output: "x" }],
  [["--output=a=b"], { output: "a=b" }],
  [["--output=--quiet"], { output: "--quiet" }],
  [["--output", "-5"], { output: "-5" }],
  [["-n", "20"], { samples: "20" }],
  [["-n20"], { samples: "20" }],
  [["-n=20"], { samples: "20" }],
  [["-qn", "20"], { quiet: true, samples: "20" }],
  [["--samples", "20", "a"], { samples: "20", positional: ["a"] }],
  [["--set", "a=1", "--set=b=2"], { set: ["a=1", "b=2"] }],
  [["--set", ""], { set: [""] }],
  [["--set="], { set: [""] }],
  [["--set", "-1"], { set: ["-1"] }],
  [["--set=-1"], { set: ["-1"] }],
  [["--set", "a=1\nb=2"], { set: ["a=1\nb=2"] }],
  [["--set", "a", "b", "--set", "c"], { set: ["a", "c"], positional: ["b"] }],
  [["--quiet", "true"], { quiet: true, positional: ["true"] }],
  [["--quiet", "--quiet"], { quiet: true }],
  [["-n", "-5"], { samples: "-5" }],
  [["-n", "1e3"], { samples: "1e3" }],
  [["-qn=20"], { quiet: true, samples: "20" }],
  [["a", "--quiet", "b"], { positional: ["a", "b"], quiet: true }],
  [["--", "--quiet", "-n"], { positional: ["--quiet", "-n"] }],
  [["-"], { positional: ["-"] }],
  [["007"], { positional: ["007"] }],
  [["1e3", "--", "0x10"], { positional: ["1e3", "0x10"] }],
  [["--set", "__proto__=1"], { set: ["__proto__=1"] }],
];

Deno.test("parseArguments: repeatable flags come in the order of the command line, whichever they are", () => {
  const both = { ...spec, lists: ["set", "add"] };
  const args = ["--add", "{a: 1}", "c", "--set=a=b", "-n2", "--add=", "--", "--set=x"];
  assertEquals(parseArguments(args, both).inOrder("set", "add"), [
    { flag: "add", value: "{a: 1}" },
    { flag: "set", value: "a=b" },
    { flag: "add", value: "" },
  ]);
});

Deno.test("parseArguments: a flag whose name begins with no- is that flag, and no other", () => {
  const both = {
    switches: ["quiet", "no-quiet", "no-charts"],
    values: ["output", "no-output"],
    lists: ["no-set"],
  };
  const args = ["--no-quiet", "--no-charts", "--no-output=x", "--no-set", "a", "--no-set=b"];
  const { has, value, list, inOrder } = parseArguments(args, both);
  assertEquals([has("quiet"), has("no-quiet"), has("no-charts")], [false, true, true]);
  assertEquals([value("output"), value("no-output")], [undefined, "x"]);
  assertEquals(list("no-set"), ["a", "b"]);
  assertEquals(inOrder("no-set").map(({ value }) => value), ["a", "b"]);
});

for (const [args, expected] of understood) {
  Deno.test(`parseArguments: ${args.join(" ") || "nothing"}`, () => {
    assertEquals(parsed(...args), { ...nothing, ...expected });
  });
}

const known = "expected one of --quiet, --output, --samples, --set, -n, -q, --help";
const refused: readonly [string[], string][] = [
  [["--output"], "expected a value after --output, found nothing"],
  [["--output="], "expected a value after --output, found nothing"],
  [["--output", ""], "expected a value after --output, found nothing"],
  [
    ["--output", "--quiet"],
    'expected a value after --output, found "--quiet"; if it is one, write --output=--quiet',
  ],
  [["-n", "-q"], 'expected a value after -n, found "-q"; if it is one, write -n-q'],
  [["-n"], "expected a value after -n, found nothing"],
  [["--output", "a", "--output", "b"], "expected --output once, found it again"],
  [["-n", "1", "--samples", "2"], "expected --samples once, found it again"],
  [["--quiet=yes"], 'expected --quiet without a value, found "yes"'],
  [["--quiet=true"], 'expected --quiet without a value, found "true"'],
  [["--quiet="], 'expected --quiet without a value, found ""'],
  [["-q=yes"], 'expected -q without a value, found "yes"'],
  [["--output", "--", "x"], "expected a value after --output, found nothing"],
  [["-n="], "expected a value after -n, found nothing"],
  [["--quite"], `unknown flag: ${known}, found "--quite"; did you mean "--quiet"?`],
  [["--no-quiet"], `unknown flag: ${known}, found "--no-quiet"; did you mean "--quiet"?`],
  [["--n", "4"], `unknown flag: ${known}, found "--n"; did you mean "-n"?`],
  [["-z"], `unknown flag: ${known}, found "-z"`],
  [["-qz"], `unknown flag: ${known}, found "-z"`],
  [["--__proto__=x"], `unknown flag: ${known}, found "--__proto__"`],
  [["--output.x=1"], `unknown flag: ${known}, found "--output.x"`],
  [["---quiet"], `unknown flag: ${known}, found "---quiet"; did you mean "--quiet"?`],
  [["-🎲"], `unknown flag: ${known}, found "-🎲"`],
  [["--constructor"], `unknown flag: ${known}, found "--constructor"`],
];

for (const [args, message] of refused) {
  Deno.test(`parseArguments: ${args.join(" ")} is refused`, () => {
    const error = assertThrows(() => parsed(...args), UsageError);
    assertEquals(error.message.slice(0, message.length), message);
  });
}
