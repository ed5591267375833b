/**
 * Plans are read, and every part is checked: a plan may be anybody's.
 *
 * @module
 */
import { pathFrom } from "../config/named_files.ts";
import { isHubName } from "../data/hub_source.ts";
import type { FrozenExperiment } from "../stages/experiment_data.ts";
import { firstAndCount } from "../text/format.ts";
import {
  isProgram,
  isRun,
  isSweep,
  isVersions,
  versionProblem,
  type Versions,
} from "./plan_content.ts";
import { PlanRows } from "./plan_rows.ts";
import { damaged, PlanTextError, readPlanText, WRITE_AGAIN } from "./plan_text.ts";
import { changedFiles, type ProgramFiles, programFiles } from "./program_files.ts";

/** The files and the network that a plan needs besides itself. */
export interface PlanNeeds {
  /** The folders of its results, as it names them. */
  readonly folders: readonly string[];
  /** The files of its corpora, and the folders of its models. */
  readonly inputs: readonly string[];
  /** Whether it names a URL, or a model of the hub. */
  readonly network: boolean;
}

/** The runs of one config in a plan, whose experiments are not made yet. */
export interface FrozenSweep {
  /** Their name. */
  readonly name: string;
  /** The folder of a sweep, which has those of its runs in it; that of the run where there is one. */
  readonly folder: string;
  /** For each run its index over all sweeps and its folder. */
  readonly runs: readonly { readonly index: number; readonly folder: string }[];
}

/** The parts of a plan. */
export interface PlanParts {
  /** The SHA-256 of the plan. */
  readonly sha256: string;
  /** The runs of each config. */
  readonly sweeps: readonly FrozenSweep[];
  /** The lines of all runs, as UTF-8: see {@linkcode isRun}. */
  readonly runs: readonly Uint8Array[];
  /** The tasks. */
  readonly rows: PlanRows;
  /** The files and the network that it needs. */
  readonly needs: PlanNeeds;
}

/**
 * Reads the plan in `file`, but none of the files that it names. Throws an `UnreadableError`, and a
 * {@linkcode PlanTextError} where it is damaged or was written by another program.
 */
export async function readPlan(file: string): Promise<PlanParts> {
  const sweeps: { name: string; folder: string; runs: { index: number; folder: string }[] }[] = [];
  const runs: Uint8Array[] = [];
  const rows = new PlanRows();
  const needs = new NeedsOfRuns();
  const encoder = new TextEncoder();
  let then: Versions | undefined;
  let program: ProgramFiles | undefined;
  const sha256 = await readPlanText(file, {
    head(name, value) {
      if (name === "versions" && isVersions(value)) then = value;
      else if (name === "program" && isProgram(value)) program = value;
      else throw damaged();
    },
    sweep(value) {
      if (!isSweep(value)) throw damaged();
      sweeps.push({ name: value.name, folder: value.folder, runs: [] });
    },
    run(value, line) {
      const sweep = sweeps.at(-1);
      if (sweep === undefined || !isRun(value, sweep.folder)) throw damaged();
      sweep.runs.push({ index: runs.length, folder: value.folder });
      runs.push(encoder.encode(line));
      needs.add(value);
    },
    task(value) {
      addRow(rows, value, runs.length);
    },
  });
  if (then === undefined || program === undefined) throw damaged();
  const problem = versionProblem(then) ?? programProblem(program, await programFiles());
  if (problem !== undefined) throw new PlanTextError(problem);
  const folders = sweeps.map(({ folder }) => folder);
  return { sha256, sweeps, runs, rows, needs: needs.of(folders) };
}

/** Adds the row that a line holds, whose parts are checked. */
function addRow(rows: PlanRows, value: unknown, runs: number): void {
  if (!Array.isArray(value) || value.length !== 8) throw damaged();
  const [number, run, stage, name, key, needs, seconds, memory]: unknown[] = value;
  const isRow = number === rows.length + 1 && typeof run === "number" && run < runs &&
    typeof stage === "string" && typeof name === "string" && name.length <= LONGEST_NAME &&
    typeof key === "string" && Array.isArray(needs) &&
    isAmount(seconds) && isAmount(memory) && rows.length < MOST_ROWS;
  if (!isRow) throw damaged();
  try {
    rows.add({ run, stage, name, key, needs, seconds, memory });
  } catch (error) {
    if (error instanceof RangeError) throw damaged();
    throw error;
  }
}

/** The most rows, and characters of a name. */
const MOST_ROWS = 8_000_000;
const LONGEST_NAME = 10_000;
/** The most seconds and bytes that an estimate may say. */
const MOST_AMOUNT = 1e15;

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MOST_AMOUNT;
}

/** Collects the needs of runs. */
class NeedsOfRuns {
  readonly #inputs = new Set<string>();
  #network = false;

  add({ corpus, folders = {} }: FrozenExperiment): void {
    const models = Object.values(folders).map(({ path }) => path);
    const source = corpus?.source;
    const paths = [
      ...source !== undefined && "path" in source ? [source.path] : [],
      ...models.filter((path) => !isHubName(path)),
    ];
    for (const path of paths) this.#inputs.add(pathFrom(path, ""));
    this.#network ||= source !== undefined && "url" in source || models.some(isHubName);
  }

  of(folders: readonly string[]): PlanNeeds {
    return { folders, inputs: [...this.#inputs], network: this.#network };
  }
}

function programProblem(then: ProgramFiles, now: ProgramFiles): string | undefined {
  const changed = changedFiles(then, now);
  if (changed.length === 0) return undefined;
  const have = changed.length === 1 ? "has" : "have";
  return `${firstAndCount(changed, 3).join(", ")} of the program ${have} changed since the ` +
    `plan was written; check out the commit that it was written with, or ${WRITE_AGAIN}`;
}
