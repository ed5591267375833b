/**
 * A plan as a file: everything that it takes to compute its tasks one by one, in any process and on
 * any machine with the same program, to the same bytes. Later edits of the configs change nothing.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { resolve } from "@std/path";
import project from "../../deno.json" with { type: "json" };
import { IN_PROJECT, pathFrom } from "../config/named_files.ts";
import { pathText } from "../config/path.ts";
import { isHubName } from "../data/hub_source.ts";
import { TokenizerError } from "../data/vocabularies.ts";
import { kindIn } from "../files/kind.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { sha256Hex } from "../files/sha256.ts";
import type { Place } from "../files/place.ts";
import { writeError, writeWhole } from "../files/write_whole.ts";
import { ModelFolderError } from "../model/hugging_face/model_folder.ts";
import { platformProblem } from "../model/onnx/platform.ts";
import {
  corpusData,
  type ExperimentData,
  type FrozenExperiment,
  type ReadInputs,
} from "../stages/experiment_data.ts";
import { hasFields, type StageTask } from "../stages/stage.ts";
import { ExperimentTasks, stages } from "../stages/stages.ts";
import { canonicalJson, type Json } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";
import { memoryProblem } from "./check_with_corpus.ts";
import { CorpusCache } from "./corpus_cache.ts";
import { estimatedSeconds, KnownResults } from "./known_results.ts";
import { isPlanContent, type PlanContent, runProblem, type Versions } from "./plan_content.ts";

/** A plan that cannot be read or used, or a task that it does not have. */
export class PlanError extends Error {
  /** The name of the class. */
  override readonly name = "PlanError";
}

/** The runs of one config, and the folders of their results. */
export interface PlanSweep {
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
  /** The experiments. */
  readonly parts: readonly { readonly data: ExperimentData; readonly folder: string }[];
}

/** One task of a plan. */
export interface PlanTask {
  /** Its number, from 1. */
  readonly number: number;
  /** The experiment that it is the task of; of several the first. */
  readonly data: ExperimentData;
  /** The task. */
  readonly task: StageTask;
}

/** A plan. */
export interface Plan {
  /** The runs of each config. */
  readonly sweeps: readonly PlanSweep[];
  /** Every task once, each after those that it needs. */
  readonly tasks: readonly PlanTask[];
}

const FORMAT = "microbeam-plan";
const VERSION = 1;
/** The most bytes of a plan. */
const MOST_BYTES = 256 * 2 ** 20;

/** The plan of `sweeps`. */
export function planOf(sweeps: readonly PlanSweep[]): Plan {
  const found = new Map<string, Omit<PlanTask, "number">>();
  for (const { data } of sweeps.flatMap(({ parts }) => parts)) {
    for (const task of new ExperimentTasks(data).all()) {
      if (!found.has(task.id.key)) found.set(task.id.key, { data, task });
    }
  }
  return { sweeps, tasks: [...found.values()].map((one, i) => ({ number: i + 1, ...one })) };
}

/**
 * Checks that a plan may be written to `place`: there is nothing, or an earlier plan. Throws a
 * `WriteError`.
 */
export async function checkPlanPlace({ shown, path }: Place): Promise<void> {
  const expected = "expected nothing there, or an earlier plan, found";
  const info = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw writeError(shown, error);
  });
  if (info === undefined) return;
  if (!info.isFile) {
    throw writeError(shown, `${expected} ${kindIn(info)}`);
  }
  using file = await Deno.open(path);
  const start = new Uint8Array(64);
  const count = await file.read(start) ?? 0;
  const text = new TextDecoder().decode(start.subarray(0, count));
  if (!text.includes(`"format": "${FORMAT}"`)) throw writeError(shown, `${expected} another file`);
}

/** Writes `plan` to `file`, with estimates from `store`; throws a `WriteError`. */
export async function writePlan(file: string, plan: Plan, store: Store): Promise<void> {
  const known = await KnownResults.in(store);
  const tasks: PlanContent["tasks"][number][] = [];
  for (const { number, data, task: { id, needs }, task } of plan.tasks) {
    const done = await known.head(id);
    const seconds = done?.effort.seconds ?? await estimatedSeconds(task, data, known);
    const { stage, name, key, inputs } = id;
    const row = { number, stage, name, key, inputs, needs: needs.map(({ key }) => key) };
    tasks.push(seconds === undefined ? row : { ...row, seconds });
  }
  const content: PlanContent = {
    versions: versions(),
    sweeps: plan.sweeps.map(({ name, folder, parts }) => ({
      name,
      folder,
      runs: parts.map(({ data, folder }) => ({ folder, ...frozen(data) })),
    })),
    tasks,
  };
  const plain = plainJson(content);
  const head = { format: FORMAT, version: VERSION, sha256: digestOf(plain) };
  await writeWhole(file, JSON.stringify({ ...head, ...plain }, null, 2) + "\n");
}

