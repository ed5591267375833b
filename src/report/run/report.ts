import {
  comparisonSection,
  diversitySection,
  qualitySection,
  sweepsSection,
} from "./decoding_sections.ts";
import { areListed, type ExperimentConfig } from "../../config/schema.ts";
import { SELF_BLEU_SAMPLES } from "../../measure/text_measures.ts";
import { code, thousands } from "../markdown.ts";
import { incompleteText, missingSection } from "./failures.ts";
import type { RunRecord } from "./run_record.ts";
import { searchSection } from "./search_section.ts";
import { smokeText } from "../smoke_run.ts";
import { speculativeSection } from "./speculative_section.ts";
import { corpusSection, modelsSection } from "./training_sections.ts";

/** `report.md`: the run for someone who has never seen the project. */
export function reportMarkdown(run: RunRecord): string {
  const sections = [
    introduction(run),
    missingSection(run),
    corpusSection(run),
    modelsSection(run),
    ...(run.cells.length === 0 ? [] : decodingSections(run)),
    "## How to read this\n\n" + glossary(),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

function decodingSections(run: RunRecord): string[] {
  return [
    comparisonSection(run),
    qualitySection(run),
    diversitySection(run),
    speculativeSection(run),
    searchSection(run),
    sweepsSection(run),
  ];
}

function introduction(run: RunRecord): string {
  return [
    titleText(run.experiment),
    incompleteText(run),
    smokeWarning(run),
    variantText(run),
    whatWasDone(run),
  ].filter((part) => part !== "").join("\n\n");
}

function titleText({ name, variant, limit }: RunRecord["experiment"]): string {
  const values = variant?.settings.map(({ path, value }) => `${path}=${value}`) ?? [];
  return `# ${name}${values.length === 0 ? "" : `: ${values.join(", ")}`}${smokeText(limit)}`;
}

function smokeWarning({ experiment: { limit } }: RunRecord): string {
  if (limit === undefined) return "";
  return "**A smoke run** shows that everything runs. Its numbers are of models that have learned " +
    "next to nothing and of too few samples: do not use them.";
}

/** Which run of a sweep it is. */
function variantText({ experiment: { variant } }: RunRecord): string {
  if (variant === undefined) return "";
  const values = variant.settings.map(({ path, value }) => code(`${path}=${value}`)).join(", ");
  return `This is the run of a [sweep](../report.md) with ${values}.`;
}

function whatWasDone({ experiment, models, cells, prompts }: RunRecord): string {
  const { config } = experiment;
  const samples = cells.reduce((sum, cell) => sum + cell.samples, 0);
  const learned = models.length > 1
    ? "Two small GPTs, a target and a smaller draft that proposes for it, learned to continue text " +
      "character by character."
    : "A small GPT, the target, learned to continue text character by character.";
  return [
    `${learned} Then texts were decoded from the target in ${cells.length} ways (cells: a strategy ` +
    `with its settings), ${
      thousands(samples)
    } samples in all: ${config.decoding.samples} of each ` +
    `of ${prompts.length} ${
      drawnText(config.decoding.prompts)
    }. Seed ${config.seed}, engine ${config.engine}; ` +
    "the same config gives this file again, byte for byte.",
    "",
    "All numbers are in [results.csv](results.csv), every sample in [samples.csv](samples.csv), " +
    "every training step in [training.csv](training.csv), the settings in " +
    "[config.yaml](config.yaml).",
  ].join("\n");
}

/** What the prompts are, after how many there are. */
function drawnText(prompts: ExperimentConfig["decoding"]["prompts"]): string {
  if (areListed(prompts)) return "prompts";
  const from = prompts.from === "held_out" ? "the documents held out" : "the training documents";
  const characters = prompts.length === 1 ? "character" : `${prompts.length} characters`;
  return `prompts, each the first ${characters} of one drawn from ${from}`;
}

function glossary(): string {
  return [
    "- **continuation**: what was generated after the prompt.",
    "- **log-prob**: natural logarithm of the probability that the target itself, unwarped, gives " +
    "the continuation, with the end of the text (EOS) where it was reached; measured alike for " +
    "every strategy. Closer to 0 is more probable.",
    "- **log-prob / token**: the same for each token chosen, EOS among them, pooled over samples.",
    "- **a (b to c)**: a measure and its 95 % interval. Shares have Wilson's, for as many independent " +
    "samples as would scatter like the prompts do; means have the percentile bootstrap's (1,000 " +
    "resamples of the prompts, or of the samples where there is one prompt). With fewer than some " +
    "twenty prompts the latter are too narrow. Without one there is nothing left to chance.",
    "- **perplexity**: exp of minus the log-prob / token.",
    "- **entropy / token**: of the distributions drawn from, after warping, nats a token: minus the " +
    "mean warped log-probability of what was drawn, whose expectation it is. 0 for a search.",
    "- **novel**, **in held-out**: the text, prompt included, is no training document; is one of the " +
    "documents held out.",
    "- **repetitive**: some 1 to 4 characters stand three times in a row.",
    "- **distinct-n**: different character n-grams over all of them, in the continuations. It falls " +
    "with the number of samples, as *unique share* does.",
    `- **self-BLEU**: mean BLEU-4 of each of up to ${SELF_BLEU_SAMPLES} samples against the others ` +
    "(smoothing method 1); 1 is all alike.",
    "- **Zipf**: minus the slope of ln frequency on ln rank of the generated characters.",
    "- **length distance**: total variation between the lengths of the texts and of the training " +
    "documents; 0 is the same distribution, 1 nothing in common.",
    "- **coverage**: the mass that the target gives to all different complete texts that were found, " +
    "given the prompt; exact, a mean over prompts.",
    "- **stopped by**: `eos`, the model ended the text. `max_new_tokens`, `block_size`: it was cut " +
    "off there, and its log-prob is that of what is there, without the price of an EOS.",
    "- **tokens / target pass**: tokens chosen, EOS among them, for each forward pass of the " +
    "target, the one that reads the prompt included. One at a time gives exactly 1. Beam search " +
    "reads all its beams in one pass; a speculative round reuses logits that it already has.",
    "- **target rows**: tokens that the target read, on all beams and in all verifications.",
  ].join("\n");
}
