/**
 * The acceptance test of plans that several processes compute: `plan --write`, shards, and `merge` leave
 * the files of a run on one machine, byte for byte, but for `timings.csv`; and they end like it.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { filesIn } from "../runs/tiny_run.ts";
import { cleanClone, type Outcome } from "./clean_clone.ts";

const clone = await cleanClone();

/**
 * A sweep over both engines; on simd the weights of the second draft grow until it has no logits, so that
 * a speculative cell fails.
 */
const sweep = `
seed: 1
engine: [reference, simd]
corpus: { path: ../tests/data/few_names.txt }
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training:
  target: { steps: 4, batch_size: 1 }
  draft: { steps: 1, learning_rate: [0.01, 1.0e+30] }
decoding:
  prompts: [a, mar]
  samples: 4
  max_new_tokens: 12
  strategies: [{ strategy: greedy }, { strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;

/** A run whose draft diverges, and one whose target does, so that it has no report. */
const configs: Readonly<Record<string, string>> = {
  sweep,
  "no-draft": sweep.replace("[reference, simd]", "simd")
    .replace("steps: 1, learning_rate: [0.01, 1.0e+30]", "steps: 40, learning_rate: 1.0e+30"),
  "no-target": sweep.replace("[reference, simd]", "simd").replace("[0.01, 1.0e+30]", "0.01")
    .replace("steps: 4, batch_size: 1", "steps: 40, batch_size: 1, learning_rate: 1.0e+30"),
};
for (const [name, text] of Object.entries(configs)) {
  Deno.writeTextFileSync(`${clone.folder}/configs/${name}.yaml`, text);
}
const names = Object.keys(configs);
const files = names.map((name) => `configs/${name}.yaml`);
const plan = "outputs/plan.json";

/** The files in the folders of the runs, but for timings: text by name. */
function outputs(): Map<string, string> {
  const found = names.flatMap((name) =>
    filesIn(`${clone.folder}/outputs/${name}`, "")
      .map((file) => `${name}/${file}`)
  );
  return new Map(
    found.filter((name) => !name.endsWith("/timings.csv")).sort()
      .map((name) => [name, clone.file(`outputs/${name}`)]),
  );
}

function removeOutputs(): void {
  for (const name of names) Deno.removeSync(`${clone.folder}/outputs/${name}`, { recursive: true });
}

/** How many of two shards compute the tasks of each rank, both at once, as jobs of a cluster do. */
async function computeByRanks(): Promise<void> {
  for (const rank of ["0", "1", "2"]) {
    const shards = await Promise.all(
      ["1/2", "2/2"].map((shard) =>
        clone.task("run", "--plan", plan, "--shard", shard, "--rank", rank, "--quiet")
      ),
    );
    for (const { code, stderr } of shards) assert(code <= 1, stderr);
  }
}

/** The part of what a run says on stderr that is about failures. */
const failures = ({ stderr }: Outcome): string => stderr.slice(stderr.indexOf("error: "));

Deno.test("plan, shards, merge: the files, failures and exit code are those of a run on one machine", async (test) => {
  const local = await clone.task("run", ...files, "--store", "outputs/local-store");
  assertEquals(local.code, 1, local.stderr);
  const expected = outputs();
  removeOutputs();
  // What the equality is worth: cells and trainings fail, a run has no report, a sweep has one.
  assertMatch(failures(local), /^error: 8 results failed\n/);
  for (const said of ["expected logits, found NaN", "the draft diverged", "the target diverged"]) {
    assertStringIncludes(failures(local), said);
  }
  assert(expected.has("sweep/report.md") && !expected.has("no-target/report.md"));

  const written = await clone.task("plan", ...files, "--write", plan);
  assertEquals(written.code, 0, written.stderr);

  await test.step("before the shards: what is missing is named, and nothing is made", async () => {
    const { code, stdout, stderr } = await clone.task("merge", plan);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertMatch(
      stderr,
      /^error: cannot merge outputs\/plan.json: results are missing in outputs\/.cache\/store\n {2}8 of 8 trainings: target, draft\n/,
    );
    // Stage by stage, as --status counts them.
    assertMatch(stderr, /\n {2}(\d+) of \1 cells: .*\n {2}\1 of \1 measurements: /);
    assertMatch(
      stderr,
      /\n {2}compute them with deno task run --plan outputs\/plan.json --shard i\/n, and merge again\n$/,
    );
    assert(!clone.exists("outputs/.cache/store") && !clone.exists("outputs/sweep"));
  });

  await computeByRanks();

  await test.step("after them: the files are the same, and so is what failed", async () => {
    const merged = await clone.task("merge", plan);
    assertEquals([merged.code, failures(merged)], [local.code, failures(local)]);
    assertEquals(outputs(), expected);
    // It does not call cached what shards have just computed.
    assertMatch(merged.stdout, /^sweep: 4 runs, 8 models.*, 8 cells/m);
    assert(!merged.stdout.includes("cached"), merged.stdout);
  });

  await test.step("two merges at once, each of which waits for the other, leave the same", async () => {
    removeOutputs();
    const both = await Promise.all(
      [1, 2].map(() => clone.task("merge", plan, "--wait", "--quiet")),
    );
    for (const merged of both) assertEquals(merged.code, 1);
    assertEquals(outputs(), expected);
  });

  await test.step("a damaged result is set aside and missing, until a shard has computed it again", async () => {
    removeOutputs();
    const { missing: [cell] } = await damagedCell();
    assertEquals(cell, "greedy");
    await clone.task("run", "--plan", plan, "--shard", "1/1", "--quiet");
    assertEquals((await clone.task("merge", plan, "--quiet")).code, 1);
    assertEquals(outputs(), expected);
  });
});

/** Damages the samples of greedy decoding in the store, and merges; the names of what is missing. */
async function damagedCell(): Promise<{ missing: string[] }> {
  const store = `${clone.folder}/outputs/.cache/store/`;
  for (const name of filesIn(store).filter((name) => name.startsWith("decode/"))) {
    const bytes = Deno.readFileSync(`${store}${name}`);
    if (!new TextDecoder().decode(bytes).includes('"name":"greedy"')) continue;
    bytes[bytes.length - 1] = 255 - (bytes.at(-1) ?? 0);
    Deno.writeFileSync(`${store}${name}`, bytes);
    break;
  }
  const { code, stdout, stderr } = await clone.task("merge", plan, "--json");
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, " is damaged, and was set aside as outputs/.cache/store/decode/");
  const { missing } = JSON.parse(stdout);
  return { missing: missing.map(({ name }: { name: string }) => name) };
}
