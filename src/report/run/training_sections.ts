import { lossChart } from "./charts.ts";
import { code, estimate, image, percent, table, thousands } from "../markdown.ts";
import type { CorpusLoss } from "../../measure/held_out.ts";
import type { ModelLosses, ModelRun, RunRecord } from "./run_record.ts";

/** What was learned from. */
export function corpusSection({ corpus }: RunRecord): string {
  const { vocabulary } = corpus;
  const rows = [
    ["file", code(corpus.source)],
    ["SHA-256", code(corpus.sha256)],
    ["documents", thousands(corpus.documents)],
    ["held out from training", heldOutText(corpus)],
    [vocabulary.unit, `${vocabulary.count}: ${code(vocabulary.excerpt)}`],
    ["longest document", `${corpus.longest} characters`],
  ];
  return `## Corpus\n\n${table(["", ""], rows)}`;
}

function heldOutText({ documents, heldOut }: RunRecord["corpus"]): string {
  return heldOut === 0 ? "none" : `${thousands(heldOut)} (${percent(heldOut / documents)})`;
}

/** What learned from it, how the loss fell, and what has been learned. */
export function modelsSection({ models, losses, experiment }: RunRecord): string {
  const sizes = models.map(({ name, spec, parameters, steps }) => [
    name,
    spec.nEmbd,
    spec.nHead,
    spec.nLayer,
    spec.blockSize,
    thousands(parameters),
    thousands(steps.length),
  ]);
  const trained = [
    table(["model", "n_embd", "n_head", "n_layer", "block", "parameters", "steps"], sizes),
    "Training loss, nats a token, as the mean over a tenth of the steps (a step sees a " +
    "document or a few, so that single losses jump about):",
    lossTable(models),
    ...(experiment.config.report.charts ? [image(lossChart(models))] : []),
  ];
  return [
    "## Models",
    ...(models.length === 0 ? ["No model was trained."] : trained),
    ...(losses.length === 0 ? [] : [lossSection(losses)]),
  ].join("\n\n");
}

/** What each model loses on documents that it has not seen, beside n-gram models. */
function lossSection(losses: readonly ModelLosses[]): string {
  const nats = (value: number): string => value.toFixed(3);
  const cells = (loss: CorpusLoss | undefined): string[] =>
    loss === undefined
      ? ["–", "–"]
      : [estimate(loss.natsPerToken, nats), estimate(loss.bitsPerCharacter, nats)];
  const rows = losses.map(({ name, heldOut, training }) => [
    name,
    ...cells(heldOut),
    nats(training.natsPerToken.value),
  ]);
  const header = ["model", "held out: nats / token", "bits / character", "training: nats / token"];
  const [{ heldOut, training } = { heldOut: undefined, training: undefined }] = losses;
  const how = heldOut === undefined
    ? "No documents were held out (`corpus.held_out` is 0), so that nothing is known of how well " +
      "the models do on documents that they have not seen."
    : `The ${thousands(heldOut.documents)} documents held out, which no model has seen, are ` +
      "predicted token by token.";
  return [
    "### What they have learned",
    "",
    `${how} Nats a token: the mean of −ln P over all tokens of all documents, EOS among them. Bits ` +
    "a character: the same sum, in bits, over the number of characters, of which EOS is none. An " +
    "n-gram model, which only counts what follows each *n* − 1 tokens (interpolated Witten–Bell " +
    "smoothing), says what a model must beat to have learned more than that. " +
    `Beside it the loss on ${thousands(training?.documents ?? 0)} of the training documents: ` +
    "far below the loss on those held out, it shows learning by heart.",
    "",
    table(header, rows),
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