/** The files and the network that a plan needs besides itself. */
export interface PlanNeeds {
  /** The folders of its results, as it names them. */
  readonly folders: readonly string[];
  /** The files of its corpora, and the folders of its models. */
  readonly inputs: readonly string[];
  /** Whether it names a URL, or a model of the hub. */
  readonly network: boolean;
}

/** A plan whose corpora and models are not read yet. */
export interface OpenedPlan {
  /** Its needs. */
  readonly needs: PlanNeeds;
  /**
   * Reads its corpora, and what it has to know of its models; throws a `CorpusError` or a
   * {@linkcode PlanError} where one is no longer what it was made for. `mayRead` says which files links
   * in a model's folder may lead to; if left out, none.
   */
  read(corpora: CorpusCache, mayRead?: (path: string) => boolean): Promise<Plan>;
}

/**
 * Opens a plan, and none of the files that it names. Throws a {@linkcode PlanError} where it is damaged
 * or was written by another program.
 */
export async function openPlan(file: string): Promise<OpenedPlan> {
  const content = await readContent(file);
  return {
    needs: needsOf(content),
    read: (corpora, mayRead) => planIn(content, { file, corpora, mayRead }),
  };
}

/** Reads a plan and its corpora, as {@linkcode openPlan} does. */
export async function readPlan(file: string): Promise<Plan> {
  return await (await openPlan(file)).read(new CorpusCache());
}

async function planIn(
  content: PlanContent,
  { file, corpora, mayRead }: {
    readonly file: string;
    readonly corpora: CorpusCache;
    readonly mayRead: ((path: string) => boolean) | undefined;
  },
): Promise<Plan> {
  const sweeps: PlanSweep[] = [];
  for (const { name, folder, runs } of content.sweeps) {
    const parts: PlanSweep["parts"][number][] = [];
    for (const { folder, ...frozen } of runs) {
      const problem = runProblem(file, frozen);
      if (problem !== undefined) throw refusal(file, problem);
      const elsewhere = frozen.platform && platformProblem(frozen.platform, "run");
      if (elsewhere !== undefined) throw refusal(file, `it was written for ${elsewhere}`);
      const inputs = await readInputs(file, frozen, corpora, mayRead);
      const { folders: _, ...pinned } = frozen;
      const data = { ...pinned, ...corpusData(frozen.experiment.config, inputs) };
      const tooLarge = memoryProblem(data);
      if (tooLarge !== undefined) {
        throw refusal(file, `${pathText(tooLarge.path)}: ${tooLarge.message}`);
      }
      parts.push({ data, folder });
    }
    sweeps.push({ name, folder, parts });
  }
  const plan = planOf(sweeps);
  const [own, others] = [plan.tasks.map(({ task }) => task.id), content.tasks];
  const other = own.findIndex(({ key }, i) => key !== others[i]?.key);
  if (other < 0 && own.length === others.length) return plan;
  throw refusal(
    file,
    `this program computes other tasks from its experiments, from task ${
      1 + Math.max(other, 0)
    } on; write it again`,
  );
}

/** Reads the inputs of a run of the plan in `file`; a {@linkcode PlanError} says what of models is wrong. */
async function readInputs(
  file: string,
  frozen: FrozenExperiment,
  corpora: CorpusCache,
  mayRead: ((path: string) => boolean) | undefined,
): Promise<ReadInputs> {
  try {
    return await corpora.readFrozen(frozen, mayRead);
  } catch (error) {
    const isOfModel = error instanceof ModelFolderError || error instanceof TokenizerError ||
      error instanceof Error && error.name === "HubError";
    throw isOfModel ? refusal(file, error.message) : error;
  }
}

/**
 * The task of `plan` that `given` names: its number, or the beginning of its key (8 digits at least).
 * Throws a {@linkcode PlanError}.
 */
