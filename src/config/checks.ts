/**
 * Checks that the schema cannot express: settings that do not go together.
 *
 * @module
 */
import { variableProblem } from "../data/secret_url.ts";
import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import { trainingEngine } from "../model/engine.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import type { Problem } from "./config_error.ts";
import type { ConfigSource } from "./layers.ts";
import { type ConfigPath, pathText, valueAt } from "./path.ts";
import { STRATEGIES } from "./schema.ts";
import { areListed, type DrawnPrompts, isFolder, isSizes, type WrittenConfig } from "./settings.ts";

/** The most samples of a cell: it is in memory when it is measured, in some 1 to 1.5 KB each. */
const MOST_SAMPLES = 2_000_000;

/** Everything that is wrong with `config`, which is that of `source` with the defaults in, and has `grid`. */
export function experimentProblems(
  source: ConfigSource,
  config: WrittenConfig,
  grid: readonly Cell[],
): Problem[] {
  return [
    ...modelProblems(source, config),
    ...engineProblems(source, config),
    ...strayTraining(source, config),
    ...corpusProblems(source, config),
    ...missingCorpus(source, config, grid),
    ...promptProblems(source, config),
    ...settingProblems(source, grid),
    ...gridProblems(source, config, grid),
    ...baselineProblems(source, config, grid),
  ];
}

function modelProblems(source: ConfigSource, { models }: WrittenConfig): Problem[] {
  return [...layersProblems(source, models), ...sizeProblems(source, models)];
}

/** More layers of the target than it has; those of a folder are not known yet. */
function layersProblems(
  source: ConfigSource,
  { target, draft }: WrittenConfig["models"],
): Problem[] {
  if (!isSizes(target) || draft === undefined || !("layers" in draft)) return [];
  if (draft.layers <= target.n_layer) return [];
  return [
    source.problem(["models", "draft", "layers"], tooManyLayers(draft.layers, target.n_layer)),
  ];
}

/** The message about a draft of `found` layers of a target that has `all`. */
export function tooManyLayers(found: number, all: number): string {
  return `expected at most ${all}, which is how many layers the target has, found ${found}`;
}

function sizeProblems(source: ConfigSource, models: WrittenConfig["models"]): Problem[] {
  return (["target", "draft"] as const).flatMap((model) => {
    const sizes = models[model];
    if (sizes === undefined || !isSizes(sizes) || sizes.n_embd % sizes.n_head === 0) return [];
    const { n_embd, n_head } = sizes;
    const below = Math.max(n_head, n_embd - n_embd % n_head);
    const nearest = n_embd - below <= below + n_head - n_embd ? below : below + n_head;
    const message = `expected a multiple of n_head (${n_head}), found ${n_embd}; ` +
      `the nearest is ${nearest}`;
    return [source.problem(["models", model, "n_embd"], message)];
  });
}

/** An engine that does not compute models of folders. */
function engineProblems(source: ConfigSource, { engine, models }: WrittenConfig): Problem[] {
  const model = (["target", "draft"] as const).find((name) => isFolder(models[name]));
  if (trainingEngine(engine) !== "simd" || engine === "onnx" || model === undefined) return [];
  const message =
    `expected onnx, or reference, for models.${model}, which is read from a folder, ` +
    "found simd, which computes trained models only; --set engine=onnx";
  return [source.problem(["engine"], message)];
}

/** Everything that needs a corpus, where there is none. */
function missingCorpus(
  source: ConfigSource,
  { corpus, models, decoding }: WrittenConfig,
  grid: readonly Cell[],
): Problem[] {
  if (corpus !== undefined) return [];
  const missing = (path: ConfigPath, use: string): Problem =>
    source.problem(path, `expected a corpus (corpus.path), ${use}, found none`);
  const trained = (["target", "draft"] as const).find((name) => {
    const model = models[name];
    return model !== undefined && isSizes(model);
  });
  const counted = grid.find(({ settings }) =>
    strategyOf(settings).speculation?.(settings)?.needs === "corpus"
  );
  const orders: ConfigPath = ["report", "ngram_orders"];
  const written = valueAt(source.data, orders);
  return [
    ...trained === undefined ? [] : [
      missing(
        ["corpus"],
        `on which models.${trained} is trained (from: FOLDER reads a trained one)`,
      ),
    ],
    ...areListed(decoding.prompts)
      ? []
      : [missing(PROMPTS, `from which decoding.prompts.from draws (or a list of prompts)`)],
    ...counted === undefined ? [] : [
      missing(
        [...STRATEGIES, counted.entry],
        `in which the n-grams of ${counted.label} are counted (draft: prompt_lookup needs none)`,
      ),
    ],
    ...Array.isArray(written) && written.length > 0
      ? [missing(orders, "in which n-grams are counted (or an empty list)")]
      : [],
  ];
}

function corpusProblems(source: ConfigSource, { corpus }: WrittenConfig): Problem[] {
  if (corpus === undefined) return [];
  const { path, url, sha256 } = corpus;
  if ((path === undefined) === (url === undefined)) {
    const found = path === undefined ? "neither" : "both";
    return [source.problem(["corpus"], `expected either path or url, found ${found}`)];
  }
  if (url !== undefined && sha256 === undefined) {
    return [source.problem(["corpus"], "expected sha256 beside url, found none")];
  }
  const problem = url === undefined ? undefined : variableProblem(url);
  return problem === undefined ? [] : [source.problem(["corpus", "url"], problem)];
}

