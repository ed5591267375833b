/**
 * Symbolic links where a run reads and writes: those of people with scratch disks must work, those
 * below our folders must never be followed; and files that are not ours.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import { crash, difference, type Files, leftOver, mentions, shapeOf } from "./judge.ts";
import { type FaultKind, type Finding, oneOf } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { emptied, finished, kindOf, type Scenario, wrong } from "./scenarios.ts";

/** Where a link may be, and what is at its end. */
const ALLOWED = ["outputs", "outputs/.cache", "outputs/.cache/store", "outputs/tiny"];

/** Folders at the end of links. */
const ELSEWHERE = "elsewhere";

/** Links. */
export const links: FaultKind = {
  name: "links",
  title: "links and foreign files",
  share: 2,
  async prepare(sandbox) {
    const whole = await finished(sandbox, "tiny");
    const sweep = await finished(sandbox, "sweep");
    const ways = [followed, given, refused, refused, refused, foreign];
    return async (random) => {
      await Deno.remove(`${sandbox.folder}/${ELSEWHERE}`, { recursive: true }).catch(() => {});
      await Deno.mkdir(`${sandbox.folder}/${ELSEWHERE}`);
      return await oneOf(ways, random)(sandbox, oneOf([whole, whole, sweep], random), random);
    };
  },
};

/** Makes `path` of the clone a link to `target`, by a relative or an absolute path. */
function link(sandbox: Sandbox, path: string, target: string, random: RandomStream): void {
  const { folder } = sandbox;
  const up = "../".repeat(path.split("/").length - 1);
  const end = oneOf([`${folder}/${target}`, `${up}${target}`], random);
  Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
  Deno.symlinkSync(end, `${folder}/${path}`);
}

/** A folder of ours is a link: whatever a person does is as if it were none. */
async function followed(
  sandbox: Sandbox,
  whole: Scenario,
  random: RandomStream,
): Promise<Finding> {
  const path = oneOf(ALLOWED, random).replace("tiny", whole.folder.replace("outputs/", ""));
  const state = oneOf(["nothing", "a whole run", "no folder"], random);
  sandbox.restore(state === "a whole run" ? whole.before : emptied(sandbox));
  const [own, target] = [`${sandbox.folder}/${path}`, `${ELSEWHERE}/target`];
  const there = await Deno.stat(own).then(() => true, () => false);
  if (there) await Deno.rename(own, `${sandbox.folder}/${target}`);
  else if (state !== "no folder") await Deno.mkdir(`${sandbox.folder}/${target}`);
  link(sandbox, path, target, random);
  const fault = `a link at ${kindOf(path)}, ${state} behind it`;
  const first = await sandbox.process(whole.command);
  const isDangling = state === "no folder" && !there;
  const said = `${first.code} ${shapeOf(first.stderr)}`;
  const crashed = crash(first);
  if (crashed === undefined && isDangling && first.code !== 0) return { fault, end: "named", said };
  const problem = wrong(sandbox, whole, first) ?? await followedAgain(sandbox, whole, path);
  if (problem !== undefined) return { fault, end: "lost", said, details: problem };
  return { fault, end: "survived", said };
}

/** What is wrong with a link at `path` after a run. */
async function followedAgain(
  sandbox: Sandbox,
  whole: Scenario,
  path: string,
): Promise<string | undefined> {
  const again = [
    whole.command,
    ["diff", whole.folder, whole.folder],
    ["cache", "--verify"],
    ["cache", "--prune"],
  ];
  for (const command of again) {
    const outcome = await sandbox.process(command);
    if (outcome.code !== 0 || crash(outcome) !== undefined) {
      return `${command.join(" ")}: ${outcome.code}: ${outcome.stderr}`;
    }
  }
  const { isSymlink } = await Deno.lstat(`${sandbox.folder}/${path}`);
  if (!isSymlink) return "the link was replaced";
  return difference(sandbox.files(whole.folder), whole.expected) ??
    leftOver(sandbox.files(whole.folder));
}