export function planTask({ tasks }: Plan, given: string): PlanTask {
  const byNumber = tasks.find(({ number }) => String(number) === given);
  const byKey = /^[0-9a-f]{8,64}$/.test(given)
    ? tasks.filter(({ task }) => task.id.key.startsWith(given))
    : [];
  const [found = byNumber] = byKey.length === 1 ? byKey : [];
  if (found !== undefined) return found;
  throw new PlanError(
    `cannot find the task ${given}: expected a number of 1 to ${tasks.length}, or the beginning of ` +
      "the key of one task",
  );
}

function needsOf({ sweeps }: PlanContent): PlanNeeds {
  const sources = sweeps.flatMap(({ runs }) =>
    runs.flatMap(({ corpus }) => corpus === undefined ? [] : [corpus.source])
  );
  const models = sweeps.flatMap(({ runs }) =>
    runs.flatMap(({ folders }) => Object.values(folders ?? {}).map(({ path }) => path))
  );
  const paths = [
    ...sources.flatMap((source) => "path" in source ? source.path : []),
    ...models.filter((path) => !isHubName(path)),
  ];
  return {
    folders: sweeps.map(({ folder }) => folder),
    inputs: paths.map((path) => pathFrom(path, "")),
    network: sources.some((source) => "url" in source) || models.some(isHubName),
  };
}

async function readContent(file: string): Promise<PlanContent> {
  const { format, version, sha256, ...content } = await readJson(file);
  if (format !== FORMAT) throw refusal(file, `expected the format ${FORMAT}, found another file`);
  if (version !== VERSION) throw refusal(file, `expected version ${VERSION}, found ${version}`);
  if (!isPlanContent(content) || digestOf(content) !== sha256) {
    throw refusal(file, "it is damaged: expected content with the SHA-256 that it names");
  }
  for (const [what, now, then] of versionPairs(versions(), content.versions)) {
    if (now === then) continue;
    throw refusal(file, `it was written with ${what} ${then}, and this is ${now}; write it again`);
  }
  return content;
}

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const bytes = await readBounded(file, MOST_BYTES);
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (hasFields(value, {})) return value;
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new PlanError(`cannot read the plan ${file}: ${error.message}`);
    }
  }
  throw refusal(file, "expected JSON, found other content");
}

function refusal(file: string, reason: string): PlanError {
  return new PlanError(`cannot use the plan ${file}: ${reason}`);
}

function versions(): Versions {
  return {
    microbeam: project.version,
    v8: Deno.version.v8,
    stages: Object.fromEntries(stages.map(({ name, version }) => [name, version])),
  };
}

/** For each version its subject, its value now and its value in the plan. */
function versionPairs(now: Versions, then: Versions): [string, unknown, unknown][] {
  return [
    ["microbeam", now.microbeam, then.microbeam],
    ["V8", now.v8, then.v8],
    ...Object.entries(now.stages).map(([name, version]): [string, unknown, unknown] => [
      `version`,
      `${version} of the stage ${name}`,
      `${then.stages[name]} of the stage ${name}`,
    ]),
  ];
}

/** An experiment as a plan holds it: paths outside the project are absolute. */
function frozen(
  { experiment, configText, corpus, platform, models }: ExperimentData,
): FrozenExperiment {
  const folders = Object.entries(models).flatMap(([name, origin]) => {
    if (origin.kind !== "folder") return [];
    const { path, digest } = origin;
    const isPortable = path.startsWith(IN_PROJECT) || isHubName(path);
    return [[name, { path: isPortable ? path : resolve(path), digest }]];
  });
  return {
    experiment,
    configText,
    ...(corpus === undefined ? {} : { corpus: frozenCorpus(corpus) }),
    ...(folders.length === 0 ? {} : { folders: Object.fromEntries(folders) }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function frozenCorpus({ source, sha256 }: NonNullable<FrozenExperiment["corpus"]>) {
  const isPortable = !("path" in source) || source.path.startsWith(IN_PROJECT);
  return { source: isPortable ? source : { path: resolve(source.path) }, sha256 };
}

/** `content` as it will be read back. */
function plainJson(content: PlanContent): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(content));
}

function digestOf(content: { readonly [key: string]: Json }): string {
  return sha256Hex(canonicalJson(content));
}
