// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MISLEADING } from "../../src/launch/slurm_variables.ts";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder: clone, deno, task } = await cleanClone();

/** A tiny run that draws charts. */
const small = [...tiny, "--set", "report.charts=true"];

const GIVEN_UP = "prompt";

/** What may be asked for, each with the state of its permission. */
type States = Readonly<Record<string, string>>;

/** States as a program of its own prints them, with the folder `scratch` among the places. */
const states = (scratch: string): string =>
  `(() => {
     const state = (of) => Deno.permissions.querySync(of).state;
     return {
       network: state({ name: "net" }),
       credentials: state({ name: "env", variable: "HF_TOKEN" }),
       git: state({ name: "run", command: "git" }),
       slurm: state({ name: "run", command: "sbatch" }),
       deno: state({ name: "run", command: "deno" }),
       readProject: state({ name: "read", path: "configs" }),
       readScratch: state({ name: "read", path: "${scratch}" }),
       readElsewhere: state({ name: "read", path: "/etc" }),
       writeRun: state({ name: "write", path: "outputs/default" }),
       writeOutputs: state({ name: "write", path: "outputs" }),
       writeProject: state({ name: "write", path: "src" }),
       writeScratch: state({ name: "write", path: "${scratch}/run" }),
       writeElsewhere: state({ name: "write", path: "/etc" }),
     };
   })()`;

/** All given up but what is named. */
const only = (...granted: readonly string[]): States =>
  Object.fromEntries(
    [
      "network",
      "credentials",
      "git",
      "slurm",
      "deno",
      "readProject",
      "readScratch",
      "readElsewhere",
      "writeRun",
    ]
      .concat(["writeOutputs", "writeProject", "writeScratch", "writeElsewhere"])
      .map((what) => [what, granted.includes(what) ? "granted" : GIVEN_UP]),
  );

/** Runs a program in the clone with the permissions of `command`; what it prints as JSON. */
async function probed(command: string, program: string): Promise<States> {
  await Deno.writeTextFile(`${clone}/probe.ts`, program);
  const { stdout, stderr } = await deno(["run", "-q", `-P=${command}`, "--no-prompt", "probe.ts"]);
  assertEquals(stderr, "");
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1));
}

/** The permissions that a run of the default config with `flags` has left at its end. */
async function leftAfter(scratch: string, ...flags: string[]): Promise<States> {
  const args = JSON.stringify(["configs/default.yaml", "--quiet", ...small, ...flags]);
  return await probed(
    "run",
    `import { run } from "./src/cli/run.ts";
     if (await run.run(${args}) !== 0) throw new Error("it failed");
     console.log("\\n" + JSON.stringify(${states(scratch)}));`,
  );
}

/**
 * The permissions that a command has left when it first looks at a file called \`watched\`, whichever
 * function of Deno it does so with.
 */
async function leftAt(
  watched: string,
  scratch: string,
  ...[command = "", ...args]: readonly string[]
): Promise<States> {
  return await probed(
    command,
    `import { commands } from "./main.ts";
     const { querySync } = Deno.permissions;
     for (const [name, original] of Object.entries(Deno)) {
       if (!/^(open|read|stat|lstat|realPath)/.test(name)) continue;
       if (typeof original !== "function") continue;
       Deno[name] = (...args) => {
         if (String(args[0]).endsWith("${watched}")) {
           console.log("\\n" + JSON.stringify(${states(scratch)}));
           Deno.exit(0);
         }
         return original.apply(Deno, args);
       };
     }
     const command = await commands["${command}"]();
     await command.run(${JSON.stringify(args)});
     throw new Error("${watched} was never looked at");`,
  );
}

Deno.test("run: at its end it may read the project, and write its own folder and the store", async () => {
  assertEquals(await leftAfter("/nowhere"), only("readProject", "writeRun"));
});

Deno.test("run: into another folder of the project it may write that alone", async () => {
  assertEquals(await leftAfter(`${clone}/elsewhere`, "--output", "elsewhere"), {
    ...only("readProject", "readScratch", "writeScratch"),
  });
});

Deno.test("run: into a folder elsewhere it may read and write that alone", () =>
  inFolder(async (folder) => {
    const left = await leftAfter(`${folder}/run`, "--output", `${folder}/run`);
    assertEquals(left, only("readProject", "readScratch", "writeScratch"));
    assert((await Deno.stat(`${folder}/run/report.md`)).isFile);
  }));

const corpus = "few_names.txt";
const ngram = ["--strategy", "speculative", "--set", "draft=ngram"];
const inUrl = `corpus={url: "https://127.0.0.1/base.txt", sha256: "${"0".repeat(64)}"}`;

