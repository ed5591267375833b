/**
 * Two runs side by side: settings, cells, models and weights.
 *
 * @module
 */
import type { CsvTable } from "./csv_table.ts";
import { findDifferences } from "./find_differences.ts";
import { type Family, judgeFamily } from "./judgement.ts";
import type { LoadedRun, Variant } from "./load.ts";
import { diffTables, type OneSided, type TableDiff, withJudgements } from "./metrics.ts";
import { diffRunSettings, type RunSettingDiff } from "./settings.ts";
import { cellTable, type MetricTable, modelTable } from "./tables.ts";
import type { Tolerances } from "./tolerances.ts";
import { diffWeights, type WeightDiff } from "./weights.ts";

/** Two runs side by side: everything in which they are equal or differ. */
export interface RunDiff {
  /** The runs as the user named them. */
  readonly names: { readonly old: string; readonly new: string };
  /** Whether there were tolerances. */
  readonly tolerant: boolean;
  /** The labels of the variants that only one has; empty for a run without a sweep. */
  readonly variants: OneSided<string>;
  /** The settings, inputs and versions of the variants that both have. */
  readonly settings: readonly RunSettingDiff[];
  /** The cells. */
  readonly cells: TableDiff;
  /** The models with their losses, n-gram models included. */
  readonly models: TableDiff;
  /** The judged metrics of both, all together. */
  readonly family: Family;
  /** Why some are judged by the printed intervals alone. */
  readonly shortcomings: readonly string[];
  /** The weights of the models that both trained. */
  readonly weights: readonly WeightDiff[];
}

/**
 * Compares two runs.
 *
 * @throws {DiffError} If a table is damaged, or a tolerance names no metric of theirs.
 * @throws {CheckpointError} If a checkpoint is damaged.
 */
export async function diffRuns(
  old: LoadedRun,
  current: LoadedRun,
  tolerances: Tolerances,
): Promise<RunDiff> {
  const shared = [...current.variants].flatMap(([label, after]): SharedVariant[] => {
    const before = old.variants.get(label);
    return before === undefined ? [] : [{ label, before, after }];
  });
  const cellTables = [cellsOf(old), cellsOf(current)] as const;
  const modelTables = [
    modelTable(modelsOf(shared, ({ before }) => before)),
    modelTable(modelsOf(shared, ({ after }) => after)),
  ] as const;
  tolerances.checkNames([...cellTables, ...modelTables].flatMap(({ metrics }) => metrics));
  const cells = diffTables(...cellTables, tolerances);
  const models = diffTables(...modelTables, tolerances);
  const { judged, same, shortcomings } = await findDifferences({ old, new: current }, {
    cells,
    models,
  });
  const { family, judgements } = judgeFamily(judged);
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
    cells: withJudgements(cells, judgements, same),
    models: withJudgements(models, judgements, same),
    family,
    shortcomings,
    weights,
  };
}

function cellsOf({ results, swept, variants }: LoadedRun): MetricTable {
  return cellTable({ results, swept, further: variants });
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
