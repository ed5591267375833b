/**
 * `deno task compare` as a person meets it: runs that were really made, one of them a sweep.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, settings, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder, task, deno, outcomes } = await cleanClone();

async function run(name: string, ...overrides: string[]): Promise<void> {
  const sets = settings(`name=${name}`, "decoding.samples=20", ...overrides);
  const { code, stderr } = await task("run", "configs/default.yaml", "--quiet", ...tiny, ...sets);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
}

const beams = "decoding.strategies=[{strategy: greedy},{strategy: beam, beam_width: [2, 4]}]";
await run("a");
await run("beams", beams);
await run("wide", "decoding.strategies=[{strategy: beam, beam_width: 8}]");
await run("sweep", beams, "training.target.steps=2,5");

/** The outcomes of command lines that a person gives, by what is asked. */
const asked: readonly [what: string, args: readonly string[], shown: readonly RegExp[]][] = [
  [
    "a setting of a strategy",
    ["outputs/a", "--cells", "speculative*", "--by", "draft_k"],
    [
      /^speculative by draft_k, in outputs\/a \(80 samples of 4 prompts\)$/m,
      /^ {6}1 {3}\d\.\d\d {2}baseline/m,
      /^ {6}8 {3}\d\.\d\d {2}\+\d\.\d+ ± \d\.\d+ [▲ ]/m,
      /\ndraft_k=\d has \d\.\d+ ± \d\.\d+ more tokens per target pass than draft_k=1[.;]/,
    ],
  ],
  [
    "a strategy by its name, beside a value",
    ["outputs/a/", "--cells", "speculative", "--by", "draft_k", "--baseline", "4"],
    [/^ {6}4 {3}\d\.\d\d {2}baseline/m],
  ],
  [
    "two cells",
    ["outputs/a", "--cells", "top_k(k=3)", "top_k(k=5)"],
    [/^top_k\(k=3\) .* baseline/m, /^top_k\(k=5\) {3}−\d/m],
  ],
  [
    "two runs, matched on the setting",
    ["outputs/beams", "outputs/wide", "--cells", "beam*", "--by", "beam_width"],
    [/^ {9}2 {2}beams .* baseline/m, /^ {9}8 {2}wide /m, /Without ±: exact, nothing was/],
  ],
  [
    "variants of a sweep, by a setting of the run",
    ["outputs/sweep", "--cells", "beam(beam_width=4)", "--by", "training.target.steps"],
    [/^ {20}2 {3}−.* baseline/m, /^ {20}5 {3}−/m, /log-probabilities are under the target/],
  ],
  [
    "a cell of another run",
    ["outputs/wide", "--cells", "beam", "--baseline", "outputs/beams:beam(beam_width=2)"],
    [/^beams {2}beam\(beam_width=2\) .* baseline/m, /^wide {3}beam\(beam_width=8\) /m],
  ],
  [
    "all measures, in 80 columns",
    ["outputs/a", "--cells", "top_*", "--by", "k,p", "--all"],
    [/distinct-2/, /^strategy=top_k$/m, /^strategy=top_p: p=/m],
  ],
];

const answers = await outcomes("compare", asked.map(([, args]) => args));
for (const [i, [what, , shown]] of asked.entries()) {
  Deno.test(`deno task compare: ${what}: one table and one sentence, exit code 0`, () => {
    const { code, stdout, stderr } = answers[i] ?? { code: 1, stdout: "", stderr: "" };
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    for (const part of shown) assertMatch(stdout, part);
    assert(stdout.split("\n").every((line) => line.length <= 80), stdout);
  });
}

Deno.test("deno task compare: a difference and none both end with 0; --json and --markdown print only that", async () => {
  const cells = ["outputs/a", "--cells", "greedy", "top_k(k=1)"];
  const json = await task("compare", ...cells, "--json");
  assertEquals([json.code, json.stderr], [0, ""]);
  const [{ cells: [, second] }] = JSON.parse(json.stdout).groups;
  assertEquals(second.measures.mean_length.difference.verdict, "equal");
  const markdown = await task("compare", ...cells, "--markdown");
  assertEquals([markdown.code, markdown.stderr], [0, ""]);
  assertStringIncludes(markdown.stdout, "**All are equal in log-prob per token (exact).**");
});

Deno.test("deno task compare: a cell beside itself in a git revision, from the folder of the runs", async () => {
  const git = (...args: string[]): void => {
    const { success, stderr } = new Deno.Command("git", {
      args: ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args],
    }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
  };
  git("init", "-q", "-b", "main");
  git("add", "--force", "outputs/wide");
  git("commit", "-q", "-m", "a run");
  const args = ["wide", "wide@HEAD", "--cells", "beam*", "--by", "run"];
  const { code, stdout, stderr } = await deno(["task", "-q", "compare", ...args], {
    cwd: `${folder}/outputs`,
  });
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "All are equal in mean log-prob (exact).");
});

const mistakes: readonly [what: string, args: readonly string[], message: string][] = [
  ["no cells", ["outputs/a"], "try: deno task compare outputs/a --cells '*'"],
  ["no run", ["--cells", "beam", "outputs/a"], "expected a run before --cells, found none"],
  ["no such cell", ["outputs/a", "--cells", "top_k(k=4)"], 'did you mean "top_k(k='],
  ["a pattern of no cell", ["outputs/a", "--cells", "baem*"], 'did you mean "beam"?'],
  ["one cell", ["outputs/a", "--cells", "greedy"], "expected two cells or more, found one"],
  [
    "no such setting",
    ["outputs/a", "--cells", "beam", "--by", "beam_with"],
    'did you mean "beam_width"?',
  ],
  [
    "no such measure",
    ["outputs/a", "--cells", "beam", "--measures", "mean_lenght"],
    'did you mean "mean_length"?',
  ],
  ["no such run", ["outputs/aa", "--cells", "beam"], 'found none; did you mean "a"?'],
  ["two formats", ["outputs/a", "--cells", "*", "--json", "--markdown"], "found both"],
  ["two choices", ["outputs/a", "--cells", "*", "--all", "--measures", "x"], "found both"],
];

const refused = await outcomes("compare", mistakes.map(([, args]) => args));
for (const [i, [what, , message]] of mistakes.entries()) {
  Deno.test(`deno task compare: ${what}: one message, exit code 2`, () => {
    const { code, stdout, stderr } = refused[i] ?? { code: 0, stdout: "", stderr: "" };
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assert(stderr.startsWith("error: ") && stderr.includes(message), stderr);
    assertEquals(stderr.trim().split("\n").length, 1);
  });
}

Deno.test({
  name: "deno task compare: as wide as the terminal, in colour there",
  ignore: !hasTerminal,
  fn: async () => {
    const args = ["outputs/a", "--cells", "speculative", "--by", "draft_k"];
    const { shown } = await onTerminal(60, ["task", "-q", "compare", ...args], { cwd: folder });
    assertStringIncludes(shown, "\u001b[1mdraft_k=");
    // deno-lint-ignore no-control-regex
    const lines = shown.replaceAll(/\u001b\[\d+m/g, "").split("\r\n");
    assert(lines.every((line) => line.length <= 60), shown);
  },
});
