// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { type Experiment, loadExperiments } from "../config/load.ts";
import { CorpusShelf } from "../runs/corpus_cache.ts";
import { prepare, type Prepared } from "../runs/check_with_corpus.ts";
import { type Arguments, type FlagSpec, wholeNumber } from "./args.ts";
import { UsageError } from "./command.ts";
import { findPath } from "./find_path.ts";
import { giveUpNetwork, stayInProject } from "./permissions.ts";

/** Where results are kept, by what they depend on. */
export const STORE = "outputs/.cache/store";

/** The flags that say what to run, and where its results go. */
export const RUN_FLAGS: FlagSpec = {
  switches: [],
  values: ["output", "limit"],
  lists: ["set"],
};

/** What a command line asks for: an experiment of one config, or several of a sweep. */
export interface AskedRun {
  /** The experiments, and the folders of their results. */
  readonly parts: readonly { readonly prepared: Prepared; readonly folder: string }[];
  /** Their name. */
  readonly name: string;
  /** The folder of all: that of the only part, if there is but one. */
  readonly folder: string;
}

/**
 * Reads the configs that `parsed` names and their corpora. All are made ready before anything runs: a
 * mistake in the last must not be found after the first has run.
 */
export async function askedRuns(parsed: Arguments): Promise<AskedRun[]> {
  const configs = parsed.positional;
  const output = parsed.value("output");
  if (configs.length === 0) {
    throw new UsageError(
      "expected a config, found none; try: deno task run configs/default.yaml",
    );
  }
  if (output !== undefined && configs.length > 1) {
    throw new UsageError(`expected one config with --output, found ${configs.length}`);
  }
  const limit = numberOf(parsed, "limit", 100_000_000);
  const sweeps: Experiment[][] = [];
  for (const config of configs) {
    const options = limit === undefined ? {} : { limit };
    sweeps.push(await loadExperiments(await findPath(config), parsed.list("set"), options));
  }
  const offline = sweeps.flat().every(({ config }) => config.corpus.url === undefined);
  if (offline) await giveUpNetwork();
  const folders = sweeps.map(([first]) => output ?? join("outputs", first?.name ?? ""));
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice !== undefined) {
    throw new UsageError(`expected configs with different names, found two that go to ${twice}`);
  }
  const shelf = new CorpusShelf();
  const runs: AskedRun[] = [];
  for (const [i, sweep] of sweeps.entries()) {
    const folder = folders[i] as string;
    const parts: AskedRun["parts"][number][] = [];
    for (const experiment of sweep) {
      const { variant } = experiment;
      const own = variant === undefined ? folder : join(folder, variant.label);
      parts.push({ prepared: await prepare(experiment, shelf), folder: own });
    }
    runs.push({ parts, folder, name: sweep[0]?.name ?? "" });
  }
  await giveUpNetwork();
  await stayInProject(folders);
  return runs;
}

/** The threads that a run may use: as many as there are cores, unless the command line says. */
export function workers(parsed: Arguments): number {
  return numberOf(parsed, "workers", 1024) ?? navigator.hardwareConcurrency;
}

/** The value of a flag that is a whole number of 1 to `most`, if it was given. */
function numberOf(parsed: Arguments, flag: string, most: number): number | undefined {
  const given = parsed.value(flag);
  return given === undefined ? undefined : wholeNumber(flag, given, { least: 1, most });
}
