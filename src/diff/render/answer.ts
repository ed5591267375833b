/**
 * The short answer of a diff in sentences, which text and Markdown both show: the settings that changed,
 * what moved, how much else there is, what became of the models, and all of it in one closing sentence.
 *
 * @module
 */
import { isMap } from "../../config/path.ts";
import { yamlText } from "../../config/setting_diff.ts";
import { LEVEL } from "../../measure/comparison.ts";
import { samples } from "../../measure/likelihood.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../../report/prose.ts";
import { cutEnd, cutMiddle } from "../../text/columns.ts";
import { formatCount } from "../../text/format.ts";
import { shellWord } from "../../text/shell_word.ts";
import type { RunDiff } from "../compare.ts";
import { type Effects, measureOf } from "../effects.ts";
import type { RowDiff } from "../metrics.ts";
import type { WeightDiff } from "../weights.ts";
import { type EffectGroup, groupsOf } from "./effect_groups.ts";
import { haveMoved } from "./sections.ts";
import { changedSettings } from "./setting_text.ts";
import { titleOf } from "./values.ts";

/** How long a value may be in a sentence, and a name. */
const LONGEST_VALUE = 24;
const LONGEST_NAME = 50;

/** The settings that differ between the runs, and the arithmetic that computed the new one. */
function causePhrase(diff: RunDiff): Prose {
  const made = arithmeticPhrase(diff);
  return prose`${settingsPhrase(diff)}${made === undefined ? "" : `, ${made}`}`;
}

/** `draft_k 4 over 2`: the one setting that changed, or how many did. */
function settingsPhrase(diff: RunDiff): Prose {
  const changed = changedSettings(diff).filter(({ kind }) => kind === "setting");
  const [only, ...others] = changed;
  if (only === undefined) return prose`${platformPhrase(diff) ?? "Same settings"}`;
  if (others.length > 0) return prose`${formatCount(changed.length, "changed setting")}`;
  const name = codeSpan(cutMiddle(shortPath(only.path), LONGEST_NAME));
  const [old, current] = [yamlText(only.old), yamlText(only.new)];
  if (only.old === undefined && isMap(only.new)) return prose`${name} added`;
  if (only.new === undefined && isMap(only.old)) return prose`${name} removed`;
  if (Math.max(old.length, current.length) > LONGEST_VALUE) return prose`Another ${name}`;
  return prose`${name} ${codeSpan(current || "nothing")} over ${codeSpan(old || "nothing")}`;
}

/**
 * `made with strict arithmetic`: of a run on a processor that rounds otherwise than that of the old one;
 * where a setting says so, that is enough.
 */
function arithmeticPhrase(diff: RunDiff): string | undefined {
  const changed = changedSettings(diff);
  if (changed.some(({ path }) => path === "engine")) return undefined;
  const arithmetic = changed.find(({ path }) => path === "arithmetic");
  return typeof arithmetic?.new === "string"
    ? `made with ${cutEnd(arithmetic.new, LONGEST_VALUE)} arithmetic`
    : undefined;
}

/** The versions in a manifest that say what computed the models, by their names in a sentence. */
const PLATFORM: Readonly<Record<string, string>> = {
  onnxruntime: "onnxruntime",
  processor: "the processor",
};

/**
 * `Only the processor differs`: where runs with the same settings were computed by another onnxruntime or
 * on another processor, and by the same versions else.
 */
function platformPhrase(diff: RunDiff): string | undefined {
  const paths = new Set(changedSettings(diff).map(({ path }) => path));
  const names = [...paths].flatMap((path) => {
    const name = PLATFORM[path];
    return name === undefined || path === "processor" && !isOtherProcessor(diff) ? [] : [name];
  });
  if (names.length === 0 || [...paths].some((path) => !isOfPlatform(path))) return undefined;
  return `Only ${names.join(" and ")} ${names.length === 1 ? "differs" : "differ"}`;
}

/**
 * Whether the processors can be told apart: of WebAssembly only the architecture is recorded, so that another
 * package is compared by that, the first word.
 */
function isOtherProcessor(diff: RunDiff): boolean {
  const changed = changedSettings(diff);
  const [runtime, processor] = ["onnxruntime", "processor"].map((one) =>
    changed.find(({ path }) => path === one)
  );
  if (processor === undefined) return false;
  if (runtime === undefined || firstWord(runtime.old) === firstWord(runtime.new)) return true;
  return firstWord(processor.old) !== firstWord(processor.new);
}

function firstWord(version: unknown): string {
  return typeof version === "string" ? version.split(" ")[0] ?? "" : "";
}

/** Whether a version says where models were computed, or what the check there found. */
function isOfPlatform(path: string): boolean {
  return Object.hasOwn(PLATFORM, path) || path === "batch_invariance" || path === "arithmetic";
}

/** The end of a path, which tells a setting from others for those who changed it. */
function shortPath(path: string): string {
  const steps = path.split(".");
  return steps.slice(-2).join(".");
}

