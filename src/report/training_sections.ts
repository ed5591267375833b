import { lossChart } from "./charts.ts";
import { code, image, table, thousands } from "./markdown.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** What was learned from. */
export function corpusSection({ corpus }: RunRecord): string {
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

/** What learned from it, and how the loss fell. */
export function modelsSection({ models, experiment }: RunRecord): string {
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
    "Training loss, nats a token, as the mean over a tenth of the steps (a step sees a " +
    "document or a few, so that single losses jump about):",
    "",
    lossTable(models),
    ...(experiment.config.report.charts ? ["", image(lossChart(models))] : []),
  ].join("\n");
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
