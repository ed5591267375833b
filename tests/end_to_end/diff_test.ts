/**
 * `deno task diff` as a person meets it: runs that were really made, two in folders and some committed.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, settings, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder, task, deno, outcomes } = await cleanClone();

/** Runs the tiny experiment with changes. */
async function run(name: string, ...overrides: string[]): Promise<void> {
  const sets = settings(`name=${name}`, ...overrides);
  const { code, stderr } = await task("run", "configs/default.yaml", "--quiet", ...tiny, ...sets);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
}

function git(...args: string[]): void {
  const { success, stderr } = new Deno.Command("git", {
    args: ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args],
  }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

await run("a");
await run("b");
await run("seed", "seed=7");
await run("k", "decoding.strategies.speculative.draft_k=1,2,3");
git("init", "-q", "-b", "main");
git("add", "--force", "outputs/a");
git("commit", "-q", "-m", "a run");
await run("a", "decoding.strategies.top_k.k=3");

Deno.test("deno task diff: runs that differ in their name alone are equal, and little is said", async () => {
  await run("first");
  assertEquals(await task("diff", "outputs/first", "outputs/b"), {
    code: 0,
    stdout:
      "outputs/first and outputs/b are equal: 20 cells, 7 models\n  (except for name first → b)\n",
    stderr: "",
  });
  assertEquals(await task("diff", "outputs/b", "outputs/b"), {
    code: 0,
    stdout: "outputs/b and outputs/b are equal: 20 cells, 7 models\n",
    stderr: "",
  });
});

Deno.test("deno task diff: another seed is another setting, other texts and other weights", async () => {
  const { code, stdout, stderr } = await task("diff", "outputs/b", "outputs/seed");
  assertEquals({ code, stderr }, { code: 1, stderr: "" });
  assertMatch(stdout, /^Settings\n {2}seed: 42 → 7$/m);
  assertMatch(
    stdout,
    /^Within chance: \d+ comparisons of \d+ cells[^]*p\s+<\s+0\.05;\s+found\s+\d+\./m,
  );
  assertMatch(stdout, /weights of\s+target\s+by\s+\d+\u00a0% \(RMS\)/);
  assertMatch(stdout, /^seed 7 over 42: /m);
  const lines = stdout.trimEnd().split("\n");
  const widest = Math.max(...lines.map((line) => [...line].length));
  assert(lines.length <= 40 && widest <= 80, `${lines.length} lines of ${widest}`);
  const all = await task("diff", "outputs/b", "outputs/seed", "--all");
  assertMatch(
    all.stdout,
    /^top_k\(k=5\)\n(.*\n)* {2}mean_log_prob\s+−\d+\.\d+\s+−\d+\.\d+\s+.* (<0\.001|\d\.\d{3}) {2}(within|moved)$/m,
  );
  assertMatch(all.stdout, /^ {2}target +\d\.\d+ +\d+\.\d %$/m);
  assertMatch(
    all.stdout.replaceAll("\n", " "),
    /outputs\/b and outputs\/seed differ: 1 setting, \d+ of 20 cells \(.*; \d+ of \d+ comparisons /,
  );
});

Deno.test("deno task diff: a swept setting more is cells on one side, and the others are alike", async () => {
  const { code, stdout } = await task("diff", "outputs/b", "outputs/k");
  assertEquals(code, 1);
  assertEquals(
    stdout,
    `outputs/b → outputs/k

Settings
  decoding.strategies.speculative.draft_k: [1, 2, 4, 8] → [1, 2, 3]

Only in outputs/b: 2 cells: speculative(draft=model, draft_k=4),
  speculative(draft=model, draft_k=8)
Only in outputs/k: 1 cell: speculative(draft=model, draft_k=3)

Models: losses and weights of all 7 are equal.
--all shows every value.

To compare these cells:
  deno task compare outputs/b outputs/k --cells speculative --by draft_k

speculative.draft_k [1, 2, 3] over [1, 2, 4, 8]: the results of all 18 cells in
  both are equal.
`,
  );
});

Deno.test("deno task diff: a run that was committed against the one there is now, from any folder", async () => {
  const expected = "top_k.k 3 over [1, 3, 5, 10]: the results of all 17 cells";
  const { code, stdout } = await task("diff", "outputs/a@HEAD");
  assertEquals(code, 1);
  assertStringIncludes(stdout, "outputs/a@HEAD → outputs/a\n");
  assertStringIncludes(stdout, expected);
  const below = await deno(["task", "--quiet", "diff", "a@main", "a"], {
    cwd: `${folder}/outputs`,
  });
  assertStringIncludes(below.stdout, "a@main → a\n");
  assertStringIncludes(below.stdout, expected);
});

Deno.test("deno task diff --json, --markdown, --quiet: for programs, for people, for neither", async () => {
  const json = await task("diff", "outputs/b", "outputs/k", "--json");
  const { format, equal, cells } = JSON.parse(json.stdout);
  assertEquals([json.code, format, equal, cells.compared], [1, "microbeam-diff", false, 18]);
  const markdown = await task("diff", "outputs/b", "outputs/k", "--markdown");
  assertStringIncludes(
    markdown.stdout,
    "- `decoding.strategies.speculative.draft_k`: `[1, 2, 4, 8]` → `[1, 2, 3]`",
  );
  assertEquals(await task("diff", "outputs/b", "outputs/k", "--quiet"), {
    code: 1,
    stdout: "",
    stderr: "",
  });
  assertEquals((await task("diff", "outputs/b", "outputs/b", "--quiet")).code, 0);
});

Deno.test("deno task diff --tolerance: what is within it is alike; the setting is not", async () => {
  const { stdout } = await task("diff", "outputs/b", "outputs/seed", "--tolerance", "*=1000000");
  assertStringIncludes(stdout, "Settings\n  seed: 42 → 7\n");
  assert(!/mean log-prob|weights of target/.test(stdout), stdout);
});

Deno.test("deno task diff: variants of a sweep are compared with one another's kind", async () => {
  const greedy = "decoding.strategies=[{ strategy: greedy }]";
  await run("sweep", "seed=1,2", greedy);
  await run("wider", "seed=2,3", greedy, "decoding.max_new_tokens=5");
  const { code, stdout } = await task("diff", "outputs/sweep", "outputs/wider");
  assertEquals(code, 1);
  assertStringIncludes(stdout, "\n  decoding.max_new_tokens: 12 → 5\n");
  assertStringIncludes(stdout, "\nOnly in outputs/sweep: 1 variant: seed=1\n");
  assertStringIncludes(stdout, "seed=2: greedy");
  assertEquals((await task("diff", "outputs/sweep", "outputs/sweep")).code, 0);
});

const mistakes: readonly [string, string[], string][] = [
  ["no run", [], "expected two runs, found 0; try: deno task diff outputs/a outputs/b"],
  [
    "one run",
    ["outputs/b"],
    "expected a second run, found none; try a revision: deno task diff outputs/b@HEAD",
  ],
  ["three runs", ["a", "b", "c"], "expected two runs, found 3"],
  ["a folder that is not there", ["outputs/sed", "outputs/b"], 'found none; did you mean "seed"?'],
  [
    "a folder of something else",
    ["src", "outputs/b"],
    "expected a finished run, found no manifest.json in it",
  ],
  ["a revision that is none", ["outputs/a@mian"], 'found "mian"; did you mean "main"?'],
  ["a run that is in no revision", ["outputs/b@HEAD"], "HEAD has no folder outputs/b"],
  [
    "a metric that is none",
    ["outputs/a", "outputs/b", "--tolerance", "mean_logprob=1"],
    'did you mean "mean_log_prob"?',
  ],
  [
    "two ways to print",
    ["outputs/a", "outputs/b", "--json", "--quiet"],
    "found --json and --quiet",
  ],
];

const refused = await outcomes("diff", mistakes.map(([, args]) => args));
for (const [i, [name, , message]] of mistakes.entries()) {
  Deno.test(`deno task diff: ${name}: one message, exit code 2`, () => {
    const { code, stdout, stderr } = refused[i] ?? {};
    assert(stderr !== undefined);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assert(stderr.startsWith("error: ") && stderr.includes(message), stderr);
    assert(!/^\s+at /m.test(stderr), "a stack trace is shown");
  });
}

Deno.test("deno task diff --help: says how, with examples and the formula, on stdout", async () => {
  const { code, stdout, stderr } = await task("diff", "--help");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  for (
    const part of [
      "usage: deno task diff OLD [NEW]",
      "outputs/default@HEAD~1",
      "Holm's method",
    ]
  ) {
    assertStringIncludes(stdout, part);
  }
});

Deno.test({
  name: "deno task diff: in colour on a terminal, and without where NO_COLOR is",
  ignore: !hasTerminal,
  fn: async () => {
    const args = ["task", "--quiet", "diff", "outputs/b", "outputs/k"];
    const colour = "\u001b[1mSettings\u001b[22m";
    const { shown } = await onTerminal(60, args, { cwd: folder });
    assertStringIncludes(shown, colour);
    // deno-lint-ignore no-control-regex
    const lines = shown.replaceAll(/\x1b\[\d+m/g, "").split("\r\n");
    assert(lines.every((line) => [...line].length <= 60), shown);
    const plain = await onTerminal(100, args, { cwd: folder, env: { NO_COLOR: "1" } });
    assert(plain.shown.includes("Settings") && !plain.shown.includes("\u001b"), plain.shown);
  },
});
