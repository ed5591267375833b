/**
 * The sections of a report about the corpus, the training of the models, and their loss.
 *
 * @module
 */
import {
  type BesideNgram,
  ngramsAmong,
  type Standing,
  standingOf,
} from "../../measure/standing.ts";
import { areListed, type ExperimentConfig, isFolder, readingOf } from "../../config/settings.ts";
import { engineText } from "../../model/engine.ts";
import { formatCount } from "../../text/format.ts";
import type { Chart } from "../chart.ts";
import type { Block, ReportCell, ReportColumn, Section } from "../document.ts";
import { differenceText, numberText } from "../estimate_text.ts";
import { foldedTable } from "../folded_table.ts";
import { thousands } from "../markdown.ts";
import {
  columnsOf,
  estimateCell,
  measureColumn,
  numberCell,
  type Part,
  textCell,
} from "../measure_table.ts";
import { codeSpan, type Prose, prose } from "../prose.ts";
import { lossMeasuresOf, trainsTarget } from "./measures_of_run.ts";
import type { ModelRun, RunRecord } from "./run_record.ts";

/** The documents that the models were trained on, if there are any, and how texts were decoded. */
export function corpusSection(run: RunRecord): Section {
  const { corpus, experiment, prompts } = run;
  const { config } = experiment;
  const { file, vocabulary } = corpus;
  const tokens = [
    prose`${vocabulary.unit}`,
    prose`${vocabulary.count}: ${codeSpan(vocabulary.excerpt)}`,
  ];
  const documents = file === undefined ? [tokens] : [
    [prose`file`, prose`${codeSpan(file.source)}`],
    [prose`SHA-256`, prose`${codeSpan(file.sha256)}`],
    [prose`documents`, prose`${thousands(corpus.documents)}`],
    [
      run.models.length === 0 && !trainsTarget(run)
        ? prose`held out`
        : prose`held out from training`,
      prose`${heldOutText(corpus)}`,
    ],
    tokens,
    [prose`longest document`, prose`${thousands(corpus.longest)} characters`],
    ...longDocumentRows(corpus, config),
  ];
  const rows = [
    ...documents,
    [prose`prompts`, prose`${prompts.length} ${drawnText(run)}`],
    [prose`samples of each prompt`, prose`${config.decoding.samples} in each cell`],
    [prose`seed`, prose`${config.seed}`],
    [prose`engine`, prose`${enginesText(run)}`],
  ];
  return {
    id: "corpus-and-settings",
    heading: file === undefined ? prose`Settings` : prose`Corpus and settings`,
    blocks: [
      {
        kind: "paragraph",
        text: prose`${
          modelsText(run)
        }Texts were decoded from the target. All numbers are in [results.csv](results.csv), what depends on several cells in [comparisons.csv](comparisons.csv), every sample in [samples.csv](samples.csv), ${
          run.models.length === 0
            ? []
            : prose`every training step in [training.csv](training.csv), `
        }all settings in [config.yaml](config.yaml).`,
      },
      {
        kind: "table",
        table: {
          columns: [{ title: "what", align: "left" }, { title: "value", align: "left" }],
          rows: rows.map((row) => row.map((text): ReportCell => ({ text }))),
        },
      },
    ],
    shown: [],
  };
}

/** The engine that computed the models, with the arithmetic of those that simd trained. */
function enginesText({ experiment: { config: { engine } }, arithmetic }: RunRecord): string {
  if (arithmetic === undefined) return engineText(engine);
  return engine === "onnx" ? `onnx, trained by simd (${arithmetic})` : `simd (${arithmetic})`;
}

/** What models there are: those that were trained, and those that were not. */
function modelsText({ models, others, experiment: { config } }: RunRecord): Prose {
  const trained = models.length > 1
    ? "Two small GPTs, a target and a smaller draft that proposes for it, were trained to continue " +
      "text token by token."
    : models.some(({ name }) => name === "target")
    ? "A small GPT, the target, was trained to continue text token by token."
    : models.length === 1
    ? "A small GPT, the draft, was trained to continue text token by token."
    : undefined;
  // The section about the models says that none was trained.
  return others.reduce<Prose>(
    (text, { name, from }) =>
      prose`${text}The ${name} is ${isFolder(config.models[name]) ? codeSpan(from) : from}. `,
    trained === undefined ? [] : prose`${trained} `,
  );
}

/** The kind of the prompts, after their number. */
function drawnText(run: RunRecord): string {
  const { prompts } = run.experiment.config.decoding;
  const noun = run.prompts.length === 1 ? "prompt" : "prompts";
  if (areListed(prompts)) return noun;
  const from = prompts.from === "held_out"
    ? "the documents held out"
    : trainsTarget(run)
    ? "the training documents"
    : "the documents that were not held out";
  const characters = prompts.length === 1 ? "character" : `${prompts.length} characters`;
  return `${noun}, each the first ${characters} of one drawn from ${from}`;
}

