/**
 * The content of a plan's file, and the checks that it has to pass: a plan may be anybody's.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };
import { ConfigError } from "../config/config_error.ts";
import { readExperiments } from "../config/experiment.ts";
import { pathText, withValue } from "../config/path.ts";
import { NAME } from "../config/run_name.ts";
import { parseExperiment } from "../config/parse_experiment.ts";
import { STRATEGIES } from "../config/schema.ts";
import { isFolder, isSizes } from "../config/settings.ts";
import type { FrozenExperiment } from "../stages/experiment_data.ts";
import { arithmeticOf } from "../model/engine.ts";
import { platformProblem } from "../model/onnx/platform.ts";
import { runtimeNames } from "../model/onnx/runtime.ts";
import {
  type Arithmetic,
  arithmeticProblem,
  arithmetics,
  processorArithmetic,
} from "../model/simd/arithmetic.ts";
import { hasFields } from "../stages/stage.ts";
import { stages } from "../stages/stages.ts";
import { shown } from "../text/suggestions.ts";
import { WRITE_AGAIN } from "./plan_text.ts";

/** Versions that must be the same where a plan is written and where it is used. */
export interface Versions {
  /** The program. */
  readonly microbeam: string;
  /** V8, which decides the last digits of some numbers. */
  readonly v8: string;
  /** The stages, by their names. */
  readonly stages: Readonly<Record<string, number>>;
}

/** The versions of this program. */
export function ownVersions(): Versions {
  return {
    microbeam: project.version,
    v8: Deno.version.v8,
    stages: Object.fromEntries(stages.map(({ name, version }) => [name, version])),
  };
}

/** Why a plan that was written with the versions `then` cannot be used; `undefined` if it can. */
export function versionProblem(then: Versions): string | undefined {
  const now = ownVersions();
  const pairs: (readonly [what: string, now: unknown, then: unknown])[] = [
    ["microbeam", now.microbeam, then.microbeam],
    ["V8", now.v8, then.v8],
    ...Object.entries(now.stages).map(([name, version]) =>
      [
        "version",
        `${version} of the stage ${name}`,
        `${then.stages[name]} of the stage ${name}`,
      ] as const
    ),
  ];
  const other = pairs.find(([, now, then]) => now !== then);
  if (other === undefined) return undefined;
  const [what, is, was] = other;
  return `it was written with ${what} ${was}, and this is ${is}; ${WRITE_AGAIN}`;
}

/** A run as a plan holds it. */
export type PlannedExperiment = FrozenExperiment & {
  /** The folder of its results. */
  readonly folder: string;
};

/** Whether `value` is the versions of a plan. */
export function isVersions(value: unknown): value is Versions {
  return hasFields(value, { microbeam: "string", v8: "string", stages: "object" }) &&
    hasOnly(value["stages"], "number");
}

/** The path of a file of the program. */
const PATH = /^[\w./-]{1,200}$/;

/** Whether `value` is the digests of a program's files. */
export function isProgram(value: unknown): value is Readonly<Record<string, string>> {
  return hasOnly(value, "string") && Object.keys(value ?? {}).every((path) => PATH.test(path));
}

function hasOnly(value: unknown, type: "string" | "number"): boolean {
  return hasFields(value, {}) && !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === type);
}

/** Whether `value` is the name and the folder of the runs of a config. */
export function isSweep(
  value: unknown,
): value is { readonly name: string; readonly folder: string } {
  return hasFields(value, { name: "string", folder: "string" }) && value["folder"] !== "";
}

/** Whether `value` is a run whose folder is that of its sweep, or directly in it. */
export function isRun(value: unknown, ofSweep: string): value is PlannedExperiment {
  if (
    isTrap(value) ||
    !hasFields(value, {
      folder: "string",
      experiment: "object",
      configText: "string",
    })
  ) return false;
  const { folder, experiment, corpus, folders, platform, arithmetic } = value;
  const inSweep = String(folder).slice(ofSweep.length + 1);
  return (folder === ofSweep || folder === `${ofSweep}/${inSweep}`) &&
    !/[\\/]|^\.*$/.test(folder === ofSweep ? "own" : inSweep) &&
    hasFields(experiment, { name: "string", config: "object", cells: "array" }) &&
    Array.isArray(experiment["cells"]) && experiment["cells"].every(isCell) &&
    (corpus === undefined || isCorpus(corpus)) &&
    (folders === undefined ||
      hasFields(folders, {}) && Object.values(folders).every(isFolderSource)) &&
    (platform === undefined || isPlatform(platform)) &&
    (arithmetic === undefined || arithmetics.some((one) => one === arithmetic));
}

/** No config is nested deeper than this. */
const DEEPEST = 64;

/** Whether `value` is nested too deep, or has a key somewhere that stands for an object's prototype. */
function isTrap(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === DEEPEST || Object.hasOwn(value, "__proto__")) return true;
  return Object.values(value).some((one) => isTrap(one, depth + 1));
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
  { experiment: { name, config, cells }, configText, corpus, folders = {}, platform, arithmetic }:
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
  const trains = [target, draft].some((model) => model !== undefined && isSizes(model));
  const possible = arithmetics.map((processor) =>
    trains ? arithmeticOf(config.engine, processor) : undefined
  );
  if (!possible.includes(arithmetic) || inputs.some(([asked, given]) => asked !== given)) {
    return "expected the corpus, the folders of models, the platform and the arithmetic that its " +
      "settings ask for";
  }
  try {
    readExperiments(`config.yaml of ${file}`, configText);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return "its config.yaml is no config of a run";
  }
  return undefined;
}

/** The machine that `frozen` needs and this is not; `undefined` where this one will do. */
export function machineProblem(
  { platform, arithmetic }: FrozenExperiment,
  processor: Arithmetic | undefined,
): string | undefined {
  if (platform !== undefined) {
    const problem = platformProblem(platform, "run");
    if (problem !== undefined) return problem;
  }
  return arithmetic === undefined
    ? undefined
    : arithmeticProblem(arithmetic, processor ?? processorArithmetic());
}
