/**
 * Damaged files: every kind of file that a run leaves and a later command reads.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import type { Outcome } from "../end_to_end/clean_clone.ts";
import { crash, difference, leftOver, mentions, shapeOf } from "./judge.ts";
import { endOf, type FaultKind, type Finding, oneOf } from "./kind.ts";
import { appends, flips, type Mutation, rewrites, truncations } from "./mutations.ts";
import type { Sandbox } from "./sandbox.ts";
import { type LazyScenario, scenarios, wrong } from "./scenarios.ts";

/** How many of the commands are processes of their own: one in so many. */
const PROCESSES = 40;

/** The kinds of faults that change the bytes of a file. */
export const damageKinds: readonly FaultKind[] = [
  damageKind("flips", "flipped bytes", 5, flips),
  damageKind("truncations", "truncated files", 2, truncations),
  damageKind("appends", "lengthened files", 1, appends),
  damageKind("rewrites", "zeroed and rewritten files", 1, rewrites),
];

function damageKind(
  name: string,
  title: string,
  share: number,
  mutations: readonly Mutation[],
): FaultKind {
  return {
    name,
    title,
    share,
    prepare(sandbox) {
      const all = scenarios(sandbox);
      return Promise.resolve((random) => damageOne(sandbox, all, mutations, random));
    },
  };
}

/** What is promised of a file. */
interface Promised {
  /** Whether commands that only look must say that it is damaged. */
  readonly found: boolean;
  /** Whether a run that reads it must say so. */
  readonly named: boolean;
  /** Whether a run may refuse it. */
  readonly refused: boolean;
}

function promisedOf(path: string): Promised {
  // Times are no results: nothing vouches for them. A lock or mark says that it is there.
  if (/timings\.csv$|\.lock$|\.format$|\.writing$|\.part$/.test(path)) {
    return { found: false, named: false, refused: false };
  }
  // White space in a plan is nothing to be said: its digest is that of what the JSON means.
  if (path.endsWith("plan.json")) return { found: false, named: false, refused: true };
  if (path.includes("/corpora/")) return { found: false, named: true, refused: true };
  return { found: !path.includes("/progress/"), named: true, refused: false };
}

async function damageOne(
  sandbox: Sandbox,
  all: readonly LazyScenario[],
  mutations: readonly Mutation[],
  random: RandomStream,
): Promise<Finding> {
  // Most of what a run leaves is in the first.
  const scenario = await oneOf(random.next() < 0.6 ? all.slice(0, 1) : all, random)();
  const { before, command, folder } = scenario;
  const kinds = [...scenario.victims];
  const [kind, paths] = oneOf(kinds, random);
  const path = oneOf(paths, random);
  const mutation = oneOf(mutations, random);
  const fault = `${mutation.title}: ${kind}`;
  const damaged = new Map(before);
  damaged.set(path, mutation.apply(before.get(path) ?? new Uint8Array(), random));
  sandbox.restore(damaged);
  const ask = (...args: string[]): Promise<Outcome> =>
    random.next() < 1 / PROCESSES ? sandbox.process(args) : sandbox.call(...args);

  const promised = promisedOf(path);
  const problems: string[] = [];
  const isStored = /\/store\/\w+\/(..\/)?[0-9a-f]{64}$/.test(path) && !path.includes("/progress/");
  if (promised.found) {
    const verified = await ask("cache", "--verify");
    problems.push(...crashOf(verified));
    if (verified.code !== 1 || !mentions(verified.stdout + verified.stderr, path)) {
      problems.push(`cache --verify does not find it (exit code ${verified.code})`);
    }
    if (!isStored) {
      const compared = await ask("diff", folder, folder);
      problems.push(...crashOf(compared));
      if (compared.code !== 2) problems.push(`diff exits with ${compared.code}`);
    }
  }
  const changed = difference(sandbox.files(), damaged);
  if (changed !== undefined) problems.push(`looking at it changed files: ${changed}`);

  const isDeep = isStored && random.next() < 0.7;
  if (isDeep) makeReadAll(sandbox, path, folder);
  const outcome = await ask(...command);
  const isNamed = mentions(outcome.stderr, path);
  const lost = promised.refused && outcome.code === 2 && isNamed
    ? crash(outcome)
    : wrong(sandbox, scenario, outcome) ?? leftOver(sandbox.files());
  const isRead = isDeep || !isStored;
  if (promised.named && isRead && !isNamed) problems.push("run does not name it");
  if (promised.found && isStored && !isRead && !isNamed) {
    const again = await sandbox.call("cache", "--verify");
    if (again.code !== 1) problems.push("run neither named it nor left it to be found");
  }
  const end = endOf({ lost, problems, isNamed });
  const said = shapeOf(outcome.stderr);
  if (end === "survived" || end === "named") return { fault, end, said };
  const details = [path, ...problems, ...lost === undefined ? [] : [lost], outcome.stderr].join(
    "\n",
  );
  return {
    fault,
    end,
    said: lost === undefined ? problems.map(shapeOf).join("; ") : said,
    details,
  };
}

function crashOf(outcome: Outcome): string[] {
  const crashed = crash(outcome);
  return crashed === undefined ? [] : [crashed];
}

/**
 * Removes what stands between a run and the result at `path`, so that it must read every
 * result.
 */
export function makeReadAll(sandbox: Sandbox, path: string, folder: string): void {
  Deno.removeSync(`${sandbox.folder}/${folder}`, { recursive: true });
  if (path.includes("/store/report/")) return;
  const reports = `${sandbox.folder}/outputs/.cache/store/report`;
  Deno.removeSync(reports, { recursive: true });
}
