import { isDeterministic } from "../decode/registry.ts";
import type { CellMeasures } from "../measure/cell_measures.ts";
import { logProb } from "../measure/quality.ts";
import { type Chart, lossChart, sweepCharts, tradeOffChart } from "./charts.ts";
import { code, percent, table, type TableCell, thousands } from "./markdown.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** `report.md`: the run for someone who has never seen the project. */
export function reportMarkdown(run: RunRecord): string {
  const sections = [
    introduction(run),
    corpusSection(run),
    modelsSection(run),
    comparisonSection(run),
    diversitySection(run),
    speculativeSection(run),
    sweepsSection(run),
    "## How to read this\n\n" + glossary(run),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

function introduction({ experiment, models, cells }: RunRecord): string {
  const { config } = experiment;
  const samples = cells.reduce((sum, cell) => sum + cell.samples.length, 0);
  const draft = models.length > 1 ? " and a smaller draft model" : "";
  return [
    `# ${experiment.name}`,
    "",
    `A small GPT (the target)${draft} learned to continue text character by character, and was ` +
    `then decoded from with ${cells.length} strategies and settings (cells): ` +
    `${thousands(samples)} samples, ${config.decoding.samples} of each of ` +
    `${config.decoding.prompts.length} prompts. Seed ${config.seed}, engine ${config.engine}. ` +
    "The same config gives this file again, byte for byte.",
    "",
    "All numbers are in [results.csv](results.csv), every sample in [samples.csv](samples.csv), " +
    "every training step in [training.csv](training.csv), the settings in " +
    "[config.yaml](config.yaml).",
  ].join("\n");
}

function corpusSection({ corpus }: RunRecord): string {
  const rows = [
    ["file", code(corpus.source)],
    ["SHA-256", code(corpus.sha256)],
    ["documents", thousands(corpus.documents)],
    ["characters", `${corpus.characters.length}: ${code(abbreviated(corpus.characters))}`],
    ["longest document", `${corpus.longest} characters`],
  ];
  return `## Corpus\n\n${table(["", ""], rows)}`;
}

function abbreviated(characters: readonly string[]): string {
  return characters.length <= 100 ? characters.join("") : `${characters.slice(0, 100).join("")}…`;
}

function modelsSection({ models, experiment }: RunRecord): string {
  const sizes = models.map(({ name, spec, parameters, steps }) => [
    name,
    spec.nEmbd,
    spec.nHead,
    spec.nLayer,
    spec.blockSize,
    thousands(parameters),
    thousands(steps.length),
  ]);
  return [
    "## Models",
    "",
    table(["model", "n_embd", "n_head", "n_layer", "block", "parameters", "steps"], sizes),
    "",
    "Training loss, nats a token, as the mean over a tenth of the steps (each step sees one " +
    "document, so that single losses jump about):",
    "",
    lossTable(models),
    ...(experiment.config.report.charts ? ["", image(lossChart(models))] : []),
  ].join("\n");
}

function image({ description, file }: Chart): string {
  return `![${description}](${file})`;
}

function lossTable(models: readonly ModelRun[]): string {
  const tenths = Array.from({ length: 10 }, (_, i) => i);
  const header = ["model", "first step", ...tenths.map((i) => `${10 * i}–${10 * (i + 1)} %`)];
  const rows = models.map(({ name, steps }) => [
    name,
    (steps[0]?.loss ?? NaN).toFixed(3),
    ...tenths.map((i) => {
      const part = steps.slice(i * steps.length / 10, (i + 1) * steps.length / 10);
      const mean = part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
      return part.length === 0 ? "–" : mean.toFixed(3);
    }),
  ]);
  return table(header, rows);
}

function comparisonSection({ experiment, cells }: RunRecord): string {
  const { decoding, report } = experiment.config;
  const prompts = report.compare_prompts ?? decoding.prompts.slice(0, 2);
  const several = decoding.samples > 1 ? " The first of each cell's samples is shown." : "";
  const tables = prompts.map((prompt) => {
    const rows = cells.map(({ cell, samples }): TableCell[] => {
      const first = samples.find((sample) => sample.prompt === prompt && sample.number === 0);
      if (first === undefined) return [cell.label, "", "", "", ""];
      const { result } = first;
      return [
        code(cell.label),
        code(first.continuation),
        logProb(result).toFixed(2),
        result.stop,
        (result.logProbs.length / Math.max(1, result.costs.targetCalls)).toFixed(2),
      ];
    });
    const header = ["strategy", "continuation", "log-prob", "stopped by", "tokens / target pass"];
    return `### Prompt ${code(prompt)}\n\n${table(header, rows)}`;
  });
  return [
    "## Comparison",
    "",
    `What each strategy makes of the same prompt, and how probable the target finds it.${several}`,
    "",
    tables.join("\n\n"),
  ].join("\n");
}

function diversitySection({ cells, experiment }: RunRecord): string {
  const rows = cells.map(({ cell, samples, diversity, quality }) => [
    code(cell.label),
    thousands(samples.length),
    thousands(diversity.unique),
    percent(diversity.uniqueShare),
    quality.meanLength.toFixed(2),
    quality.meanLogProb.toFixed(2),
    quality.logProbPerToken.toFixed(3),
    percent(quality.stops.eos / samples.length),
  ]);
  const header = [
    "strategy",
    "samples",
    "unique",
    "unique share",
    "mean length",
    "mean log-prob",
    "log-prob / token",
    "ended by EOS",
  ];
  const repeats = experiment.config.decoding.samples > 1 &&
      cells.some(({ cell }) => isDeterministic(cell.settings))
    ? " Greedy and beam search give a prompt the same continuation every time."
    : "";
  return [
    "## Diversity",
    "",
    "Over all prompts and samples. A continuation counts once however many prompts it follows." +
    repeats,
    "",
    table(header, rows),
    ...(experiment.config.report.charts ? ["", image(tradeOffChart(cells))] : []),
  ].join("\n");
}

function speculativeSection({ cells }: RunRecord): string {
  const speculative = cells.filter(({ cell }) => cell.settings.strategy === "speculative");
  if (speculative.length === 0) return "";
  const rows = speculative.map(({ cell, cost }) => [
    code(cell.label),
    thousands(cost.proposed),
    thousands(cost.tested),
    thousands(cost.accepted),
    thousands(cost.resampled),
    percent(cost.acceptanceRate),
    percent(cost.acceptedShare),
    thousands(cost.targetCalls),
    thousands(cost.draftCalls),
    cost.tokensPerTargetCall.toFixed(2),
  ]);
  const header = [
    "strategy",
    "proposed",
    "tested",
    "accepted",
    "resampled",
    "accepted / tested",
    "accepted / proposed",
    "target passes",
    "draft passes",
    "tokens / target pass",
  ];
  return [
    "## Speculative decoding",
    "",
    "The draft proposes up to `draft_k` tokens and the target verifies them in one pass. " +
    "`variant=original` is the original script's algorithm and **changes the distribution**: it " +
    "drafts the most probable token but accepts it as if it had been sampled, so its outputs are " +
    "more alike than the target's own samples (compare *unique share* above).",
    "",
    table(header, rows),
  ].join("\n");
}

/** A table for each entry of the config that sweeps a setting. */
function sweepsSection({ cells, experiment }: RunRecord): string {
  const entries = Map.groupBy(
    cells.filter(({ cell }) => cell.swept.length > 0),
    ({ cell }) => cell.entry,
  );
  if (entries.size === 0) return "";
  const charts = experiment.config.report.charts ? sweepCharts(cells) : new Map<number, Chart>();
  const parts = [...entries].flatMap(([entry, own]) => {
    const chart = charts.get(entry);
    return chart === undefined ? [sweepTable(own)] : [sweepTable(own), image(chart)];
  });
  return ["## Sweeps", ...parts].join("\n\n");
}

function sweepTable(cells: readonly CellMeasures[]): string {
  const { strategy } = cells[0]?.cell.settings ?? { strategy: "" };
  const swept = cells[0]?.cell.swept ?? [];
  const speculative = strategy === "speculative";
  const rows = cells.map(({ cell, diversity, quality, cost }) => [
    ...swept.map((key) => String(Reflect.get(cell.settings, key))),
    percent(diversity.uniqueShare),
    quality.meanLength.toFixed(2),
    quality.meanLogProb.toFixed(2),
    quality.logProbPerToken.toFixed(3),
    cost.tokensPerTargetCall.toFixed(2),
    thousands(cost.targetRows),
    ...(speculative ? [percent(cost.acceptanceRate), percent(cost.acceptedShare)] : []),
  ]);
  const header = [
    ...swept,
    "unique share",
    "mean length",
    "mean log-prob",
    "log-prob / token",
    "tokens / target pass",
    "target rows",
    ...(speculative ? ["accepted / tested", "accepted / proposed"] : []),
  ];
  return `### ${code(strategy)} by ${swept.map(code).join(" and ")}\n\n${table(header, rows)}`;
}

function glossary({ cells }: RunRecord): string {
  const unfinished = cells.some(({ quality }) => quality.stops.unfinished > 0);
  return [
    "- **continuation**: what was generated after the prompt.",
    "- **log-prob**: natural logarithm of the probability that the target itself, unwarped, gives " +
    "the continuation, the end of the text (EOS) included where it was reached; the same measure " +
    "for every strategy, so that rows can be compared. Closer to 0 is more probable.",
    "- **log-prob / token**: the same for each token chosen, EOS among them, pooled over samples.",
    "- **stopped by**: `eos`, the model ended the text; `max_new_tokens` or `block_size`, it was " +
    "cut off there, and its log-prob lacks the price of an EOS." +
    (unfinished
      ? " `unfinished`: the original's beam search lets a half-way hypothesis win, likewise."
      : ""),
    "- **tokens / target pass**: tokens chosen, EOS among them, for each forward pass of the " +
    "target. One at a time gives exactly 1; beam search reads all its beams in one pass.",
    "- **target rows**: tokens that the target read, on all beams and in all verifications.",
  ].join("\n");
}
