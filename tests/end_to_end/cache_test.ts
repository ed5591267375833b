/**
 * `deno task cache --verify` and `--prune` on damaged stores and runs, as a person meets them.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();
const { folder } = clone;
const store = `${folder}/outputs/.cache/store`;
const command = ["run", "configs/default.yaml", ...tiny];
assertEquals((await clone.task(...command)).code, 0);
/** The files of the run but timings, as they were written. */
const written = new Map(filesOf("outputs/default").map((name) => [name, clone.file(name)]));

function filesOf(below: string): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(`${below}/${name}`) : [`${below}/${name}`]
  ).filter((name) => !name.endsWith("timings.csv"));
}

/** The files of the store with keys, by stage. */
function entries(stage: string): string[] {
  return filesOf(`outputs/.cache/store/${stage}`).filter((name) => /\/[0-9a-f]{64}$/.test(name))
    .sort();
}

const allEntries = () => ["train", "loss", "decode", "measure", "time", "report"].flatMap(entries);

/** Changes one bit of a file; `place` counts from the end where it is negative. */
function flip(path: string, place: number): void {
  const bytes = Deno.readFileSync(`${folder}/${path}`);
  const at = place < 0 ? bytes.length + place : place;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  Deno.writeFileSync(`${folder}/${path}`, bytes);
}

function assertAsWritten(): void {
  for (const [name, text] of written) assertEquals(clone.file(name), text, name);
}

Deno.test("cache --verify: of what is whole it says so, and exits with 0", async () => {
  const { code, stdout, stderr } = await clone.task("cache", "--verify");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /\nverified: 51 results and 1 run, all as they were written\n/);
});

Deno.test("cache: a name with a line's end in it begins no line", async () => {
  const name = `${store}/decode/x\nverified: 99 results, all as they were written`;
  Deno.writeTextFileSync(name, "");
  try {
    for (const flags of [[], ["--verify"]]) {
      const { stdout, stderr } = await clone.task("cache", ...flags);
      assert(!/^verified: 99/m.test(stdout + stderr), stdout);
      assertStringIncludes(stdout, "x\\u{a}verified: 99 results");
    }
  } finally {
    Deno.removeSync(name);
  }
});

Deno.test("cache --verify: every damaged result and file is named, with what mends it, and then mended", async () => {
  const [trained = ""] = entries("train");
  const [head = "", body = "", cut = ""] = entries("decode");
  const [emptied = ""] = entries("measure");
  flip(trained, -1);
  flip(head, 200);
  flip(body, -9);
  Deno.truncateSync(`${folder}/${cut}`, 400);
  Deno.truncateSync(`${folder}/${emptied}`, 0);
  flip("outputs/default/results.csv", 77);
  Deno.removeSync(`${folder}/outputs/default/checkpoints/draft.json`);
  const damaged = [
    [trained, "its content was changed; needed by outputs/default"],
    [head, "its head was changed; needed by outputs/default"],
    [body, "its content was changed; needed by outputs/default"],
    [cut, "its head is cut off; needed by outputs/default"],
    [emptied, "it is empty; needed by outputs/default"],
    ["outputs/default/results.csv", "changed or damaged after the run"],
    ["outputs/default/checkpoints/draft.json", "gone"],
  ] as const;
  const { code, stdout, stderr } = await clone.task("cache", "--verify");
  assertEquals(code, 1);
  assertMatch(stdout, /\nverified: 51 results, 5 damaged; 1 run, 1 damaged\n/);
  const lines = stderr.split("\n");
  for (const [path, problem] of damaged) {
    const line = lines.find((line) => line.startsWith(`${path}: `)) ?? "";
    assertStringIncludes(line, problem);
  }
  assertEquals(lines.slice(7), [
    "to mend outputs/.cache/store: deno task cache --verify --prune removes what is damaged; " +
    "the next run that needs it computes it again",
    "to mend outputs/default: deno task run outputs/default/config.yaml computes 5 results and " +
    "writes it again",
    "",
  ]);
  // A run needs the damaged ones, so that none is unused, and they go with --verify alone.
  assertMatch(stdout, /, of which 3 files, .* damaged\n/);
  assert(!stdout.includes("unused"), stdout);
  assertMatch(stdout, /\ndeno task cache --verify --prune removes 5 files, .*\n$/);
  const json = JSON.parse((await clone.task("cache", "--verify", "--json")).stdout).verified;
  assertEquals([json.damaged_results.length, json.damaged_runs.length], [5, 1]);
  const pruned = await clone.task("cache", "--verify", "--prune");
  assertEquals(pruned.code, 1);
  for (const [path] of damaged.slice(0, 5)) assert(!clone.exists(path), path);
  assertEquals((await clone.task("run", "outputs/default/config.yaml")).code, 0);
  assertEquals((await clone.task("cache", "--verify")).code, 0);
  assertAsWritten();
});

