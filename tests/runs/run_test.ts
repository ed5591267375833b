// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment, readExperiments } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, file, filesIn, rows, run, runInto } from "./tiny_run.ts";

const whole = await run(config);

Deno.test("runSweeps: leaves every file of a run", () => {
  assertEquals([...whole.keys()].sort(), [
    "charts/lengths.svg",
    "charts/lengths.vl.json",
    "charts/likelihood-diversity.svg",
    "charts/likelihood-diversity.vl.json",
    "charts/searches.svg",
    "charts/searches.vl.json",
    "charts/speculation.svg",
    "charts/speculation.vl.json",
    "charts/sweep-2-temperature.svg",
    "charts/sweep-2-temperature.vl.json",
    "charts/training-loss.svg",
    "charts/training-loss.vl.json",
    "checkpoints/draft.json",
    "checkpoints/target.json",
    "comparisons.csv",
    "config.yaml",
    "findings.json",
    "losses.csv",
    "manifest.json",
    "models.csv",
    "positions.csv",
    "report.html",
    "report.md",
    "results.csv",
    "samples.csv",
    "timings.csv",
    "training.csv",
  ]);
});

Deno.test("runSweeps: the report shows every chart that is there, and no other", () => {
  const shown = [...file(whole, "report.md").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, to]) =>
    to
  );
  assertEquals(shown.sort(), [...whole.keys()].filter((name) => name.endsWith(".svg")).sort());
});

Deno.test("runSweeps: report.charts: false leaves the charts out and no number changes", async () => {
  const plain = await run(config, ["report.charts=false"]);
  assertEquals([...plain.keys()].filter((name) => name.startsWith("charts/")), []);
  assert(!file(plain, "report.md").includes("!["));
  assertEquals(file(plain, "results.csv"), file(whole, "results.csv"));
});

Deno.test("runSweeps: the same config gives the same bytes but for timings.csv", async () => {
  const again = await run(config);
  for (const [name, text] of whole) {
    if (name !== "timings.csv") assertEquals(file(again, name), text, name);
  }
});

