/**
 * Runs that end before they are done, as processes: asked to by a signal, or killed; and runs that meet
 * in one folder.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PythonRandom } from "../../src/random/python_random.ts";
import { hasTerminal } from "./on_terminal.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { cleanClone, exists, type Outcome, outcomeOf, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();
const { until } = clone;

/** A target that takes a second to train on one thread while the other does the rest in no time. */
const ours = [
  ...["configs/default.yaml", "--workers", "2", ...tiny],
  ...settings("models.target.n_embd=32", "training.target.steps=8000"),
];

const start = (name: string, ...more: string[]): Deno.ChildProcess =>
  clone.start(...ours, "--set", `name=${name}`, ...more);

/** How a process ended and what it printed. */
const ended = async (process: Deno.ChildProcess): Promise<Outcome> =>
  outcomeOf(await process.output());

/** The files below a folder, by name, without those that hold times. */
function filesIn(folder: string, below = ""): Map<string, string> {
  const files = [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? [...filesIn(folder, `${below}${name}/`)]
      : [[`${below}${name}`, Deno.readTextFileSync(`${folder}/${below}${name}`)] as const]
  );
  return new Map(files.filter(([name]) => name !== "timings.csv"));
}

const output = (name: string): string => `${clone.folder}/outputs/${name}`;
const store = `${clone.folder}/outputs/.cache/store`;
/** Empties the store. */
const forget = (): void => {
  const cache = `${clone.folder}/outputs/.cache`;
  if (exists(cache)) Deno.removeSync(cache, { recursive: true });
};
/** The names of the files below a folder of the store; none if it is not there. */
const stored = (kind: string): string[] =>
  exists(`${store}/${kind}`) ? namesIn(`${store}/${kind}`) : [];
const namesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(`${folder}/${name}`) : [name]
  );

/**
 * The files of a run as if it had another name; its manifest has digests of those with the name, and its
 * reports are cited by that of the config.
 */
function filesOf(name: string): Map<string, string> {
  const files = filesIn(output(name));
  assert(files.delete("manifest.json"), `${name} has no manifest`);
  const digest = sha256Hex(files.get("config.yaml") ?? "");
  return new Map(
    [...files].map(([file, text]) => [
      file,
      text.replaceAll(name, "NAME").replaceAll(digest, "DIGEST"),
    ]),
  );
}

assertEquals((await ended(start("never-stopped"))).code, 0);
const whole = filesOf("never-stopped");

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`run: ${signal} while training saves what is done, says how to go on, exits with ${exitCode}; and it goes on to the same bytes`, async () => {
    forget();
    const name = signal.toLowerCase();
    const process = start(name);
    // The draft is trained, so that the target, which began with it, is on its way.
    await until(() => stored("train").some((name) => !name.endsWith(".part")));
    process.kill(signal);
    const { code, stderr } = await ended(process);
    assertEquals(code, exitCode, stderr);
    assertStringIncludes(
      stderr,
      "interrupted: finished results are saved; repeat the command to resume",
    );
    assert(!stderr.includes("   at "), stderr);
    const saved = stored("progress");
    assert(saved.length > 0 && saved.every((name) => /^[0-9a-f]{64}$/.test(name)), saved.join());
    assert(!exists(`${output(name)}/manifest.json`));
    assertEquals((await ended(start(name))).code, 0);
    assertEquals(filesOf(name), whole);
    assertEquals(stored("progress"), []);
  });
}

/** A Python program that runs a command on a terminal, closes it at the end of its input, and waits. */
const closing = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    ready, _, _ = select.select([0, terminal], [], [])
    if terminal in ready and not os.read(terminal, 65536): break
    if 0 in ready and not os.read(0, 1): break
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Whether the draft is trained, so that the target, which began with it, is on its way. */
const isTraining = (): boolean => stored("train").some((name) => !name.endsWith(".part"));