Deno.test("cache --verify: a run whose corpus lies outside the project is mended with its path", () =>
  inFolder(async (elsewhere) => {
    const path = `${elsewhere}/names.txt`;
    await Deno.copyFile(`${folder}/tests/data/few_names.txt`, path);
    const run = ["configs/default.yaml", ...tiny, ...settings("name=far", `corpus.path=${path}`)];
    const first = await clone.task("run", ...run);
    assertEquals(first.code, 0, first.stderr);
    const report = clone.file("outputs/far/report.md");
    Deno.removeSync(`${folder}/outputs/far/report.md`);
    const { stderr } = await clone.task("cache", "--verify");
    const rerun = "run outputs/far/config.yaml --set corpus.path=PATH_TO_CORPUS";
    assertStringIncludes(stderr, `to mend outputs/far: deno task ${rerun} writes it again`);
    const again = rerun.replace("PATH_TO_CORPUS", path).split(" ");
    const { code, stdout } = await clone.task(...again);
    assertEquals(code, 0);
    assertMatch(stdout, /\nfar: 2 models \(2 cached\), 20 cells \(20 cached\)/);
    assertEquals(clone.file("outputs/far/report.md"), report);
    Deno.removeSync(`${folder}/outputs/far`, { recursive: true });
    assertEquals((await clone.task("cache", "--prune")).code, 0);
  }));

