/**
 * `deno task sample RUN --score TEXT`: what the models of a run make of given texts.
 *
 * @module
 */
import { readingOf } from "../config/settings.ts";
import { bitsPer, scoreText, type TokenScore, totalOf } from "../measure/text_score.ts";
import type { OneCell } from "../config/experiment.ts";
import { normalizedText } from "../data/normalization.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { LongDocumentChoice } from "../data/windows.ts";
import type { LanguageModel } from "../model/language_model.ts";
import { byteCount, charactersBegun } from "../text/bytes.ts";
import { inColumns } from "../text/display_width.ts";
import { formatCount } from "../text/format.ts";
import type { TrainedRun } from "../runs/trained_run.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { CheckpointError } from "../train/checkpoint.ts";
import { ExitCode, UsageError } from "./command.ts";
import { TokenNames } from "./explanation/token_names.ts";
import { nats, percent } from "./explanation/top_tokens.ts";
import { print, printJson } from "./terminal.ts";

/** A request for scores: the run, and the models that give them. */
export interface ScoreRequest {
  /** The folder of the run. */
  readonly run: string;
  /** The model that scores; beside the target the draft does, too, where there is one. */
  readonly model: ModelName;
  /** The run's experiment. */
  readonly one: Pick<OneCell, "experiment">;
  /** Opens a model of the run. */
  readonly open: (name: ModelName) => Promise<TrainedRun>;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** Prints the scores of `texts`; the exit code. */
export async function printScores(
  texts: readonly string[],
  { run, model, one: { experiment: { config } }, open, json }: ScoreRequest,
): Promise<number> {
  const names: readonly ModelName[] = model === "target" && config.models.draft !== undefined
    ? ["target", "draft"]
    : [model];
  const opened: (TrainedRun & { readonly name: ModelName })[] = [];
  try {
    for (const name of names) opened.push({ ...await open(name), name });
    const [{ vocabulary } = unopened(), draft = opened[0]] = opened;
    if (draft?.vocabulary.digest !== vocabulary.digest) {
      throw new CheckpointError(
        `cannot use the checkpoints of ${run}: expected target and draft of the same tokens, found others`,
      );
    }
    const reading = readingOf(config);
    const scored = texts.map((text) =>
      scoredText(normalizedText(text, reading.normalize), opened, {
        vocabulary,
        longDocuments: reading.long_documents,
      })
    );
    if (json) printJson(scoresJson(run, scored, opened, vocabulary));
    else print(scored.map((one) => scoreLines(one, opened, vocabulary).join("\n")).join("\n\n"));
    return ExitCode.done;
  } finally {
    for (const { close } of opened) close();
  }
}

function unopened(): never {
  throw new TypeError("Cannot score: no model was opened");
}

/** A model with its name in tables. */
interface NamedModel {
  /** Such as `target`. */
  readonly name: string;
  /** The model. */
  readonly model: LanguageModel;
}

/** A text as models score it. */
interface ScoredText {
  /** The text. */
  readonly text: string;
  /** Tokens at its end, the stop among them, that no model read, as the run cuts long documents. */
  readonly unread: number;
  /** The part of the text that was read. */
  readonly read: string;
  /** The scores of each token that was read, the stop included, by each of the models. */
  readonly scores: readonly (readonly TokenScore[])[];
}

/** How to score texts. */
interface ScoreOptions {
  /** The tokens of the models. */
  readonly vocabulary: Vocabulary;
  /** The run's treatment of documents that are longer than the block. */
  readonly longDocuments: LongDocumentChoice;
}

/** `text` as each of `models` scores it; throws a {@linkcode UsageError} for a character without a token. */
function scoredText(
  text: string,
  models: readonly NamedModel[],
  { vocabulary, longDocuments }: ScoreOptions,
): ScoredText {
  checkCharacters(text, vocabulary);
  // As a document is read: with BOS in front even where prompts have none.
  const whole = [vocabulary.bos, ...vocabulary.encode(text), vocabulary.end];
  const block = Math.min(...models.map(({ model }) => model.spec.blockSize));
  const read = longDocuments === "cut" ? whole.slice(0, block + 1) : whole;
  return {
    text,
    unread: whole.length - read.length,
    read: vocabulary.continuation("", read),
    scores: models.map(({ model }) => scoreText(model, read, vocabulary.stops.tokens)),
  };
}

/** Throws a {@linkcode UsageError} that names the first character without a token, and its place. */
function checkCharacters(text: string, vocabulary: Vocabulary): void {
  const problem = vocabulary.describeUnknown(text);
  if (problem === undefined) return;
  // Of a tokenizer a character may be unknown in this text alone.
  const place = Math.max(
    0,
    [...text].findIndex((one) => vocabulary.describeUnknown(one) !== undefined),
  );
  throw new UsageError(`cannot use --score: character ${place + 1}: ${problem}`);
}

/** A text's scores as lines: a heading, a row for each token, and the totals. */
function scoreLines(
  { unread, text, read, scores: [first = [], ...others] }: ScoredText,
  models: readonly NamedModel[],
  vocabulary: Vocabulary,
): string[] {
  const names = new TokenNames(vocabulary);
  const [own, ...beside] = models.map(({ name }) => name);
  const rows = first.map(({ token, logProb, rank, best, bestLogProb, beginsWindow }, i) => [
    ...[names.shown(token), percent(Math.exp(logProb)), nats(logProb), `${rank}`],
    rank === 1 ? "" : `${names.shown(best)} ${percent(Math.exp(bestLogProb))}`,
    ...others.map((scores) => percent(Math.exp(scores[i]?.logProb ?? NaN))),
    beginsWindow ? "new window" : "",
  ]);
  const characters = charactersBegun(read);
  const lengths = "tokenizer" in vocabulary.data ? [characters, byteCount(read)] : [characters];
  const units = ["bits per character", "bits per byte"].slice(0, lengths.length);
  const heading = ["token", own ?? "", "log p", "rank", "most probable", ...beside, ""];
  const totals = models.map(({ name }, i) => {
    const scores = i === 0 ? first : others[i - 1] ?? [];
    const bits = lengths.map((length) => length === 0 ? "–" : bitsPer(scores, length).toFixed(3));
    return [name, nats(totalOf(scores)), ...bits];
  });
  return [
    names.text("", vocabulary.encode(text)),
    ...inColumns([heading, ...rows], `lrrrl${"r".repeat(beside.length)}l`).map((line) =>
      `   ${line}`
    ),
    ...first.some(({ beginsWindow }) => beginsWindow)
      ? ["   new window: the block is full, and the model sees only the token before"]
      : [],
    ...unread === 0 ? [] : [
      `   not read: the last ${formatCount(unread, "token")}, EOS included, since the run cuts`,
      "   documents at the block (corpus.long_documents: cut)",
    ],
    "",
    ...inColumns(
      [["", unread === 0 ? "log P, EOS included" : "log P", ...units], ...totals],
      `lr${"r".repeat(units.length)}`,
    ).map((line) => `   ${line}`),
  ];
}

/**
 * Texts with their scores as JSON: `{ run, scores }`, each `{ text, unread_tokens, models }`, of each model
 * its name, `log_prob` (nats, EOS included), `bits_per_character` (of a tokenizer also `bits_per_byte`) and
 * the tokens, of which `null` is EOS; those of a tokenizer have their number, `id`, too.
 */
function scoresJson(
  run: string,
  texts: readonly ScoredText[],
  models: readonly NamedModel[],
  vocabulary: Vocabulary,
): string {
  const names = new TokenNames(vocabulary);
  const isTokenized = "tokenizer" in vocabulary.data;
  const bitsOf = (scores: readonly TokenScore[], length: number): number | null =>
    length === 0 ? null : bitsPer(scores, length);
  const plain = texts.map(({ text, unread, read, scores }) => ({
    text,
    unread_tokens: unread,
    models: models.map(({ name }, i) => ({
      model: name,
      log_prob: totalOf(scores[i] ?? []),
      bits_per_character: bitsOf(scores[i] ?? [], charactersBegun(read)),
      ...isTokenized ? { bits_per_byte: bitsOf(scores[i] ?? [], byteCount(read)) } : {},
      tokens: (scores[i] ?? []).map((
        { token, logProb, rank, best, bestLogProb, beginsWindow },
      ) => ({
        token: names.plain(token),
        ...isTokenized ? { id: token } : {},
        log_prob: logProb,
        rank,
        most_probable: { token: names.plain(best), log_prob: bestLogProb },
        ...beginsWindow ? { new_window: true } : {},
      })),
    })),
  }));
  return JSON.stringify({ run, scores: plain }, null, 2);
}
