/**
 * `deno task sample` on a run that was just made: real processes, in a clean copy of the project.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { cleanClone } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder: clone, task, outcomes } = await cleanClone();

Deno.writeTextFileSync(
  `${clone}/configs/tried.yaml`,
  `
seed: 7
corpus: { path: ../tests/data/few_names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training: { target: { steps: 200 }, draft: { steps: 100 } }
decoding:
  prompts: [ma, ""]
  samples: 4
  max_new_tokens: 6
  strategies:
    - strategy: greedy
    - { strategy: top_p, p: 0.95 }
    - { strategy: sample, warp: [{ temperature: 0.8 }, { top_k: 5 }] }
    - { strategy: stochastic_beam, beam_width: 3 }
    - { strategy: beam, beam_width: 4, n_best: 2 }
    - { strategy: exact, n_best: 2 }
    - { strategy: speculative, draft_k: 2 }
    - { strategy: speculative, draft: ngram, draft_k: 3, ngram_order: 2 }
    - { strategy: speculative, acceptance_rule: original }
report: { charts: false }
`,
);
const made = await task("run", "configs/tried.yaml", "--quiet");
assertEquals(made, { code: 0, stdout: "", stderr: "" });

const RUN = "outputs/tried";
Deno.mkdirSync(`${clone}/outputs/begun`);
Deno.writeTextFileSync(`${clone}/outputs/begun/.begun`, "{}");
Deno.mkdirSync(`${clone}/outputs/linked`);
Deno.symlinkSync("../tried/config.yaml", `${clone}/outputs/linked/config.yaml`);
const rows = parse(Deno.readTextFileSync(`${clone}/${RUN}/samples.csv`), { skipFirstRow: true });

/** The output of --json, as far as it is compared. */
interface Sampled {
  readonly cell: string;
  readonly seed: number;
  readonly samples: readonly {
    readonly prompt: string;
    readonly sample: number;
    readonly continuation: string;
    readonly stop: string;
    readonly log_prob: number;
    readonly tokens: readonly { token: string | null; log_prob: number; warped_log_prob: number }[];
    readonly costs: Readonly<Record<string, number>>;
    readonly steps?: readonly { readonly kind: string; readonly token?: string | null }[];
    readonly exact_mode?: { readonly log_prob: number };
  }[];
}

async function sampled(...args: string[]): Promise<Sampled> {
  const { code, stdout, stderr } = await task("sample", RUN, "--json", "--quiet", ...args);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return JSON.parse(stdout);
}

const both = ["--prompt", "ma", "--prompt", ""];
const chain = "warp=[{ temperature: 0.8 }, { top_k: 5 }]";
const cells: readonly [string, string[]][] = [
  ["greedy", ["--strategy", "greedy"]],
  ["top_p(p=0.95)", ["--strategy", "top_p", "--set", "p=0.95", "-n", "4"]],
  ["sample(warp=temperature 0.8 → top_k 5)", ["--set", chain, "-n", "4"]],
  ["stochastic_beam(beam_width=3)", [
    ...["--strategy", "stochastic_beam", "--set", "beam_width=3", "-n", "4"],
  ]],
  ["beam(beam_width=4, n_best=2)", [
    ...["--strategy", "beam", "--set", "beam_width=4", "--set", "n_best=2"],
  ]],
  ["exact(n_best=2)", ["--strategy", "exact", "--set=n_best=2"]],
  ["speculative(draft=model, draft_k=2)", [
    ...["--strategy", "speculative", "--set", "draft_k=2", "-n4"],
  ]],
  ["speculative(draft=ngram, ngram_order=2, draft_k=3)", [
    ...["--strategy", "speculative", "-n", "4"],
    ...["--set", "draft=ngram", "--set", "draft_k=3", "--set", "ngram_order=2"],
  ]],
  ["speculative(acceptance_rule=original, draft_k=4)", [
    ...["--strategy", "speculative", "--set", "acceptance_rule=original", "-n", "4"],
  ]],
];