/** The row about documents that are longer than the block; nothing where there are none. */
function longDocumentRows(
  { documents, long }: RunRecord["corpus"],
  config: ExperimentConfig,
): Prose[][] {
  if (long.documents === 0) return [];
  const longer = `${thousands(long.documents)} of the documents ${
    long.documents === 1 ? "is" : "are"
  } longer than the block (${thousands(config.models.block_size)} tokens)`;
  if (readingOf(config).long_documents === "cut") {
    return [[
      prose`cut`,
      prose`${longer}: ${thousands(long.pastBlock)} of their ${
        thousands(long.tokens)
      } tokens, EOS among them, are neither learned nor predicted (\`corpus.long_documents\`)`,
    ]];
  }
  const windows = documents - long.documents + long.windows;
  return [[prose`read in`, prose`${thousands(windows)} windows: ${longer}`]];
}

function heldOutText({ documents, heldOut }: RunRecord["corpus"]): string {
  return heldOut === 0
    ? "none"
    : `${thousands(heldOut)} (${numberText({ format: "percent" }, heldOut / documents)})`;
}

/** The models, how their loss fell in training, and their loss on held-out documents. */
export function modelsSection(record: RunRecord, charts: readonly Chart[]): Section {
  const { models, losses, experiment } = record;
  const rows = models.map(({ name, spec, parameters, steps }) => {
    const batch = experiment.config.training[name].batch_size;
    const sizes = [
      parameters,
      steps.length,
      batch,
      spec.nEmbd,
      spec.nHead,
      spec.nLayer,
      spec.blockSize,
    ];
    return [textCell(name), ...sizes.map((size) => numberCell(thousands(size), size))];
  });
  const titles = ["parameters", "steps", "batch", "n_embd", "n_head", "n_layer", "block"];
  const trained: Block[] = [
    ...foldedTable({ columns: columnsFrom("model", titles), rows }),
    ...charts.map((chart): Block => ({ kind: "chart", chart })),
    {
      kind: "details",
      summary: prose`Training loss over the steps`,
      blocks: [
        {
          kind: "paragraph",
          text:
            prose`Nats per token, as the mean over a tenth of the steps (a step sees only its batch of documents, so that single losses vary):`,
        },
        lossTable(models),
      ],
    },
  ];
  const loss = losses.length === 0 ? { blocks: [], shown: [] } : lossPart(record);
  return {
    id: "models",
    heading: prose`Models`,
    blocks: [
      ...otherModels(record),
      ...(models.length === 0 ? [] : trained),
      ...loss.blocks,
    ],
    shown: loss.shown,
  };
}

/** Whether a model was read from a folder, so that it is not known what it was trained on. */
function hasFolder({ models: { target, draft } }: ExperimentConfig): boolean {
  return isFolder(target) || isFolder(draft);
}

/** The models that the run did not train: where they come from, and how large they are. */
function otherModels({ models, others, experiment }: RunRecord): Block[] {
  if (others.length === 0) {
    return models.length > 0 ? [] : [{ kind: "paragraph", text: prose`No model was trained.` }];
  }
  const rows = others.map(({ name, from, spec, parameters }) => {
    const { layers, width, heads, keyValueHeads, vocabSize, blockSize } = spec;
    const sizes = [parameters, layers, width, heads, keyValueHeads, vocabSize, blockSize];
    return [
      textCell(name),
      textCell(isFolder(experiment.config.models[name]) ? codeSpan(from) : from),
      ...sizes.map((size) => numberCell(thousands(size), size)),
    ];
  });
  const titles = [
    ...["parameters", "layers", "width", "heads", "key/value heads", "tokens", "block"],
  ];
  const columns: ReportColumn[] = [
    { title: "model", align: "left" },
    { title: "from", align: "left" },
    ...titles.map((title): ReportColumn => ({ title, align: "right" })),
  ];
  const only = models.length === 0 ? prose`No model was trained by this run. ` : [];
  const introduction = hasFolder(experiment.config)
    ? prose`${only}A model from a folder is read as it is; [manifest.json](manifest.json) has the SHA-256 of its files.`
    : prose`${only}The draft is a part of the target, and was not trained by itself.`;
  return [{ kind: "paragraph", text: introduction }, ...foldedTable({ columns, rows })];
}

function columnsFrom(first: string, others: readonly string[]): ReportColumn[] {
  return [
    { title: first, align: "left" },
    ...others.map((title): ReportColumn => ({ title, align: "right" })),
  ];
}

