/**
 * What a run has left before something happens to it, and what the same command must leave after.
 *
 * @module
 */
import { crash, difference, type Files } from "./judge.ts";
import type { Sandbox } from "./sandbox.ts";

/** Something that a run left, and a command that reads it. */
export interface Scenario {
  /** The files below `outputs/`. */
  readonly before: Files;
  /** The command line. */
  readonly command: readonly string[];
  /** The folder of its results. */
  readonly folder: string;
  /** The files in the folder after it. */
  readonly expected: Files;
  /** Of the files before, those to damage, by their kinds. */
  readonly victims: ReadonlyMap<string, readonly string[]>;
}

/** What was there before anything ran. */
const initial = new WeakMap<Sandbox, Files>();

/** The files below `outputs/` of a clone where nothing was run. */
export function emptied(sandbox: Sandbox): Files {
  const files = initial.get(sandbox) ?? sandbox.files();
  initial.set(sandbox, files);
  return files;
}

/** Makes a scenario ready when it is first asked for. */
export type LazyScenario = () => Promise<Scenario>;

const prepared = new WeakMap<Sandbox, readonly LazyScenario[]>();

/** Everything that runs leave: each kind of file is in one of the scenarios, most in the first. */
export function scenarios(sandbox: Sandbox): readonly LazyScenario[] {
  const known = prepared.get(sandbox) ?? [
    once(() => finished(sandbox, "tiny", /\/(store|tiny)\//)),
    once(() => finished(sandbox, "charts", /\/charts\/|store\/report|manifest|report\.\w+$/)),
    once(() => finished(sandbox, "sweep", /outputs\/sweep\//)),
    once(() => finished(sandbox, "cached", /\/corpora\//)),
    once(() => planned(sandbox)),
    once(() => interrupted(sandbox)),
    once(() => killed(sandbox)),
  ];
  prepared.set(sandbox, known);
  return known;
}

/** Calls `make` the first time, and then gives what it gave. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => made ??= make();
}

/** Runs that have ended, by name. */
const ended = new WeakMap<Sandbox, Map<string, Scenario>>();

/** A run that has ended, of which the files are damaged whose paths match `damaged`. */
export async function finished(
  sandbox: Sandbox,
  name: string,
  damaged = /./,
): Promise<Scenario> {
  const known = ended.get(sandbox) ?? new Map<string, Scenario>();
  ended.set(sandbox, known);
  const scenario = known.get(name) ?? await end(sandbox, name);
  known.set(name, scenario);
  return { ...scenario, victims: victims(scenario.before, damaged) };
}

async function end(sandbox: Sandbox, name: string): Promise<Scenario> {
  sandbox.restore(emptied(sandbox));
  const command = sandbox.run(name);
  await succeed(sandbox, command);
  const before = sandbox.files();
  const folder = `outputs/${name}`;
  return { before, command, folder, expected: sandbox.files(folder), victims: new Map() };
}

/** A run of a plan that has ended, and the plan. */
async function planned(sandbox: Sandbox): Promise<Scenario> {
  sandbox.restore(emptied(sandbox));
  const plan = "outputs/plan.json";
  await succeed(sandbox, ["plan", "configs/tiny.yaml", "--write", plan]);
  const command = ["run", "--plan", plan, "--workers", "2", "--quiet"];
  await succeed(sandbox, command);
  const before = sandbox.files();
  const folder = "outputs/tiny";
  return {
    before,
    command,
    folder,
    expected: sandbox.files(folder),
    victims: victims(before, /plan\.json$/),
  };
}

/** A run that was interrupted while it trained. */
async function interrupted(sandbox: Sandbox): Promise<Scenario> {
  const { command, folder, expected } = await finished(sandbox, "long");
  sandbox.restore(emptied(sandbox));
  const child = sandbox.spawn(command);
  // The draft is trained, so that the target, which began with it, is on its way.
  const trained = (): boolean =>
    [...sandbox.files("outputs/.cache/store/train").keys()].some((path) => !path.endsWith(".part"));
  await Promise.race([sandbox.until(trained), child.status]);
  child.kill("SIGINT");
  await child.output();
  const before = sandbox.files();
  return { before, command, folder, expected, victims: victims(before, /\/progress\//) };
}

/** A run that was killed while it wrote its folder. */
async function killed(sandbox: Sandbox): Promise<Scenario> {
  const { command, folder, expected } = await finished(sandbox, "tiny");
  sandbox.restore(emptied(sandbox));
  const child = sandbox.spawn(command);
  const isWriting = (): boolean => sandbox.files(folder).has(`${folder}/report.md`);
  await Promise.race([sandbox.until(isWriting), child.status]);
  child.kill("SIGKILL");
  await child.output();
  const before = sandbox.files();
  return { before, command, folder, expected, victims: victims(before, /tiny\/\.\w+$|\.part$/) };
}

/** Runs what must succeed. */
export async function succeed(sandbox: Sandbox, command: readonly string[]): Promise<void> {
  const outcome = await sandbox.call(...command);
  if (outcome.code !== 0) throw new Error(`${command.join(" ")} failed: ${outcome.stderr}`);
}

/** The files to damage by their kinds: those that differ in a name or number alone are one. */
export function victims(files: Files, damaged: RegExp): Map<string, readonly string[]> {
  const paths = [...files.keys()].filter((path) => damaged.test(path) && !IGNORED.test(path));
  return Map.groupBy(paths, kindOf);
}

/** Files that no run here writes or reads: the example is committed. */
const IGNORED = /^outputs\/(README\.md|\.gitkeep|example\/.*)$/;

/** The kind of the file at `path`. */
export function kindOf(path: string): string {
  return path
    .replace(/^outputs\/(\.cache\/)?/, "")
    .replace(/\b[0-9a-f]{64}\b/, "KEY")
    .replace(/^(store\/\w+)\/[0-9a-f]{2}(?=\/|$)/, "$1/AB")
    .replace(/^(tiny|charts|cached|long)\//, "run/")
    .replace(/^sweep\/(?=seed)[^/]*\//, "variant/")
    .replace(/(checkpoints|charts)\/[^/]*$/, "$1/FILE")
    .replace(/\.[\w.-]*\.part$/, ".part");
}

/** What is wrong after the command of a scenario ended; `undefined` if nothing is. */
export function wrong(
  sandbox: Sandbox,
  { folder, expected }: Scenario,
  outcome: Parameters<typeof crash>[0],
): string | undefined {
  const crashed = crash(outcome);
  if (crashed !== undefined) return crashed;
  if (outcome.code !== 0) return `exit code ${outcome.code}: ${outcome.stderr}`;
  return difference(sandbox.files(folder), expected);
}