for (const [label, args] of cells) {
  Deno.test(`sample: ${label}: the texts and costs of samples.csv, to its last digit`, async () => {
    const { cell, seed, samples } = await sampled(...both, ...args);
    assertEquals({ cell, seed }, { cell: label, seed: 7 });
    const text = (value: unknown): string => String(value);
    const found = samples.map(({ prompt, sample, continuation, stop, log_prob, costs }) =>
      [prompt, sample, continuation, stop, log_prob.toFixed(6), costs["target_calls"]].map(text)
    );
    const numbers = new Set(found.map(([, number]) => number));
    const expected = rows
      .filter((row) => row["cell"] === label && numbers.has(row["sample"] ?? ""))
      .map((row) =>
        ["prompt", "sample", "continuation", "stop", "log_prob", "target_calls"].map((key) =>
          row[key] ?? ""
        )
      );
    assertEquals(found, expected);
    assert(found.length >= 2, "too few to compare");
  });
}

Deno.test("sample: another seed gives other texts, the same seed the same", async () => {
  const texts = async (...args: string[]): Promise<string[]> =>
    (await sampled("-n", "8", ...args)).samples.map(({ continuation }) => continuation);
  const own = await texts();
  assertEquals(await texts("--seed", "7"), own);
  assert((await texts("--seed", "-8")).join() !== own.join());
});

Deno.test("sample: --model draft decodes from the draft, --max-new-tokens ends texts sooner", async () => {
  const [text] = (await sampled("--strategy", "greedy", "--max-new-tokens", "2")).samples;
  const [ofDraft] =
    (await sampled("--strategy", "greedy", "--max-new-tokens", "2", "--model", "draft")).samples;
  assertEquals([text?.stop, text?.continuation.length], ["max_new_tokens", 2]);
  assert(text?.log_prob !== ofDraft?.log_prob);
});

Deno.test("sample: a line is the log-probability and the text; greedy says that it is one", async () => {
  const { code, stdout, stderr } = await task("sample", RUN, "--strategy=greedy", "--prompt=ma");
  const [row] = rows.filter(({ cell, prompt }) => cell === "greedy" && prompt === "ma");
  assertEquals(code, 0);
  const logProb = Number(row?.["log_prob"]).toFixed(3).padStart(9);
  assertEquals(stdout, `${logProb}  ma${row?.["continuation"]}\n`);
  assertEquals(stderr, "greedy is deterministic: its only result is shown once\n");
});

Deno.test("sample: --verbose has every token's probability, whose product is the text's", async () => {
  const args = ["--prompt", "ma", "--set", chain, "--verbose"];
  const { stdout } = await task("sample", RUN, ...args);
  const [line = "", ...details] = stdout.trimEnd().split("\n");
  const said = /^ {2}\d+\. after ".*": (\S+), drawn with \d+(?:\.\d+)? % \(target (\S+) %\)$/;
  const tokens = details.flatMap((detail) => {
    const [, token, own] = said.exec(detail) ?? [];
    return token === undefined ? [] : [{ token, own: Number(own) / 100 }];
  });
  const text = tokens.map(({ token }) => token === "EOS" ? "" : token).join("");
  assertEquals(`ma${text}`, line.slice(11), stdout);
  const product = tokens.reduce((all, { own }) => all * own, 1);
  assertAlmostEquals(Math.log(product), Number(line.slice(0, 9)), 0.05);
  assert(/^ {2}(ended with EOS|cut: enough tokens)$/.test(details.at(-1) ?? ""), stdout);
  assertFits(stdout);
  assertEquals(
    details.filter((detail) => /^ +tokens kept +\d+ +\d+ +5$/.test(detail)).length,
    tokens.length,
  );
});

/** Every line fits a terminal of 80 columns. */
function assertFits(stdout: string): void {
  for (const line of stdout.split("\n")) assert([...line].length <= 80, line);
}