/** A command, the file at which it is stopped, and what it has left then. */
const moments: readonly [string, watched: string, args: string[], left: string[]][] = [
  ["run: a corpus", corpus, ["run", "own.yaml"], ["writeRun"]],
  ["run: a base", "own.yaml", ["run", "child.yaml"], ["writeRun"]],
  ["run: a base, with a URL", "own.yaml", ["run", "child.yaml", "--set", inUrl], [
    ...["network", "credentials", "writeRun"],
  ]],
  ["run: a base, with a model of the hub", "own.yaml", [
    ...["run", "child.yaml", "--set", 'models.target={from: "hf:a/b@main"}'],
  ], ["network", "credentials", "writeRun"]],
  ["run: a base, into a folder elsewhere", "own.yaml", [
    ...["run", "child.yaml", "--output", "SCRATCH/run", "--store", "SCRATCH/store"],
  ], ["writeScratch"]],
  ["run: a base, allowed to read outside", "own.yaml", [
    ...["run", "child.yaml", "--allow-read-outside"],
  ], ["readScratch", "readElsewhere", "writeRun"]],
  ["run --launcher local: a corpus", corpus, ["run", "own.yaml", "--launcher", "local"], [
    ...["deno", "writeRun"],
  ]],
  ["run: prompts", "prompts.txt", ["run", "prompts.yaml"], ["writeRun"]],
  ["run --dry-run: a corpus", corpus, ["run", "child.yaml", "--dry-run"], []],
  ["run --plan: a corpus", corpus, ["run", "--plan", "plan.json"], ["writeRun"]],
  ["merge: a corpus", corpus, ["merge", "tiny.json"], ["writeRun"]],
  ["plan: a corpus", corpus, ["plan", "own.yaml"], []],
  ["plan --write: a corpus", corpus, ["plan", "own.yaml", "--write", "SCRATCH/plan.json"], [
    ...["readScratch", "writeScratch"],
  ]],
  ["sample: a corpus", corpus, ["sample", "outputs/default", ...ngram], []],
  ["export: a checkpoint", "target.json", ["export", "outputs/default"], []],
  ["export: a checkpoint, to a folder elsewhere", "target.json", [
    ...["export", "outputs/default", "--output", "SCRATCH"],
  ], ["readScratch", "writeScratch"]],
  ["diff: a manifest", "manifest.json", ["diff", "outputs/default", "outputs/default"], []],
  ["cache: a manifest", "manifest.json", ["cache"], []],
];

Deno.test("every command: what a config names is looked at without what nobody asked for", () =>
  inFolder(async (scratch) => {
    const text = Deno.readTextFileSync(`${clone}/configs/default.yaml`)
      .replace("path: data/names.txt", `path: tests/data/${corpus}`);
    await Deno.writeTextFile(`${clone}/own.yaml`, text);
    await Deno.writeTextFile(`${clone}/child.yaml`, "extends: own.yaml\nname: default\n");
    const named = "decoding: { prompts: { file: prompts.txt } }\n";
    await Deno.writeTextFile(`${clone}/prompts.yaml`, `extends: own.yaml\nname: default\n${named}`);
    await Deno.writeTextFile(`${clone}/prompts.txt`, "a\nb\n");
    const made = await task("plan", "own.yaml", "--write", "plan.json");
    assertEquals(made.code, 0, made.stderr);
    const ran = await task("run", "own.yaml", "--quiet", ...tiny.slice(2));
    assertEquals(ran, { code: 0, stdout: "", stderr: "" });
    const planned = await task("plan", "own.yaml", "--write", "tiny.json", ...tiny.slice(2));
    assertEquals(planned.code, 0, planned.stderr);
    for (const [name, watched, args, left] of moments) {
      const own = args.map((arg) => arg.replace("SCRATCH", scratch));
      assertEquals(await leftAt(watched, scratch, ...own), only("readProject", ...left), name);
    }
  }));

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
    // Those of an onnxruntime have its deno.json, whose permissions tests/packages_test.ts knows.
    assertMatch(
      command,
      /^deno run -q --no-prompt (--v8-flags=--min-semi-space-size=16 )?(--(config|lock) src\/[\w/.]+ )?-P=(\w+) main\.ts \4$/,
    );
    const [, set = ""] = /-P=(\w+)/.exec(command) ?? [];
    const { env, run = [], sys = [], ffi = [] } = permissions[set];
    // A revision of a run is read by git.
    const readsRevisions = set === "diff" || set === "compare";
    // A run is computed by jobs where that is asked for; see what it has left where not.
    const launchers = ["sbatch", "squeue", "scancel", "scontrol", "deno"];
    const programs = readsRevisions ? ["git"] : set === "run" ? launchers : [];
    const expected = { run: programs, ffi: [] };
    assertEquals({ run, ffi }, expected, set);
    const facts = ["hostname", "systemMemoryInfo", "getPriority", "cpus"];
    assertEquals(sys.filter((fact: string) => !facts.includes(fact)), [], set);
    const own = ["INIT_CWD", "MICROBEAM_*", "HF_TOKEN", "HF_ENDPOINT"];
    const ofGit = ["PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID", "USERPROFILE", "SYSTEMROOT"];
    const fine = [
      ...own,
      ...(set === "run" ? MISLEADING : []),
      ...(readsRevisions ? ofGit : []),
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
