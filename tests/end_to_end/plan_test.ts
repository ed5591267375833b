/**
 * `deno task plan`, `run --dry-run`, `run --limit` and `deno task cache`, as a person meets them.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, settings, tiny as smallest } from "./clean_clone.ts";

const clone = await cleanClone();
const { exists } = clone;
/** The tiny run, with as many steps and samples as are told apart below. */
const tiny = [
  "configs/default.yaml",
  ...smallest,
  ...settings(
    "training.target.steps=20",
    "training.draft.steps=10",
    "decoding.samples=3",
  ),
];

interface Planned {
  readonly kind: string;
  readonly name: string;
  readonly cached: boolean;
  readonly reason?: string;
  readonly seconds?: number;
}

/** The output of `plan --json`. */
async function planned(...args: string[]): Promise<Planned[]> {
  const { code, stdout, stderr } = await clone.task("plan", ...tiny, ...args, "--json");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const { runs } = JSON.parse(stdout);
  return runs.flatMap(({ results }: { results: Planned[] }) => results);
}

Deno.test("plan: before the first run everything is new, nothing is known of its time, and nothing is written", async () => {
  const { code, stdout, stderr } = await clone.task("plan", ...tiny);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^outputs\/default\n {2}training {2}target +new: never computed before\n/);
  assertMatch(
    stdout,
    /\nto compute: 2 of 2 trainings, 7 of 7 losses, 20 of 20 cells, 1 of 1 timings, 1 of 1 reports; time unknown without similar earlier results\n$/,
  );
  assert(!exists("outputs/default") && !exists("outputs/.cache"));
});

Deno.test("plan: shows what is cached, what is not, the setting that changed, and a time", async (test) => {
  assertEquals((await clone.task("run", ...tiny, "--quiet")).code, 0);

  await test.step("everything is cached", async () => {
    const results = await planned();
    // 2 trainings, 7 losses, 20 cells, their timing and the report.
    assertEquals(results.length, 2 + 7 + 20 + 1 + 1);
    assert(results.every(({ cached }) => cached));
    const { stdout } = await clone.task("plan", ...tiny);
    assertEquals(
      stdout,
      "outputs/default\n  kept      2 trainings, 7 losses, 20 cells, 1 timing, 1 report\n" +
        "nothing to compute: everything is cached\n",
    );
  });

  await test.step("files that are not as they were written are named, and that a run writes them again", async () => {
    const outputs = `${clone.folder}/outputs/default`;
    const names = ["results.csv", "report.md"];
    const before = names.map((name) => Deno.readTextFileSync(`${outputs}/${name}`));
    Deno.removeSync(`${outputs}/results.csv`);
    Deno.writeTextFileSync(`${outputs}/report.md`, before[1]?.replace("#", "%") ?? "");
    const { stdout } = await clone.task("plan", ...tiny);
    for (const [i, name] of names.entries()) {
      Deno.writeTextFileSync(`${outputs}/${name}`, before[i] ?? "");
    }
    const [said = ""] = stdout.split("\n");
    assertMatch(
      said,
      /^outputs\/default: 2 files are missing or changed \(.*\); a run writes them again$/,
    );
    for (const name of names) assertStringIncludes(said, name);
    const gone = await clone.task("plan", ...tiny, "--output", "outputs/nothing-yet");
    const none = "outputs/nothing-yet: no finished run lies there; a run writes its files\n";
    assert(gone.stdout.startsWith(none), gone.stdout);
    assert(stdout.endsWith("\nnothing to compute: everything is cached\n"));
  });

  /** The results that each change recomputes, by kind and name, and why. */
  const cases: readonly [change: string[], reasons: Record<string, string>][] = [
    [["--set", "top_k.k=1,4"], { "top_k(k=4)": "like top_k(k=1), but strategy.k: 1 → 4" }],
    [["--set", "training.draft.steps=11"], {
      "training draft": "training.draft.steps: 10 → 11",
      "loss draft": "another model",
      "speculative(draft=model, draft_k=2)": "another draft",
    }],
    [["--set", "decoding.samples=4"], {
      "greedy": "decoding.samples: 3 → 4",
      "beam(beam_width=10)": "decoding.samples: 3 → 4",
    }],
    [["--set", "seed=7"], {
      "training target": "seed: 42 → 7",
      "greedy": "seed: 42 → 7, another target",
    }],
    [["--set", "engine=reference"], { "training target": 'engine: "simd" → "reference"' }],
    [["--fresh"], { "training target": "--fresh", "loss 1-gram": "--fresh", "greedy": "--fresh" }],
  ];
  for (const [change, reasons] of cases) {
    await test.step(change.join(" "), async () => {
      const results = await planned(...change);
      for (const [what, reason] of Object.entries(reasons)) {
        const found = results.find(({ kind, name }) => what === name || what === `${kind} ${name}`);
        assertStringIncludes(found?.reason ?? "", reason, what);
        assert((found?.seconds ?? 0) > 0, `no time for ${what}`);
      }
    });
  }

  await test.step("what is new is listed, what changed is named, what is kept is counted", async () => {
    const { stdout } = await clone.task("plan", ...tiny, "--set", "target.n_embd=32");
    assertMatch(
      stdout,
      /^outputs\/default\n {2}changed {3}models\.target\.n_embd: 16 → 32\n {2}training {2}target /,
    );
    assertMatch(stdout, /\n {2}kept {6}1 training, 6 losses\nto compute: 1 of 2 trainings, /);
    assert(!stdout.includes("cached"));
  });

  await test.step("a sweep where a run lies, and a run where a sweep does, are not compared", async () => {
    const sweep = await clone.task("plan", ...tiny, "--set", "seed=1,2");
    assertMatch(
      sweep.stdout,
      /^outputs\/default: a single run lies there, with which a sweep cannot be compared; --set name=/,
    );
  });

  await test.step("--json has the changes of settings, and what cannot be compared", async () => {
    const plan = async (...args: string[]) =>
      JSON.parse((await clone.task("plan", ...tiny, ...args, "--json")).stdout);
    const { remarks, runs: [run] } = await plan("--set", "target.n_embd=32");
    assertEquals([remarks, run.changes], [[], ["models.target.n_embd: 16 → 32"]]);
    const { remarks: [remark], runs: [{ changes }] } = await plan("--set", "seed=1,2");
    assertStringIncludes(remark, "cannot be compared");
    assertEquals(changes, []);
  });

  await test.step("of a hundred runs and more stderr says how far it is", async () => {
    const greedy = settings("seed=1..100", "decoding.strategies=[{strategy: greedy}]");
    const { code, stdout, stderr } = await clone.task("plan", ...tiny, ...greedy);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^planning: 100 of 100 runs in [\d.]+ m?s\n$/);
    assertMatch(stdout, /\nto compute: 198 of 200 trainings, /);
  });

  await test.step("a changed run is cached beside the earlier one", async () => {
    const changed = ["--set", "decoding.strategies.top_k.k=1,4"];
    const { stdout, stderr } = await clone.task("run", ...tiny, ...changed);
    assertStringIncludes(stderr, "decoding: 18 of 18 cells (17 by an earlier run) in ");
    assertMatch(
      stdout,
      /\ndefault: 2 models \(2 cached\), 18 cells \(17 cached\), 216 samples in /,
    );
    assert((await planned()).every(({ cached }) => cached));
  });
});

