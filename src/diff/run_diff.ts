import type { CsvTable } from "./csv_table.ts";
import { diffTables, type OneSided, type TableDiff } from "./metric_diff.ts";
import { cellTable, modelTable } from "./metric_table.ts";
import type { Run, Variant } from "./run.ts";
import { diffRunSettings, type RunSettingDiff } from "./run_setting_diff.ts";
import type { Tolerances } from "./tolerance.ts";
import { diffWeights, type WeightDiff } from "./weight_diff.ts";

/** All that two runs differ in, and all that they do not. */
export interface RunDiff {
  /** The runs as the user named them. */
  readonly names: { readonly old: string; readonly new: string };
  /** Whether there were tolerances. */
  readonly tolerant: boolean;
  /** The variants of a sweep that one has alone; without a sweep there is one, and its label is empty. */
  readonly variants: OneSided<string>;
  /** Every setting, input and version of the variants that both have. */
  readonly settings: readonly RunSettingDiff[];
  /** The cells. */
  readonly cells: TableDiff;
  /** What the models lose on the corpus, n-gram models among them. */
  readonly models: TableDiff;
  /** The weights of the models that both have trained. */
  readonly weights: readonly WeightDiff[];
}

/**
 * Compares two runs.
 *
 * @throws {DiffError} If a table is damaged, or a tolerance is for no metric of theirs.
 * @throws {CheckpointError} If a checkpoint is damaged.
 */
export async function diffRuns(old: Run, current: Run, tolerances: Tolerances): Promise<RunDiff> {
  const shared = [...current.variants].flatMap(([label, after]): SharedVariant[] => {
    const before = old.variants.get(label);
    return before === undefined ? [] : [{ label, before, after }];
  });
  const cells = [cellTable(old.results), cellTable(current.results)] as const;
  const models = [
    modelTable(modelsOf(shared, ({ before }) => before)),
    modelTable(modelsOf(shared, ({ after }) => after)),
  ] as const;
  tolerances.checkNames([...cells, ...models].flatMap(({ metrics }) => metrics));
  const weights: WeightDiff[] = [];
  for (const { label, before, after } of shared) {
    weights.push(...await diffWeights(label, before, after, tolerances.weights));
  }
  return {
    names: { old: old.label, new: current.label },
    tolerant: tolerances.any,
    variants: {
      old: [...old.variants.keys()].filter((label) => !current.variants.has(label)),
      new: [...current.variants.keys()].filter((label) => !old.variants.has(label)),
    },
    settings: diffRunSettings(shared),
    cells: diffTables(...cells, tolerances),
    models: diffTables(...models, tolerances),
    weights,
  };
}

/** A variant that both runs have. */
interface SharedVariant {
  readonly label: string;
  readonly before: Variant;
  readonly after: Variant;
}

function modelsOf(
  variants: readonly SharedVariant[],
  side: (variant: SharedVariant) => Variant,
): ReadonlyMap<string, CsvTable> {
  return new Map(variants.flatMap((variant): [string, CsvTable][] => {
    const { models } = side(variant);
    return models === undefined ? [] : [[variant.label, models]];
  }));
}
