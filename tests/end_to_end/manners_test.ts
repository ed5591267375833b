/**
 * How every command of main.ts behaves towards who types it, by real processes in a clean copy of the
 * project.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

const { folder: clone, deno, task, outcomes } = await cleanClone();

const ESCAPE = "\u001b";

const overview = (await deno(["run", "-q", "-P=run", "main.ts", "--help"])).stdout;
const commands = [...overview.matchAll(/^ {2}deno task (\w+)/gm)].map(([, name = ""]) => name);

Deno.test("main.ts --help: lists the commands in columns, and each is a task", () => {
  const lines = overview.split("\n").filter((line) => line.startsWith("  deno task"));
  assert(commands.length >= 4 && commands.includes("run"), overview);
  const columns = lines.map((line) => line.search(/ {2}\S[^ ]*( \S+)*$/));
  assertEquals(new Set(columns).size, 1, overview);
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${clone}/deno.json`));
  assertEquals(commands.filter((name) => !(name in tasks)), []);
});

Deno.test("deno task: the lists of tasks name the options that a report or an error tells one to use", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${clone}/deno.json`));
  for (const [name, flag] of [["run", "--fresh"], ["run", "--launcher"], ["cache", "--verify"]]) {
    assertStringIncludes(tasks[name ?? ""].description, flag ?? "");
  }
});

/** The flags that `text` names, without those of other commands, such as "deno task plan --write". */
function flagsIn(text: string, name = ""): string[] {
  const own = text.replace(new RegExp(`deno task (?!${name}\\b)\\w+ --[a-z]+`, "g"), "");
  return [...new Set([...own.matchAll(/(?<=[\s[|(,])-(?:-[a-z][a-z-]+|[a-z])\b/g)].map(String))]
    .sort();
}

for (const name of commands) {
  const help = await task(name, "--help");
  const [short, mistaken, long, letter, literal] = await outcomes(name, [
    ...[["-h"], ["--no-such-flag", "a", "b", "--help"]],
    ...[["--hepl"], ["-Z"], ["--", "--help"]],
  ]);

  Deno.test(`${name} --help: usage, every flag, an example and the exit codes, on stdout`, () => {
    const { code, stdout, stderr } = help;
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(stdout, new RegExp(`^\\S[^]*?\\.\\n\\nusage: deno task ${name} `));
    assertMatch(stdout, new RegExp(`\\n {2}--help +print this\\n`));
    assertMatch(stdout, new RegExp(`\\nexamples?:\\s+deno task ${name}`));
    assertMatch(stdout, /\nExit codes: 0 (.+\n)+$/);
    assertEquals(stdout.split("\n").filter((line) => [...line].length > 100), []);
    assert(!stdout.includes(ESCAPE), "there are escapes");
  });

  Deno.test(`${name}: -h and a mistake beside --help give the help, too`, () => {
    assertEquals(short, help);
    assertEquals(mistaken, help);
  });

  Deno.test(`${name}: an unknown flag is refused with the known ones, which the help has`, () => {
    for (const [unknown, outcome] of [["--hepl", long], ["-Z", letter]] as const) {
      const { code, stdout, stderr = "" } = outcome ?? {};
      assertEquals({ code, stdout }, { code: 2, stdout: "" });
      assertStringIncludes(stderr, `error: unknown flag: expected one of `);
      assertStringIncludes(stderr, `, found "${unknown}"`);
      assert(!/^\s+at /m.test(stderr), "a stack trace is shown");
      const list = stderr.slice(0, stderr.indexOf(", found"));
      const [known, all] = [flagsIn(list), flagsIn(help.stdout.split("\nexample")[0] ?? "", name)];
      const [, more = "0"] = / and (\d+) more$/.exec(list) ?? [];
      assertEquals(known.filter((flag) => !all.includes(flag)), []);
      assertEquals(known.length + Number(more), all.length);
    }
    assertStringIncludes(long?.stderr ?? "", 'did you mean "--help"?');
  });

  Deno.test(`${name}: after -- nothing is a flag`, () => {
    const { code, stdout, stderr = "" } = literal ?? {};
    assert(stdout !== help.stdout, "the help is shown");
    assert(!stderr.includes("unknown flag"), stderr);
    // What takes no arguments may say so or not care.
    assert(code === 2 || name === "cache" || name === "schema", stderr);
  });
}

Deno.test("a flag without its value, before another flag, is named", async () => {
  const { code, stderr } = await task("run", "configs/default.yaml", "--output", "--quiet");
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    'error: expected a value after --output, found "--quiet"; if it is one, write --output=--quiet',
  );
});

const small = ["configs/default.yaml", ...tiny];

Deno.test("a reader that leaves early ends nothing with an error", async () => {
  assertEquals((await task("run", ...small, "--quiet")).code, 0);
  const command = new Deno.Command("deno", {
    args: ["run", "-q", "-P=sample", "main.ts", "sample", "outputs/default", "-n", "10000"],
    cwd: clone,
    env: { NO_COLOR: "1", INIT_CWD: clone },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const reader = child.stdout.getReader();
  assert(!(await reader.read()).done);
  await reader.cancel();
  const stderr = await new Response(child.stderr).text();
  assertEquals({ code: (await child.status).code, stderr }, { code: 0, stderr: "" });
});

/** Runs `deno run …` with a full disk as its stream of that number. */
async function withFull(stream: 1 | 2, ...args: string[]): Promise<Deno.CommandOutput> {
  const script = `import os, sys; os.dup2(os.open("/dev/full", os.O_WRONLY), ${stream}); ` +
    "os.execvp(sys.argv[1], sys.argv[1:])";
  const command = new Deno.Command("python3", {
    args: ["-c", script, "deno", "run", "-q", "--no-prompt", ...args],
    cwd: clone,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  return await command.output();
}

Deno.test({
  name: "a full disk under stdout is said in one message, exit code 1",
  ignore: !hasTerminal || Deno.build.os !== "linux",
  fn: async () => {
    const { code, stderr } = await withFull(1, "-P=schema", "main.ts", "schema", "--help");
    assertEquals(code, 1);
    assertMatch(
      new TextDecoder().decode(stderr),
      /^error: cannot write to stdout: No space left on device.*\n$/,
    );
  },
});

Deno.test({
  name: "run: a full disk under stderr ends nothing, for progress is not a result",
  ignore: !hasTerminal || Deno.build.os !== "linux",
  fn: async () => {
    const { code, stdout } = await withFull(2, "-P=run", "main.ts", "run", ...small, "--fresh");
    assertEquals(code, 0);
    assertMatch(new TextDecoder().decode(stdout), /\ndefault: 2 models, 20 cells, /);
    const wrong = await withFull(2, "-P=run", "main.ts", "run", "nowhere.yaml");
    assertEquals(wrong.code, 2);
  },
});

/** The frames of a progress bar in what a terminal was sent: from the line's start to its end. */
function framesIn(shown: string): string[] {
  return shown.split(`${ESCAPE}[1G`).slice(1)
    .flatMap((part) => part.includes(`${ESCAPE}[0K`) ? part.split(ESCAPE).slice(0, 1) : []);
}

const run = ["task", "--quiet", "run", ...small, "--fresh"];

for (const width of [100, 40]) {
  Deno.test({
    name: `run: on a terminal of ${width} cells a bar shows stage, count, rate and what is left`,
    ignore: !hasTerminal,
    fn: async () => {
      const { code, shown } = await onTerminal(width, run, { cwd: clone });
      assertEquals(code, 0, shown);
      const frames = framesIn(shown);
      assert(frames.length > 1, shown);
      assertEquals(frames.filter((frame) => [...frame].length >= width), []);
      if (width === 100) {
        assertMatch(frames.join("\n"), /[█░] \d+ of \d+ \w+, [\d.]+\/s, \d+ s left/);
      }
    },
  });
}

Deno.test({
  name: "run: TERM=dumb has lines in place of a bar, and no escapes",
  ignore: !hasTerminal,
  fn: async () => {
    const { code, shown } = await onTerminal(80, run, { cwd: clone, env: { TERM: "dumb" } });
    assertEquals(code, 0, shown);
    assert(!shown.includes(ESCAPE), JSON.stringify(shown));
    assertMatch(shown, /^\w[^:]*: \d+ of \d+ \w+ in [\d.]+ s\r$/m);
  },
});

const colours: readonly [string, Record<string, string>, boolean][] = [
  ["a terminal", {}, true],
  ["a terminal with NO_COLOR", { NO_COLOR: "1" }, false],
  ["a terminal that obeys nothing", { TERM: "dumb" }, false],
];

for (const [name, env, coloured] of colours) {
  Deno.test({
    name: `an error on ${name} is ${coloured ? "red" : "plain"}`,
    ignore: !hasTerminal,
    fn: async () => {
      const { code, shown } = await onTerminal(80, ["task", "-q", "run"], { cwd: clone, env });
      assertEquals([code, shown.includes(`${ESCAPE}[31m`)], [2, coloured], shown);
    },
  });
}

Deno.test("an error that goes to a file is plain, without NO_COLOR, too", async () => {
  const { stderr } = await deno(["task", "--quiet", "run"], { env: { NO_COLOR: "" } });
  assertMatch(stderr, /^error: expected a config/);
});
