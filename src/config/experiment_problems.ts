/**
 * What the schema cannot see: settings that do not go together.
 *
 * @module
 */
import type { Problem } from "./config_error.ts";
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { promptCount, promptProblems } from "./prompt_problems.ts";
import type { ExperimentConfig } from "./schema.ts";
import { valueAt } from "./schema_at.ts";
import type { ConfigSource } from "./source.ts";

/** The most samples of a cell: it is in memory when it is measured, in some 1 to 1.5 KB each. */
const MOST_SAMPLES = 2_000_000;

/** Everything that is wrong with `config`, which is `data` with the defaults in, and has `grid`. */
export function experimentProblems(
  source: ConfigSource,
  data: unknown,
  config: ExperimentConfig,
  grid: readonly Cell[],
): Problem[] {
  return [
    ...modelProblems(source, config),
    ...strayTraining(source, data, config),
    ...corpusProblems(source, config),
    ...promptProblems(source, config),
    ...settingProblems(source, grid),
    ...gridProblems(source, config, grid),
  ];
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

/** Settings of a strategy that do not go together. */
function settingProblems(source: ConfigSource, grid: readonly Cell[]): Problem[] {
  return grid.flatMap(({ settings, entry }) =>
    (strategyOf(settings).problems?.(settings) ?? []).map(({ setting, message }) =>
      source.problem(["decoding", "strategies", entry, setting], message)
    )
  );
}

function gridProblems(
  source: ConfigSource,
  { decoding, models }: ExperimentConfig,
  grid: readonly Cell[],
): Problem[] {
  const problems: Problem[] = [];
  grid.forEach(({ settings, entry }) => {
    if (models.draft !== undefined) return;
    const speculation = strategyOf(settings).speculation?.(settings);
    if (speculation?.needs !== "draft model") return;
    const { alternatives } = speculation;
    const others = alternatives.length === 0 ? "" : `; ${alternatives.join(" and ")} need none`;
    const message =
      `expected a draft model (models.draft), which ${settings.strategy} needs, found none${others}`;
    problems.push(source.problem(["decoding", "strategies", entry], message));
  });
  const prompts = promptCount(decoding.prompts);
  const texts = ({ settings }: Cell): number => strategyOf(settings).texts?.(settings) ?? 1;
  const samples = (cell: Cell): number => texts(cell) * prompts * decoding.samples;
  const tooLarge = grid.find((cell) => samples(cell) > MOST_SAMPLES);
  if (tooLarge !== undefined) {
    const message =
      `expected at most ${MOST_SAMPLES} samples in a cell, found ${samples(tooLarge)} of ` +
      `${tooLarge.label}, from ${prompts} prompts with ${decoding.samples} each`;
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
