/**
 * Experiments: a config with its overrides, expanded, validated and checked.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path/basename";
// @ts-types="../declarations/path.d.ts"
import { extname } from "@std/path/extname";
import { type Cell, cellOf } from "../decode/cell.ts";
import { shown } from "../text/suggestions.ts";
import { experimentProblems, withOwnBaseline, withOwnComparison } from "./checks.ts";
import { ConfigError, ENOUGH_PROBLEMS, type Problem } from "./config_error.ts";
import { type ExpandedEntry, expandStrategies, writtenEntries, writtenPath } from "./grid.ts";
import { ConfigSource, readConfigFile } from "./layers.ts";
import type { ReachOptions } from "./named_files.ts";
import { type Change, readOverride, withChanges, withOverride } from "./override.ts";
import { withOneKind } from "./model_kinds.ts";
import { pathText, withValue } from "./path.ts";
import { problemsOf } from "./problems.ts";
import { withPromptsOfFile } from "./prompts_file.ts";
import { NAME, NAME_RULE, nameHint } from "./run_name.ts";
import { parseExperiment } from "./parse_experiment.ts";
import { STRATEGIES } from "./schema.ts";
import { areListed, type ExperimentConfig, type WrittenConfig } from "./settings.ts";
import { type Variant, variantsOf, type VariantSource } from "./sweep.ts";

/** A config that has passed every check that needs no corpus. */
export interface Experiment {
  /** The config as it was written. */
  readonly source: ConfigSource;
  /** Results go to `outputs/<name>/`, those of a variant to a folder of its label in there. */
  readonly name: string;
  /** Every setting, defaults and overrides included. */
  readonly config: WrittenConfig;
  /** The grid, in the order of the config. */
  readonly cells: readonly Cell[];
  /** Which of several it is, where the config sweeps settings outside `decoding.strategies`. */
  readonly variant?: Variant;
  /** The most steps, samples and drawn prompts, in a smoke run. */
  readonly limit?: number;
}

/** An experiment whose every setting is known, those that follow from its models included. */
export interface ResolvedExperiment extends Omit<Experiment, "config"> {
  /** Every setting. */
  readonly config: ExperimentConfig;
}

/** Whether nothing of `experiment` is left to be said by models from folders. */
export function isResolved(experiment: Experiment): experiment is ResolvedExperiment {
  return experiment.config.models.block_size !== undefined;
}

/** How to read a config. */
export interface LoadOptions extends ReachOptions {
  /** The most training steps, samples of each prompt and drawn prompts: for a smoke run. */
  readonly limit?: number;
}

/**
 * Reads the config `file` and lays `changes` over it, one after another: an experiment for each
 * variant, at least one, in the order of the product, the last swept setting varying fastest. All
 * have passed every check that needs no corpus; a `ConfigError` has the problems of them all.
 */
export async function loadExperiments(
  file: string,
  changes: readonly Change[] = [],
  options: LoadOptions = {},
): Promise<Experiment[]> {
  try {
    return readExperiments(file, readConfigFile(file), changes, options);
  } catch (error) {
    throw error instanceof ConfigError ? await error.located() : error;
  }
}

/**
 * As {@linkcode loadExperiments}, for text that has been read already. The lines of problems are those
 * of {@linkcode ConfigError.located}.
 */
export function readExperiments(
  file: string,
  text: string,
  changes: readonly Change[] = [],
  options: LoadOptions = {},
): Experiment[] {
  return experimentsOf(withChanges(ConfigSource.read(file, text, options), changes), options);
}

/** The experiments of a config with every override in. */
function experimentsOf(written: ConfigSource, { limit }: LoadOptions = {}): Experiment[] {
  const source = withPromptsOfFile(withOneKind(written));
  const variants = variantsOf(source);
  const strategies = expandStrategies(source, variants.length);
  const cells = new Map<ExpandedEntry, Cell>();
  let problems: readonly Problem[] = [];
  const experiments: Experiment[] = [];
  for (const variant of variants) {
    const checked = checkVariant(variant, strategies, cells);
    if ("problems" in checked) problems = [...problems, ...checked.problems];
    else experiments.push(checked);
    if (problems.length >= ENOUGH_PROBLEMS) break;
  }
  if (problems.length > 0) throw source.errorOf(problems);
  return limit === undefined ? experiments : experiments.map((one) => limited(one, limit));
}

/** The one experiment of a config that sweeps nothing but strategies, and says its models' block. */
export function readExperiment(
  file: string,
  text: string,
  changes: readonly Change[] = [],
): ResolvedExperiment {
  const experiments = readExperiments(file, text, changes);
  const [experiment] = experiments;
  const isOne = experiment !== undefined && experiments.length === 1;
  if (isOne && isResolved(experiment)) return experiment;
  if (isOne) throw new TypeError(`Cannot read an experiment: ${file} leaves models.block_size out`);
  throw new TypeError(`Cannot read one experiment: ${file} has ${experiments.length} variants`);
}

/**
 * The experiment of a variant with the `expanded` strategies, or what is wrong with it. An entry has the
 * same cell in all variants: it is made once, and added to `cells`.
 */
