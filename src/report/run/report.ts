import { areListed, type ExperimentConfig } from "../../config/schema.ts";
import type { Blank } from "../../measure/estimate.ts";
import { samples } from "../../measure/likelihood.ts";
import { shortfalls } from "../../measure/coverage_limits.ts";
import { numberIn } from "../../measure/measure.ts";
import type { Chart, ChartSection } from "../chart.ts";
import { code, image, plainText, thousands } from "../markdown.ts";
import { glossaryItems, plainSection, type Section } from "../measure_table.ts";
import { baselineSection } from "./baseline_section.ts";
import {
  comparisonSection,
  diversitySection,
  qualitySection,
  sweepsSection,
} from "./decoding_sections.ts";
import { estimandText, intervalTerms } from "./intervals.ts";
import { atEqualNumbers, type Failure, type RunRecord } from "./run_record.ts";
import { searchSection } from "./search_section.ts";
import { speculativeSection } from "./speculative_section.ts";
import { corpusSection, modelsSection } from "./training_sections.ts";

/** `report.md`: the run for someone who has never seen the project, with its `charts`. */
export function reportMarkdown(record: RunRecord, charts: readonly Chart[]): string {
  const run = atEqualNumbers(record);
  const chartsIn = (name: ChartSection): readonly Chart[] =>
    charts.filter(({ section }) => section === name);
  /** The section with its charts at its end. */
  const charted = (name: ChartSection, { text, shown }: Section): Section =>
    text === ""
      ? { text, shown }
      : { text: [text, ...chartsIn(name).map(image)].join("\n\n"), shown };
  const sections: Section[] = [
    plainSection(introduction(run)),
    plainSection(missingSection(run)),
    corpusSection(run),
    modelsSection(run, chartsIn("models")),
    ...(run.cells.length === 0 ? [] : [
      comparisonSection(run),
      charted("quality", qualitySection(run)),
      charted("diversity", diversitySection(run)),
      baselineSection(run),
      charted("speculation", speculativeSection(run)),
      charted("search", searchSection(run)),
      sweepsSection(run, chartsIn("sweeps")),
    ]),
  ];
  const shown = sections.flatMap(({ shown }) => shown);
  const glossary = [
    ...generalTerms(run),
    ...intervalTerms(run, shown, blanksOf(run)),
    ...limitItems(run, shown),
    ...glossaryItems(shown),
  ];
  const texts = [
    ...sections.map(({ text }) => text),
    `## How to read this\n\n${glossary.join("\n")}`,
  ];
  return texts.filter((text) => text !== "").join("\n\n") + "\n";
}

function introduction(run: RunRecord): string {
  return [
    titleText(run.experiment),
    incompleteText(run),
    smokeWarning(run),
    variantText(run),
    summary(run),
  ].filter((part) => part !== "").join("\n\n");
}

function titleText({ name, variant, limit }: RunRecord["experiment"]): string {
  const values = variant?.settings.map(({ path, value }) => `${path}=${value}`) ?? [];
  return `# ${name}${values.length === 0 ? "" : `: ${values.join(", ")}`}${smokeText(limit)}`;
}

function smokeWarning({ experiment: { limit } }: RunRecord): string {
  if (limit === undefined) return "";
  return "**A smoke run** checks that everything runs. Its numbers are of models that have hardly " +
    "been trained and of too few samples: do not use them.";
}

/** The place of the run in a sweep. */
function variantText({ experiment: { variant } }: RunRecord): string {
  if (variant === undefined) return "";
  const values = variant.settings.map(({ path, value }) => code(`${path}=${value}`)).join(", ");
  return `This is the run of a [sweep](../report.md) with ${values}.`;
}

/** The end of the title of a smoke run, ` (smoke run: …)`; empty for a whole run. */
export function smokeText(limit: number | undefined): string {
  return limit === undefined
    ? ""
    : ` (smoke run: at most ${limit} training steps, samples of each prompt and drawn prompts)`;
}

