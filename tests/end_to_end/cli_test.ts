/**
 * The command line as a person meets it: real processes, in a clean copy of the project, started by
 * the commands that the README gives.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import type { Golden } from "../parity/golden.ts";
import { cleanClone, settings, tiny } from "./clean_clone.ts";

const project = new URL("../../", import.meta.url);
const { folder: clone, deno, task, file, exists, outcomes } = await cleanClone();

Deno.test("deno task run configs/default.yaml: leaves a whole run and says where", async () => {
  const { code, stdout, stderr } = await task(
    ...["run", "configs/default.yaml", ...tiny, "--set", "report.charts=true"],
  );
  assertEquals(code, 0, stderr);
  assertMatch(
    stdout,
    /^(?:.+\n)+greedy .*(\n.+){19,20}\n\n(.+\n)+\n- [^]*\n\ndefault: 2 models, 20 cells, 160 samples in [\d.]+ s\n {2}report {3}outputs\/default\/report.md\n {2}page {5}outputs\/default\/report.html\n/,
  );
  // Not a terminal: lines, no bars, no escapes, no prompts.
  assertMatch(
    stderr,
    /^training target, draft: 10 of 10 steps in [\d.]+ s\npredicting documents: 7 of 7 models in [\d.]+ s\ndecoding: 20 of 20 cells in [\d.]+ s\ntiming speculation: 100 of 100 percent in [\d.]+ s\nwriting reports: 1 of 1 reports in [\d.]+ s\n$/,
  );
  const report = file("outputs/default/report.md");
  for (
    const heading of [
      "Findings",
      "Likelihood under the target",
      "Diversity",
      "Speculative decoding",
      "Sweeps",
      "Example texts",
      "Models",
      "Corpus and settings",
    ]
  ) {
    assertStringIncludes(report, `## ${heading}`);
  }
  assert(!report.includes("NaN") && !report.includes("undefined"));
  assert(!report.includes(clone), "the report holds an absolute path");
});

Deno.test("deno task run configs/microbeam.yaml: has the original's models and its greedy outputs", async () => {
  const { code, stderr } = await task("run", "configs/microbeam.yaml", "--output", "elsewhere/it");
  assertEquals(code, 0, stderr);
  const golden: Golden = JSON.parse(
    Deno.readTextFileSync(new URL("tests/parity/golden.json", project)),
  );
  const steps = parse(file("elsewhere/it/training.csv"), { skipFirstRow: true });
  for (const name of ["target", "draft"] as const) {
    const losses = steps.filter(({ model }) => model === name).map((row) => row["loss"]);
    assertEquals(losses, golden[name].losses.map((loss) => loss.toFixed(6)));
  }
  const samples = parse(file("elsewhere/it/samples.csv"), { skipFirstRow: true });
  const outputs = samples.filter(({ cell }) => cell === "greedy").map((row) => row["continuation"]);
  const recorded = golden.diversity.find(({ strategy }) => strategy === "greedy")?.outputs ?? [];
  assertEquals(outputs, [...recorded]);
});

Deno.test("--set: sweeps draft_k and beam_width from the command line", async () => {
  const { code, stderr } = await task(
    ...["run", "configs/default.yaml", ...tiny],
    ...settings(
      "name=swept",
      "decoding.strategies.speculative.draft_k=1,3,5",
      "decoding.strategies.beam.beam_width=2,7",
    ),
  );
  assertEquals(code, 0, stderr);
  const cells = parse(file("outputs/swept/results.csv"), { skipFirstRow: true });
  const values = (strategy: string, key: string): (string | undefined)[] =>
    cells.filter((row) => row["strategy"] === strategy).map((row) => row[key]);
  assertEquals(values("speculative", "draft_k"), ["1", "3", "5"]);
  assertEquals(values("beam", "beam_width"), ["2", "7"]);
});

Deno.test("run: several configs one after another, and nothing printed with --quiet", async () => {
  const { code, stdout, stderr } = await task(
    ...[
      "run",
      "configs/default.yaml",
      "configs/draft-k.yaml",
      "--quiet",
      ...tiny,
    ],
  );
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  assert(exists("outputs/default/report.md") && exists("outputs/draft-k/report.md"));
});

const mistakes: readonly [string, string[], string][] = [
  ["no config", [], "expected a config, such as configs/default.yaml, found none"],
  [
    "a config that is not there",
    ["configs/defualt.yaml"],
    "cannot read the config configs/defualt.yaml",
  ],
  [
    "an unknown flag",
    ["configs/default.yaml", "--outptu", "x"],
    "unknown flag: expected one of --output, ",
  ],
  [
    "--add with --plan",
    ["--plan", "x", "--add", "{}"],
    "alone to say what to run, found --add, too",
  ],
  [
    "a flag without a value",
    ["configs/default.yaml", "--output"],
    "expected a value after --output",
  ],
  [
    "one folder for two configs",
    ["configs/default.yaml", "configs/microbeam.yaml", "--output", "x"],
    "expected one config with --output, found 2",
  ],
  [
    "a mistake in the second config alone",
    [
      "configs/draft-k.yaml",
      "configs/beam-width.yaml",
      "--set",
      "decoding.strategies.speculative.draft_k=2",
    ],
    'decoding.strategies: expected one of greedy, beam, exact, found "speculative"',
  ],
  [
    "a mistake that only the second config's corpus shows",
    [
      "configs/draft-k.yaml",
      "configs/beam-width.yaml",
      "--set",
      "decoding.prompts=[É]",
      "--set",
      "report=null",
    ],
    'expected characters of the corpus, found "É"',
  ],
  [
    "two configs of one name",
    ["configs/draft-k.yaml", "configs/beam-width.yaml", "--set", "name=wrong"],
    "expected configs with different names, found two that go to outputs/wrong",
  ],
  [
    "no workers",
    ["configs/default.yaml", "--workers", "0"],
    'expected a whole number from 1 to 1024 after --workers, found "0"',
  ],
  [
    "a flag twice",
    ["configs/default.yaml", "--output", "wrong", "--output", "other"],
    "expected --output once, found it again",
  ],
  [
    "a corpus that is not there",
    ["configs/default.yaml", "--set", "name=wrong", "--set", "corpus.path=nowhere.txt"],
    "corpus.path: cannot read the corpus configs/nowhere.txt: there is no such file",
  ],
  [
    "a corpus outside that is not there",
    ["configs/default.yaml", "--set", "name=wrong", "--set", "corpus.path=/nowhere/names.txt"],
    "corpus.path: cannot read the corpus /nowhere/names.txt: there is no such file",
  ],
  [
    "the name of a strategy in place of its map",
    ["configs/default.yaml", "--set", "name=wrong", "--set", "strategies=[greedy]"],
    'decoding.strategies[0]: expected a map, found "greedy"; write {strategy: greedy}',
  ],
  [
    "a prompt that the corpus cannot spell",
    [
      "configs/default.yaml",
      "--set",
      "name=wrong",
      "--set",
      "decoding.prompts=[a, Ä]",
      "--set",
      "report={}",
    ],
    'expected characters of the corpus, found "Ä" (U+00C4) in "Ä"',
  ],
];

const refused = await outcomes("run", mistakes.map(([, args]) => args));
for (const [i, [name, , message]] of mistakes.entries()) {
  Deno.test(`run: ${name}: one message, exit code 2, nothing written`, () => {
    const { code, stdout, stderr } = refused[i] ?? {};
    assert(stderr !== undefined);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
    assert(stderr.startsWith("error: "), stderr);
    assert(!/^\s+at /m.test(stderr), "a stack trace is shown");
    assert(!exists("outputs/wrong"), "something was written");
  });
}

Deno.test("run: a mistake ends the process itself so, too", async () => {
  const [, args, message] = mistakes[1] ?? ["", [], ""];
  const { code, stdout, stderr } = await task("run", ...args);
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertStringIncludes(stderr, message);
});

Deno.test("main.ts: an unknown command names the nearest", async () => {
  const { code, stderr } = await deno(["run", "-q", "-P=run", "main.ts", "rnu"]);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    'unknown command: expected one of run, diff, compare, plan, merge, cache, export, sample, schema, found "rnu"; did you mean "run"?',
  );
});

Deno.test("run: a config is found from the folder where deno task was called", async () => {
  const args = ["task", "--quiet", "run", "default.yaml", "--quiet", ...tiny];
  const cwd = `${clone}/configs`;
  const { code, stderr } = await deno([...args, "--output", "elsewhere/here"], {
    cwd,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assert(exists("elsewhere/here/report.md"));
});

Deno.test("run: an output folder that cannot be written is named, exit code 1", async () => {
  Deno.writeTextFileSync(`${clone}/taken`, "a file");
  const { code, stderr } = await task("run", "configs/default.yaml", ...tiny, "--output", "taken");
  assertEquals(code, 1);
  // Found before anything is trained.
  assert(stderr.startsWith("error: cannot write taken"), stderr);
  assert(!/^\s+at /m.test(stderr), "a stack trace is shown");
});

Deno.test("--help: says what it does, with an example, on stdout", async () => {
  const { code, stdout, stderr } = await task("run", "--help");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertStringIncludes(stdout, "usage: deno task run CONFIG…");
  assertStringIncludes(stdout, "deno task run configs/default.yaml --set");
});

Deno.test("deno task schema --check: the committed schema is up to date", async () => {
  assertEquals((await task("schema", "--check")).code, 0);
});

/** A draft whose only step leaves weights too large for any logits. */
const wild = [
  ...["configs/default.yaml", "--fresh", ...tiny],
  ...settings("training.draft={steps: 1, learning_rate: 1.0e+30}"),
];

