/**
 * The runs that a command line asks for, checked before anything is run. Before a file is opened that a
 * config names, all permissions are given up but those that the command line and the configs' own texts
 * need; once corpora are read, all but those of writing the results.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { type Experiment, readExperiments } from "../config/experiment.ts";
import type { Change } from "../config/override.ts";
import { outsideProblem } from "../config/named_files.ts";
import { NAME } from "../config/run_name.ts";
import type { DownloadWatch } from "../data/download.ts";
import { availableMemory } from "../files/available_memory.ts";
import { isWithin, type Place, placeOf, PROJECT } from "../files/place.ts";
import { isAbsent } from "../files/system_error.ts";
import { checkModelFolder } from "../model/hugging_face/model_folder.ts";
import { checkWithCorpus } from "../runs/check_with_corpus.ts";
import { CorpusCache } from "../runs/corpus_cache.ts";
import { withPlatform } from "../runs/platform.ts";
import { type FrozenPlan, openPlan, PlanError } from "../runs/plan_file.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { Store } from "../store/store.ts";
import { type Arguments, wholeNumber } from "./args.ts";
import { UsageError } from "./command.ts";
import { configNeeds, readConfigTexts } from "./config_text.ts";
import { givenPlace, outputPlaces, OUTPUTS } from "./output_place.ts";
import { findPath } from "./paths.ts";
import { keepOnly, type Needs, type Program } from "./permissions.ts";
import { type CachePlaces, cachePlaces } from "./store_place.ts";

/** The flags that say what to run and where its results go. */
export const RUN_FLAGS = {
  values: ["output", "store", "limit", "workers"],
  lists: ["set", "add"],
  switches: ["allow-read-outside"],
} as const;

/** A parsed command line with {@linkcode RUN_FLAGS}. */
export type RunArguments = Arguments<
  "output" | "store" | "limit" | "workers" | "set" | "add" | "allow-read-outside"
>;

/** `--allow-read-outside` in the help of the commands that have it. */
export const OUTSIDE_HELP = `  --allow-read-outside
                      let configs name files (extends, corpus.path, models.target.from, …)
                      outside of their own folder and of the project`;

/** The runs that one config asks for: one, or those of a sweep. */
export interface RequestedRuns {
  /** The experiments, and the folders of their results. */
  readonly parts: readonly { readonly data: ExperimentData; readonly folder: string }[];
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
}

/** The runs that a command line asks for, and where their results are kept. */
export interface Requested {
  /** The runs of each config. */
  readonly sweeps: readonly RequestedRuns[];
  /** The folder of the results that are cached. */
  readonly store: Place;
  /** The place of each folder of {@linkcode Requested.sweeps}, by its name. */
  readonly folders: ReadonlyMap<string, Place>;
}

/** Jobs that compute results in place of this process. */
export interface JobsOfRuns {
  /** The programs that start and follow them. */
  readonly programs: readonly Program[];
  /** Threads of each. */
  readonly threads: number;
  /** Memory that they have, bytes, where it is not that of this machine. */
  readonly memory?: number | undefined;
}

/** Folders that are written once everything is checked. */
export interface Writes {
  /** Whether the results are: to their folders and to the store. */
  readonly results: boolean;
  /** Other folders. */
  readonly folders: readonly Place[];
  /** The jobs that compute them, where this process does not. */
  readonly jobs?: JobsOfRuns | undefined;
}

/**
 * Reads the configs that `parsed` names and their corpora. All are checked before anything runs: a
 * mistake in the last must not be found after the first has run. `watch` is told how downloads go.
 */
