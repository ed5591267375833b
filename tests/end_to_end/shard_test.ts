/**
 * `deno task run --plan PLAN --shard I/N` and `--status`, as processes.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, outcomeOf, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();
const store = `${clone.folder}/outputs/store`;

/** Writes a plan with a target that takes so many steps to train, and few cells; the flags that name it. */
async function planned(name: string, steps: number): Promise<string[]> {
  const { code, stderr } = await clone.task(
    ...["plan", "configs/default.yaml", ...tiny],
    ...settings(
      `name=${name}`,
      "models.target.n_embd=32",
      `training.target.steps=${steps}`,
      "decoding.strategies=[{strategy: greedy}, {strategy: speculative, draft_k: 2}]",
    ),
    ...["--store", "outputs/store", "--write", `outputs/${name}.json`],
  );
  assertEquals(code, 0, stderr);
  return ["--plan", `outputs/${name}.json`, "--store", "outputs/store"];
}

/** One that takes a second. */
const plan = await planned("shared", 8000);

/** How far a plan is, as `--status --json` says. */
async function status(plan: readonly string[]) {
  const { code, stdout, stderr } = await clone.task("run", ...plan, "--status", "--json");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return JSON.parse(stdout);
}

Deno.test("run --shard: what is no shard of the plan is refused, with the form that is expected", async () => {
  const form = "expected --shard i/n with i from 1 to n, such as --shard 2/8, found ";
  const shard = [...plan, "--shard", "1/2"];
  const cases: readonly [args: readonly string[], message: string][] = [
    ...["0/4", "5/4", "a/b", "3", "1/0", "-1/4", "1/4/2", "1.5/4", "1/10000000"].map((
      given,
    ): [string[], string] => [[...plan, `--shard=${given}`], `${form}"${given}"`]),
    [["--shard", "1/2"], "expected --plan with --shard, found --shard alone"],
    [["--status"], "expected --plan with --status, found --status alone"],
    [[...plan, "--rank", "0"], "expected --shard with --rank, found --rank alone"],
    [[...shard, "--rank", "9"], "expected a whole number from 0 to 2 after --rank, found "],
    [[...shard, "--task", "1"], "expected --shard without --task, found both"],
    [[...shard, "--fresh"], "expected --shard without --fresh, found both"],
    [[...shard, "--output", "outputs/a"], "expected --shard without --output, found both"],
    [[...shard, "--dry-run"], "expected --shard without --dry-run, found both"],
    [[...shard, "--status"], "expected --shard without --status, found both"],
    [[...shard, "--set", "seed=1"], "expected --plan alone to say what to run, found --set"],
    [[...plan, "--status", "--fresh"], "expected --status without --fresh, found both"],
  ];
  const outcomes = await clone.outcomes("run", cases.map(([args]) => args));
  for (const [i, [args, message]] of cases.entries()) {
    assertStringIncludes(outcomes[i]?.stderr ?? "", message, args.join(" "));
    assertEquals(outcomes[i]?.code, 2, args.join(" "));
  }
  assert(!clone.exists("outputs/store"));
});