/**
 * Training settings of a model that is not trained. Those in a file over which the model was changed,
 * by a `--set` or a config that extends it, mean nothing, and are nobody's mistake.
 */
function strayTraining(
  source: ConfigSource,
  { models }: WrittenConfig,
): Problem[] {
  return (["target", "draft"] as const).flatMap((name) => {
    const [path, model] = [["training", name], models[name]];
    if (model !== undefined && isSizes(model)) return [];
    if (valueAt(source.data, path) === undefined) return [];
    if (source.isBelow(path, [["models", name]])) return [];
    const message = model === undefined
      ? `expected a ${name} model (models.${name}) to train, found none`
      : `expected a model to train (sizes in models.${name}), found one that ` +
        ("from" in model ? "is read from a folder" : "is layers of the target");
    return [source.problem(path, message)];
  });
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
  { decoding, models }: WrittenConfig,
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
  const prompts = areListed(decoding.prompts) ? decoding.prompts.length : decoding.prompts.count;
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
      : `first at ${pathText(["decoding", "strategies", before.entry])}`;
    const message = `expected each cell once, found ${cell.label} again, ${where}`;
    problems.push(source.problem(["decoding", "strategies", cell.entry], message));
  }
  return problems;
}

/** Problems with the prompts, as far as they show without the corpus. */
function promptProblems(source: ConfigSource, config: WrittenConfig): Problem[] {
  const { prompts } = config.decoding;
  return areListed(prompts)
    ? listedProblems(source, config, prompts)
    : drawnProblems(source, config, prompts);
}

function listedProblems(
  source: ConfigSource,
  config: WrittenConfig,
  prompts: readonly string[],
): Problem[] {
  const seen = new Set<string>();
  const repeated = prompts.flatMap((prompt, i) => {
    if (seen.size < seen.add(prompt).size) return [];
    const message = `expected each prompt once, found ${shown(prompt)} again`;
    return [source.problem(["decoding", "prompts", i], message)];
  });
  return [...repeated, ...comparedProblems(source, config, prompts)];
}

function drawnProblems(
  source: ConfigSource,
  config: WrittenConfig,
  { from }: DrawnPrompts,
): Problem[] {
  if (from !== "held_out" || config.corpus?.held_out !== 0) return [];
  const message = "expected training, since corpus.held_out is 0, found held_out";
  return [source.problem(["decoding", "prompts", "from"], message)];
}

/** Prompts that the report is to compare but that are not decoded. */
export function comparedProblems(
  source: ConfigSource,
  { report }: WrittenConfig,
  prompts: readonly string[],
): Problem[] {
  const decoded = new Set(prompts);
  return (report.compare_prompts ?? []).flatMap((prompt, i) =>
    decoded.has(prompt) ? [] : [
      source.problem(
        [...COMPARED, i],
        `expected one of decoding.prompts, found ${shown(prompt)}; ` +
          `--set ${pathText(COMPARED)}=null compares the first two`,
      ),
    ]
  );
}

const COMPARED: ConfigPath = ["report", "compare_prompts"];
const PROMPTS: ConfigPath = ["decoding", "prompts"];
/** The settings that decide which documents are drawn, and so which prompts. */
const DRAWN_FROM: readonly ConfigPath[] = [PROMPTS, ["seed"], ["corpus"]];

/**
 * `config` without the prompts to compare, so that these are the first two again, where they belong to
 * others: they were written in a file over which the prompts were changed, by a `--set` or a config
 * that extends it, to `prompts`, which has not got them all.
 */
export function withOwnComparison<Config extends WrittenConfig>(
  source: ConfigSource,
  config: Config,
  prompts: readonly string[],
): Config {
  const { compare_prompts, ...report } = config.report;
  if (compare_prompts === undefined) return config;
  const decoded = new Set(prompts);
  const changes = areListed(config.decoding.prompts) ? [PROMPTS] : DRAWN_FROM;
  return compare_prompts.every((prompt) => decoded.has(prompt)) ||
      !source.isBelow(COMPARED, changes)
    ? config
    : { ...config, report };
}

const BASELINE: ConfigPath = ["report", "baseline"];

/** A baseline that is no cell. */
function baselineProblems(
  source: ConfigSource,
  { report: { baseline } }: WrittenConfig,
  grid: readonly Cell[],
): Problem[] {
  const labels = grid.map(({ label }) => label);
  if (baseline === undefined || labels.length === 0 || labels.includes(baseline)) return [];
  return [source.problem(BASELINE, expectedOneOf(baseline, labels))];
}

/**
 * `config` without the baseline, so that this is the default again, where it belongs to other cells: it
 * was written in a file over which the strategies were changed, by a `--set` or a config that extends
 * it, so that none of `grid` is it.
 */
export function withOwnBaseline(
  source: ConfigSource,
  config: WrittenConfig,
  grid: readonly Cell[],
): WrittenConfig {
  const { baseline, ...report } = config.report;
  return baseline === undefined || grid.some(({ label }) => label === baseline) ||
      !source.isBelow(BASELINE, [STRATEGIES])
    ? config
    : { ...config, report };
}
