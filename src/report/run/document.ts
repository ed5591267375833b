/**
 * The report of a run as content: for someone who has never seen the project.
 *
 * @module
 */
import { areListed, type ExperimentConfig } from "../../config/settings.ts";
import type { Blank } from "../../measure/estimate.ts";
import { shortfalls } from "../../measure/coverage_limits.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import type { Chart, ChartSection } from "../chart.ts";
import type { ReportDocument, Section, Term } from "../document.ts";
import { citationOf, type Cited } from "../citation.ts";
import { decisionsIn } from "../findings/decisions.ts";
import { findIn } from "../findings/finding.ts";
import { runFindings } from "../findings/findings.ts";
import { questionOf } from "../findings/question.ts";
import { glossaryTerms } from "../measure_table.ts";
import { codeSpan, joined, type Prose, prose, proseOf } from "../prose.ts";
import { baselineSection } from "./baseline_section.ts";
import { diversitySection, likelihoodSection } from "./decoding_sections.ts";
import { examplesSection } from "./examples_section.ts";
import { intervalTerms } from "./intervals.ts";
import { overviewOf } from "./overview.ts";
import { atEqualNumbers, type Failure, type RunRecord } from "./run_record.ts";
import { searchSection } from "./search_section.ts";
import { speculativeSection } from "./speculative_section.ts";
import { sweepsSection } from "./sweeps_section.ts";
import { corpusSection, modelsSection } from "./training_sections.ts";

/** The report of a run, with its `charts`, which its config identifies. */
export function runDocument(
  record: RunRecord,
  charts: readonly Chart[],
  cited: Omit<Cited, "kind" | "name">,
): ReportDocument {
  const run = atEqualNumbers(record);
  const sections = sectionsOf(run, charts);
  const overview = overviewOf(run);
  const shown = [...overview?.shown ?? [], ...sections.flatMap(({ shown }) => shown)];
  const { name, variant, limit } = run.experiment;
  return {
    title: titleOf(run.experiment),
    remarks: [incompleteText(run), smokeWarning(limit), variantText(variant)]
      .filter((remark) => remark !== undefined),
    question: questionOf(runFindings, record, record.experiment.config.report.question),
    findings: findIn(runFindings, record),
    decisions: decisionsIn(record),
    overview: overview?.table,
    sections,
    glossary: [
      ...generalTerms(run),
      ...intervalTerms(run, shown, blanksOf(run)),
      ...limitTerms(run, shown),
      ...glossaryTerms(shown),
    ],
    citation: citationOf({ kind: "run", name, ...cited }),
  };
}

/** The sections that have something to say, with their charts. */
function sectionsOf(run: RunRecord, charts: readonly Chart[]): Section[] {
  const chartsIn = (...names: readonly ChartSection[]): readonly Chart[] =>
    charts.filter(({ section }) => names.includes(section));
  /** The section with its charts at its beginning. */
  const charted = (section: Section | undefined, name: ChartSection): Section | undefined =>
    section && {
      ...section,
      blocks: [
        ...chartsIn(name).map((chart) => ({ kind: "chart" as const, chart })),
        ...section.blocks,
      ],
    };
  const ofCells = run.cells.length === 0 ? [] : [
    charted(likelihoodSection(run), "likelihood"),
    charted(diversitySection(run), "diversity"),
    baselineSection(run),
    charted(speculativeSection(run), "speculation"),
    charted(searchSection(run), "search"),
    sweepsSection(run, chartsIn("sweeps")),
    examplesSection(run),
  ];
  return [
    ...ofCells,
    modelsSection(run, chartsIn("models")),
    corpusSection(run),
    missingSection(run.failures),
  ].filter((section) => section !== undefined);
}

function titleOf({ name, variant, limit }: RunRecord["experiment"]): string {
  const values = variant?.settings.map(({ path, value }) => `${path}=${value}`) ?? [];
  return `${name}${values.length === 0 ? "" : `: ${values.join(", ")}`}${smokeText(limit)}`;
}

/** The end of the title of a smoke run, ` (smoke run: …)`; empty for a whole run. */
export function smokeText(limit: number | undefined): string {
  return limit === undefined
    ? ""
    : ` (smoke run: at most ${limit} training steps, samples of each prompt and drawn prompts)`;
}