Deno.test("run --shard: on SIGTERM it saves its progress and exits with 143; the next starts compute the rest, and a run has nothing left but to write its folder", async (test) => {
  await test.step("what waits is named, and the exit code is 1", async () => {
    const { code, stdout, stderr } = await clone.task("run", ...plan, "--shard=1/1", "--rank=1");
    assertEquals(code, 1, stderr);
    assertMatch(stdout, /^shard 1 of 1, rank 1: 0 of \d+ tasks done in /);
    assertMatch(stderr, /^\d+ tasks of this shard wait for other tasks:\n {2}loss /);
    assertStringIncludes(
      stderr.replaceAll(/\n +/g, " "),
      " for training of the target (task 1), training of the draft (task 2)",
    );
    assert(stderr.split("\n").every(({ length }) => length <= 80), stderr);
    const { stages, shards: [shard] } = await status(plan);
    const of = (name: string) => stages.find(({ stage }: { stage: string }) => stage === name);
    assertEquals([of("train").missing, of("decode").waiting, of("report").waiting], [2, 2, 1]);
    assertEquals([shard.rank, shard.state, shard.alive], [1, "unfinished", false]);
  });

  await test.step("SIGTERM", async () => {
    const process = clone.start(...plan, "--shard", "1/1", "--workers", "2");
    // The draft is trained, so that the target, which began with it, is on its way.
    await clone.until(() => filesIn(`${store}/train`) > 0);
    process.kill("SIGTERM");
    const { code, stderr } = outcomeOf(await process.output());
    assertEquals(code, 143, stderr);
    assertStringIncludes(stderr, "interrupted: finished results are saved; repeat the command");
    assertEquals(filesIn(`${store}/progress`), 1);
    const { shards: ended } = await status(plan);
    assertEquals(
      ended.map(({ state, alive }: { state: string; alive: boolean }) => [state, alive]),
      [["interrupted", false], ["unfinished", false]],
    );
  });

  await test.step("the rest", async () => {
    for (const shard of ["1/2", "2/2", "1/2"]) {
      await clone.task("run", ...plan, "--shard", shard, "--quiet");
    }
    const again = await clone.task("run", ...plan, "--shard", "2/2", "--json");
    assertEquals(again.code, 0, again.stderr);
    const { tasks, done, computed, waiting, failed } = JSON.parse(again.stdout);
    assertEquals([done, computed, waiting, failed], [tasks, 0, [], []]);
    assertEquals(filesIn(`${store}/progress`), 0);
    const { stdout } = await clone.task("run", ...plan, "--status");
    assertMatch(
      stdout,
      /^ +all +done +running +waiting +missing +failed +left to merge\ntrainings +2 +2 +0 +0 +0 +0 +0\n/,
    );
    // No shard has opened a folder of results.
    assert(!clone.exists("outputs/shared"));
    const whole = await clone.task("run", ...plan, "--json");
    assertEquals(whole.code, 0, whole.stderr);
    const { runs: [run] } = JSON.parse(whole.stdout);
    assertEquals([run.models_trained, run.cells_decoded, run.written], [0, 0, true]);
    // Its results are those of a folder now.
    assertEquals(filesNamed("merged", `${store}/plans`), 1);
    const left = Array.from(Deno.readDirSync(store), ({ name }) => name);
    assertEquals(left.filter((name) => /user|part|held/.test(name)), []);
  });
});

Deno.test("run --status: a shard that works is running, and keeps the cache from being pruned; killed it is not", async () => {
  const plan = await planned("long", 500_000);
  const before = filesIn(`${store}/plans`);
  const process = clone.start(...plan, "--shard", "1/1", "--workers", "2");
  // The plan, and the first heartbeat.
  await clone.until(() => filesIn(`${store}/plans`) > before + 1);
  const { stages, shards: [shard] } = await status(plan);
  const pruned = await clone.task("cache", "--prune", "--store", "outputs/store");
  process.kill("SIGKILL");
  await process.output();
  assertEquals([shard.alive, shard.state, shard.tasks], [true, "running", tasksIn(stages)]);
  // Nobody has to do anything for a task.
  assertEquals(tasksIn(stages, "missing"), 0);
  assert(tasksIn(stages, "running") > 0);
  assertEquals(pruned.code, 1);
  assertStringIncludes(pruned.stderr, "cannot prune the cache: a run is in progress that may");
  const { stages: left, shards: [killed] } = await status(plan);
  assertEquals(tasksIn(left, "running"), 0);
  assert(tasksIn(left, "missing") > 0);
  assertEquals([killed.alive, killed.state], [false, "running"]);
  assertStringIncludes((await clone.task("run", ...plan, "--status")).stdout, "no heartbeat");
  // Nothing uses the store any more, but the results of a plan are kept until it is merged.
  const after = await clone.task("cache", "--prune", "--store", "outputs/store");
  assertEquals(after.code, 0, after.stderr);
  const { stages: kept } = await status(plan);
  assertEquals(kept[0].done, 1);
});

/** How many whole files are in `folder` and its folders. */
function filesIn(folder: string): number {
  return namesIn(folder).filter((name) => !name.endsWith(".part")).length;
}

/** How many of them are called `name`. */
function filesNamed(name: string, folder: string): number {
  return namesIn(folder).filter((one) => one === name).length;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? namesIn(`${folder}/${name}`) : [name]
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

type Counted = "all" | "running" | "missing";

function tasksIn(
  stages: readonly Readonly<Record<Counted, number>>[],
  of: Counted = "all",
): number {
  return stages.reduce((sum, counts) => sum + counts[of], 0);
}