Deno.test({
  name: "run: the terminal is closed (SIGHUP) while training: progress is saved, exit code 129",
  ignore: !hasTerminal,
  fn: async () => {
    forget();
    const args = ["run", "-q", "--no-prompt", "-P=run", "main.ts", "run", ...ours];
    const process = new Deno.Command("python3", {
      args: ["-c", closing, "deno", ...args, "--set", "name=closed"],
      cwd: clone.folder,
      env: { INIT_CWD: clone.folder, TERM: "xterm" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await until(isTraining);
    await process.stdin.close();
    const { code, stderr } = await ended(process);
    assertEquals({ code, stderr }, { code: 129, stderr: "" });
    assert(stored("progress").length > 0, "no progress was saved");
    assertEquals((await ended(start("closed"))).code, 0);
    assertEquals(filesOf("closed"), whole);
  },
});

Deno.test("run: kill -9 of the task that started it: the run saves its progress and ends", async () => {
  forget();
  // Longer than it takes to notice.
  const long = ["--set", "training.target.steps=200000"];
  const task = new Deno.Command("deno", {
    args: ["task", "--quiet", "run", ...ours, ...long, "--set", "name=orphan"],
    cwd: clone.folder,
    env: { NO_COLOR: "1", INIT_CWD: clone.folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await until(isTraining);
  task.kill("SIGKILL");
  // The run has the same stderr, which ends with it.
  const { stderr } = await ended(task);
  assertStringIncludes(stderr, "interrupted (the task that started it was killed): finished ");
  assert(stored("progress").length > 0, "no progress was saved");
  assert(!exists(`${output("orphan")}/manifest.json`));
});

/** Kills `process` at the `count`-th change of a file below `outputs/`, if it comes to that. */
async function killAt(count: number, process: Deno.ChildProcess): Promise<void> {
  const watcher = Deno.watchFs(`${clone.folder}/outputs`);
  process.status.then(() => watcher.close());
  let changes = 0;
  for await (const _ of watcher) {
    if (++changes < count) continue;
    process.kill("SIGKILL");
    break;
  }
}

Deno.test("run: killed at a random change of a file again and again, it ends with the same bytes as if never stopped (10 kills)", async () => {
  forget();
  // A training that is killed begins again: a short one, for there are ten kills.
  const short = ["--set", "training.target.steps=1000"];
  assertEquals((await ended(start("never-killed", ...short))).code, 0);
  const expected = filesOf("never-killed");
  forget();
  const random = new PythonRandom(2026);
  const moments: number[] = [];
  while (moments.length < 10) {
    const process = start("killed", ...short);
    const moment = 1 + Math.floor(60 * random.next());
    const killed = killAt(moment, process);
    const { code } = await ended(process);
    await killed;
    if (code === 0) break;
    assertEquals(code, 137);
    moments.push(moment);
  }
  const { code, stderr } = await ended(start("killed", ...short));
  assertEquals(code, 0, stderr);
  // A store that was read half written would have said so.
  assert(!stderr.includes("damaged"), stderr);
  assertEquals(filesOf("killed"), expected, `killed at changes ${moments.join(", ")}`);
  const parts = [...filesIn(output("killed")).keys(), ...filesIn(store).keys()];
  assertEquals(parts.filter((name) => name.endsWith(".part")), []);
  assert(moments.length >= 3, `only ${moments.length} kills before it was done`);
});

/** The stderr of `process` until a line is whole. */
async function firstLine(process: Deno.ChildProcess): Promise<string> {
  let text = "";
  for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text;
}

Deno.test("run: of two in one folder the second says who holds it, or waits; a killed one's lock is taken", async () => {
  forget();
  const lock = `${output("shared")}/.lock`;
  const isHeld = (): boolean => exists(lock) && Deno.readTextFileSync(lock) !== "";
  const first = start("shared");
  await until(isHeld);
  // It stands still while the others come, however long they take.
  first.kill("SIGSTOP");
  const second = await ended(start("shared"));
  assertEquals(second.code, 1);
  assertMatch(
    second.stderr,
    /^error: cannot write to outputs\/shared: another run is \(process \d+ on [\w.-]+, since [-\d]+ [:\d]+ UTC\); --wait waits for it\n$/,
  );
  assertStringIncludes(second.stderr, `process ${first.pid} on `);
  const third = start("shared", "--wait", "--quiet");
  assertMatch(
    await firstLine(third),
    /^waiting for another run to be done with outputs\/shared \(process/,
  );
  first.kill("SIGCONT");
  assertEquals((await ended(first)).code, 0);
  assertEquals((await third.status).code, 0);
  await third.stdout.cancel();
  const killed = start("shared", "--fresh");
  await until(isHeld);
  killed.kill("SIGKILL");
  await ended(killed);
  const last = await ended(start("shared"));
  assertEquals(last.code, 0);
  assertStringIncludes(last.stderr, "outputs/shared: taking over from a run that did not end");
});
