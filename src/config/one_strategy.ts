import { withOverride } from "./apply_override.ts";
import { ConfigError, configError } from "./config_error.ts";
import { configTree } from "./config_file.ts";
import type { Cell } from "../decode/cell.ts";
import { type Experiment, experimentsOf } from "./load.ts";
import { readOverride } from "./override.ts";
import { ConfigSource, pathText } from "./source.ts";
import { type Entry, type Tree, withEntry } from "./tree.ts";

/** A strategy as a command line names it. */
export interface StrategyChoice {
  /** Its name in a config. */
  readonly strategy: string;
  /** Its settings, `p=0.95`, by their paths in its entry of a config. */
  readonly assignments: readonly string[];
}

/** The experiment of one cell. */
export interface OneCell {
  /** What a config says beside its strategies. */
  readonly experiment: Experiment;
  /** The strategy with its settings. */
  readonly cell: Cell;
}

const STRATEGIES = ["decoding", "strategies"];

/**
 * The config `text` with one strategy in place of all of its own. Throws a {@linkcode ConfigError}, in
 * which paths of the strategy begin at its entry, as they do in `assignments`.
 */
export function readWithStrategy(file: string, text: string, choice: StrategyChoice): OneCell {
  const written = new ConfigSource(file, configTree(file, text));
  const chosen = written.with(withEntry(written.root, STRATEGIES, listOf(choice.strategy)));
  const overrides = choice.assignments.map(readOverride)
    .map(({ steps, ...rest }) => ({ ...rest, steps: [...STRATEGIES, "0", ...steps] }));
  try {
    return oneCell(file, experimentsOf(overrides.reduce(withOverride, chosen)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message.replaceAll(`${pathText([...STRATEGIES, 0])}.`, ""));
  }
}

/** The list of that one strategy. */
function listOf(strategy: string): Entry {
  const entry = (tree: Tree): Entry => ({ place: { text: `--strategy ${strategy}` }, tree });
  const name = entry({ kind: "scalar", value: strategy });
  const only = entry({ kind: "map", entries: new Map([["strategy", name]]) });
  return entry({ kind: "list", items: [only] });
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
  if (swept.length > 0) throw configError(file, swept);
  return { experiment, cell };
}
