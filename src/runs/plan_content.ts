/**
 * The content of a plan's file, and the checks that it has to pass: a plan may be anybody's.
 *
 * @module
 */
import { ConfigError } from "../config/config_error.ts";
import { readExperiments } from "../config/experiment.ts";
import { pathText, withValue } from "../config/path.ts";
import { NAME } from "../config/run_name.ts";
import { isFolder, parseExperiment, STRATEGIES } from "../config/schema.ts";
import type { FrozenExperiment } from "../stages/experiment_data.ts";
import { runtimeNames } from "../model/onnx/runtime.ts";
import { hasFields } from "../stages/stage.ts";
import type { Json } from "../store/stored_result.ts";
import { shown } from "../text/suggestions.ts";

/** Versions that must be the same where a plan is written and where it is used. */
export interface Versions {
  /** The program. */
  readonly microbeam: string;
  /** V8, which decides the last digits of some numbers. */
  readonly v8: string;
  /** The stages, by their names. */
  readonly stages: Readonly<Record<string, number>>;
}

/** The JSON of a plan, without format, version and digest. */
export interface PlanContent {
  /** Those that it was written with. */
  readonly versions: Versions;
  /** The runs of each config, and their folders. */
  readonly sweeps: readonly {
    readonly name: string;
    readonly folder: string;
    readonly runs: readonly (FrozenExperiment & { readonly folder: string })[];
  }[];
  /** Every task once, each after those that it needs. */
  readonly tasks: readonly {
    readonly number: number;
    readonly stage: string;
    readonly name: string;
    readonly key: string;
    readonly inputs: Json;
    /** Keys. */
    readonly needs: readonly string[];
    /** Estimated time on one thread; left out where nothing similar was ever computed. */
    readonly seconds?: number;
  }[];
}

/** Whether `value` has the parts of a plan. */
export function isPlanContent(
  value: unknown,
): value is PlanContent & { readonly [key: string]: Json } {
  if (!hasFields(value, { versions: "object", sweeps: "array", tasks: "array" })) return false;
  const { versions, sweeps, tasks } = value;
  return hasFields(versions, { microbeam: "string", v8: "string", stages: "object" }) &&
    Array.isArray(sweeps) && sweeps.every(isSweep) &&
    Array.isArray(tasks) && tasks.every((task) => hasFields(task, { key: "string" }));
}

function isSweep(value: unknown): boolean {
  return hasFields(value, { name: "string", folder: "string", runs: "array" }) &&
    value["folder"] !== "" && Array.isArray(value["runs"]) &&
    value["runs"].every((run) => isRun(run, String(value["folder"])));
}

/** Whether `value` is a run whose folder is that of its sweep, or directly in it. */
function isRun(value: unknown, ofSweep: string): boolean {
  if (
    !hasFields(value, {
      folder: "string",
      experiment: "object",
      configText: "string",
    })
  ) return false;
  const { folder, experiment, corpus, folders, platform } = value;
  const inSweep = String(folder).slice(ofSweep.length + 1);
  return (folder === ofSweep || folder === `${ofSweep}/${inSweep}`) &&
    !/[\\/]|^\.*$/.test(folder === ofSweep ? "own" : inSweep) &&
    hasFields(experiment, { name: "string", config: "object", cells: "array" }) &&
    Array.isArray(experiment["cells"]) && experiment["cells"].every(isCell) &&
    (corpus === undefined || isCorpus(corpus)) &&
    (folders === undefined ||
      hasFields(folders, {}) && Object.values(folders).every(isFolderSource)) &&
    (platform === undefined || isPlatform(platform));
}

function isCorpus(value: unknown): boolean {
  return hasFields(value, { source: "object", sha256: "string" }) &&
    (hasFields(value["source"], { path: "string" }) ||
      hasFields(value["source"], { url: "string" }));
}

function isFolderSource(value: unknown): boolean {
  return hasFields(value, { path: "string", digest: "string" });
}

function isPlatform(value: unknown): boolean {
  return hasFields(value, { runtime: "string", version: "string", processor: "string" }) &&
    runtimeNames.some((name) => name === value["runtime"]);
}

function isCell(value: unknown): boolean {
  return hasFields(value, { label: "string", stream: "string", settings: "object" });
}

/**
 * Why a run of a plan, which may be anybody's, is none that a config could ask for; `undefined` if it
 * is one. Its settings and the text that becomes its `config.yaml` must both pass every check of configs.
 */
export function runProblem(
  file: string,
  { experiment: { name, config, cells }, configText, corpus, folders = {}, platform }:
    FrozenExperiment,
): string | undefined {
  if (!NAME.test(name)) return `expected the name of a run, found ${shown(name)}`;
  // The strategies in its settings are as they were written, lists and all; its cells are what is run.
  const strategies = cells.map(({ settings }) => settings);
  const checked = parseExperiment(withValue(config, STRATEGIES, strategies));
  if ("issues" in checked) {
    const [issue] = checked.issues;
    return `the setting ${pathText(issue?.path ?? [])} is none that a config may have`;
  }
  const { target, draft } = config.models;
  const inputs = [
    [config.corpus !== undefined, corpus !== undefined],
    [isFolder(target), folders.target !== undefined],
    [isFolder(draft), folders.draft !== undefined],
    [config.engine === "onnx", platform !== undefined],
  ];
  if (inputs.some(([asked, given]) => asked !== given)) {
    return "expected the corpus, the folders of models and the platform that its settings ask for";
  }
  try {
    readExperiments(`config.yaml of ${file}`, configText);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return "its config.yaml is no config of a run";
  }
  return undefined;
}