export async function requestedRuns(
  parsed: RunArguments,
  writes: Writes,
  watch?: DownloadWatch,
): Promise<Requested> {
  const output = parsed.value("output");
  if (parsed.positional.length === 0) {
    throw new UsageError("expected a config, such as configs/default.yaml, found none");
  }
  if (output !== undefined && parsed.positional.length > 1) {
    throw new UsageError(`expected one config with --output, found ${parsed.positional.length}`);
  }
  availableMemory();
  const limit = numberOf(parsed, "limit", 100_000_000);
  const { threads = requestedThreads(parsed), memory } = writes.jobs ?? {};
  const readsOutside = parsed.has("allow-read-outside");
  const options = limit === undefined ? { readsOutside } : { limit, readsOutside };
  const changes = parsed.inOrder("set", "add")
    .map(({ flag, value }): Change => flag === "set" ? value : { add: value });
  const configs = await readConfigTexts(parsed.positional);
  const caches = cachePlaces(parsed.value("store"));
  const own = configs.map((config) => configNeeds(config, changes));
  const given = output === undefined ? undefined : givenPlace(output);
  const names = own.flatMap(({ names }) =>
    limit === undefined ? names : limitedNames(names, limit)
  );
  const before = needsBefore({
    read: [
      ...own.flatMap(({ folder, files, folders }) => [
        folder,
        ...files.filter(mayBeFile),
        ...folders.filter(isFolder),
      ]),
      ...given === undefined ? [placeOf(OUTPUTS).path] : [],
    ],
    results: given === undefined ? outputPlaces(names) : [given],
    caches,
    network: own.some(({ network }) => network),
    readsOutside,
    writes,
  });
  await keepOnly(before);

  const found: { readonly experiments: readonly Experiment[]; readonly folder: string }[] = [];
  for (const { file, text } of configs) {
    const experiments = readExperiments(file, text, changes, options);
    found.push({ experiments, folder: output ?? join(OUTPUTS, experiments[0]?.name ?? "") });
  }
  const paths = found.map(({ folder }) => folder);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) {
    throw new UsageError(`expected configs with different names, found two that go to ${twice}`);
  }
  const corpora = new CorpusCache(caches.downloads.path, watch, caches.models.path);
  const store = new Store(caches.store.path, caches.store.shown);
  const sweeps: RequestedRuns[] = [];
  for (const { experiments, folder } of found) {
    const parts: RequestedRuns["parts"][number][] = [];
    for (const experiment of experiments) {
      const { variant } = experiment;
      const own = variant === undefined ? folder : join(folder, variant.label);
      const checked = await checkWithCorpus(experiment, corpora, { threads, memory });
      parts.push({ data: await withPlatform(checked, store), folder: own });
    }
    sweeps.push({ parts, folder, name: experiments[0]?.name ?? "" });
  }
  // The folders below outputs/ can be resolved from there.
  const folders = sweeps.map(({ folder }) => given ?? placeOf(folder));
  return await readyToWrite({ sweeps, folders, store: caches.store, before, writes });
}

/** The permissions to read configs or plans and their corpora, and later to write results. */
function needsBefore({ read, results, caches, network, readsOutside, writes }: {
  readonly read: readonly string[];
  readonly results: readonly Place[];
  readonly caches: CachePlaces;
  readonly network: boolean;
  readonly readsOutside: boolean;
  readonly writes: Writes;
}): Needs {
  const { store } = caches;
  const paths = [...results, store].map(({ path }) => path);
  const downloads = [caches.downloads.path, caches.models.path];
  return {
    read: [...read, ...readsOutside ? ["/"] : [], ...paths, ...downloads],
    write: [
      ...writes.results ? paths : [],
      ...writes.folders.map(({ path }) => path),
      ...network ? downloads : [],
    ],
    network,
    programs: writes.jobs?.programs ?? [],
    native: true,
  };
}

function limitedNames(names: readonly string[], limit: number): string[] {
  return names.map((name) => `${name}-limit-${limit}`);
}

/** Whether there is a file at `path`, or nothing: then a message can say that. */
function mayBeFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    return isAbsent(error) && !isWithin(PROJECT, path);
  }
}

/** Whether there is a folder at `path`. */
function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Gives up all that was needed to read configs and corpora. */
async function readyToWrite({ sweeps, folders, store, before, writes, plan }: {
  readonly sweeps: readonly RequestedRuns[];
  readonly folders: readonly Place[];
  readonly store: Place;
  readonly before: Needs;
  readonly writes: Writes;
  /** The plan that says what to run, where one does. */
  readonly plan?: string;
}): Promise<Requested> {
  const results = [...folders, store].map(({ path }) => path);
  const above = folders.filter(({ shown }) => dirname(shown) === OUTPUTS)
    .map(({ path }) => dirname(path));
  await keepOnly({
    // A new folder of outputs/ is only on the disk for certain once that is flushed, too.
    read: [
      ...results,
      ...above,
      ...await modelFiles(sweeps),
      // Jobs are given a copy of the plan.
      ...plan === undefined || writes.jobs === undefined ? [] : [plan],
    ],
    write: [...writes.results ? results : [], ...writes.folders.map(({ path }) => path)],
    network: false,
    programs: writes.jobs?.programs ?? [],
    native: sweeps.some(({ parts }) => parts.some(({ data }) => data.platform !== undefined)),
  }, before);
  return { sweeps, store, folders: new Map(folders.map((place) => [place.shown, place])) };
}

/** The folders of models, and the files elsewhere that links in them lead to: threads read them. */
async function modelFiles(sweeps: readonly RequestedRuns[]): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (const { data: { models } } of sweeps.flatMap(({ parts }) => parts)) {
    for (const origin of Object.values(models)) {
      if (origin.kind !== "folder" || paths.has(origin.folder)) continue;
      paths.add(origin.folder);
      const { files } = await checkModelFolder(origin.folder, { mayRead: () => true });
      for (const name of files) paths.add(await Deno.realPath(join(origin.folder, name)));
    }
  }
  return [...paths];
}

/** A parsed command line that names a plan. */
export type PlanArguments = Arguments<"output" | "store" | "allow-read-outside">;

