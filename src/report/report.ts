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
    "## How to read this\n\n" + glossary(),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

function introduction({ experiment, models, cells }: RunRecord): string {
  const { config } = experiment;
  const samples = cells.reduce((sum, cell) => sum + cell.samples.length, 0);
  const learned = models.length > 1
    ? "Two small GPTs, a target and a smaller draft that proposes for it, learned to continue text " +
      "character by character."
    : "A small GPT, the target, learned to continue text character by character.";
  return [
    `# ${experiment.name}`,
    "",
    `${learned} Then texts were decoded from the target in ${cells.length} ways (cells: a strategy ` +
    `with its settings), ${
      thousands(samples)
    } samples in all: ${config.decoding.samples} of each ` +
    `of ${config.decoding.prompts.length} prompts. Seed ${config.seed}, engine ${config.engine}; ` +
    "the same config gives this file again, byte for byte.",
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
  const marked = anyUnfinished(cells);
  const rows = cells.map(({ cell, samples, diversity, quality }) => [
    code(cell.label),
    thousands(samples.length),
    thousands(diversity.unique),
    percent(diversity.uniqueShare),
    quality.meanLength.toFixed(2),
    quality.meanLogProb.toFixed(2),
    quality.logProbPerToken.toFixed(3),
    percent(quality.stops.eos / samples.length),
    ...(marked ? [percent(quality.stops.unfinished / samples.length)] : []),
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
    ...(marked ? ["unfinished"] : []),
  ];
  const repeats = experiment.config.decoding.samples > 1 &&
      cells.some(({ cell }) => isDeterministic(cell.settings))
    ? " Greedy and beam search give a prompt the same continuation every time; it is counted as " +
      "often as the others are sampled, so that shares can be compared."
    : "";
  return [
    "## Diversity",
    "",
    "Over all prompts and samples. A continuation counts once however many prompts it follows." +
    repeats +
    " With other seeds the numbers would differ a little: take small differences for noise.",
    "",
    table(header, rows),
    ...(marked ? ["", UNFINISHED] : []),
    ...(experiment.config.report.charts ? ["", image(tradeOffChart(cells))] : []),
  ].join("\n");
}

/** What stands below a table in which some texts have not paid for their EOS. */
const UNFINISHED =
  "*Unfinished* texts won half-way, where the original's beam search had only EOS " +
  "left to add. Their log-prob lacks the price of that EOS: they look more probable than they are.";

function anyUnfinished(cells: readonly CellMeasures[]): boolean {
  return cells.some(({ quality }) => quality.stops.unfinished > 0);
}

function speculativeSection({ cells }: RunRecord): string {
  const speculative = cells.flatMap(({ cell, cost }) =>
    cell.settings.strategy === "speculative" ? [{ cell, cost, draftK: cell.settings.draft_k }] : []
  );
  if (speculative.length === 0) return "";
  const rows = speculative.map(({ cell, cost }) => [
    code(cell.label),
    thousands(cost.rounds),
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
    "rounds",
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
  const original = speculative.map(({ cell, cost, draftK }) => {
    const { accepted, resampled, proposed } = cost;
    const counted = accepted + resampled;
    return [
      code(cell.label),
      percent(counted / Math.max(proposed, 1)),
      (counted / Math.max(proposed / draftK, 1)).toFixed(1),
    ];
  });
  return [
    "## Speculative decoding",
    "",
    "In a round the draft proposes up to `draft_k` tokens and the target verifies them in one pass: " +
    "they are *tested* in order until one is refused, which discards the rest. In place of the " +
    "refused one a token is *resampled*. `variant=original` is the original script's algorithm and " +
    "**changes the distribution**: it drafts the most probable token but accepts it as if it had " +
    "been sampled, so that its outputs are more alike than the target's own samples (compare " +
    "*unique share* above). It drops an EOS that it resamples, and takes the target's most probable " +
    "token where a round yields nothing.",
    "",
    table(header, rows),
    "",
    "The original script prints two other figures: it counts resampled tokens as accepted, and takes " +
    "every round to have proposed `draft_k` tokens.",
    "",
    table(["strategy", "its acceptance rate", "its tokens / pass"], original),
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
  const marked = anyUnfinished(cells);
  const rows = cells.map(({ cell, samples, diversity, quality, cost }) => [
    ...swept.map((key) => String(Reflect.get(cell.settings, key))),
    percent(diversity.uniqueShare),
    quality.meanLength.toFixed(2),
    quality.meanLogProb.toFixed(2),
    quality.logProbPerToken.toFixed(3),
    cost.tokensPerTargetCall.toFixed(2),
    thousands(cost.targetRows),
    ...(speculative ? [percent(cost.acceptanceRate), percent(cost.acceptedShare)] : []),
    ...(marked ? [percent(quality.stops.unfinished / samples.length)] : []),
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
    ...(marked ? ["unfinished"] : []),
  ];
  const title = swept.length === 1 && swept[0] === strategy
    ? code(strategy)
    : `${code(strategy)} by ${swept.map(code).join(" and ")}`;
  const note = marked ? `\n\n${UNFINISHED}` : "";
  return `### ${title}\n\n${table(header, rows)}${note}`;
}

function glossary(): string {
  return [
    "- **continuation**: what was generated after the prompt.",
    "- **log-prob**: natural logarithm of the probability that the target itself, unwarped, gives " +
    "the continuation, with the end of the text (EOS) where it was reached; measured alike for " +
    "every strategy. Closer to 0 is more probable.",
    "- **log-prob / token**: the same for each token chosen, EOS among them, pooled over samples.",
    "- **stopped by**: `eos`, the model ended the text. `max_new_tokens`, `block_size`: it was cut " +
    "off there. `unfinished`: it won half-way (the original's beam search). But for `eos` the " +
    "log-prob lacks the price of an EOS, and is not comparable with one that has paid it.",
    "- **tokens / target pass**: tokens chosen, EOS among them, for each forward pass of the " +
    "target, the one that reads the prompt included. One at a time gives exactly 1. Beam search " +
    "reads all its beams in one pass; a speculative round reuses logits that it already has.",
    "- **target rows**: tokens that the target read, on all beams and in all verifications.",
  ].join("\n");
}