function checkVariant(
  { variant, source }: VariantSource,
  expanded: readonly ExpandedEntry[] | undefined,
  cells: Map<ExpandedEntry, Cell>,
): Experiment | { readonly problems: readonly Problem[] } {
  const data = expanded === undefined
    ? source.data
    : withValue(source.data, STRATEGIES, expanded.map(({ settings }) => settings));
  const parsed = parseExperiment(data);
  if ("issues" in parsed) {
    return {
      problems: problemsOf(source, data, parsed.issues, (path) => writtenPath(expanded, path)),
    };
  }
  const { strategies } = parsed;
  const grid = (expanded ?? []).flatMap((one, i): Cell[] => {
    const settings = strategies[i];
    if (settings === undefined) return [];
    const cell = cells.get(one) ?? cellOf(settings, one);
    cells.set(one, cell);
    return [cell];
  });
  const entries = writtenEntries(expanded ?? [], parsed.config.decoding.strategies);
  const decoding = { ...parsed.config.decoding, strategies: entries };
  const config = withOwnBaseline(
    source,
    withListedComparison(source, { ...parsed.config, decoding }),
    grid,
  );
  const problems = experimentProblems(source, config, grid);
  if (problems.length > 0) return { problems };
  const name = config.name ?? nameOf(source);
  return { source, name, config, cells: grid, ...(variant === undefined ? {} : { variant }) };
}

/** As {@linkcode withOwnComparison}; prompts that are drawn are known with the corpus only. */
function withListedComparison(source: ConfigSource, config: WrittenConfig): WrittenConfig {
  const { prompts } = config.decoding;
  return areListed(prompts) ? withOwnComparison(source, config, prompts) : config;
}

function nameOf(source: ConfigSource): string {
  const name = basename(source.file, extname(source.file));
  if (NAME.test(name)) return name;
  const message = `expected a name of ${NAME_RULE}, since the file's own, ${shown(name)}, is none` +
    nameHint(name);
  throw source.error(["name"], message);
}

/**
 * `experiment` with at most `limit` training steps, samples of each prompt and drawn prompts, under a
 * name of its own, so that a smoke run never takes the place of a whole one.
 */
function limited(experiment: Experiment, limit: number): Experiment {
  const { source, config } = experiment;
  const suffix = `-limit-${limit}`;
  const name = experiment.name + suffix;
  if (!NAME.test(name)) {
    const message = `expected a name that ${suffix} can follow within 100 characters`;
    throw source.error(["name"], message);
  }
  return { ...experiment, name, limit, config: limitedConfig(config, limit) };
}

function limitedConfig(config: WrittenConfig, limit: number): WrittenConfig {
  const { training, decoding, report } = config;
  const { prompts } = decoding;
  const steps = <Training extends { readonly steps: number }>(one: Training): Training => ({
    ...one,
    steps: Math.min(one.steps, limit),
  });
  const drawn = areListed(prompts)
    ? prompts
    : { ...prompts, count: Math.min(prompts.count, limit) };
  // The prompts to compare may be among the drawn ones that are left out.
  const { compare_prompts: _compared, ...others } = report;
  return {
    ...config,
    training: { target: steps(training.target), draft: steps(training.draft) },
    decoding: { ...decoding, prompts: drawn, samples: Math.min(decoding.samples, limit) },
    report: areListed(prompts) ? report : others,
  };
}

/** A strategy as a command line names it. */
export interface StrategyChoice {
  /** Its name in a config. */
  readonly strategy: string;
  /** Its settings, `p=0.95`, by their paths in its entry of a config. */
  readonly assignments: readonly string[];
}

/** The experiment of one cell. */
export interface OneCell {
  /** The rest of the config. */
  readonly experiment: Experiment;
  /** The strategy with its settings. */
  readonly cell: Cell;
}

/**
 * The config `text` with one strategy in place of all of its own. Throws a {@linkcode ConfigError}, in
 * which paths of the strategy begin at its entry, as they do in `assignments`.
 */
export async function readWithStrategy(
  file: string,
  text: string,
  choice: StrategyChoice,
  reach: ReachOptions = {},
): Promise<OneCell> {
  const set = `--strategy ${choice.strategy}`;
  const only = [{ strategy: choice.strategy }];
  const chosen = ConfigSource.read(file, text, reach).over({ set, path: STRATEGIES, value: only });
  const overrides = choice.assignments.map(readOverride)
    .map(({ steps, ...rest }) => ({
      ...rest,
      steps: isOfInputs(steps) ? steps : [...STRATEGIES, "0", ...steps],
    }));
  try {
    return oneCell(file, experimentsOf(overrides.reduce(withOverride, chosen)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message } = await error.located();
    throw new ConfigError(message.replaceAll(`${pathText([...STRATEGIES, 0])}.`, ""));
  }
}

/**
 * Whether a setting says where the models or the corpus of a run are now, and is none of a strategy:
 * `config.yaml` says nothing of places outside the project.
 */
export function isOfInputs([first]: readonly string[]): boolean {
  return first === "models" || first === "corpus";
}

function oneCell(file: string, experiments: readonly Experiment[]): OneCell {
  const [experiment] = experiments;
  const [cell] = experiment?.cells ?? [];
  if (experiment === undefined || cell === undefined || experiments.length > 1) {
    throw new ConfigError(`cannot use ${file}: expected one value for each setting, found a sweep`);
  }
  const swept = cell.swept.map((name) =>
    experiment.source.problem(
      [...STRATEGIES, 0, ...name.split(".").slice(0, 1)],
      `expected one value for ${name}, found a list; deno task run sweeps`,
    )
  );
  if (swept.length > 0) throw experiment.source.errorOf(swept);
  return { experiment, cell };
}