/** Throws a {@linkcode UsageError} where `parsed` says more of what to run than the plan that it names. */
export function checkPlanAlone(parsed: RunArguments): void {
  const [refused] = [
    ...parsed.positional,
    ...parsed.inOrder("set", "add").map(({ flag }) => `--${flag}`),
    ...parsed.value("limit") === undefined ? [] : ["--limit"],
  ];
  if (refused === undefined) return;
  throw new UsageError(`expected --plan alone to say what to run, found ${refused}, too`);
}

/** How a plan is read. */
export interface PlanRequest {
  /** The folders that are written. */
  readonly writes: Writes;
  /** Told how downloads go. */
  readonly watch?: DownloadWatch | undefined;
  /** Whether results are only read, as {@linkcode ReadOptions.mergesOnly} says. */
  readonly mergesOnly?: boolean;
  /** Whether the folders of its results are left alone. */
  readonly withoutFolders?: boolean;
  /** The threads that compute, as {@linkcode ReadOptions.threads} says. */
  readonly threads?: number;
}

/** A plan that a command line names, opened: nothing that its runs name was read. */
export interface OpenedPlan {
  /** The plan. */
  readonly plan: FrozenPlan;
  /** The folder of the results that are cached. */
  readonly store: Place;
  /**
   * Makes its runs: all, or those whose indices `some` gives. From then on nothing but their results can
   * be read and written. Throws a {@linkcode UsageError} where one is no longer what it was.
   */
  requested(some?: () => ReadonlySet<number> | Promise<ReadonlySet<number>>): Promise<Requested>;
}

/** Opens the plan in `file`, which says everything but where results are cached. */
export async function openedPlan(
  parsed: PlanArguments,
  file: string,
  { writes, watch, mergesOnly = false, withoutFolders = false, threads }: PlanRequest,
): Promise<OpenedPlan> {
  availableMemory();
  const path = await findPath(file);
  const caches = cachePlaces(parsed.value("store"));
  const readsOutside = parsed.has("allow-read-outside");
  const opened = await asMistakes(() => openPlan(path));
  const { inputs, network } = opened.needs;
  const named = withoutFolders ? [] : opened.needs.folders;
  for (const folder of named) checkPlanFolder(file, folder, parsed.value("output"));
  const folders = named.map(givenPlace);
  const read = [dirname(path)];
  const before = needsBefore({ read, results: folders, caches, network, readsOutside, writes });
  await keepOnly(before);
  for (const input of readsOutside ? [] : inputs) {
    const problem = outsideProblem(path, input);
    if (problem !== undefined) throw new UsageError(`cannot use the plan ${file}: ${problem}`);
  }
  const plan = opened.reading({
    corpora: new CorpusCache(caches.downloads.path, watch, caches.models.path),
    mayRead: (linked) => readsOutside || outsideProblem(path, linked) === undefined,
    mergesOnly,
    ...threads === undefined ? {} : { threads },
  });
  const requested: OpenedPlan["requested"] = async (some) => {
    const only = await some?.();
    const sweeps: RequestedRuns[] = [];
    for (const { name, folder, runs } of plan.sweeps) {
      const parts: RequestedRuns["parts"][number][] = [];
      for (const { index, folder } of runs) {
        if (only?.has(index) === false) continue;
        parts.push({ data: await plan.run(index), folder });
      }
      sweeps.push({ name, folder, parts });
    }
    return await readyToWrite({ sweeps, folders, store: caches.store, before, writes, plan: path });
  };
  return { plan, store: caches.store, requested: (some) => asMistakes(() => requested(some)) };
}

/** What `read` gives; what is wrong with a plan is a {@linkcode UsageError}. */
async function asMistakes<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * Throws a {@linkcode UsageError} unless results of the plan `file`, which may be anybody's, go to a run's
 * folder in `outputs/`, or to the folder that the command line says, too.
 */
function checkPlanFolder(file: string, folder: string, output: string | undefined): void {
  const isSaid = output !== undefined && resolve(output) === resolve(folder);
  const isRun = dirname(folder) === OUTPUTS && NAME.test(basename(folder));
  if (isSaid || isRun && output === undefined) return;
  throw new UsageError(
    `cannot use the plan ${file}: its results go to ${folder}` +
      (output === undefined
        ? `, which is not in ${OUTPUTS}/; --output ${folder} allows it`
        : `, and --output says ${output}`),
  );
}

/** How many threads to use: `--workers`, or as many as there are cores. */
export function requestedThreads(parsed: Arguments<"workers">): number {
  return numberOf(parsed, "workers", 1024) ?? navigator.hardwareConcurrency;
}

/** The value of a flag that is a whole number of 1 to `most`, if it was given. */
function numberOf<Flag extends "limit" | "workers">(
  parsed: Arguments<Flag>,
  flag: Flag,
  most: number,
): number | undefined {
  const given = parsed.value(flag);
  return given === undefined ? undefined : wholeNumber(flag, given, { least: 1, most });
}