Deno.test("runSweeps: config.yaml, run itself, gives the same bytes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // From another folder than the config's own.
    const experiment = readExperiment(`${folder}/config.yaml`, file(whole, "config.yaml"));
    await runInto(folder, experiment);
    for (const [name, text] of whole) {
      if (name === "timings.csv") continue;
      assertEquals(await Deno.readTextFile(`${folder}/${name}`), text, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("checkWithCorpus: config.yaml, checked itself, is the same bytes, wherever its name comes from", async () => {
  const named: readonly [text: string, options: { limit?: number }][] = [
    [config, {}],
    [config.replace("\nname: tiny", ""), {}],
    [config.replace("\nname: tiny", ""), { limit: 2 }],
  ];
  for (const [text, options] of named) {
    const [first] = readExperiments("configs/unnamed.yaml", text, [], options);
    assert(first !== undefined);
    const { configText } = await checkWithCorpus(first);
    assertMatch(configText, new RegExp(`^# .*\n(# .*\n)*name: ${first.name}\n`));
    const again = await checkWithCorpus(readExperiment("configs/config.yaml", configText));
    assertEquals(again.configText, configText);
  }
});

Deno.test("runSweeps: no strategy's samples depend on the others in the grid", async () => {
  const alone = await run(config, [
    "decoding.strategies=[{strategy: top_p, p: [0.5, 0.9]}, " +
    "{strategy: speculative, acceptance_rule: original, draft_k: 4}]",
  ]);
  const cells = ["top_p(p=0.9)", "speculative(acceptance_rule=original, draft_k=4)"];
  for (const label of cells) {
    const of = (files: Map<string, string>) =>
      rows(files, "samples.csv").filter(({ cell }) => cell === label);
    assertEquals(of(alone).length, 21);
    assertEquals(of(alone), of(whole));
  }
});

Deno.test("runSweeps: more samples and other prompts leave those there were as they are", async () => {
  const more = await run(config, ["decoding.samples=9", "decoding.prompts=[mar, b, a]"]);
  const key = (row: Readonly<Record<string, string>>) =>
    `${row["cell"]}/${row["prompt"]}/${row["sample"]}`;
  // Where a sample stands among the others is another place.
  const samplesOf = (files: Map<string, string>) =>
    rows(files, "samples.csv").map(({ draw: _, decoding: __, ...row }) => row);
  const larger = new Map(samplesOf(more).map((row) => [key(row), row]));
  const shared = samplesOf(whole).filter((row) => row["prompt"] !== "");
  assertEquals(shared.length, 9 * 2 * 7);
  // Which draw and which decoding they are of follows from the prompts before them.
  const own = ({ draw: _, decoding: __, ...row }: Record<string, string>) => row;
  for (const row of shared) assertEquals(own(larger.get(key(row)) ?? {}), own(row));
});

Deno.test("runSweeps: another seed gives other samples and other weights", async () => {
  const other = await run(config, ["seed=43"]);
  for (const name of ["checkpoints/target.json", "checkpoints/draft.json", "samples.csv"]) {
    assert(file(other, name) !== file(whole, name), name);
  }
});

Deno.test("runSweeps: with independent seeding the draft does not depend on the target", async () => {
  const draft = async (overrides: string[]): Promise<string> =>
    file(await run(config, overrides), "checkpoints/draft.json");
  const wider = "models.target.n_embd=12";
  assertEquals(await draft([wider]), file(whole, "checkpoints/draft.json"));
  assert(await draft([wider, "seeding=sequential"]) !== await draft(["seeding=sequential"]));
});

Deno.test("runSweeps: results.csv counts what samples.csv lists", () => {
  const samples = Map.groupBy(rows(whole, "samples.csv"), ({ cell }) => cell);
  const results = rows(whole, "results.csv");
  assertEquals(results.length, 9);
  for (const { cell, ...result } of results) {
    const own = samples.get(cell) ?? [];
    assertEquals(Number(result["samples"]), own.length);
    assertEquals(
      Number(result["unique_texts"]),
      new Set(own.map((row) => row["text"])).size,
    );
    assertEquals(Number(result["stop_eos"]), own.filter(({ stop }) => stop === "eos").length);
    const mean = own.reduce((sum, row) => sum + Number(row["log_prob"]), 0) / own.length;
    assert(Math.abs(Number(result["mean_log_prob"]) - mean) < 2e-6);
  }
});

Deno.test("runSweeps: training.csv has every step of every model", () => {
  const steps = rows(whole, "training.csv");
  assertEquals(steps.filter(({ model }) => model === "target").length, 60);
  assertEquals(steps.filter(({ model }) => model === "draft").at(-1)?.["step"], "40");
});

Deno.test("runSweeps: models.csv has the loss of both models and of five orders on what was held out", async () => {
  // All names, so many that each order is better than the one before.
  const names = ["corpus.path=data/names.txt", "decoding.strategies=[{ strategy: greedy }]"];
  const models = rows(await run(config, names), "models.csv");
  const orders = [1, 2, 3, 4, 5].map((order) => `${order}-gram`);
  assertEquals(models.map(({ model }) => model), ["target", "draft", ...orders]);
  const { split } = await checkWithCorpus(readExperiment("configs/tiny.yaml", config, names));
  assertEquals(
    new Set(models.map((row) => Number(row["held_out_documents"]))),
    new Set([split.heldOut.length]),
  );
  const nats = models.map((row) => Number(row["held_out_nats_per_token"]));
  // Each order is better than the one before, and 60 steps have taught less than pairs tell.
  assertEquals(nats.slice(2), nats.slice(2).toSorted((a, b) => b - a));
  assert(nats.every((loss) => loss > 2 && loss < Math.log(27)), `${nats}`);
  // What was counted is better known than what was not.
  const [, , , , , , last] = models;
  assert(Number(last?.["training_nats_per_token"]) < (nats[6] ?? NaN) - 0.2);
});

Deno.test("runSweeps: losses.csv adds up to models.csv, on the documents held out (1e-6)", async () => {
  const { split } = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));
  const models = Map.groupBy(rows(whole, "losses.csv"), ({ model = "" }) => model);
  for (const row of rows(whole, "models.csv")) {
    const own = models.get(row["model"] ?? "") ?? [];
    assertEquals(own.map(({ document }) => document), [...split.heldOut]);
    const sum = (column: string): number =>
      own.reduce((total, one) => total + Number(one[column]), 0);
    assertEquals(sum("tokens"), Number(row["held_out_tokens"]));
    const [loss, bits] = [sum("nats") / sum("tokens"), sum("nats") / Math.LN2 / sum("characters")];
    assertAlmostEquals(loss, Number(row["held_out_nats_per_token"]), 1e-6);
    assertAlmostEquals(bits, Number(row["held_out_bits_per_character"]), 1e-6);
  }
});

Deno.test("runSweeps: with nothing held out there is a training loss alone", async () => {
  const files = await run(config, ["corpus.held_out=0", "corpus.path=data/names.txt"]);
  const [target] = rows(files, "models.csv");
  assertEquals(target?.["held_out_nats_per_token"], "");
  assertEquals(target?.["training_documents"], "1000");
  assert(file(files, "report.md").includes("No documents were held out"));
  assertEquals(rows(files, "losses.csv"), []);
});

Deno.test("runSweeps: a prompt drawn several times has as many times the samples, numbered on", async () => {
  const everyName = "corpus.path=data/names.txt";
  const drawn = [
    everyName,
    "decoding.prompts={from: held_out, count: 40, length: 1}",
    "decoding.samples=2",
  ];
  const files = await run(config, drawn);
  const { prompts } = await checkWithCorpus(readExperiment("configs/tiny.yaml", config, drawn));
  assertEquals(prompts.length, 40);
  const times = Map.groupBy(prompts, (prompt) => prompt);
  assert(times.size > 5 && times.size < 40, `${times.size} different prompts`);
  for (const own of Map.groupBy(rows(files, "samples.csv"), ({ cell }) => cell).values()) {
    for (const [prompt, samples] of Map.groupBy(own, ({ prompt }) => prompt ?? "")) {
      const count = 2 * (times.get(prompt)?.length ?? 0);
      assertEquals(
        samples.map(({ sample }) => Number(sample)),
        Array.from({ length: count }, (_, i) => i),
      );
    }
  }
  // The same samples as of a prompt that is listed.
  const listed = await run(config, [
    ...[everyName, "decoding.samples=2"],
    `decoding.prompts=[${prompts[0]}]`,
  ]);
  const first = (all: Map<string, string>) =>
    rows(all, "samples.csv").filter((row) =>
      row["prompt"] === prompts[0] && Number(row["sample"]) < 2
    );
  assertEquals(first(files), first(listed));
  // What is drawn is not what is listed in config.yaml, but comes again from it.
  const { config: resolved } = readExperiment("configs/tiny.yaml", file(files, "config.yaml"));
  assertEquals(resolved.decoding.prompts, { from: "held_out", count: 40, length: 1 });
  assertEquals(resolved.report.compare_prompts, [...times.keys()].slice(0, 2));
});

Deno.test("runSweeps: manifest.json has the digest of every file but itself and timings.csv", async () => {
  const { outputs } = JSON.parse(file(whole, "manifest.json")) as {
    outputs: Record<string, string>;
  };
  const expected = [...whole.keys()].filter((name) =>
    name !== "manifest.json" && name !== "timings.csv"
  );
  assertEquals(Object.keys(outputs).sort(), expected.sort());
  for (const name of expected) {
    const bytes = new TextEncoder().encode(file(whole, name));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assertEquals(outputs[name], digest, name);
  }
});

Deno.test("runSweeps: without a draft there is no draft's checkpoint and no speculation", async () => {
  const files = await run(`
corpus: { path: ../tests/data/few_names.txt }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 5 } }
decoding: { prompts: [a], strategies: [{ strategy: greedy }] }
`);
  assert(!files.has("checkpoints/draft.json"));
  assert(!file(files, "report.md").includes("Speculative"));
  assert(!file(files, "report.md").includes("draft"));
});

Deno.test("runSweeps: in a folder of another run, what that left and this does not is gone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await runInto(folder, readExperiment("configs/tiny.yaml", config));
    await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
    await runInto(
      folder,
      readExperiment("configs/tiny.yaml", config, [
        "models.draft=null",
        "training.draft=null",
        "decoding.strategies=[{strategy: greedy}]",
      ]),
    );
    assertEquals(filesIn(folder).sort(), [
      "charts/lengths.svg",
      "charts/lengths.vl.json",
      "charts/training-loss.svg",
      "charts/training-loss.vl.json",
      "checkpoints/target.json",
      "comparisons.csv",
      "config.yaml",
      "findings.json",
      "losses.csv",
      "manifest.json",
      "models.csv",
      "notes.txt",
      "positions.csv",
      "report.html",
      "report.md",
      "results.csv",
      "samples.csv",
      "timings.csv",
      "training.csv",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runSweeps: a target that diverges is named with all that needs it, and nothing is written", () =>
  inFolder(async (folder) => {
    const overrides = ["training.target.learning_rate=1.0e+200", "engine=reference"];
    const experiment = readExperiment("configs/tiny.yaml", config, overrides);
    const { failures, written } = await runInto(folder, experiment);
    assertMatch(
      failures[0]?.message ?? "",
      /^the target diverged: expected a finite loss, found NaN at step/,
    );
    assertEquals(
      failures.filter(({ message }) => message === "the training of the target failed").length,
      10,
    );
    assertEquals(written, false);
    assertEquals(filesIn(folder), [".begun"]);
  }));

const mistakes: readonly [string, string[], string][] = [
  [
    "a prompt with a character that the corpus lacks",
    ["decoding.prompts=[a, Zoë]"],
    'decoding.prompts[1]: expected characters of the corpus, found "Z" in "Zoë"; the corpus has "z"',
  ],
  [
    "a prompt past the block",
    ["decoding.prompts=[aaaaaaaaaaaaaaaa]"],
    'decoding.prompts[0]: expected a prompt of at most 16 tokens with BOS (models.block_size), found "aaaaaaaaaaaaaaaa", which is 17; --set models.block_size=17 or more has room',
  ],
  [
    "max_new_tokens past the block",
    ["decoding.max_new_tokens=15", "decoding.prompts=[abc, a]"],
    "decoding.max_new_tokens: expected at most 14, which is what models.block_size (16) leaves after BOS and the shortest prompt, found 15",
  ],
  [
    "drawn prompts past the block",
    ["models.block_size=4", "decoding.prompts={from: training, length: 4}"],
    "decoding.prompts.length: expected at most 3, which is what models.block_size (4) leaves after BOS, found 4",
  ],
  [
    "drawn prompts that leave no room",
    ["decoding.prompts={from: training, length: 4}"],
    "decoding.max_new_tokens: expected at most 11, which is what models.block_size (16) leaves after BOS and the shortest prompt, found 12; --set decoding.max_new_tokens=11 or --set models.block_size=17 fits",
  ],
  [
    "more prompts than documents",
    ["decoding.prompts={from: held_out, count: 5000}"],
    "decoding.prompts.count: expected at most 21, which is how many documents held out have 1 characters, found 5000; --set decoding.prompts.count=21 draws all",
  ],
  [
    "a comparison of a prompt that was not drawn",
    ["decoding.prompts={from: training, count: 3, length: 0}", "report.compare_prompts=[a]"],
    'report.compare_prompts[0]: expected one of decoding.prompts, found "a"; --set report.compare_prompts=null compares the first two',
  ],
  [
    "a model of terabytes",
    ["models.target={n_embd: 16384, n_head: 1, n_layer: 1000}"],
    "models.target: expected a model that the simd engine can train in 4.0 GiB, found one that takes",
  ],
  [
    "a batch of long documents",
    [
      "models.target={n_embd: 256, n_head: 1, n_layer: 4}",
      "models.block_size=512",
      "training.target.batch_size=4096",
    ],
    "training.target.batch_size: expected at most 116, which is how many documents of this model the simd engine can train on at once in 4.0 GiB, found 4096; --set training.target.batch_size=116 fits",
  ],
  [
    "a model past what scalar autograd can hold",
    ["models.target={n_embd: 512, n_head: 1, n_layer: 1}", "engine=reference"],
    "models.target: expected a model that the reference engine can train in 3.0 GiB, found one that",
  ],
  [
    "more new tokens than the block has room for after the shortest prompt",
    ["decoding.prompts=[abc, a, ab]", "decoding.max_new_tokens=15"],
    "decoding.max_new_tokens: expected at most 14, which is what models.block_size (16) leaves after BOS and the shortest prompt, found 15",
  ],
  [
    "a corpus that is not there",
    ["corpus.path=data/names.text"],
    "--set corpus.path=data/names.text: corpus.path: cannot read the corpus " +
    'configs/data/names.text: there is no such file; did you mean "names.txt"?',
  ],
];

for (const [name, overrides, message] of mistakes) {
  Deno.test(`checkWithCorpus: ${name} is refused`, async () => {
    const experiment = readExperiment("configs/tiny.yaml", config, overrides);
    await assertRejects(() => checkWithCorpus(experiment), ConfigError, message);
  });
}
