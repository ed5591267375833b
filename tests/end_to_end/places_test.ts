/**
 * Where results are kept: links of a person's folders are followed once, at the start.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, exists, outcomeOf, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();
const { folder: project, task } = clone;
const small = [
  ...["configs/default.yaml", "--quiet", ...tiny],
  ...settings("name=linked", "decoding.strategies=[{ strategy: greedy }]"),
];

/** A folder that is a link in the project, and where results go. */
interface Linked {
  readonly link: string;
  readonly flags?: readonly string[];
  readonly report?: string;
}

const linked: readonly Linked[] = [
  { link: "outputs" },
  { link: "outputs/.cache" },
  { link: "outputs/.cache/store" },
  { link: "outputs/linked" },
  { link: "there", flags: ["--output", "there/run"], report: "there/run" },
  { link: "kept", flags: ["--store", "kept/store"] },
];

/** Puts a link to `target` at `path` of the project while `look` looks, without what is there now. */
async function withLink(
  path: string,
  target: string,
  look: () => Promise<unknown>,
): Promise<void> {
  const [at, aside] = [`${project}/${path}`, `${project}/aside`];
  if (exists(at)) await Deno.rename(at, aside);
  await Deno.mkdir(at.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.symlink(target, at);
  try {
    await look();
  } finally {
    await Deno.remove(at);
    if (exists(aside)) await Deno.rename(aside, at);
  }
}

/** The names directly in a folder. */
const namesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

for (const { link, flags = [], report = "outputs/linked" } of linked) {
  Deno.test(`run: ${link} may be a link to another disk, and a second run finds all there`, () =>
    inFolder((scratch) =>
      withLink(link, scratch, async () => {
        const run = () => task("run", ...small, ...flags);
        assertEquals(await run(), { code: 0, stdout: "", stderr: "" });
        assert(namesIn(scratch).length > 0, "nothing is where the link leads");
        assert(exists(`${project}/${report}/manifest.json`));
        const planned = await task("plan", ...small.filter((flag) => flag !== "--quiet"), ...flags);
        assertEquals(planned.code, 0, planned.stderr);
        assertStringIncludes(planned.stdout, "nothing to compute: everything is cached");
        if (link !== "outputs/linked") return;
        const compared = await task("diff", report, report, "--quiet");
        assertEquals(compared, { code: 0, stdout: "", stderr: "" });
      })
    ));
}

Deno.test("run: a link to nothing is said before the first step, exit code 2", () =>
  withLink("outputs/linked", "/nowhere/at/all", async () => {
    const { code, stdout, stderr } = await task("run", ...small);
    const message =
      "error: cannot use outputs/linked: a link to /nowhere/at/all, which leads nowhere";
    assertEquals({ code, stdout, stderr }, { code: 2, stdout: "", stderr: `${message}\n` });
  }));

/** Folders that have something of the project's own. */
const taken: readonly [output: string, what: string][] = [
  [".", "the project's own folder"],
  ["src", "a folder of the project's own files"],
  ["src/new/run", "a folder of the project's own files"],
  ["tests/", "a folder of the project's own files"],
  ["./configs", "a folder of the project's own files"],
  [".ci", "a folder of the project's own files"],
  [".git", "a folder of the project's own files"],
  [`${project}/src`, "a folder of the project's own files"],
  ["to-src/run", "a folder of the project's own files"],
  ["outputs", "the folder of all runs"],
  ["outputs/.cache/store", "a folder of the project's own files"],
];

Deno.test("run, plan: --output that has something of the project's own is refused", async () => {
  await Deno.symlink(`${project}/src`, `${project}/to-src`);
  try {
    const plain = small.filter((flag) => flag !== "--quiet");
    const lines = taken.map(([output]) => [...plain, `--output=${output}`]);
    const before = listed(project);
    for (const command of ["run", "plan"]) {
      const outcomes = await clone.outcomes(command, lines);
      for (const [i, [output, what]] of taken.entries()) {
        const stderr = "error: expected a folder for results alone, such as outputs/my-run, " +
          `found ${output}, which is ${what}\n`;
        assertEquals(outcomes[i], { code: 2, stdout: "", stderr }, output);
      }
    }
    assertEquals(listed(project), before);
  } finally {
    await Deno.remove(`${project}/to-src`);
  }
});

/** What is below a folder, by name, with the time of its last change. */
function listed(folder: string, below = ""): [string, number | undefined][] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) => {
    const path = `${below}${name}`;
    const changed = Deno.lstatSync(`${folder}/${path}`).mtime?.getTime();
    const inside = isDirectory ? listed(folder, `${path}/`) : [];
    return [[path, changed] as [string, number | undefined], ...inside];
  }).sort();
}

const ways: readonly [string, string[], Record<string, string>][] = [
  ["--store", ["--store", "SCRATCH/kept/store"], {}],
  ["MICROBEAM_STORE", [], { MICROBEAM_STORE: "SCRATCH/kept/store" }],
];