/** A folder that the command line gives is a link, or is reached through one. */
async function given(sandbox: Sandbox, whole: Scenario, random: RandomStream): Promise<Finding> {
  sandbox.restore(emptied(sandbox));
  await Deno.remove(`${sandbox.folder}/scratch`).catch(() => {});
  link(sandbox, "scratch", ELSEWHERE, random);
  const output = oneOf(["scratch", "scratch/run", "scratch/deep/er"], random);
  const store = oneOf([[], ["--store", "scratch/store"], ["--store", "scratch"]], random);
  const args = [...whole.command, "--output", output, ...store];
  const fault = `--output ${output} ${store.join(" ")} through a link`;
  const outcomes = [await sandbox.process(args), await sandbox.process(args)];
  const [first, second] = outcomes;
  const files = new Map(
    [...sandbox.files(`${ELSEWHERE}${output.slice("scratch".length)}`)].map(([path, bytes]) => [
      path.replace(`${ELSEWHERE}${output.slice("scratch".length)}`, whole.folder),
      bytes,
    ]),
  );
  // A store beside the results is no result.
  const results = new Map([...files].filter(([path]) => whole.expected.has(path)));
  const said = outcomes.map(({ code, stderr }) => `${code} ${shapeOf(stderr)}`).join("; ");
  const problem = [first, second].flatMap((one) => one === undefined ? [] : [crash(one)])
    .find((one) => one !== undefined) ??
    outcomes.find(({ code }) => code !== 0)?.stderr ?? difference(results, whole.expected);
  if (problem !== undefined) return { fault, end: "lost", said, details: problem };
  return { fault, end: "survived", said };
}

/** What must stay as it is, whatever is done. */
const PRECIOUS = new TextEncoder().encode("what took years\n");

/** A link below a folder of ours: what is at its end must stay as it is, and be said. */
async function refused(sandbox: Sandbox, whole: Scenario, random: RandomStream): Promise<Finding> {
  sandbox.restore(whole.before);
  const path = oneOf(linkedPaths(whole), random);
  const copies = oneOf([true, false], random);
  makeLink(sandbox, path, copies, random);
  const precious = sandbox.files(ELSEWHERE);
  const commands: Readonly<Record<string, readonly string[]>> = {
    run: whole.command,
    "run --fresh": [...whole.command, "--fresh"],
    "run of another": [...whole.command, "--set", "seed=5"],
    "cache --prune": ["cache", "--prune"],
    "cache --verify": ["cache", "--verify"],
    diff: ["diff", whole.folder, whole.folder],
  };
  const [name, command] = oneOf(Object.entries(commands), random);
  const fault = `${name}: a link at ${kindOf(path)}`;
  const outcome = await sandbox.process(command);
  const said = `${outcome.code} ${shapeOf(outcome.stderr)}`;
  const changed = difference(sandbox.files(ELSEWHERE), precious);
  // When it is gone, everything is as it was.
  sandbox.putBack(path, whole.before);
  const problem = crash(outcome) ??
    (changed === undefined ? undefined : `it was followed:\n${changed}`) ??
    await lostAfter(sandbox, whole);
  if (problem !== undefined) return { fault, end: "lost", said, details: problem };
  const mustSay = name.startsWith("run") && outcome.code !== 0;
  if (mustSay && !mentions(outcome.stderr, path)) {
    return { fault, end: "unnamed", said, details: `${path} is not named: ${outcome.stderr}` };
  }
  return { fault, end: outcome.stderr.trim() === "" ? "survived" : "named", said };
}

/** The folder of what is being written to the store. */
const TEMPORARIES = "outputs/.cache/store/temporary";