const manifests: readonly [what: string, damage: (path: string) => void][] = [
  ["has a changed key", (path) => {
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace(/("greedy": ")./, "$1-"));
  }],
  ["is cut off", (path) => Deno.truncateSync(path, 900)],
  ["is a folder", (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  }],
  ["is a pipe", (path) => {
    Deno.removeSync(path);
    assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  }],
];
Deno.test("cache --prune: where a link for a run leads nowhere, it is named, and no result is removed", async () => {
  const before = allEntries();
  const run = `${folder}/outputs/default`;
  Deno.renameSync(run, `${folder}/elsewhere-run`);
  Deno.symlinkSync(`${folder}/elsewhere-run`, run);
  const [whole] = await clone.outcomes("cache", [["--verify"]]);
  assertMatch(whole?.stdout ?? "", /\nverified: 51 results and 1 run, all as they were written\n/);
  Deno.renameSync(`${folder}/elsewhere-run`, `${folder}/unmounted`);
  const { code, stdout, stderr } = await clone.task("cache", "--prune");
  Deno.removeSync(run);
  Deno.renameSync(`${folder}/unmounted`, run);
  assertEquals(code, 1);
  assert(stderr.startsWith("error: outputs/default: a link that leads nowhere; which "), stderr);
  assertMatch(stdout, /\nremoved: 0 files, 0 bytes\n$/);
  assertEquals(allEntries(), before);
});

for (const [what, damage] of manifests) {
  Deno.test(`cache --prune: where a manifest ${what}, it is named, and no result is removed`, async () => {
    const before = allEntries();
    const manifest = "outputs/default/manifest.json";
    damage(`${folder}/${manifest}`);
    const [damaged = ""] = entries("report");
    flip(damaged, -1);
    const verified = await clone.task("cache", "--verify");
    flip(damaged, -1);
    assertStringIncludes(
      verified.stdout,
      "\ndeno task cache --prune removes nothing, while it cannot be known from " +
        `${manifest} which results are needed\n`,
    );
    const mends = verified.stderr.split("\n").filter((line) => line.startsWith("to mend "));
    assertEquals(mends.length, 2);
    assertMatch(mends[1] ?? "", /^to mend outputs\/.cache\/store, once it is known what each run/);
    const { code, stdout, stderr } = await clone.task("cache", "--prune");
    assertEquals(code, 1);
    assert(stderr.startsWith(`error: ${manifest}: `), stderr);
    assertStringIncludes(stderr, "\nnothing was removed; repeat those runs");
    assertMatch(stdout, /\nremoved: 0 files, 0 bytes\n$/);
    assertEquals(allEntries(), before);
    Deno.removeSync(`${folder}/${manifest}`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/${manifest}`, written.get(manifest) ?? "");
  });
}

Deno.test("cache --prune: what is not its own stays, and no link is followed; older results go with --older", async () => {
  const key = (digit: string): string => digit.repeat(64);
  const older = `${store}/decode/${key("1")}`;
  const foreign = [
    `${store}/decode/notes.txt`,
    `${store}/decode/${key("2")}`,
    `${store}/decode/thesis.damaged`,
    `${store}/mine/${key("3")}`,
    `${store}/readme.md`,
    `${folder}/elsewhere/${key("4")}`,
    `${folder}/elsewhere/${key("4")}.damaged`,
  ];
  for (const name of ["mine", "../../../elsewhere"]) Deno.mkdirSync(`${store}/${name}`);
  for (const path of foreign) Deno.writeTextFileSync(path, "a person's\n");
  Deno.writeTextFileSync(older, `${key("0")}\n{"format":"microbeam-store-1","stage":"decode"}\n`);
  Deno.symlinkSync(`${folder}/elsewhere`, `${store}/linked`);
  Deno.symlinkSync(`${folder}/elsewhere/${key("4")}`, `${store}/decode/${key("5")}`);
  const aside = `${store}/decode/${key("6")}.damaged`;
  Deno.writeTextFileSync(aside, "damaged");
  const listed = await clone.task("cache");
  assertMatch(listed.stdout, /\n {2}of other versions +1 file, .*, left alone; --prune --older /);
  assertMatch(listed.stdout, /\n {2}not its own +outputs.*notes\.txt.*, left alone\n/);
  const before = allEntries();
  const pruned = await clone.task("cache", "--prune");
  assertEquals([pruned.code, pruned.stderr], [0, ""]);
  assertMatch(pruned.stdout, /\nremoved: 1 file, 7 bytes\n$/);
  assertEquals(allEntries(), before);
  const all = await clone.task("cache", "--prune", "--older");
  assertMatch(all.stdout, /\nremoved: 1 file, 113 bytes\n$/);
  for (const path of foreign) assertEquals(Deno.readTextFileSync(path), "a person's\n");
  assert(Deno.lstatSync(`${store}/decode/${key("5")}`).isSymlink);
  for (const path of [older, aside]) assert(!before.includes(path) && !exists(path), path);
});

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

Deno.test("cache --prune: where no run in the folders needs any result, nothing is removed, and it exits with 1", async () => {
  const before = allEntries();
  const run = `${folder}/outputs/default`;
  Deno.mkdirSync(`${folder}/scratch`);
  Deno.renameSync(run, `${folder}/scratch/default`);
  const listed = await clone.task("cache");
  const pruned = await clone.task("cache", "--prune");
  const named = await clone.task("cache", "--prune", "--output", "scratch");
  Deno.renameSync(`${folder}/scratch/default`, run);
  assertEquals(allEntries(), before);
  const why = `since no run in these folders needs any of the 51 results; ` +
    "name others with --output; to empty the store, delete its folder\n";
  assertEquals(listed.code, 0);
  assert(listed.stdout.endsWith(`\ndeno task cache --prune removes nothing, ${why}`));
  assertEquals([pruned.code, pruned.stderr], [1, `error: nothing was removed, ${why}`]);
  assertMatch(pruned.stdout, /\nremoved: 0 files, 0 bytes\n$/);
  assertEquals([named.code, named.stderr], [0, ""]);
});

Deno.test("cache --prune: a plan of jobs and its results stay until it is merged, and then its folder goes", async () => {
  const plan = `${store}/plans/0123456789abcdef`;
  const key = "7".repeat(64);
  const result = `${store}/decode/77/${key}`;
  for (const path of [`${plan}/failed`, `${plan}/logs`, `${store}/decode/77`]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  Deno.writeTextFileSync(result, `microbeam-store-2 ${"0".repeat(64)} 2\n{}\n`);
  Deno.writeTextFileSync(`${plan}/plan.json`, `{"format":"microbeam-plan"}\n[1,"${key}"]\n`);
  for (const name of [`failed/${key}.json`, "logs/12_1.log"]) {
    Deno.writeTextFileSync(`${plan}/${name}`, "x\n");
  }
  const before = allEntries();
  const used = await clone.task("cache", "--prune");
  assertEquals([used.code, used.stderr], [0, ""]);
  assertMatch(used.stdout, /\n {2}plans of jobs +3 files, [^,]*\n/);
  assertMatch(used.stdout, /\nremoved: 0 files, 0 bytes\n$/);
  assertEquals(allEntries(), before);
  Deno.writeTextFileSync(`${plan}/merged`, "");
  const merged = await clone.task("cache", "--prune");
  assertMatch(merged.stdout, /\n {2}plans of jobs +4 files, [^,]*, of which 4 files, .* unused\n/);
  assertMatch(merged.stdout, /\nremoved: 5 files, /);
  assert(!exists(plan) && !exists(result));
  Deno.removeSync(`${store}/decode/77`);
});

Deno.test("cache --output: what is no folder is refused", async () => {
  const lines = ["nowhere", "deno.json"].map((path) => ["--prune", "--output", path]);
  const outcomes = await clone.outcomes("cache", lines);
  assertEquals(outcomes.map(({ code }) => code), [2, 2]);
  for (const [i, { stderr }] of outcomes.entries()) {
    const found = `expected a folder of runs at --output, found none: ${lines[i]?.[2]}`;
    assertStringIncludes(stderr, found);
  }
});

Deno.test("cache --older: without --prune it is refused", async () => {
  const [{ code, stderr } = { code: 0, stderr: "" }] = await clone.outcomes("cache", [["--older"]]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "expected --prune with --older");
});