Deno.test("sample: --verbose of speculative decoding has the rounds, and counts what became of proposals", async () => {
  const args = ["--strategy", "speculative", "--set", "draft_k=2", "-n", "1"];
  const [one] = (await sampled(...args)).samples;
  const { accepted, tested, proposed, rounds = 0, target_calls, draft_calls } = one?.costs ?? {};
  const { stdout } = await task("sample", RUN, ...args, "--verbose");
  assertStringIncludes(
    stdout,
    `${accepted} of ${tested} tested tokens accepted (${proposed} proposed, ` +
      `${rounds} round${rounds === 1 ? "" : "s"})\n` +
      `  passes: ${target_calls} of the target, ${draft_calls} of the draft\n`,
  );
  const count = (pattern: RegExp): number => stdout.match(pattern)?.length ?? 0;
  assertEquals(
    [count(/^ {2}round \d/gm), count(/ accepted$/gm), count(/ (accepted|refused)$/gm)],
    [rounds, accepted, tested],
  );
  assertFits(stdout);
});

Deno.test("sample: --verbose of a search has the beams and the exact mode, which exact search finds", async () => {
  const [mode] = (await sampled("--prompt", "ma", "--strategy", "exact")).samples;
  const args = ["--prompt", "ma", "--strategy", "beam", "--set", "beam_width=2"];
  const { stdout } = await task("sample", RUN, ...args, "--verbose");
  const said = `"ma${mode?.continuation}"${mode?.stop === "eos" ? " EOS" : " (cut)"}, log P ` +
    mode?.log_prob.toFixed(3);
  const isMode = stdout.includes("this is the exact mode");
  if (!isMode) assertStringIncludes(stdout, `the exact mode is ${said}`);
  assertEquals(stdout.includes("the exact mode is lost here"), !isMode, stdout);
  assertFits(stdout);
  const { samples: [beam] } = await sampled(...args, "--verbose");
  const { steps = [], exact_mode } = beam ?? {};
  assertEquals(exact_mode?.log_prob, mode?.log_prob);
  assertEquals(steps.map(({ kind }) => kind), steps.map(() => "selection"));
});

Deno.test("sample: --json --verbose has the steps of each sample, --json alone has none", async () => {
  const args = ["--prompt", "ma", "--set", chain, "-n", "2"];
  const { samples } = await sampled(...args, "--verbose");
  assertEquals(samples.length, 2);
  for (const { steps = [], tokens } of samples) {
    assertEquals(steps.map(({ token }) => token), tokens.map(({ token }) => token));
  }
  assertEquals((await sampled(...args)).samples.map(({ steps }) => steps), [undefined, undefined]);
});

/** The output of --score --json, as far as it is compared. */
interface Scored {
  readonly scores: readonly {
    readonly text: string;
    readonly unread_tokens: number;
    readonly models: readonly {
      readonly model: string;
      readonly log_prob: number;
      readonly tokens: readonly { token: string | null; log_prob: number; new_window?: boolean }[];
    }[];
  }[];
}

async function scored(...texts: string[]): Promise<Scored["scores"]> {
  const args = texts.flatMap((text) => ["--score", text]);
  const { code, stdout, stderr } = await task("sample", RUN, "--json", ...args);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return JSON.parse(stdout).scores;
}

Deno.test("sample: --score has the log-probability of a sample of an empty prompt, EOS included", async () => {
  const rowsOf = rows.filter(({ prompt, stop }) => prompt === "" && stop === "eos").slice(0, 5);
  assert(rowsOf.length > 2);
  const texts = rowsOf.map(({ continuation = "" }) => continuation);
  const scores = await scored(...texts);
  assertEquals(scores.map(({ text }) => text), texts);
  scores.forEach(({ models: [target, draft] }, i) => {
    assertEquals([target?.model, draft?.model], ["target", "draft"]);
    assertAlmostEquals(target?.log_prob ?? NaN, Number(rowsOf[i]?.["log_prob"]), 1e-5);
    assertEquals(target?.tokens.at(-1)?.token, null);
  });
});