/** The answer in one sentence, in the way of hyperfine. */
export function closingSentence(diff: RunDiff, effects: Effects): Prose {
  const [cells, models] = [
    groupsOf(effects.cells).slice(0, 2),
    groupsOf(effects.models).slice(0, 1),
  ];
  const named = [...cells, ...models];
  const phrases = [...cells.map(groupPhrase), ...models.map(lossPhrase)];
  const moved = effects.cells.length + effects.models.length;
  const left = moved - named.reduce((sum, { effects }) => sum + effects.length, 0);
  return prose`${causePhrase(diff)}: ${
    joined([...phrases, restPhrase(diff, effects, { moved, left })], "; ")
  }.`;
}

/** A measure of cells that moved, by how much, and where. */
function groupPhrase({ metric, effects, rows }: EffectGroup): Prose {
  const [first] = rows;
  if (first === undefined) return [];
  const rest = effects.length - first.effects.length;
  const more = rest === 0 ? "" : ` and ${rest} more`;
  const [title, name] = [titleOf(metric), first.name].map((text) => cutMiddle(text, LONGEST_NAME));
  return prose`${title ?? ""} ${first.change} (${codeSpan(name ?? "")}${first.where}${more})`;
}

/** A loss of models that moved. */
function lossPhrase({ metric, rows }: EffectGroup): Prose {
  const unit = measureOf(metric)?.unit ?? metric;
  const losses = rows.slice(0, MOST_MODELS).map(({ name, where, change }) =>
    prose`${codeSpan(cutMiddle(name, LONGEST_NAME))}${where} ${change}`
  );
  const left = rows.length - losses.length;
  const more = left > 0 ? [prose`${left} more`] : [];
  return prose`held-out loss of ${listed([...losses, ...more])} ${unit}`;
}

/** The most models whose losses are said. */
const MOST_MODELS = 2;

function restPhrase(
  diff: RunDiff,
  { exact, exactChanges, within }: Effects,
  { moved, left }: { readonly moved: number; readonly left: number },
): Prose {
  if (left > 0) return prose`${formatCount(left, "other comparison")} moved beyond chance`;
  if (moved > 0) return prose`nothing else moved beyond chance`;
  const [largest] = groupsOf(exact);
  const changed = exactChanges.values === 0 ? [] : [
    prose`${formatCount(exactChanges.values, "exact result")} of ${
      formatCount(exactChanges.cells, "cell")
    } changed${largest === undefined ? "" : prose`, most ${groupPhrase(largest)}`}`,
  ];
  if (within.comparisons + within.ofModels > 0) {
    return joined([prose`nothing moved beyond chance`, ...changed], ", but ");
  }
  if (changed.length > 0) return joined(changed, "");
  return diff.cells.rows.length === 0
    ? prose`no cell is in both runs`
    : prose`the results of all ${formatCount(diff.cells.rows.length, "cell")} in both are equal`;
}

/** How many comparisons are within chance, what chance alone gives, and what else differs. */
export function countSentences(diff: RunDiff, effects: Effects): Prose[] {
  const { metrics, unadjusted, outside } = diff.family;
  const { unjudged } = effects;
  const tolerated = outside - effects.cells.length - effects.models.length;
  return [
    ...(metrics === 0 ? [] : [
      prose`Within chance: ${withinText(effects)}. Of all ${metrics}${
        ofModelsText(effects)
      }, chance alone gives about ${
        approximately(metrics * LEVEL)
      } with p < ${LEVEL}; found ${unadjusted}.`,
    ]),
    ...(tolerated > 0
      ? [prose`Within the tolerances: ${tolerated} that moved beyond chance.`]
      : []),
    ...(unjudged > 0
      ? [prose`Not judged: ${formatCount(unjudged, "other value")} that differ, such as counts.`]
      : []),
    ...sampleCountSentence(effects),
  ];
}

function withinText({ within }: Effects): string {
  const { comparisons, cells, ofModels } = within;
  const parts = [
    ...(comparisons > 0
      ? [`${formatCount(comparisons, "comparison")} of ${formatCount(cells, "cell")}`]
      : []),
    ...(ofModels > 0 ? [`${formatCount(ofModels, "loss", "losses")} of models`] : []),
  ];
  return parts.join(" and ") || "nothing";
}

/** ` (55 of cells, 1 of models)`, where both are among what was judged. */
function ofModelsText({ cells, models, within }: Effects): string {
  const [ofCells, ofModels] = [
    cells.length + within.comparisons,
    models.length + within.ofModels,
  ];
  return ofCells === 0 || ofModels === 0 ? "" : ` (${ofCells} of cells, ${ofModels} of models)`;
}

function approximately(count: number): string {
  return count < 1 ? String(Number(count.toFixed(2))) : count.toFixed(0);
}

/** Measures of the set of samples that moved where both runs have different numbers of them. */
function sampleCountSentence(effects: Effects): Prose[] {
  const ofSets = [...effects.cells, ...effects.exact].filter(({ row, metric }) =>
    measureOf(metric.metric)?.interval === "set" && hasOtherSamples(row)
  );
  const titles = new Set(ofSets.map(({ metric }) => titleOf(metric.metric)));
  if (titles.size === 0) return [];
  const names = listed([...titles].map((title) => prose`${title}`));
  const move = titles.size === 1 ? "moves" : "move";
  return [prose`With other numbers of samples ${names} ${move} by that alone.`];
}