/** The line that a run lacks something, for the top of its report; empty where it lacks nothing. */
function incompleteText({ experiment, models, cells, failures }: RunRecord): string {
  if (failures.length === 0) return "";
  const { target, draft } = experiment.config.models;
  const wanted = [target, draft].filter((sizes) => sizes !== undefined).length;
  const lacking = [
    { what: "models", of: wanted, missing: wanted - models.length },
    { what: "cells", of: experiment.cells.length, missing: experiment.cells.length - cells.length },
  ].filter(({ missing }) => missing > 0);
  const parts = lacking.map(({ what, of, missing }) => `${missing} of ${of} ${what}`);
  const verb = lacking.length === 1 && lacking[0]?.missing === 1 ? "is" : "are";
  const what = parts.length === 0
    ? "not every loss is known"
    : `${parts.join(" and ")} ${verb} missing`;
  return `**Incomplete:** ${what}; [why](#missing).`;
}

/** The section of failures, each with its message; empty where there are none. */
function missingSection({ failures }: Pick<RunRecord, "failures">): string {
  if (failures.length === 0) return "";
  return [
    "## Missing",
    "",
    "Failed results are in none of the tables:",
    "",
    ...failures.map(failureText),
  ].join("\n");
}

/** A failure as an item of a list. */
export function failureText({ what, message }: Failure): string {
  return `- ${what}: ${plainText(message)}`;
}

/** The models and samples of the run, in a paragraph. */
function summary(run: RunRecord): string {
  const { experiment, models, cells, prompts } = run;
  const { config } = experiment;
  const decoded = cells.reduce((sum, cell) => sum + numberIn(cell, samples), 0);
  const learned = models.length > 1
    ? "Two small GPTs, a target and a smaller draft that proposes for it, were trained to continue " +
      "text token by token."
    : "A small GPT, the target, was trained to continue text token by token.";
  return [
    `${learned} Then texts were decoded from the target in ${cells.length} ways (cells: a strategy ` +
    `with its settings), ${
      thousands(decoded)
    } samples in all: ${config.decoding.samples} of each ` +
    `of ${prompts.length} ${
      drawnText(config.decoding.prompts)
    }. Seed ${config.seed}, engine ${config.engine}; ` +
    "the same config gives the same report, byte for byte.",
    "",
    "All numbers are in [results.csv](results.csv), what depends on several cells in " +
    "[comparisons.csv](comparisons.csv), every sample in [samples.csv](samples.csv), " +
    "every training step in [training.csv](training.csv), the settings in " +
    "[config.yaml](config.yaml).",
    ...(cells.length === 0 ? [] : ["", estimandText(run)]),
  ].join("\n");
}

/** The kind of the prompts, after their number. */
function drawnText(prompts: ExperimentConfig["decoding"]["prompts"]): string {
  if (areListed(prompts)) return "prompts";
  const from = prompts.from === "held_out" ? "the documents held out" : "the training documents";
  const characters = prompts.length === 1 ? "character" : `${prompts.length} characters`;
  return `prompts, each the first ${characters} of one drawn from ${from}`;
}

/** Where intervals of measures that are `shown` cover less, or more, than they say. */
function limitItems(
  { experiment, cells, comparisons, prompts }: RunRecord,
  shown: Section["shown"],
): string[] {
  const { samples, prompts: chosen } = experiment.config.decoding;
  const sizes = [...new Set(cells.map(({ hasChance }) => hasChance ? samples : 0))]
    .map((each) => ({
      prompts: areListed(chosen) ? "listed" as const : "drawn" as const,
      draws: prompts.length,
      samples: each,
    }));
  const differences = { name: "difference", title: "differences", interval: "set" } as const;
  return shortfalls(comparisons.length > 0 ? [...shown, differences] : shown, sizes).map((text) =>
    `- **simulated**: ${text}`
  );
}

/** The terms that are no measures. */
function generalTerms({ cells }: RunRecord): string[] {
  if (cells.length === 0) return [];
  return [
    "- **continuation**: the text generated after the prompt.",
    "- **log-prob**: natural logarithm of the probability that the target itself, unwarped, gives " +
    "the continuation, with the end of the text (EOS) where it was reached; measured alike for " +
    "every strategy. Closer to 0 is more probable.",
    "- **stopped by**: `eos`, the model ended the text. `max_new_tokens`, `block_size`: it was cut " +
    "off there, and its log-prob is that of the text so far, without the cost of an EOS.",
  ];
}

/** The reasons for which any measure has no interval. */
function blanksOf({ cells, search }: RunRecord): Set<Blank> {
  return new Set(
    [...cells, ...search?.cells ?? []].flatMap(({ values }) =>
      Object.values(values).flatMap((one) => one.blank === undefined ? [] : [one.blank])
    ),
  );
}
