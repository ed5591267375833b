/**
 * The sections of a report about the corpus, the training of the models, and their loss.
 *
 * @module
 */
import { modelMeasures } from "../../measure/corpus_loss.ts";
import type { ExperimentConfig } from "../../config/schema.ts";
import type { Chart } from "../chart.ts";
import { code, image, percent, table, thousands } from "../markdown.ts";
import { columnsOf, measuredText, plainSection, type Section } from "../measure_table.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** The documents that the models were trained on. */
export function corpusSection({ corpus, experiment }: RunRecord): Section {
  const { vocabulary } = corpus;
  const rows = [
    ["file", code(corpus.source)],
    ["SHA-256", code(corpus.sha256)],
    ["documents", thousands(corpus.documents)],
    ["held out from training", heldOutText(corpus)],
    [vocabulary.unit, `${vocabulary.count}: ${code(vocabulary.excerpt)}`],
    ["longest document", `${thousands(corpus.longest)} characters`],
    ...longDocumentRows(corpus, experiment.config),
  ];
  return plainSection(`## Corpus\n\n${table(["", ""], rows)}`);
}

/** What becomes of documents that are longer than the block; nothing where there are none. */
function longDocumentRows(
  { documents, long }: RunRecord["corpus"],
  { corpus: { long_documents }, models: { block_size } }: ExperimentConfig,
): string[][] {
  if (long.documents === 0) return [];
  const longer = `${thousands(long.documents)} of the documents ${
    long.documents === 1 ? "is" : "are"
  } longer than the block (${thousands(block_size)} tokens to predict)`;
  if (long_documents === "cut") {
    return [[
      "cut",
      `${longer}: ${thousands(long.pastBlock)} of their ${thousands(long.tokens)} tokens, EOS ` +
      "among them, are neither learned nor predicted (`corpus.long_documents`)",
    ]];
  }
  const windows = documents - long.documents + long.windows;
  return [["read in", `${thousands(windows)} windows: ${longer}`]];
}

function heldOutText({ documents, heldOut }: RunRecord["corpus"]): string {
  return heldOut === 0 ? "none" : `${thousands(heldOut)} (${percent(heldOut / documents)})`;
}

/** The models, how their loss fell in training, and their loss on held-out documents. */
export function modelsSection(record: RunRecord, charts: readonly Chart[]): Section {
  const { models, losses } = record;
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
    "Training loss, nats per token, as the mean over a tenth of the steps (a step sees only a few " +
    "documents, so that single losses vary a lot):",
    lossTable(models),
    ...charts.map(image),
  ];
  const loss = losses.length === 0 ? plainSection("") : lossSection(record);
  const parts = [
    "## Models",
    ...(models.length === 0 ? ["No model was trained."] : trained),
    loss.text,
  ];
  return { text: parts.filter((part) => part !== "").join("\n\n"), shown: loss.shown };
}

/** The loss of each model on documents that it has not seen, beside that of n-gram models. */
function lossSection(record: RunRecord): Section {
  const { losses } = record;
  const shown = columnsOf(
    modelMeasures,
    "held-out loss",
    (measure) => losses.some((one) => measure.of(one) !== undefined),
  );
  const rows = losses.map((one) => [
    one.name,
    ...shown.map((measure) => measuredText(measure, measure.of(one))),
  ]);
  const [{ heldOut, training } = { heldOut: undefined, training: undefined }] = losses;
  const how = heldOut === undefined
    ? "No documents were held out (`corpus.held_out` is 0), so that nothing is known of how well " +
      "the models predict documents that they have not seen."
    : `The ${thousands(heldOut.documents)} documents held out, which no model has seen, are ` +
      "predicted token by token.";
  const baseline = losses.some(({ name }) => name.endsWith("-gram"))
    ? " An n-gram model, which only counts which token follows each *n* − 1 tokens " +
      "(interpolated Witten–Bell smoothing), is the baseline: a model that does not beat it has " +
      "learned no more than that."
    : "";
  const text = [
    "### Held-out loss",
    "",
    `${how}${baseline} Beside it the loss on ` +
    `${thousands(training?.documents ?? 0)} of the training documents.${windowsText(record)}`,
    "",
    table(["model", ...shown.map(({ title }) => title)], rows),
  ].join("\n");
  return { text, shown };
}

/** What models see of documents that are longer than the block; nothing where there are none. */
function windowsText({ corpus: { long }, experiment: { config } }: RunRecord): string {
  if (long.documents === 0) return "";
  return config.corpus.long_documents === "cut"
    ? " Of documents that are longer than the block, the tokens past it are not predicted."
    : " Documents that are longer than the block are predicted in consecutive windows, each token once. " +
      "In its window every model, an *n*-gram model too, sees the last token of the window before and no " +
      "earlier one; *n*-grams are counted in whole documents.";
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