function hasOtherSamples({ before, after }: RowDiff): boolean {
  return before.measured(samples.name).text !== after.measured(samples.name).text;
}

/** The sentence about the models: their losses on held-out documents, and their weights. */
export function modelSentence(diff: RunDiff, { models }: Effects): Prose {
  const compared = diff.models.rows.length;
  if (compared === 0 && diff.weights.length === 0) return [];
  const judged = diff.models.rows.flatMap(({ metrics }) => metrics)
    .some(({ judgement }) => judgement !== undefined);
  const losses = models.length > 0
    ? groupsOf(models).map(lossPhrase)
    : judged
    ? [prose`no loss moved beyond chance`]
    : [];
  const weights = weightPhrases(diff);
  if (losses.length === 0 && weights.length === 0) {
    return prose`Models: losses and weights of all ${compared} are equal.`;
  }
  const parts = weights.length === 0 ? [prose`all weights are equal`] : weights;
  const caution = weights.length === 0 ? "" : TRAINING_CHANCE;
  return prose`Models: ${joined([...losses, ...parts], "; ")}.${caution}`;
}

/** The chance of training is not among what is judged. */
const TRAINING_CHANCE = " Another seed of training would move all this, too.";

/** The weights that differ, model by model, by their most in any variant. */
function weightPhrases({ weights }: RunDiff): Prose[] {
  const byModel = Map.groupBy(weights, ({ model }) => model);
  const phrases = [...byModel].flatMap(([model, all]): Prose[] => {
    const changed = all.filter(haveMoved);
    if (changed.length === 0) return [];
    const where = all.length > 1 ? ` in ${changed.length} of ${all.length} variants` : "";
    return [prose`${codeSpan(model)}${where} ${mostChange(changed)}`];
  });
  return phrases.length === 0 ? [] : [prose`weights of ${listed(phrases)}`];
}

function mostChange(changed: readonly WeightDiff[]): string {
  const reshaped = changed.map(({ change }) => change).find(({ kind }) => kind === "reshaped");
  if (reshaped?.kind === "reshaped") return `has other sizes (${reshaped.sizes.join(", ")})`;
  const sizes = changed.flatMap(({ change }) =>
    change.kind === "moved" ? [change.whole.relative ?? 0] : []
  );
  if (sizes.length === 0) return "by an unknown amount";
  const most = (100 * Math.max(...sizes)).toPrecision(2);
  return `by ${changed.length > 1 ? "up to " : ""}${Number(most)}\u00a0% (RMS)`;
}

/** How many things only one run has, and their names. */
export interface OneSidedNames {
  /** The run, as it was named. */
  readonly run: string;
  /** `2 cells`, and so on. */
  readonly count: string;
  /** Their names. */
  readonly names: readonly string[];
}

/** The variants, cells, models and columns that only one run has. */
export function oneSidedNames({ names, variants, cells, models }: RunDiff): OneSidedNames[] {
  return (["old", "new"] as const).flatMap((side) => {
    const lone = new Set(variants[side]);
    const kinds: readonly [string, readonly string[]][] = [
      ["variant", variants[side].map((label) => label === "" ? "the run itself" : label)],
      [
        "cell",
        // The cells of a variant that only one run has are said with it.
        cells.lone[side].filter(({ place }) => !lone.has(place.variant ?? "no label"))
          .map(({ name }) => name),
      ],
      ["model", models.lone[side].map(({ name }) => name)],
      ["column", [
        ...cells.loneSettings[side],
        ...cells.loneMetrics[side],
        ...models.loneMetrics[side],
      ]],
    ];
    return kinds.filter(([, all]) => all.length > 0).map(([kind, all]) => ({
      run: names[side],
      count: formatCount(all.length, kind),
      names: all,
    }));
  });
}

/**
 * The commands that compare cells which only one run has with those of the other that differ from them in
 * one setting, for each strategy one, in parts that belong on one line.
 */
export function compareCommands({ names, cells: { lone } }: RunDiff): readonly string[][] {
  const commands = new Map<string, string[]>();
  for (const current of lone.new) {
    const strategy = current.settings["strategy"];
    if (strategy === undefined || commands.has(strategy)) continue;
    for (const old of lone.old) {
      const keys = new Set([...Object.keys(old.settings), ...Object.keys(current.settings)]);
      const others = [...keys].filter((key) => old.settings[key] !== current.settings[key]);
      const [setting = ""] = others;
      if (others.length > 1 || old.settings[setting] === undefined) continue;
      if (current.settings[setting] === undefined) continue;
      commands.set(strategy, [
        "deno task compare",
        ...[names.old, names.new].map(shellWord),
        `--cells ${shellWord(strategy)}`,
        `--by ${setting}`,
      ]);
      break;
    }
  }
  return [...commands.values()];
}