/** The loss of each model on documents that it has not seen, beside that of n-gram models. */
function lossPart(record: RunRecord): Part {
  const { losses } = record;
  const shown = columnsOf(
    lossMeasuresOf(record, losses),
    "held-out loss",
    (measure) => losses.some((one) => measure.of(one) !== undefined),
  );
  const rows = losses.map((one) => [
    textCell(one.name),
    ...shown.map((measure) => estimateCell(measure, measure.of(one))),
  ]);
  const columns = [
    { title: "model", align: "left" } as const,
    ...shown.map((measure) => measureColumn(measure)),
  ];
  const [{ heldOut, training } = { heldOut: undefined, training: undefined }] = losses;
  const isTrained = record.others.every(({ name }) => name !== "target");
  const seen = !hasFolder(record.experiment.config)
    ? "which no model has seen"
    : record.models.length === 0
    ? "which no n-gram model has seen (what the others were trained on is not known)"
    : "on which nothing was trained here";
  const how = heldOut === undefined
    ? prose`No documents were held out (\`corpus.held_out\` is 0), so that nothing is known of how well the models predict documents that they have not seen.`
    : prose`The ${thousands(heldOut.documents)} ${
      heldOut.documents === 1 ? "document" : "documents"
    } held out, ${seen}, ${heldOut.documents === 1 ? "is" : "are"} predicted token by token.`;
  const standing = standingOf("target", losses);
  const baseline = ngramsAmong(losses).length > 0
    ? prose` An n-gram model, which only counts which token follows each *n* − 1 tokens (interpolated Witten–Bell smoothing), shows what counting alone achieves.`
    : [];
  const introduction = prose`${how}${baseline} Beside it the loss on ${
    thousands(training?.documents ?? 0)
  } of ${trainsTarget(record) ? "the training documents" : "those that were not held out"}.${
    windowsText(record)
  }`;
  const closing = record.models.length === 0
    ? prose`These intervals are over documents, for the models as they are.`
    : prose`These intervals are over documents, for the models as they were trained. They do not cover training: another seed trains other models. To see how far those differ, sweep \`seed\`, such as by \`--set seed=1..5\`.`;
  const blocks: Block[] = [
    { kind: "heading", text: prose`Held-out loss` },
    { kind: "paragraph", text: introduction },
    ...foldedTable({ columns, rows }),
    ...(standing === undefined
      ? []
      : [{ kind: "paragraph", text: prose`${standingText(standing, isTrained)}` } as const]),
    ...(heldOut === undefined ? [] : [{ kind: "paragraph", text: closing } as const]),
  ];
  return { blocks, shown };
}

/** Where the target's loss stands among those of n-gram models, and how sure that is. */
function standingText({ loss, beaten, open, ahead }: Standing, isTrained: boolean): string {
  const parts = [
    group("below that of", beaten),
    group("not told apart from that of", open),
    group("above that of", ahead),
  ].filter((part) => part !== "");
  const all = [...beaten, ...open, ...ahead];
  const verdict = beaten.length === all.length
    ? " The target beats every n-gram model."
    : ahead.length === all.length
    ? !isTrained
      ? " The target beats none of them, which were counted in documents of this kind."
      : " The target beats none of them: it has learned no more than counting does, so what follows " +
        "says little about a model that was trained well. More `steps` or a larger `batch_size` in " +
        "`training.target` may help."
    : "";
  const compared = all.filter(({ difference }) => difference !== undefined).length;
  const how =
    " Differences are to the nearest model, document by document, with 95 % intervals that are not " +
    `adjusted; the verdicts are, by Holm's method for ${formatCount(compared, "comparison")}.`;
  return `The target's held-out loss is ${nats(loss)} nats per token: ${parts.join("; ")}.` +
    verdict + how;
}

/** `below that of the 3-gram (2.235; difference −0.046 ± 0.006), the 2-gram and the 1-gram`. */
function group(relation: string, ngrams: readonly BesideNgram[]): string {
  const texts = ngrams.map(({ name, loss, difference }, i) => {
    // The nearest says how large the distance is.
    if (i > 0) return `the ${name}`;
    const by = difference === undefined
      ? ""
      : `; difference ${differenceText({ format: LOSS }, difference)}`;
    return `the ${name} (${nats(loss)}${by})`;
  });
  const last = texts.pop();
  if (last === undefined) return "";
  return `${relation} ${texts.length === 0 ? last : `${texts.join(", ")} and ${last}`}`;
}

const LOSS = { decimals: 3 } as const;

function nats(loss: number): string {
  return numberText({ format: LOSS }, loss);
}

/** How documents that are longer than the block are predicted; nothing where there are none. */
function windowsText({ corpus: { long }, experiment: { config } }: RunRecord): Prose {
  if (long.documents === 0) return [];
  return readingOf(config).long_documents === "cut"
    ? prose` Of documents that are longer than the block, the tokens past it are not predicted.`
    : prose` Documents that are longer than the block are predicted in consecutive windows, each token once. In its window every model, an *n*-gram model too, sees the last token of the window before and no earlier one; *n*-grams are counted in whole documents.`;
}

function lossTable(models: readonly ModelRun[]): Block {
  const tenths = Array.from({ length: 10 }, (_, i) => i);
  const titles = ["first step", ...tenths.map((i) => `${10 * i}–${10 * (i + 1)} %`)];
  const rows = models.map(({ name, steps }) => [
    textCell(name),
    lossCell(steps.slice(0, 1)),
    ...tenths.map((i) => lossCell(steps.slice(i * steps.length / 10, (i + 1) * steps.length / 10))),
  ]);
  return { kind: "table", table: { columns: columnsFrom("model", titles), rows } };
}

/** The mean loss of `steps`. */
function lossCell(steps: ModelRun["steps"]): ReportCell {
  if (steps.length === 0) return textCell("–");
  const mean = steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;
  return numberCell(nats(mean), mean);
}
