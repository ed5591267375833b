/**
 * The sections of a report about the corpus, the training of the models, and their loss.
 *
 * @module
 */
import { modelMeasures } from "../../measure/corpus_loss.ts";
import {
  type BesideNgram,
  ngramsAmong,
  type Standing,
  standingOf,
} from "../../measure/standing.ts";
import { formatCount } from "../../text/format.ts";
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
  } longer than the block (${thousands(block_size)} tokens)`;
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
  const { models, losses, experiment } = record;
  const sizes = models.map(({ name, spec, parameters, steps }) => [
    name,
    spec.nEmbd,
    spec.nHead,
    spec.nLayer,
    spec.blockSize,
    thousands(parameters),
    thousands(steps.length),
    thousands(experiment.config.training[name].batch_size),
  ]);
  const trained = [
    table(["model", "n_embd", "n_head", "n_layer", "block", "parameters", "steps", "batch"], sizes),
    "Training loss, nats per token, as the mean over a tenth of the steps (a step sees only its batch " +
    "of documents, so that single losses vary):",
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
  const standing = standingOf("target", losses);
  const baseline = ngramsAmong(losses).length > 0
    ? " An n-gram model, which only counts which token follows each *n* − 1 tokens " +
      "(interpolated Witten–Bell smoothing), shows what counting alone achieves."
    : "";
  const text = [
    "### Held-out loss",
    "",
    `${how}${baseline} Beside it the loss on ` +
    `${thousands(training?.documents ?? 0)} of the training documents.${windowsText(record)}`,
    "",
    table(["model", ...shown.map(({ title }) => title)], rows),
    ...(standing === undefined ? [] : ["", standingText(standing)]),
    ...(heldOut === undefined ? [] : [
      "",
      "These intervals are over documents, for the models as they were trained. They do not cover " +
      "training: another seed trains other models. To see how far those differ, sweep `seed`, such as " +
      "by `--set seed=1..5`.",
    ]),
  ].join("\n");
  return { text, shown };
}

/** Where the target's loss stands among those of n-gram models, and how sure that is. */
function standingText({ loss, beaten, open, ahead }: Standing): string {
  const parts = [
    group("below that of", beaten),
    group("not told apart from that of", open),
    group("above that of", ahead),
  ].filter((part) => part !== "");
  const all = [...beaten, ...open, ...ahead];
  const verdict = beaten.length === all.length
    ? " The target beats every n-gram model."
    : ahead.length === all.length
    ? " The target beats none of them: it has learned no more than counting does, so what follows " +
      "says little about a model that was trained well. More `steps` or a larger `batch_size` in " +
      "`training.target` may help."
    : "";
  const compared = all.filter(({ difference }) => difference !== undefined).length;
  const how =
    " Differences are to the nearest model, document by document, with 95 % intervals that are not " +
    `adjusted; the verdicts are, by Holm's method for ${formatCount(compared, "comparison")}.`;
  return `The target's held-out loss is ${loss.toFixed(3)} nats per token: ${parts.join("; ")}.` +
    verdict + how;
}

/** `below that of the 3-gram (2.235; difference -0.046, -0.052 to -0.040), the 2-gram and the 1-gram`. */
function group(relation: string, ngrams: readonly BesideNgram[]): string {
  const texts = ngrams.map(({ name, loss, difference }, i) => {
    // The nearest says how large the distance is.
    if (i > 0) return `the ${name}`;
    const by = difference === undefined
      ? ""
      : `; difference ${signed(difference.value)}, ${signed(difference.interval.low)} to ${
        signed(difference.interval.high)
      }`;
    return `the ${name} (${loss.toFixed(3)}${by})`;
  });
  const last = texts.pop();
  if (last === undefined) return "";
  return `${relation} ${texts.length === 0 ? last : `${texts.join(", ")} and ${last}`}`;
}

/** With three decimals and its sign. */
function signed(value: number): string {
  const text = value.toFixed(3);
  return value > 0 ? `+${text}` : text;
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
