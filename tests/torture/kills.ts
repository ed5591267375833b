/**
 * Runs that are killed: at a system call, or at any moment; by themselves, below their task, or as one
 * of several processes that compute a plan.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import type { Outcome } from "../end_to_end/clean_clone.ts";
import { outcomeOf } from "../end_to_end/clean_clone.ts";
import { crash, difference, type Files, leftOver, shapeOf } from "./judge.ts";
import { below, type FaultKind, type Finding, oneOf } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { emptied, finished, once, type Scenario, succeed, wrong } from "./scenarios.ts";
import { within } from "./server.ts";
import { type Call, killAt, noTraces, traced } from "./traces.ts";

/** What the kills of a clone have in common. */
interface Place {
  readonly sandbox: Sandbox;
  /** The run that is killed, when it has ended. */
  readonly whole: Scenario;
  /** What may be there before it, by name. */
  readonly starts: ReadonlyMap<string, Files>;
  /** Where strace can kill it, by call and kind of file; none without strace. */
  readonly calls: () => Promise<ReadonlyMap<string, readonly Call[]>>;
  /** Milliseconds that it takes. */
  readonly duration: () => Promise<number>;
  /** The number of tasks of its plan. */
  readonly tasks: number;
}

/** Killed runs. */
export const kills: FaultKind = {
  name: "kills",
  title: "kills",
  share: 5,
  async prepare(sandbox) {
    const place = await prepare(sandbox);
    return async (random) => {
      const [start, files] = oneOf([...place.starts], random);
      sandbox.restore(files);
      const [who, kill] = oneOf(VICTIMS, random);
      return await kill(place, `${who}, ${start}`, random);
    };
  },
};

const PLAN = "outputs/plan.json";

async function prepare(sandbox: Sandbox): Promise<Place> {
  const whole = await finished(sandbox, "tiny");
  // Another config's results in the same folder: half of each must never pass for a whole.
  sandbox.restore(emptied(sandbox));
  await succeed(sandbox, [...whole.command, "--set", "seed=2"]);
  const other = sandbox.files();
  await succeed(sandbox, ["plan", "configs/tiny.yaml", "--write", PLAN]);
  const plan = new Map([...sandbox.files()].filter(([path]) => path === PLAN));
  const { tasks } = JSON.parse(new TextDecoder().decode(plan.get(PLAN)));
  const withPlan = (files: Files): Files => new Map([...files, ...plan]);
  const starts = new Map([
    ["on nothing", withPlan(emptied(sandbox))],
    ["on its own results", withPlan(whole.before)],
    ["on another's results", withPlan(other)],
    ["on its store alone", withPlan(without(whole.before, whole.folder))],
  ]);
  const calls = once(() =>
    onNothing(sandbox, async () => {
      const calls = await noTraces() === undefined ? await traced(sandbox, whole.command) : [];
      return Map.groupBy(calls, ({ name, file }) => `${name} ${file}`);
    })
  );
  const duration = once(() =>
    onNothing(sandbox, async () => {
      const began = performance.now();
      await sandbox.process(whole.command);
      return performance.now() - began;
    })
  );
  return { sandbox, whole, starts, calls, duration, tasks: tasks.length };
}

/** What `measure` gives where nothing was run before; then the files are what they were. */
async function onNothing<Value>(sandbox: Sandbox, measure: () => Promise<Value>): Promise<Value> {
  const before = sandbox.files();
  sandbox.restore(emptied(sandbox));
  const value = await measure();
  sandbox.restore(before);
  return value;
}

function without(files: Files, folder: string): Files {
  return new Map([...files].filter(([path]) => !path.startsWith(`${folder}/`)));
}

type Kill = (place: Place, what: string, random: RandomStream) => Promise<Finding>;

const VICTIMS: readonly [string, Kill][] = [
  // The most likely to meet a file half-way.
  ["a run at a system call", killAtCalls],
  ["a run at a system call", killAtCalls],
  ["a run at a system call", killAtCalls],
  ["a run at any moment", killAtMoments],
  ["the task of a run", killTask],
  ["a process of a plan", killPlanned],
];

/** The most kills in a row before the run that ends. */
const IN_A_ROW = 4;

/** Kills a run at a call again and again, each time where the last one stopped. */
async function killAtCalls(place: Place, what: string, random: RandomStream): Promise<Finding> {
  const { sandbox, whole } = place;
  const calls = await place.calls();
  if (calls.size === 0) return await killAtMoments(place, what, random);
  const kills = 1 + below(IN_A_ROW, random);
  const points: string[] = [];
  let done = 0;
  for (let i = 0; i < kills; i++) {
    const [point, group] = oneOf([...calls], random);
    const call = oneOf(group, random);
    const { code } = await sandbox.process(whole.command, { under: killAt(call) });
    points.push(`${point} ${call.count}`);
    if (code === 137) done++;
    const problem = halfWritten(place);
    if (problem !== undefined) return lost(what, done, `${points.join(", ")}: ${problem}`);
  }
  return await afterwards(place, what, done, points.join(", "));
}