for (const [way, flags, env] of ways) {
  Deno.test(`run: with --output and ${way} elsewhere, nothing in the checkout changes`, () =>
    inFolder(async (scratch) => {
      const own = (text: string): string => text.replace("SCRATCH", scratch);
      const variables = Object.entries(env).map(([name, value]) => [name, own(value)]);
      const before = listed(project);
      const { code, stderr } = await clone.deno(
        ["task", "-q", "run", ...small, "--output", `${scratch}/run`, ...flags.map(own)],
        { env: Object.fromEntries(variables) },
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(listed(project), before);
      assert(exists(`${scratch}/run/manifest.json`));
      assert(exists(`${scratch}/kept/store/decode`));
    }));
}

Deno.test("run: a corpus that is downloaded lies beside the store", () =>
  inFolder(async (scratch) => {
    const sha256 = "0".repeat(64);
    const url = `corpus={url: "http://127.0.0.1:1/c.txt", sha256: "${sha256}"}`;
    const { code, stderr } = await task(
      ...["run", ...small, "--set", url, "--store", `${scratch}/store`],
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, `at ${scratch}/corpora/${sha256}.txt`);
  }));

Deno.test("run: a URL that only a base has is not asked for, and the message says how to", async () => {
  const base = Deno.readTextFileSync(`${project}/configs/default.yaml`)
    .replace(
      "path: data/names.txt",
      `url: "http://127.0.0.1:1/c.txt"\n  sha256: "${"0".repeat(64)}"`,
    );
  await Deno.writeTextFile(`${project}/base.yaml`, base);
  await Deno.writeTextFile(`${project}/child.yaml`, "extends: base.yaml\n");
  const { code, stderr } = await task("run", "child.yaml");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "download the corpus once with --set corpus.url=URL");
});

Deno.test("plan --write: makes the folder of the plan, but none above it", () =>
  inFolder(async (scratch) => {
    const write = (file: string) => task("plan", "configs/default.yaml", "--write", file);
    const { code, stderr } = await write(`${scratch}/a/b/plan.json`);
    assertEquals({ code, stderr }, {
      code: 1,
      stderr: `error: cannot write ${scratch}/a/b/plan.json: make the folder ${scratch}/a first\n`,
    });
    assertEquals([...Deno.readDirSync(scratch)], []);
    const written = await write(`${scratch}/a/plan.json`);
    assertEquals(written.code, 0, written.stderr);
  }));

/** Something that is no file or no folder, where one of either should be. */
const others: readonly [string, (path: string) => Promise<unknown>][] = [
  ["a folder", (path) => Deno.mkdir(path)],
  ["a pipe", (path) => new Deno.Command("mkfifo", { args: [path] }).output()],
  ["another file", (path) => Deno.writeTextFile(path, "precious\n")],
];

const uses: readonly [string, (path: string) => string[], exceptFor: string][] = [
  ["a config", (path) => ["run", path], ""],
  ["a plan", (path) => ["run", "--plan", path], ""],
  ["the plan to write", (path) => ["plan", "configs/default.yaml", "--write", path], ""],
  ["the output", (path) => ["run", ...small, "--output", path], "a folder"],
  ["the store", (path) => ["run", ...small, "--store", path], "a folder"],
];

for (const [what, make] of others) {
  Deno.test(`every command: ${what} in place of a file or folder is said, and left as it is`, () =>
    inFolder(async (scratch) => {
      const path = `${scratch}/it`;
      await make(path);
      const before = Deno.lstatSync(path);
      const [together, alone] = [uses.slice(0, 3), uses.slice(3)];
      const lines = together.map(([, args]) => args(path));
      const outcomes = [
        ...await clone.outcomes("run", lines.slice(0, 2).map(([, ...args]) => args)),
        await task(...lines[2] ?? []),
      ];
      for (const [, args, exceptFor] of alone) {
        if (what !== exceptFor) outcomes.push(await task(...args(path)));
      }
      for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
        const [use = ""] = uses[i] ?? [];
        assert(code === 1 || code === 2, `${use}: ${code}`);
        assertEquals(stdout, "", use);
        assertStringIncludes(stderr, "error: cannot ", use);
        assertStringIncludes(stderr, path, use);
        assert(!stderr.includes("this is a bug") && !/^\s+at /m.test(stderr), stderr);
        const { isFile, size, mtime } = Deno.lstatSync(path);
        assertEquals([isFile, size, mtime], [before.isFile, before.size, before.mtime], use);
      }
    }));
}

Deno.test("run: outputs/ may be no link to where Deno lets nobody write, and its advice is not shown", () =>
  withLink("outputs", "/dev/shm", async () => {
    for (const args of [["run", ...small], ["cache", "--verify"]]) {
      const { code, stderr } = await task(...args);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "it leads to /dev/shm");
      assertStringIncludes(stderr, "Deno lets no task write below /dev, /proc or /sys");
      assert(!stderr.includes("--allow"), stderr);
    }
  }));

Deno.test("run -: a config that is piped in is read, and its paths are relative to the project", async () => {
  const text = Deno.readTextFileSync(`${project}/configs/default.yaml`)
    .replace("path: data/names.txt", "path: tests/data/few_names.txt");
  for (const name of ["-", "/dev/stdin"]) {
    const process = new Deno.Command("deno", {
      args: ["task", "-q", "run", name, "--dry-run"],
      cwd: project,
      env: { NO_COLOR: "1", INIT_CWD: project },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { code, stdout, stderr } = outcomeOf(await process.output());
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, "outputs/default\n");
  }
});

Deno.test("run -: where a piped config's corpus is not there, the message says what its path is relative to", async () => {
  const { stderr } = await new Deno.Command("sh", {
    args: ["-c", "deno task -q run - --dry-run < configs/default.yaml"],
    cwd: project,
    env: { NO_COLOR: "1", INIT_CWD: project },
  }).output();
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "there is no such file; paths in a config from the standard input are relative to the project",
  );
});