Deno.test("run: cells that fail are listed at the end, exit code 1, and the rest is there", async () => {
  const { code, stdout, stderr } = await task(
    "run",
    ...wild,
    ...settings("name=wild"),
  );
  assertEquals(code, 1);
  assertMatch(stdout, /\nwild: 2 models \(1 failed\), 20 cells \(4 failed\), 128 samples in /);
  const [, list = ""] = stderr.split("error: 6 results failed\n");
  assertMatch(
    list,
    /^ {2}wild: training of the draft: the draft diverged: .*; try a learning rate below 1e\+30\n {2}wild: loss of draft, speculative\(.*\), speculative\(.*\) and 2 more: the training of the draft failed\n$/,
  );
  assertMatch(file("outputs/wild/report.md"), /^# wild\n\n\*\*Incomplete:\*\* /);
});

Deno.test("run: what is cut of long documents is counted at the end and in the report", async () => {
  const { code, stdout, stderr } = await task(
    ...["run", "configs/default.yaml", ...tiny],
    ...settings(
      "name=cut",
      "corpus.long_documents=cut",
      "models.block_size=7",
      "decoding.strategies=[{strategy: greedy}]",
    ),
  );
  assertEquals(code, 0, stderr);
  const line =
    /\n {2}cut {6}(\d+) documents at the end of the block: (\d+) of their (\d+) tokens are left out; --set corpus\.long_documents=windows reads all\n/;
  const [, documents, left, tokens] = line.exec(stdout) ?? [];
  const names = file("tests/data/few_names.txt").trim().split("\n");
  const long = names.map(({ length }) => length + 1).filter((length) => length > 7);
  const all = long.reduce((sum, length) => sum + length, 0);
  assertEquals([documents, left, tokens], [long.length, all - 7 * long.length, all].map(String));
  assertStringIncludes(
    file("outputs/cut/report.md"),
    `${documents} of the documents are longer than the block (7 tokens): ${left} of their ` +
      `${tokens} tokens, EOS among them, are neither learned nor predicted`,
  );
});

/** A target that diverges at once. */
const lost = [
  "configs/default.yaml",
  ...tiny,
  ...settings("target.learning_rate=1e30", "target.steps=40", "name=lost"),
];

Deno.test("run: without a target no file is said to be written, and what an earlier run left is not its own", async () => {
  const first = await task("run", ...lost);
  assertEquals(first.code, 1);
  assertMatch(first.stdout, /^lost: [^\n]*\n$/);
  assert(!exists("outputs/lost/report.md"));
  const good = await task("run", ...lost, ...settings("target.learning_rate=0.01"));
  assertStringIncludes(good.stdout, "\n  report   outputs/lost/report.md\n");
  const report = file("outputs/lost/report.md");
  const again = await task("run", ...lost);
  assertEquals(again.code, 1);
  assertMatch(
    again.stdout,
    /^lost: [^\n]*\n {2}outputs\/lost still holds the results of an earlier run\n$/,
  );
  assertMatch(
    again.stderr,
    /^outputs\/lost: its results are of another config, and replaced once this run has its own: /,
  );
  assertEquals(file("outputs/lost/report.md"), report);
});

Deno.test("run: of a sweep whose variants all diverge, each folder with earlier results is named", async () => {
  const sweep = [...lost, ...settings("name=lost-seeds", "seed=1,2")];
  const good = await task("run", ...sweep, ...settings("target.learning_rate=0.01"));
  assertEquals(good.code, 0, good.stderr);
  const { code, stdout } = await task("run", ...sweep);
  assertEquals(code, 1);
  assertMatch(
    stdout,
    new RegExp(
      "\\nlost-seeds: [^\\n]*\\n  report   outputs/lost-seeds/report.md\\n" +
        "  page     outputs/lost-seeds/report.html\\n" +
        "  results  outputs/lost-seeds/results.csv\\n" +
        "  outputs/lost-seeds/seed=1 still holds the results of an earlier run\\n" +
        "  outputs/lost-seeds/seed=2 still holds the results of an earlier run\\n$",
    ),
  );
  assert(!file("outputs/lost-seeds/report.md").includes("seed=1/report.md"));
});

Deno.test("run --fail-fast: the first failure is the end, exit code 1, and nothing is written", async () => {
  const args = ["run", ...wild, ...settings("name=fast"), "--fail-fast"];
  const { code, stdout, stderr } = await task(...args);
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /error: .*the draft diverged: .*; try a learning rate below 1e\+30\n$/,
  );
  assert(!exists("outputs/fast/manifest.json"));
});