Deno.test("sample: --score reads a text longer than the block in windows", async () => {
  const [long] = await scored("maria".repeat(7));
  const tokens = long?.models[0]?.tokens ?? [];
  assertEquals([tokens.length, long?.unread_tokens], [36, 0]);
  const begins = tokens.flatMap(({ new_window }, i) => new_window ? [i] : []);
  assertEquals(begins, [16, 32]);
});

Deno.test("sample: --score prints a row for each token, its rank, and the totals", async () => {
  const { code, stdout } = await task("sample", RUN, "--score", "ma", "--score", "");
  const [ma] = await scored("ma");
  const [target] = ma?.models ?? [];
  assertEquals(code, 0);
  assertFits(stdout);
  assertEquals(stdout.match(/^ {3}(m|a|EOS) +\S+ % +-\d+\.\d{3} +\d+/gm)?.length, 4);
  assertStringIncludes(stdout, `\n   target  ${target?.log_prob.toFixed(3).padStart(19)}  `);
});

const mistakes: readonly [string, string[], string][] = [
  ["no run", [], "expected a run, found none; try: deno task sample outputs/default"],
  ["two runs", [RUN, "ma"], "expected one run, found 2: a prompt goes after --prompt"],
  [
    "a run that is not there",
    ["outputs/tired"],
    'none called "outputs/tired"; did you mean "tried"?',
  ],
  ["a file", ["README.md"], "found the file README.md"],
  ["a run that did not end", ["outputs/begun"], "which is one that was interrupted, or failed"],
  ["a folder that is no run", ["configs"], "found configs, which has no config.yaml"],
  [
    "a link in place of a config.yaml",
    ["outputs/linked"],
    "found outputs/linked, whose config.yaml is a link, which may lead anywhere",
  ],
  ["a folder of runs", ["outputs"], "found outputs, which has runs in it:\n  outputs/tried"],
  [
    "an unknown strategy",
    [RUN, "--strategy", "topp"],
    "--strategy topp: strategy: expected one of top_p, ",
  ],
  [
    "a setting of another",
    [RUN, "--strategy", "top_p", "--set", "k=3"],
    "cannot use --set k=3: the strategy top_p has no k; it goes with --strategy top_k",
  ],
  [
    "a setting of another where no strategy is named",
    [RUN, "--set", "p=0.5"],
    "cannot use --set p=0.5: the strategy sample (no --strategy was given) has no p; it goes with --strategy ",
  ],
  [
    "the engine, which is that of the run",
    [RUN, "--set", "engine.simd=strict"],
    "cannot use --set engine.simd=strict: sample takes the engine and the arithmetic of the run; ",
  ],
  [
    "a setting of no strategy",
    [RUN, "--strategy", "top_p", "--set", "q=3"],
    "--set q=3: q: unknown key",
  ],
  [
    "a value out of range",
    [RUN, "--strategy", "top_p", "--set", "p=2"],
    "--set p=2: p: expected a number of at most 1, found 2",
  ],
  [
    "a sweep",
    [RUN, "--strategy", "top_k", "--set", "k=1,5"],
    "--set k=1,5: k: expected one value for k, found a list; deno task run sweeps",
  ],
  ["a range", [RUN, "--strategy", "top_k", "--set", "k=1..5"], "expected one value for k"],
  [
    "a sweep in a chain",
    [RUN, "--set", "warp=[{ top_k: [1, 5] }]"],
    "expected one value for warp.top_k, found a list",
  ],
  [
    "more texts than beams",
    [RUN, "--strategy", "beam", "--set", "n_best=9"],
    "n_best: expected at most beam_width (3), found 9",
  ],
  ["an unknown model", [RUN, "--model", "drft"], 'found "drft"; did you mean "draft"?'],
  ["a letter in the other case", [RUN, "--prompt", "Ma"], 'found "M" in "Ma"; the corpus has "m"'],
  [
    "a character that the corpus has not",
    [RUN, "--prompt", "é"],
    'found "é" (U+00E9) in "é"; the corpus has "abcdefghijklmnopqrstuvwxyz"',
  ],
  [
    "a prompt longer than the block",
    [RUN, "--prompt", "m".repeat(16)],
    "expected at most 16 tokens with BOS (models.block_size)",
  ],
  ["no samples", [RUN, "-n", "0"], "expected a whole number from 1 to 1000000 after --samples"],
  ["a seed that is none", [RUN, "--seed", "1.5"], 'after --seed, found "1.5"'],
  [
    "more samples than are explained",
    [RUN, "--verbose", "-n", "1001"],
    "expected a whole number from 1 to 1000 after --samples",
  ],
  [
    "a score of what the corpus has not",
    [RUN, "--score", "ma", "--score", "maré"],
    'cannot use --score: character 4: expected characters of the corpus, found "é" (U+00E9) in "maré"',
  ],
  [
    "a score of a strategy",
    [RUN, "--score", "ma", "--strategy", "beam"],
    "cannot use --strategy with --score",
  ],
];