Deno.test("plan --write: run --plan does its tasks, one or all, whatever the config says by then", async () => {
  const config = `${clone.folder}/configs/frozen.yaml`;
  await Deno.writeTextFile(config, "extends: default.yaml\n");
  const [, ...settings] = tiny;
  const name = ["--set", "name=frozen"];
  const written = await clone.task(
    ...["plan", "configs/frozen.yaml", ...settings, ...name, "--write", "outputs/plan.json"],
  );
  assertEquals(written.code, 0, written.stderr);
  assertEquals(written.stderr, "");
  assertMatch(
    written.stdout,
    /^outputs\/plan\.json: 51 tasks of 1 run\nabout [\d.]+ s on one thread, \d+(\.\d)? MiB at most\n {2}rank {2}of +groups {2}tasks +time +memory\n {5}0 {2}trainings +2 +2 +/,
  );
  // A cell is decoded and measured.
  assertMatch(written.stdout, /\n {5}1 {2}cells +20 +40 +/);
  assertStringIncludes(written.stdout, "\n  deno task run --plan outputs/plan.json --shard 1/4\n");
  for (const line of written.stdout.split("\n")) assert(line.length <= 80, line);
  await Deno.writeTextFile(config, "extends: default.yaml\nseed: 7\n");
  const plan = ["run", "--plan", "outputs/plan.json"];
  const cached = await clone.task(...plan, "--task", "1");
  assertEquals(cached.stdout, "task 1 of 51 (train target): cached\n");
  const recomputed = await clone.task(...plan, "--task", "1", "--fresh");
  assertMatch(recomputed.stdout, /^task 1 of 51 \(train target\): computed in /);
  assertEquals((await clone.task(...plan, "--set", "seed=1")).code, 2);
  assertEquals((await clone.task(...plan, "--quiet")).code, 0);
  assertEquals((await clone.task("run", ...tiny, "--set", "name=plain", "--quiet")).code, 0);
  const results = (name: string): string =>
    Deno.readTextFileSync(`${clone.folder}/outputs/${name}/results.csv`);
  assertEquals(results("frozen"), results("plain"));
});

