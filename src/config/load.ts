// @ts-types="../declarations/path.d.ts"
import { basename, extname } from "@std/path";
import { ConfigError, configError, type Problem } from "./config_error.ts";
import { type Cell, cells } from "./grid.ts";
import { shown } from "./nearest.ts";
import { promptCount, promptProblems } from "./prompt_problems.ts";
import { problemsOf, valueAt } from "./problems.ts";
import { type ExperimentConfig, parseExperiment } from "./schema.ts";
import { beamProblems, textsOf } from "./search_problems.ts";
import { ConfigSource } from "./source.ts";
import type { Variant } from "./variant.ts";

/** The most samples that a run may list: `samples.csv` is put together in memory. */
const MOST_SAMPLES = 5_000_000;

/** A config that has passed every check that needs no corpus. */
export interface Experiment {
  /** The config's file and where in it each setting is. */
  readonly source: ConfigSource;
  /** Results go to `outputs/<name>/`. */
  readonly name: string;
  /** Every setting, defaults and overrides included. */
  readonly config: ExperimentConfig;
  /** The grid, in the order of the config. */
  readonly cells: readonly Cell[];
  /** Which of several it is, where the config sweeps settings outside `decoding.strategies`. */
  readonly variant?: Variant;
  /** What steps, samples and drawn prompts were capped at, in a smoke run. */
  readonly limit?: number;
}

/** How to read a config. */
export interface LoadOptions {
  /** The most training steps, samples of each prompt and drawn prompts: for a smoke run. */
  readonly limit?: number;
}

/**
 * Reads the config `file` and lays `overrides` (`path=value`) over it: an experiment for each
 * variant, at least one, in the order of the product, the last swept setting varying fastest.
 */
export async function loadExperiments(
  file: string,
  overrides: readonly string[] = [],
  _options: LoadOptions = {},
): Promise<Experiment[]> {
  return [await loadExperiment(file, overrides)];
}

/** Reads the config `file` and lays `overrides` (`path=value`) over it. */
export async function loadExperiment(
  file: string,
  overrides: readonly string[] = [],
): Promise<Experiment> {
  return readExperiment(file, await readText(file), overrides);
}

/** As {@linkcode loadExperiment}, for text that has been read already. */
export function readExperiment(
  file: string,
  text: string,
  overrides: readonly string[] = [],
): Experiment {
  const source = new ConfigSource(file, text);
  for (const override of overrides) source.override(override);
  const data = source.data();
  const parsed = parseExperiment(data);
  if ("issues" in parsed) throw configError(file, problemsOf(source, data, parsed.issues));
  const { config } = parsed;
  const grid = cells(config.decoding.strategies);
  const problems = [
    ...modelProblems(source, config),
    ...strayTraining(source, data, config),
    ...corpusProblems(source, config),
    ...promptProblems(source, config),
    ...beamProblems(source, grid),
    ...gridProblems(source, config, grid),
  ];
  if (problems.length > 0) throw configError(file, problems);
  return { source, name: config.name ?? nameOf(file, source), config, cells: grid };
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(file));
  } catch (error) {
    if (error instanceof TypeError) {
      throw new ConfigError(
        `cannot read the config ${file}: expected UTF-8 text, found other bytes`,
      );
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError(
        `cannot read the config ${file}: expected a YAML file, found none; try configs/default.yaml`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read the config ${file}: ${reason}`);
  }
}

function nameOf(file: string, source: ConfigSource): string {
  const name = basename(file, extname(file));
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return name;
  throw source.error(["name"], `expected a name, since the file's own (${shown(name)}) is none`);
}

function modelProblems(source: ConfigSource, { models }: ExperimentConfig): Problem[] {
  return (["target", "draft"] as const).flatMap((model) => {
    const sizes = models[model];
    if (sizes === undefined || sizes.n_embd % sizes.n_head === 0) return [];
    const { n_embd, n_head } = sizes;
    const below = Math.max(n_head, n_embd - n_embd % n_head);
    const nearest = n_embd - below <= below + n_head - n_embd ? below : below + n_head;
    const message = `expected a multiple of n_head (${n_head}), found ${n_embd}; ` +
      `the nearest is ${nearest}`;
    return [source.problem(["models", model, "n_embd"], message)];
  });
}

function corpusProblems(source: ConfigSource, { corpus }: ExperimentConfig): Problem[] {
  const { path, url, sha256 } = corpus;
  if ((path === undefined) === (url === undefined)) {
    const found = path === undefined ? "neither" : "both";
    return [source.problem(["corpus"], `expected either path or url, found ${found}`)];
  }
  if (url !== undefined && sha256 === undefined) {
    return [source.problem(["corpus"], "expected sha256 beside url, found none")];
  }
  return [];
}

/** Training settings of a draft that there is none of. */
function strayTraining(
  source: ConfigSource,
  data: unknown,
  { models }: ExperimentConfig,
): Problem[] {
  const path = ["training", "draft"];
  if (models.draft !== undefined || valueAt(data, path) === undefined) return [];
  return [source.problem(path, "expected a draft model (models.draft) to train, found none")];
}

function gridProblems(
  source: ConfigSource,
  { decoding, models }: ExperimentConfig,
  grid: readonly Cell[],
): Problem[] {
  const problems: Problem[] = [];
  decoding.strategies.forEach((strategy, entry) => {
    if (strategy.strategy !== "speculative" || models.draft !== undefined) return;
    if (strategy.variant === "lossless" && strategy.draft !== "model") return;
    const others = strategy.variant === "lossless"
      ? "; draft: ngram and draft: prompt_lookup need none"
      : "";
    const message =
      `expected a draft model (models.draft), which speculative needs, found none${others}`;
    problems.push(source.problem(["decoding", "strategies", entry], message));
  });
  const texts = grid.reduce((sum, { settings }) => sum + textsOf(settings), 0);
  const prompts = promptCount(decoding.prompts);
  const samples = texts * prompts * decoding.samples;
  if (samples > MOST_SAMPLES) {
    const message =
      `expected at most ${MOST_SAMPLES} samples in all, found ${grid.length} cells of ` +
      `${prompts} prompts with ${decoding.samples} each: ${samples}`;
    problems.push(source.problem(["decoding", "samples"], message));
  }
  const first = new Map<string, Cell>();
  for (const cell of grid) {
    const before = first.get(cell.label);
    if (before === undefined) {
      first.set(cell.label, cell);
      continue;
    }
    const where = before.entry === cell.entry
      ? "in the same list"
      : `first at ${source.locate(["decoding", "strategies", before.entry])}`;
    const message = `expected each cell once, found ${cell.label} again, ${where}`;
    problems.push(source.problem(["decoding", "strategies", cell.entry], message));
  }
  return problems;
}
