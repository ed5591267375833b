// @ts-types="../declarations/path.d.ts"
import { basename, extname } from "@std/path";
import { applyOverride } from "./apply_override.ts";
import { configTree, readConfigFile } from "./config_file.ts";
import { configError, ENOUGH_PROBLEMS, type Problem } from "./config_error.ts";
import { expandRanges } from "./expand_ranges.ts";
import { experimentProblems } from "./experiment_problems.ts";
import {
  type ExpandedEntry,
  expandStrategies,
  writtenEntries,
  writtenPath,
} from "./expand_strategies.ts";
import { type Cell, cellOf } from "../decode/cell.ts";
import { limited } from "./limit.ts";
import { shown } from "../text/suggestions.ts";
import { problemsOf } from "./problems.ts";
import { type ExperimentConfig, NAME, parseExperiment } from "./schema.ts";
import { valueAt } from "./schema_at.ts";
import { ConfigSource } from "./source.ts";
import { axesOf, withGroups } from "./sweep.ts";
import { entryAt } from "./tree.ts";
import { type Variant, variantsAlong, type VariantSource } from "./variant.ts";

/** The most variants of a config. */
const MOST_VARIANTS = 10_000;
/** The most listed prompts, those of all variants together: each variant's are checked. */
const MOST_PROMPTS = 5_000_000;

/** A config that has passed every check that needs no corpus. */
export interface Experiment {
  /** The config's file and where in it each setting is. */
  readonly source: ConfigSource;
  /** Results go to `outputs/<name>/`, those of a variant to a folder of its label in there. */
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
 * variant, at least one, in the order of the product, the last swept setting varying fastest. All
 * have passed every check that needs no corpus; a `ConfigError` has the problems of them all.
 */
export function loadExperiments(
  file: string,
  overrides: readonly string[] = [],
  options: LoadOptions = {},
): Promise<Experiment[]> {
  return Promise.try(() => readExperiments(file, readConfigFile(file), overrides, options));
}

/** As {@linkcode loadExperiments}, for text that has been read already. */
export function readExperiments(
  file: string,
  text: string,
  overrides: readonly string[] = [],
  options: LoadOptions = {},
): Experiment[] {
  const written = new ConfigSource(file, configTree(file, text));
  return experimentsOf(overrides.reduce(applyOverride, written), options);
}

/** The experiments of a config with every override in. */
export function experimentsOf(overridden: ConfigSource, { limit }: LoadOptions = {}): Experiment[] {
  const source = withGroups(expandRanges(overridden));
  const variants = variantsOf(source);
  const strategies = expandStrategies(source, variants.length);
  let problems: readonly Problem[] = [];
  const experiments: Experiment[] = [];
  for (const variant of variants) {
    const checked = checkVariant(variant, strategies);
    if ("problems" in checked) problems = [...problems, ...checked.problems];
    else experiments.push(checked);
    if (problems.length >= ENOUGH_PROBLEMS) break;
  }
  if (problems.length > 0) throw configError(source.file, problems);
  return limit === undefined ? experiments : experiments.map((one) => limited(one, limit));
}

/** The one experiment of a config that sweeps nothing but strategies. */
export function readExperiment(
  file: string,
  text: string,
  overrides: readonly string[] = [],
): Experiment {
  const experiments = readExperiments(file, text, overrides);
  const [experiment] = experiments;
  if (experiment !== undefined && experiments.length === 1) return experiment;
  throw new TypeError(`Cannot read one experiment: ${file} has ${experiments.length} variants`);
}

/** A config without a variant's label where it sweeps nothing. */
type OneSource = Omit<VariantSource, "variant"> & { readonly variant?: Variant };

function variantsOf(source: ConfigSource): OneSource[] {
  const axes = axesOf(source);
  const [first] = axes;
  if (first === undefined) return [{ source }];
  const count = axes.reduce((product, { length }) => product * length, 1);
  const prompts = promptsListed(source);
  const path = first.settings[0]?.path ?? [];
  if (count > MOST_VARIANTS) {
    throw source.error(path, `expected at most ${MOST_VARIANTS} variants, found ${count}`);
  }
  if (count * prompts > MOST_PROMPTS) {
    const message = `expected at most ${MOST_PROMPTS} prompts in all variants, found ` +
      `${count} variants of ${prompts} prompts`;
    throw source.error(path, message);
  }
  return variantsAlong(axes, source);
}
/** How many prompts the config lists. */
function promptsListed({ root }: ConfigSource): number {
  const tree = entryAt(root, ["decoding", "prompts"])?.tree;
  return tree?.kind === "list" ? tree.items.length : 1;
}

/** The experiment of a variant with the `expanded` strategies, or what is wrong with it. */
function checkVariant(
  { variant, source }: OneSource,
  expanded: readonly ExpandedEntry[] | undefined,
): Experiment | { readonly problems: readonly Problem[] } {
  const written = source.data();
  const data = expanded === undefined
    ? written
    : withStrategies(written, expanded.map(({ settings }) => settings));
  const parsed = parseExperiment(data);
  if ("issues" in parsed) {
    return {
      problems: problemsOf(source, data, parsed.issues, (path) => writtenPath(expanded, path)),
    };
  }
  const { strategies } = parsed;
  const grid = (expanded ?? []).flatMap(({ entry, swept }, i): Cell[] => {
    const settings = strategies[i];
    return settings === undefined ? [] : [cellOf(settings, { entry, swept })];
  });
  const entries = writtenEntries(expanded ?? [], parsed.config.decoding.strategies);
  const decoding = { ...parsed.config.decoding, strategies: entries };
  const config = { ...parsed.config, decoding };
  const problems = experimentProblems(source, written, config, grid);
  if (problems.length > 0) return { problems };
  const name = config.name ?? nameOf(source);
  return { source, name, config, cells: grid, ...(variant === undefined ? {} : { variant }) };
}

/** A config that says `strategies`. */
function withStrategies(data: unknown, strategies: readonly unknown[]): unknown {
  return { ...Object(data), decoding: { ...Object(valueAt(data, ["decoding"])), strategies } };
}

function nameOf(source: ConfigSource): string {
  const name = basename(source.file, extname(source.file));
  if (NAME.test(name)) return name;
  throw source.error(["name"], `expected a name, since the file's own (${shown(name)}) is none`);
}