Deno.test("run --plan: refused by name where a file of the program has changed, but not one of a command", async () => {
  const { code, stdout } = await clone.task(
    ...["plan", ...tiny, "--set", "name=coded", "--write", "outputs/coded.json", "--json"],
  );
  const { tasks, kinds, commands } = JSON.parse(stdout);
  assertEquals({ code, tasks, kinds: kinds.length }, { code: 0, tasks: 51, kinds: 6 });
  assertEquals(commands.whole, "deno task run --plan outputs/coded.json");
  const plan = ["run", "--plan", "outputs/coded.json", "--task", "1"];
  const edit = async (file: string): Promise<() => Promise<void>> => {
    const path = `${clone.folder}/${file}`;
    const before = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, `${before}// Edited.\n`);
    return () => Deno.writeTextFile(path, before);
  };
  const undo = [await edit("src/cli/args.ts")];
  assertEquals((await clone.task(...plan)).stdout, "task 1 of 51 (train target): cached\n");
  undo.push(await edit("src/train/trainer.ts"));
  const refused = await clone.task(...plan);
  for (const one of undo) await one();
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    "cannot use the plan outputs/coded.json: src/train/trainer.ts of the program has changed " +
      "since the plan was written; check out the commit that it was written with, or write the plan again",
  );
});

Deno.test("run --dry-run: prints the plan and runs nothing", async () => {
  const { code, stdout } = await clone.task("run", ...tiny, "--set", "name=dry", "--dry-run");
  assertEquals(code, 0);
  assertMatch(stdout, /^outputs\/dry\n {2}report {4}dry {2}new: name: "default" → "dry", /);
  assert(!exists("outputs/dry"));
});

Deno.test("run --limit: a smoke run has a folder of its own and says so in the report's first line", async () => {
  const { code, stderr } = await clone.task("run", ...tiny, "--limit", "2", "--quiet");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [first] = Deno.readTextFileSync(`${clone.folder}/outputs/default-limit-2/report.md`).split(
    "\n",
  );
  assertMatch(first ?? "", /^# default-limit-2 \(smoke run: at most 2 /);
});

Deno.test("run --json: says what was made, for a script", async () => {
  const { code, stdout, stderr } = await clone.task("run", ...tiny, "--json", "--quiet");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const { runs: [run] } = JSON.parse(stdout);
  assertEquals(
    [run.name, run.folder, run.models, run.models_trained, run.cells, run.failures],
    ["default", "outputs/default", 2, 0, 20, []],
  );
});

Deno.test("a sweep over seeds: a run for each, all of their rows in one table, each model trained once", async () => {
  const sweep = [
    "run",
    ...tiny,
    ...settings("name=seeds", "seed=1,2", "decoding.samples=2,3"),
  ];
  const { code, stdout, stderr } = await clone.task(...sweep);
  assertEquals(code, 0, stderr);
  assertMatch(
    stdout,
    /\nseeds: 4 runs, 8 models, 80 cells, 800 samples in [\d.]+ s\n {2}report {3}outputs\/seeds\/report.md\n/,
  );
  assertStringIncludes(stderr, "training target, draft: 60 of 60 steps");
  const rows = Deno.readTextFileSync(`${clone.folder}/outputs/seeds/results.csv`).split("\n");
  assertMatch(rows[0] ?? "", /^variant,cell,strategy,/);
  assertMatch(rows[1] ?? "", /^"seed=1,decoding.samples=2",/);
  assertEquals(rows.length, 1 + 80 + 1);
  for (const label of ["seed=1,decoding.samples=2", "seed=2,decoding.samples=3"]) {
    assert(exists(`outputs/seeds/${label}/report.md`), label);
  }
  assertMatch(
    (await clone.task(...sweep)).stdout,
    /\nseeds: 4 runs, 8 models \(8 cached\), 80 cells \(80 cached\)/,
  );
});

Deno.test("cache: lists what there is; --prune removes what no run refers to, and no more", async () => {
  const before = await clone.task("cache");
  assertMatch(
    before.stdout,
    /^outputs\/.cache\/store\n {2}trained models +\d+ files, [\d.]+ [KM]iB/,
  );
  Deno.removeSync(`${clone.folder}/outputs/seeds`, { recursive: true });
  const { runs, ...pruned } = JSON.parse((await clone.task("cache", "--prune", "--json")).stdout);
  assertEquals(runs, undefined);
  assert(pruned.files.some(({ removed }: { removed: boolean }) => removed));
  for (const { path, removed } of pruned.files) assertEquals(exists(path), !removed, path);
  const after = await clone.task("cache");
  assertMatch(after.stdout, /\nevery result is in use\n$/);
  const { stdout } = await clone.task("run", ...tiny, "--set", "decoding.strategies.top_k.k=1,4");
  assertMatch(stdout, /\ndefault: 2 models \(2 cached\), /);
});

Deno.test("cache --prune: while a run is going on it removes nothing and exits with 1", async () => {
  const long = settings("name=long", "models.target.n_embd=64", "training.target.steps=500000");
  const run = clone.start("configs/default.yaml", "--quiet", ...long);
  await clone.until(() => exists("outputs/long/.lock"));
  const { code, stderr } = await clone.task("cache", "--prune");
  run.kill("SIGKILL");
  await run.output();
  assertEquals({ code, stderr }, {
    code: 1,
    stderr: "error: cannot prune the cache: a run is in progress that may need its results\n",
  });
});
