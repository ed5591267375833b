/**
 * The runs that a command line asks for, checked before anything is run or given more permissions than
 * it needs.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, isAbsolute, join, relative, resolve } from "@std/path";
import { type Experiment, loadExperiments } from "../config/experiment.ts";
import type { Change } from "../config/override.ts";
import { checkWithCorpus } from "../runs/check_with_corpus.ts";
import { CorpusCache } from "../runs/corpus_cache.ts";
import { type Plan, PlanError, readPlan } from "../runs/plan_file.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { type Arguments, wholeNumber } from "./args.ts";
import { UsageError } from "./command.ts";
import { findPath } from "./paths.ts";

/** The folder of the store of results. */
export const STORE = "outputs/.cache/store";

/** The flags that say what to run and where its results go. */
export const RUN_FLAGS = {
  values: ["output", "limit", "workers"],
  lists: ["set", "add"],
} as const;

/** A parsed command line with {@linkcode RUN_FLAGS}. */
export type RunArguments = Arguments<"output" | "limit" | "workers" | "set" | "add">;

/** The runs that one config asks for: one, or those of a sweep. */
export interface RequestedRuns {
  /** The experiments, and the folders of their results. */
  readonly parts: readonly { readonly data: ExperimentData; readonly folder: string }[];
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
}

/**
 * Reads the configs that `parsed` names and their corpora. All are checked before anything runs: a
 * mistake in the last must not be found after the first has run. The permission to write stays for
 * their folders and for `others`.
 */
export async function requestedRuns(
  parsed: RunArguments,
  others: readonly string[] = [],
): Promise<RequestedRuns[]> {
  const configs = parsed.positional;
  const output = parsed.value("output");
  if (configs.length === 0) {
    throw new UsageError(
      "expected a config, such as configs/default.yaml, found none",
    );
  }
  if (output !== undefined && configs.length > 1) {
    throw new UsageError(`expected one config with --output, found ${configs.length}`);
  }
  const limit = numberOf(parsed, "limit", 100_000_000);
  const options = limit === undefined ? {} : { limit };
  const changes = parsed.inOrder("set", "add")
    .map(({ flag, value }): Change => flag === "set" ? value : { add: value });
  const sweeps: { readonly experiments: readonly Experiment[]; readonly folder: string }[] = [];
  for (const config of configs) {
    const experiments = await loadExperiments(await findPath(config), changes, options);
    sweeps.push({ experiments, folder: output ?? join("outputs", experiments[0]?.name ?? "") });
  }
  const offline = sweeps.every(({ experiments }) =>
    experiments.every(({ config }) => config.corpus.url === undefined)
  );
  if (offline) await giveUpNetwork();
  const folders = sweeps.map(({ folder }) => folder);
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice !== undefined) {
    throw new UsageError(`expected configs with different names, found two that go to ${twice}`);
  }
  const corpora = new CorpusCache();
  const requested: RequestedRuns[] = [];
  for (const { experiments, folder } of sweeps) {
    const parts: RequestedRuns["parts"][number][] = [];
    for (const experiment of experiments) {
      const { variant } = experiment;
      const own = variant === undefined ? folder : join(folder, variant.label);
      parts.push({ data: await checkWithCorpus(experiment, corpora), folder: own });
    }
    requested.push({ parts, folder, name: experiments[0]?.name ?? "" });
  }
  await giveUpNetwork();
  await stayInProject([...folders, ...others]);
  return requested;
}

/** Reads the plan in `file`, which says everything that {@linkcode RUN_FLAGS} say but the threads. */
export async function requestedPlan(parsed: RunArguments, file: string): Promise<Plan> {
  const flags = (["output", "limit"] as const).filter((flag) => parsed.value(flag) !== undefined);
  const [given] = [
    ...parsed.positional,
    ...parsed.inOrder("set", "add").map(({ flag }) => `--${flag}`),
  ];
  const refused = given ?? flags.map((flag) => `--${flag}`)[0];
  if (refused !== undefined) {
    throw new UsageError(`expected --plan alone to say what to run, found ${refused}, too`);
  }
  try {
    const plan = await readPlan(await findPath(file));
    await giveUpNetwork();
    await stayInProject(plan.sweeps.map(({ folder }) => folder));
    return plan;
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message);
    throw error;
  }
}

/** How many threads to use: `--workers`, or as many as there are cores. */
export function requestedThreads(parsed: RunArguments): number {
  return numberOf(parsed, "workers", 1024) ?? navigator.hardwareConcurrency;
}

/** The value of a flag that is a whole number of 1 to `most`, if it was given. */
function numberOf(
  parsed: RunArguments,
  flag: "limit" | "workers",
  most: number,
): number | undefined {
  const given = parsed.value(flag);
  return given === undefined ? undefined : wholeNumber(flag, given, { least: 1, most });
}

/** The project's folder. */
const PROJECT = fromFileUrl(new URL("../../", import.meta.url));
/** Where a task may always write: `deno.json` names it beside `/`. */
const OUTPUTS = resolve(PROJECT, "outputs");

/** Gives up the network, which is needed for `corpus.url` alone. */
async function giveUpNetwork(): Promise<void> {
  await Deno.permissions.revoke({ name: "net" });
}

/**
 * Gives up what lies outside the project, once all configs and corpora have been read: reading it
 * where every folder of `outputs` is in the project, writing it where every one is in `outputs/`.
 * Threads start with the permissions that are left; modules and npm packages load without any.
 */
async function stayInProject(outputs: readonly string[]): Promise<void> {
  // A grant can only be given up whole: for a folder elsewhere, that of everything must stay.
  if (outputs.every((folder) => isIn(PROJECT, folder))) {
    await Deno.permissions.revoke({ name: "read", path: "/" });
  }
  if (outputs.every((folder) => isIn(OUTPUTS, folder))) {
    await Deno.permissions.revoke({ name: "write", path: "/" });
  }
}

function isIn(folder: string, path: string): boolean {
  const way = relative(folder, resolve(path));
  return !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}