/** The remark of a smoke run. */
export function smokeWarning(limit: number | undefined): Prose | undefined {
  if (limit === undefined) return undefined;
  return prose`**A smoke run** checks that everything runs. Its numbers are of models that have hardly been trained and of too few samples: do not use them.`;
}

/** The place of the run in a sweep. */
function variantText(variant: RunRecord["experiment"]["variant"]): Prose | undefined {
  if (variant === undefined) return undefined;
  const values = variant.settings.map(({ path, value }) => [codeSpan(`${path}=${value}`)]);
  return prose`This is the run of a [sweep](../report.md) with ${joined(values, ", ")}.`;
}

/** The remark that a run lacks something; none where it lacks nothing. */
function incompleteText(
  { experiment, models, others, cells, failures }: RunRecord,
): Prose | undefined {
  if (failures.length === 0) return undefined;
  const { target, draft } = experiment.config.models;
  const wanted = [target, draft].filter((sizes) => sizes !== undefined).length;
  const lacking = [
    { what: "models", of: wanted, missing: wanted - models.length - others.length },
    { what: "cells", of: experiment.cells.length, missing: experiment.cells.length - cells.length },
  ].filter(({ missing }) => missing > 0);
  const parts = lacking.map(({ what, of, missing }) => `${missing} of ${of} ${what}`);
  const verb = lacking.length === 1 && lacking[0]?.missing === 1 ? "is" : "are";
  const what = parts.length === 0
    ? "not every loss is known"
    : `${parts.join(" and ")} ${verb} missing`;
  return prose`**Incomplete:** ${what}; [why](#missing).`;
}

/** The section of failures, each with its message; none where there are none. */
function missingSection(failures: readonly Failure[]): Section | undefined {
  if (failures.length === 0) return undefined;
  return {
    id: "missing",
    heading: prose`Missing`,
    blocks: [
      { kind: "paragraph", text: prose`Failed results are in none of the tables:` },
      { kind: "list", items: failures.map(({ what, message }) => prose`${what}: ${message}`) },
    ],
    shown: [],
  };
}

/** Where intervals of measures that are `shown` cover less, or more, than they say. */
function limitTerms(
  { experiment, cells, comparisons, prompts }: RunRecord,
  shown: readonly MeasureFacts[],
): Term[] {
  const { samples, prompts: chosen } = experiment.config.decoding;
  const sizes = [...new Set(cells.map(({ hasChance }) => hasChance ? samples : 0))]
    .map((each) => ({
      prompts: listedOrDrawn(chosen),
      draws: prompts.length,
      samples: each,
    }));
  const differences = { name: "difference", title: "differences", interval: "set" } as const;
  const found = shortfalls(comparisons.length > 0 ? [...shown, differences] : shown, sizes);
  return found.map((text, i) => ({
    id: `term-simulated${i === 0 ? "" : `-${i + 1}`}`,
    term: "simulated",
    meaning: proseOf(text),
  }));
}

function listedOrDrawn(prompts: ExperimentConfig["decoding"]["prompts"]): "listed" | "drawn" {
  return areListed(prompts) ? "listed" : "drawn";
}

/** The terms that are no measures. */
function generalTerms({ cells }: RunRecord): Term[] {
  if (cells.length === 0) return [];
  const terms: readonly [id: string, term: string, meaning: Prose][] = [
    ["cell", "cell", prose`a strategy with its settings, whose texts make one row.`],
    ["continuation", "continuation", prose`the text generated after the prompt.`],
    [
      "log-prob",
      "log-prob",
      prose`natural logarithm of the probability that the target itself, unwarped, gives the continuation, with the end of the text (EOS) where it was reached; measured alike for every strategy. Closer to 0 is more probable.`,
    ],
    [
      "stopped-by",
      "stopped by",
      prose`\`eos\`, the model ended the text. \`max_new_tokens\`, \`block_size\`: it was cut off there, and its log-prob is that of the text so far, without the cost of an EOS.`,
    ],
  ];
  return terms.map(([id, term, meaning]) => ({ id: `term-${id}`, term, meaning }));
}

/** The reasons for which any measure has no interval. */
function blanksOf({ cells, search }: RunRecord): Set<Blank> {
  return new Set(
    [...cells, ...search?.cells ?? []].flatMap(({ values }) =>
      Object.values(values).flatMap((one) => one.blank === undefined ? [] : [one.blank])
    ),
  );
}
