/**
 * Something else in the place of a file: nothing, a folder, a pipe, another whole file of its kind.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import { makeReadAll } from "./damage.ts";
import { crash, leftOver, mentions, shapeOf } from "./judge.ts";
import { endOf, type FaultKind, type Finding, oneOf, works } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { type LazyScenario, type Scenario, scenarios, wrong } from "./scenarios.ts";

/** Something in the place of a file. */
interface Replacement {
  /** For messages: `a folder`. */
  readonly title: string;
  /** Puts it at `path`, from which the file is gone; whether it could. */
  put(path: string, other: Uint8Array | undefined): Promise<boolean>;
  /** Whether it must be said by a run that reads it: what is missing is made again in silence. */
  readonly isSaid: boolean;
  /** Whether a run that is done has put its own file there. */
  readonly isMended: boolean;
}

const REPLACEMENTS: readonly Replacement[] = [
  { title: "nothing", put: () => Promise.resolve(true), isSaid: false, isMended: true },
  {
    title: "an empty folder",
    put: (path) => Deno.mkdir(path).then(() => true),
    isSaid: true,
    isMended: true,
  },
  {
    title: "a folder with a file",
    async put(path) {
      await Deno.mkdir(path);
      await Deno.writeTextFile(`${path}/precious.txt`, "what took years\n");
      return true;
    },
    isSaid: true,
    isMended: false,
  },
  { title: "a pipe", put: (path) => works("mkfifo", path), isSaid: true, isMended: false },
  {
    title: "another of its kind",
    async put(path, other) {
      if (other !== undefined) await Deno.writeFile(path, other);
      return other !== undefined;
    },
    isSaid: true,
    isMended: true,
  },
];

/** Replaced files. */
export const replacedFiles: FaultKind = {
  name: "replaced",
  title: "folders, pipes and other files in the place of a file",
  share: 2,
  prepare(sandbox) {
    const all = scenarios(sandbox);
    return Promise.resolve((random) => replaceOne(sandbox, all, random));
  },
};

async function replaceOne(
  sandbox: Sandbox,
  all: readonly LazyScenario[],
  random: RandomStream,
): Promise<Finding> {
  const scenario = await oneOf(random.next() < 0.6 ? all.slice(0, 1) : all, random)();
  const { before, command, folder } = scenario;
  const [kind, paths] = oneOf([...scenario.victims], random);
  const path = oneOf(paths, random);
  const replacement = oneOf(REPLACEMENTS, random);
  const fault = `${replacement.title} for ${kind}`;
  sandbox.restore(before);
  const file = `${sandbox.folder}/${path}`;
  const isStored = /\/store\/\w+\/(..\/)?[0-9a-f]{64}$/.test(path) && !path.includes("/progress/");
  const isDeep = isStored && !path.includes("/store/report/");
  if (isDeep) makeReadAll(sandbox, path, folder);
  await Deno.remove(file);
  const other = paths.filter((one) => one !== path).map((one) => before.get(one))[0];
  if (!await replacement.put(file, other)) return { fault, end: "survived", said: "", count: 0 };

  const problems: string[] = [];
  const looks = [["cache", "--verify"], ["diff", folder, folder], ["plan", "configs/tiny.yaml"]];
  for (const args of isDeep ? looks.slice(0, 1) : looks) {
    const crashed = crash(await sandbox.call(...args));
    if (crashed !== undefined) problems.push(`${args.join(" ")}: ${crashed}`);
  }
  const outcome = await sandbox.call(...command);
  const isNamed = mentions(outcome.stderr, path);
  // Times are no results, and a mark says that it is there.
  const isMark = /timings\.csv$|\.lock$|\.format$|\.writing$|\.part$/.test(path);
  const isSaid = replacement.isSaid && !isMark;
  // It may have been set aside, with what is in it.
  const precious = replacement.title === "a folder with a file" &&
    ![...sandbox.files().keys()].some((path) => path.endsWith("/precious.txt"));
  const lost = crash(outcome) ??
    (precious ? "the file in the folder is gone" : undefined) ??
    (outcome.code === 0 && replacement.isMended && !isMark
      ? wrong(sandbox, scenario, outcome)
      : undefined) ??
    await lostAfter(sandbox, scenario, path);
  if (isSaid && !isNamed) problems.push("run does not name it");
  const end = endOf({ lost, problems, isNamed });
  const said = `${outcome.code} ${shapeOf(outcome.stderr)}`;
  if (end === "survived" || end === "named") return { fault, end, said };
  const details = [path, ...problems, ...lost === undefined ? [] : [lost], outcome.stderr];
  return { fault, end, said, details: details.join("\n") };
}

/** What is wrong when the file has been put back, and the same run done again. */
async function lostAfter(
  sandbox: Sandbox,
  scenario: Scenario,
  path: string,
): Promise<string | undefined> {
  sandbox.putBack(path, scenario.before);
  const problem = wrong(sandbox, scenario, await sandbox.call(...scenario.command)) ??
    leftOver(sandbox.files());
  return problem === undefined ? undefined : `the next run: ${problem}`;
}
