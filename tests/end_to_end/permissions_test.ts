// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder: clone, deno, task } = await cleanClone();

/** A tiny run that draws charts. */
const small = [...tiny, "--set", "report.charts=true"];

/** The permissions that a run of the default config with `flags` has left at its end. */
async function leftAfter(...flags: string[]): Promise<Record<string, string>> {
  const args = JSON.stringify(["configs/default.yaml", "--quiet", ...small, ...flags]);
  Deno.writeTextFileSync(
    `${clone}/probe.ts`,
    `import { run } from "./src/cli/run.ts";
     if (await run.run(${args}) !== 0) throw new Error("it failed");
     const state = async (of) => (await Deno.permissions.query(of)).state;
     console.log(JSON.stringify({
       net: await state({ name: "net" }),
       readProject: await state({ name: "read", path: "configs" }),
       readElsewhere: await state({ name: "read", path: "/etc" }),
       writeOutputs: await state({ name: "write", path: "outputs/x" }),
       writeProject: await state({ name: "write", path: "src" }),
       writeElsewhere: await state({ name: "write", path: "/etc" }),
     }));`,
  );
  const { stdout, stderr } = await deno(["run", "-q", "-P=run", "--no-prompt", "probe.ts"]);
  assertEquals(stderr, "");
  return JSON.parse(stdout);
}

const GIVEN_UP = "prompt";
const inOutputs = {
  net: GIVEN_UP,
  readProject: "granted",
  readElsewhere: GIVEN_UP,
  writeOutputs: "granted",
  writeProject: GIVEN_UP,
  writeElsewhere: GIVEN_UP,
};

Deno.test("run: into outputs/ it keeps the project to read and outputs/ to write", async () => {
  assertEquals(await leftAfter(), inOutputs);
});

Deno.test("run: into another folder of the project it must keep what it may write", async () => {
  const write = { writeProject: "granted", writeElsewhere: "granted" };
  assertEquals(await leftAfter("--output", "elsewhere"), { ...inOutputs, ...write });
});

Deno.test("run: into a folder elsewhere it gives up the network alone", () =>
  inFolder(async (folder) => {
    const all = Object.keys(inOutputs).map((what) => [what, "granted"]);
    const expected = { ...Object.fromEntries(all), net: GIVEN_UP };
    assertEquals(await leftAfter("--output", `${folder}/run`), expected);
    assert((await Deno.stat(`${folder}/run/report.md`)).isFile);
  }));

Deno.test("run: a folder whose name begins as outputs does is not in it", async () => {
  assertEquals((await leftAfter("--output", "outputs-2"))["writeElsewhere"], "granted");
});

Deno.test("run: a config and its corpus may lie outside the project", () =>
  inFolder(async (folder) => {
    const config = Deno.readTextFileSync(`${clone}/configs/default.yaml`)
      .replace("path: data/names.txt", "path: names.txt");
    Deno.writeTextFileSync(`${folder}/outside.yaml`, config);
    Deno.copyFileSync(`${clone}/tests/data/few_names.txt`, `${folder}/names.txt`);
    const own = small.slice(2);
    const { code, stderr } = await task("run", `${folder}/outside.yaml`, "--quiet", ...own);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  }));

Deno.test("run: needs no home folder", () =>
  inFolder(async (home) => {
    const info = JSON.parse((await deno(["info", "--json"])).stdout);
    const env = { HOME: home, XDG_CACHE_HOME: home, DENO_DIR: String(info.denoDir) };
    const args = ["task", "--quiet", "run", "configs/default.yaml", "--quiet", ...small];
    const { code, stderr } = await deno(args, { env });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals([...Deno.readDirSync(home)], []);
  }));

Deno.test({
  name: "run: on a terminal it asks for nothing",
  ignore: !hasTerminal,
  fn: async () => {
    const args = ["task", "--quiet", "run", "configs/default.yaml", ...small];
    const { code, shown } = await onTerminal(80, args, { cwd: clone });
    assertEquals(code, 0, shown);
    assert(!/permission|Allow\?|requests/i.test(shown), shown);
  },
});

Deno.test({
  name: "run: without --no-prompt, too, there is nothing to ask for",
  ignore: !hasTerminal,
  fn: async () => {
    const args = ["run", "-q", "-P=run", "main.ts", "run", "configs/default.yaml", ...small];
    const { code, shown } = await onTerminal(80, args, { cwd: clone });
    assertEquals(code, 0, shown);
    assert(!/permission|Allow\?|requests/i.test(shown), shown);
  },
});

Deno.test("deno.json: no task of main.ts may ask, and none has all permissions", () => {
  const { tasks, permissions } = JSON.parse(Deno.readTextFileSync(`${clone}/deno.json`));
  const commands: string[] = Object.values<{ command: string }>(tasks)
    .map(({ command }) => command).filter((command) => command.includes("main.ts "))
    .filter((command) => command.startsWith("deno run"));
  for (const command of commands) {
    assertMatch(command, /^deno run -q --no-prompt -P=(\w+) main\.ts \1$/);
    const [, set = ""] = /-P=(\w+)/.exec(command) ?? [];
    const { env, run = [], sys = [], ffi = [] } = permissions[set];
    // A revision of a run is read by git.
    const expected = { run: set === "diff" ? ["git"] : [], ffi: [] };
    assertEquals({ run, ffi }, expected, set);
    const facts = ["hostname", "systemMemoryInfo", "getPriority"];
    assertEquals(sys.filter((fact: string) => !facts.includes(fact)), [], set);
    const own = ["INIT_CWD", "MICROBEAM_*", "HF_TOKEN", "HF_ENDPOINT"];
    const ofGit = ["PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID", "USERPROFILE", "SYSTEMROOT"];
    const fine = [
      ...own,
      ...(set === "diff" ? ofGit : []),
      "NO_COLOR",
      "TERM",
      "LOG_STREAM",
      "LOG_TOKENS",
    ];
    assertEquals(env.filter((name: string) => !fine.includes(name)), [], set);
    assert(["NO_COLOR", "TERM"].every((name) => env.includes(name)), set);
  }
});

Deno.test("deno task schema: --check says when the file is out of date, and without it it is written", async () => {
  const schema = Deno.readTextFileSync(`${clone}/configs/schema.json`);
  Deno.writeTextFileSync(`${clone}/configs/schema.json`, "{}\n");
  const { code, stderr } = await task("schema", "--check");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "run deno task schema");
  assertEquals((await task("schema")).code, 0);
  assertEquals(Deno.readTextFileSync(`${clone}/configs/schema.json`), schema);
});
