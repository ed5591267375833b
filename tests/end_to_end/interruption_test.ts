/**
 * Runs that end before they are done, as processes: asked to by a signal, or killed; and runs that meet
 * in one folder.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PythonRandom } from "../../src/random/python_random.ts";
import { cleanClone } from "./clean_clone.ts";

const clone = await cleanClone();

/** Two models that take a second or two to train, and cells of every kind that take as long. */
const settings = [
  "models.target.n_embd=32",
  "training.target.steps=12000",
  "training.draft.steps=4000",
  "decoding.samples=300",
  "report.charts=false",
].flatMap((setting) => ["--set", setting]);

/** Starts `main.ts run` itself: a task would be a shell, which does not die of what kills it. */
function start(name: string, ...more: string[]): Deno.ChildProcess {
  const run = ["run", "-q", "--no-prompt", "-P=run", "main.ts", "run", "configs/default.yaml"];
  return new Deno.Command("deno", {
    args: [...run, ...settings, "--set", `name=${name}`, ...more],
    cwd: clone.folder,
    env: { NO_COLOR: "1", INIT_CWD: clone.folder },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** How a process ended, and what it said. */
async function ended(process: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await process.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

/** What is below a folder, by name, but for what tells the time. */
function filesIn(folder: string, below = ""): Map<string, string> {
  const files = [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? [...filesIn(folder, `${below}${name}/`)]
      : [[`${below}${name}`, Deno.readTextFileSync(`${folder}/${below}${name}`)] as const]
  );
  return new Map(files.filter(([name]) => name !== "timings.csv"));
}

const output = (name: string): string => `${clone.folder}/outputs/${name}`;
const exists = (path: string): boolean => {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
};
const store = `${clone.folder}/outputs/.cache/store`;
/** Forgets all that was made. */
const forget = (): void => {
  if (exists(`${clone.folder}/outputs/.cache`)) {
    Deno.removeSync(`${clone.folder}/outputs/.cache`, { recursive: true });
  }
};
/** What a run left, as if it had another name; its manifest has digests of what the name is in. */
function filesOf(name: string): Map<string, string> {
  const files = filesIn(output(name));
  assert(files.delete("manifest.json"), `${name} has no manifest`);
  return new Map([...files].map(([file, text]) => [file, text.replaceAll(name, "NAME")]));
}

assertEquals((await ended(start("never-stopped"))).code, 0);
const whole = filesOf("never-stopped");

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`run: ${signal} while training saves what is done, says how to go on, exits with 130; and it goes on to the same bytes`, async () => {
    forget();
    const name = signal.toLowerCase();
    const process = start(name);
    await until(() => exists(`${output(name)}/.lock`));
    await sleep(700);
    process.kill(signal);
    const { code, stderr } = await ended(process);
    assertEquals(code, 130, stderr);
    assertStringIncludes(
      stderr,
      "interrupted: finished results are saved; repeat the command to resume",
    );
    assert(!stderr.includes("   at "), stderr);
    const saved = Array.from(Deno.readDirSync(`${store}/progress`), ({ name }) => name);
    assert(saved.length > 0 && saved.every((name) => /^[0-9a-f]{64}$/.test(name)), saved.join());
    assert(!exists(`${output(name)}/manifest.json`));
    assertEquals((await ended(start(name))).code, 0);
    assertEquals(filesOf(name), whole);
    assertEquals([...Deno.readDirSync(`${store}/progress`)], []);
  });
}

Deno.test("run: killed at a random moment again and again, it ends with the same bytes as if never stopped (10 kills)", async () => {
  forget();
  const random = new PythonRandom(2026);
  let kills = 0;
  const moments: number[] = [];
  for (; kills < 10; kills++) {
    const process = start("killed");
    const moment = Math.round(2500 * random.next());
    moments.push(moment);
    const timer = setTimeout(() => process.kill("SIGKILL"), moment);
    const { code } = await ended(process);
    clearTimeout(timer);
    if (code === 0) break;
    assertEquals(code, 137);
  }
  const { code, stderr } = await ended(start("killed"));
  assertEquals(code, 0, stderr);
  // A store that was read half written would have said so.
  assert(!stderr.includes("damaged"), stderr);
  assertEquals(filesOf("killed"), whole, `killed after ${moments.join(", ")} ms`);
  const parts = [...filesIn(output("killed")).keys(), ...filesIn(store).keys()];
  assertEquals(parts.filter((name) => name.endsWith(".part")), []);
  assert(kills >= 3, `only ${kills} kills before it was done`);
});

Deno.test("run: of two in one folder the second says who holds it, or waits; a killed one's lock is taken", async () => {
  forget();
  // One that takes so long that the others come while it is going on, on a busy machine too.
  const long = ["--set", "training.target.steps=100000", "--set", "decoding.samples=2"];
  const first = start("shared", ...long);
  await until(() => exists(`${output("shared")}/.lock`));
  const second = await ended(start("shared", ...long));
  assertEquals(second.code, 1);
  assertMatch(
    second.stderr,
    /^error: cannot write to outputs\/shared: another run is \(process \d+, since [-\d]+ [:\d]+ UTC\); --wait waits for it\n$/,
  );
  assertStringIncludes(second.stderr, `process ${first.pid},`);
  const third = start("shared", "--wait", ...long);
  const [one, other] = await Promise.all([ended(first), ended(third)]);
  assertEquals([one.code, other.code], [0, 0]);
  assertMatch(other.stderr, /^waiting for another run to be done with outputs\/shared \(process/);
  const killed = start("shared", "--fresh", ...long);
  await until(() => exists(`${output("shared")}/.lock`));
  await sleep(100);
  killed.kill("SIGKILL");
  await ended(killed);
  const last = await ended(start("shared", ...long));
  assertEquals(last.code, 0);
  assertStringIncludes(last.stderr, "outputs/shared: taking over from a run that did not end");
});