/** The files and folders of a run and the store at which there might be a link. */
function linkedPaths({ before, folder }: Scenario): readonly string[] {
  const ours = [...before.keys()].filter((path) =>
    path.startsWith(`${folder}/`) || path.includes("/store/")
  );
  const folders = ours.map((path) => path.slice(0, path.lastIndexOf("/")))
    .filter((path) => path !== folder && !path.endsWith("/store"));
  const stages = folders.filter((path) => /\/store\/\w+\/..$/.test(path))
    .map((path) => path.slice(0, -3));
  const others = [`${folder}/.lock`, `${folder}/.writing`, TEMPORARIES];
  const kinds = Map.groupBy([...ours, ...folders, ...stages, ...others], kindOf);
  return [...kinds.values()].flatMap(([first = ""]) => [first]);
}

/** Puts what is at `path` elsewhere, or something precious, and a link in its place. */
function makeLink(sandbox: Sandbox, path: string, copies: boolean, random: RandomStream): void {
  const { folder } = sandbox;
  const isFolder = path === TEMPORARIES ||
    [...sandbox.files().keys()].some((file) => file.startsWith(`${path}/`));
  const target = `${ELSEWHERE}/precious`;
  if (isFolder && copies) {
    for (const [file, bytes] of sandbox.files(path)) {
      const copy = `${folder}/${target}${file.slice(path.length)}`;
      Deno.mkdirSync(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
      Deno.writeFileSync(copy, bytes);
    }
    Deno.writeFileSync(`${folder}/${target}/notes.txt`, PRECIOUS);
  } else if (isFolder) {
    Deno.mkdirSync(`${folder}/${target}`);
    for (const name of ["notes.txt", "target.json", "0".repeat(64)]) {
      Deno.writeFileSync(`${folder}/${target}/${name}`, PRECIOUS);
    }
  } else {
    const bytes = copies ? sandbox.files().get(path) ?? PRECIOUS : PRECIOUS;
    Deno.writeFileSync(`${folder}/${target}`, bytes);
  }
  try {
    Deno.removeSync(`${folder}/${path}`, { recursive: true });
  } catch {
    // A lock is not there.
  }
  link(sandbox, path, target, random);
}

/** A file of somebody else's has the name of one that a run writes: it stays, and is said. */
async function foreign(sandbox: Sandbox, whole: Scenario, random: RandomStream): Promise<Finding> {
  const path = oneOf(
    [...whole.expected.keys()].filter((path) => !path.endsWith("manifest.json")),
    random,
  );
  sandbox.restore(new Map<string, Uint8Array>([...emptied(sandbox), [path, PRECIOUS]]));
  const before = sandbox.files();
  const outcome = await sandbox.process(whole.command);
  const fault = `somebody else's ${kindOf(path)}`;
  const said = `${outcome.code} ${shapeOf(outcome.stderr)}`;
  const kept = sandbox.files().get(path);
  const changed = difference(
    new Map([[path, kept ?? new Uint8Array()]]),
    new Map([[path, PRECIOUS]]),
  );
  await Deno.remove(`${sandbox.folder}/${path}`).catch(() => {});
  const problem = crash(outcome) ?? changed ??
    (outcome.code === 0 ? "the run is done, and the file is not its own" : undefined) ??
    started(before, sandbox.files()) ?? await lostAfter(sandbox, whole);
  if (problem !== undefined) return { fault, end: "lost", said, details: problem };
  if (!mentions(outcome.stderr, path)) {
    return { fault, end: "unnamed", said, details: `${path} is not named: ${outcome.stderr}` };
  }
  return { fault, end: "named", said };
}

/** What was computed although it could not be written; `undefined` if nothing was. */
function started(before: Files, after: Files): string | undefined {
  const computed = [...after.keys()].filter((path) =>
    /\/store\/\w+\//.test(path) && !before.has(path)
  );
  return computed.length === 0 ? undefined : `it had computed ${computed.length} results by then`;
}

async function lostAfter(sandbox: Sandbox, whole: Scenario): Promise<string | undefined> {
  const problem = wrong(sandbox, whole, await sandbox.call(...whole.command)) ??
    leftOver(sandbox.files());
  return problem === undefined ? undefined : `the next run: ${problem}`;
}