const refused = await outcomes("sample", mistakes.map(([, args]) => args));
for (const [i, [name, , message]] of mistakes.entries()) {
  Deno.test(`sample: ${name}: one message, exit code 2`, () => {
    const { code, stdout, stderr } = refused[i] ?? {};
    assert(stderr !== undefined);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
    assert(stderr.startsWith("error: ") && !/^\s+at /m.test(stderr), stderr);
  });
}

/** A copy of the run, `name`, whose target is what `change` makes of it. */
async function changed(name: string, change: (file: string) => Promise<unknown>): Promise<string> {
  const folder = `${clone}/outputs/${name}`;
  await Deno.mkdir(`${folder}/checkpoints`, { recursive: true });
  await Deno.copyFile(`${clone}/${RUN}/config.yaml`, `${folder}/config.yaml`);
  const file = `${folder}/checkpoints/target.json`;
  await Deno.copyFile(`${clone}/${RUN}/checkpoints/target.json`, file);
  await change(file);
  return `outputs/${name}`;
}

/** Writes what `edit` makes of the text of a file. */
const edited = (edit: (text: string) => string) => async (file: string): Promise<void> => {
  await Deno.writeTextFile(file, edit(await Deno.readTextFile(file)));
};

const damage: readonly [string, (file: string) => Promise<unknown>, string][] = [
  ["cut off", edited((text) => text.slice(0, 9000)), "damaged or cut off"],
  ["with a digit changed", edited((text) => text.replace("0.0", "0.1")), "changed or damaged"],
  [
    "of a newer version",
    edited((text) => text.replace('"version":1', '"version":2')),
    "it was made by a newer version (2); this one reads up to 1",
  ],
  ["of something else", edited(() => '{"format":"gguf"}'), "expected the format"],
  ["not there", (file) => Deno.remove(file), "there is no such file"],
  [
    "a terabyte long",
    (file) => Deno.truncate(file, 2 ** 40),
    "expected at most 511 MiB, found 1048576 MiB",
  ],
];

const damaged: string[] = [];
for (const [name, change] of damage) {
  damaged.push(await changed(name.replaceAll(" ", "-"), change));
}
const unread = await outcomes("sample", damaged.map((run) => [run]));
for (const [i, [name, , message]] of damage.entries()) {
  Deno.test(`sample: a checkpoint ${name}: one message, exit code 2`, () => {
    const run = damaged[i] ?? "";
    const { code, stdout, stderr } = unread[i] ?? {};
    assert(stderr !== undefined);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, `the checkpoint ${run}/checkpoints/target.json: `);
    assertStringIncludes(stderr, message);
    assert(stderr.startsWith("error: ") && !/^\s+at /m.test(stderr), stderr);
  });
}

Deno.test({
  name: "sample: on a terminal it asks for nothing",
  ignore: !hasTerminal,
  fn: async () => {
    const args = ["run", "-q", "-P=sample", "main.ts", "sample", RUN, "-n", "2"];
    const { code, shown } = await onTerminal(80, args, { cwd: clone });
    assertEquals([code, shown.trimEnd().split("\n").length], [0, 2], shown);
  },
});