/** Kills a run at random moments. */
async function killAtMoments(place: Place, what: string, random: RandomStream): Promise<Finding> {
  const { sandbox, whole } = place;
  const duration = await place.duration();
  const kills = 1 + below(IN_A_ROW, random);
  const moments: string[] = [];
  let done = 0;
  for (let i = 0; i < kills; i++) {
    const moment = duration * random.next();
    const { code } = await killedAfter(moment, sandbox, sandbox.spawn(whole.command));
    moments.push(`${Math.round(moment)} ms`);
    if (code === 137) done++;
    const problem = halfWritten(place);
    if (problem !== undefined) return lost(what, done, `${moments.join(", ")}: ${problem}`);
  }
  return await afterwards(place, what, done, moments.join(", "));
}

/** Kills a task: its run goes on, or notices; the same command says so, or waits if it is to. */
async function killTask(place: Place, what: string, random: RandomStream): Promise<Finding> {
  const { sandbox, whole } = place;
  const moment = 1.3 * await place.duration() * random.next();
  const child = sandbox.spawn(whole.command, { byTask: true });
  const ended = child.output();
  await sleep(moment, child);
  killIfThere(child);
  const at = `${Math.round(moment)} ms`;
  const meanwhile = await sandbox.call(...whole.command);
  const crashed = crash(meanwhile);
  if (crashed !== undefined) return lost(what, 1, `${at}: meanwhile: ${crashed}`);
  if (meanwhile.code !== 0 && !meanwhile.stderr.includes("another run is")) {
    return lost(what, 1, `${at}: meanwhile: ${meanwhile.stderr}`);
  }
  const waiting = await sandbox.call(...whole.command, "--wait");
  if (waiting.code !== 0) return lost(what, 1, `${at}: --wait: ${waiting.stderr}`);
  // What it left behind holds its pipes.
  const orphan = await within(100, ended, "what a killed task left", () => {});
  const crashedOrphan = crash({ ...outcomeOf(orphan), code: 0 });
  if (crashedOrphan !== undefined) return lost(what, 1, `${at}: the run: ${crashedOrphan}`);
  return await afterwards(place, what, 1, at);
}

/** Kills processes that compute tasks of a plan, and then runs the plan. */
async function killPlanned(place: Place, what: string, random: RandomStream): Promise<Finding> {
  const { sandbox, whole, tasks } = place;
  const duration = await place.duration();
  const kills = 1 + below(IN_A_ROW, random);
  const moments: string[] = [];
  let done = 0;
  for (let i = 0; i < kills; i++) {
    const task = 1 + below(tasks, random);
    const moment = 0.7 * duration * random.next();
    const args = ["run", "--plan", PLAN, "--task", `${task}`, "--workers", "2"];
    const { code } = await killedAfter(moment, sandbox, sandbox.spawn(args));
    moments.push(`task ${task} after ${Math.round(moment)} ms`);
    if (code === 137) done++;
  }
  const planned = await sandbox.call("run", "--plan", PLAN, "--workers", "2", "--quiet");
  const problem = wrong(sandbox, whole, planned);
  if (problem !== undefined) return lost(what, done, `${moments.join(", ")}: ${problem}`);
  return await afterwards(place, what, done, moments.join(", "));
}

async function killedAfter(
  milliseconds: number,
  { folder }: Sandbox,
  child: Deno.ChildProcess,
): Promise<Outcome> {
  const ended = child.output();
  await sleep(milliseconds, child);
  killIfThere(child);
  return outcomeOf(await within(100, ended, `a killed run in ${folder}`, () => {}));
}

/** Waits so long, or until a process has ended. */
async function sleep(milliseconds: number, child: Deno.ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, child.status]);
  clearTimeout(timer);
}

function killIfThere(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/** What is wrong if a folder passes for a whole run and is none; a killed run may leave anything else. */
function halfWritten({ sandbox, whole, starts }: Place): string | undefined {
  const files = sandbox.files(whole.folder);
  if (!files.has(`${whole.folder}/manifest.json`)) return undefined;
  const isRunning = (path: string): boolean => /\.lock$|\.(writing|begun)$|\.part$/.test(path);
  const own = new Map([...files].filter(([path]) => !isRunning(path)));
  const others = [...starts.values()].map((start) =>
    new Map([...start].filter(([path]) => path.startsWith(`${whole.folder}/`)))
  );
  const differences = [whole.expected, ...others].map((expected) => difference(own, expected));
  return differences.includes(undefined)
    ? undefined
    : `there is a manifest, and not its run: ${differences[0]}`;
}

function lost(what: string, count: number, details: string): Finding {
  return { fault: what, end: "lost", said: shapeOf(details), details, count: Math.max(1, count) };
}

/** What came of it after the same run, undisturbed. */
async function afterwards(
  { sandbox, whole }: Place,
  what: string,
  count: number,
  how: string,
): Promise<Finding> {
  const outcome = await sandbox.call(...whole.command);
  const damaged = /damaged/.test(outcome.stderr) ? `damage: ${outcome.stderr}` : undefined;
  const problem = wrong(sandbox, whole, outcome) ?? damaged ?? leftOver(sandbox.files());
  if (problem !== undefined) return lost(what, count, `${how}: ${problem}`);
  const end = outcome.stderr.trim() === "" ? "survived" : "named";
  return { fault: what, end, said: shapeOf(outcome.stderr), count };
}
