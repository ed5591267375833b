/**
 * Reads `samples.csv` of a run, cell by cell: the facts about samples that the difference of two cells is
 * judged by.
 *
 * @module
 */
import type { StopReason } from "../decode/strategy.ts";
import { shown } from "../text/suggestions.ts";
import { csvRows, type CsvSource, type LongRow } from "./csv_rows.ts";
import { DiffError } from "./run_files.ts";

/** A sample as `samples.csv` has it. */
export interface SampleRow {
  /** The beginning of the text. */
  readonly prompt: string;
  /** Which of the run's prompts that is, from 0. */
  readonly draw: number;
  /** Which of the cell's decodings gave it, from 0. */
  readonly decoding: number;
  /** The text generated after the prompt. */
  readonly continuation: string;
  /** Tokens generated, EOS not counted. */
  readonly tokens: number;
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Why it ended. */
  readonly stop: StopReason;
  /** Its log-probability under the target, nats. */
  readonly logProb: number;
  /** The same in the warped distributions. */
  readonly warpedLogProb: number;
  /** Forward passes of the target. */
  readonly targetCalls: number;
  /** Forward passes of the draft. */
  readonly draftCalls: number;
  /** Tokens that the draft proposed. */
  readonly proposed: number;
  /** Those that were tested. */
  readonly tested: number;
  /** Those that were accepted. */
  readonly accepted: number;
  /** Tokens drawn in place of a refused one. */
  readonly resampled: number;
  /** Tokens drawn after a proposal of which none was refused. */
  readonly bonus: number;
  /** Σ β over the tested tokens; `undefined` where nothing speculates. */
  readonly overlap: number | undefined;
  /** The tokens of the continuation, where the file has them: see `tokenIds` of `report/samples_csv.ts`. */
  readonly tokenIds?: readonly number[] | undefined;
  /** Whether the text is no training document. */
  readonly isNovel: boolean | undefined;
  /** Whether it is one of the documents held out. */
  readonly isHeldOut: boolean | undefined;
}

/** The samples of one cell. */
export interface CellRows {
  /** The cell's label. */
  readonly label: string;
  /** They, in order. */
  readonly rows: readonly SampleRow[];
}

/** A file of an older version lacks a column; the message says which. */
export class OlderFileError extends Error {
  /** The name of the class. */
  override readonly name = "OlderFileError";
}

const COLUMNS = [
  "cell",
  "prompt",
  "draw",
  "decoding",
  "continuation",
  "tokens",
  "choices",
  "stop",
  "log_prob",
  "warped_log_prob",
  "target_calls",
  "draft_calls",
  "proposed",
  "tested",
  "accepted",
  "resampled",
  "bonus",
  "overlap",
  "novel",
  "held_out",
] as const;

type Column = (typeof COLUMNS)[number];

/** The column that only files of tokenizers have. */
const TOKEN_IDS = "token_ids";

/** Where each column stands among the fields of a row. */
type Places = Readonly<Record<Column, number>> & { readonly [TOKEN_IDS]: number | undefined };

/**
 * The cells of `source` whose labels are `wanted`, one after the other.
 *
 * @throws {DiffError} If the file is damaged, with the line.
 * @throws {OlderFileError} If an older version wrote it, without all columns.
 */
export async function* cellRows(
  source: CsvSource,
  wanted: (label: string) => boolean,
): AsyncGenerator<CellRows> {
  let places: Places | undefined;
  let label = "";
  let own: SampleRow[] = [];
  const done = new Set<string>();
  for await (const rows of csvRows(source, wanted)) {
    for (const row of rows) {
      if (places === undefined) {
        places = placesIn(source.file, row.fields);
        continue;
      }
      const reader = new FieldReader(source.file, row, places);
      const cell = reader.text("cell");
      if (cell !== label && own.length > 0) {
        yield { label, rows: own };
        done.add(label);
        own = [];
      }
      if (done.has(cell)) {
        throw reader.failure("cell", "the samples of a cell together, and it was before others");
      }
      label = cell;
      own.push(sampleIn(reader));
    }
  }
  if (own.length > 0) yield { label, rows: own };
}

function placesIn(file: string, header: readonly string[]): Places {
  const lacking = COLUMNS.find((column) => !header.includes(column));
  if (lacking !== undefined) throw new OlderFileError(`${file} lacks the column ${lacking}`);
  // Sound: each column has just been found.
  return {
    ...Object.fromEntries(COLUMNS.map((column) => [column, header.indexOf(column)])),
    [TOKEN_IDS]: header.includes(TOKEN_IDS) ? header.indexOf(TOKEN_IDS) : undefined,
  } as unknown as Places;
}

function sampleIn(row: FieldReader): SampleRow {
  return {
    prompt: row.text("prompt"),
    draw: row.count("draw"),
    decoding: row.count("decoding"),
    continuation: row.text("continuation"),
    tokens: row.count("tokens"),
    choices: row.count("choices"),
    stop: row.stop(),
    logProb: row.number("log_prob"),
    warpedLogProb: row.number("warped_log_prob"),
    targetCalls: row.count("target_calls"),
    draftCalls: row.count("draft_calls"),
    proposed: row.count("proposed"),
    tested: row.count("tested"),
    accepted: row.count("accepted"),
    resampled: row.count("resampled"),
    bonus: row.count("bonus"),
    overlap: row.text("overlap") === "" ? undefined : row.number("overlap"),
    tokenIds: row.tokenIds(),
    isNovel: row.flag("novel"),
    isHeldOut: row.flag("held_out"),
  };
}

/** Reads the fields of a row, each as what it has to be. */
class FieldReader {
  readonly #file: string;
  readonly #row: LongRow;
  readonly #places: Places;

  constructor(file: string, row: LongRow, places: Places) {
    this.#file = file;
    this.#row = row;
    this.#places = places;
  }

  text(column: Column): string {
    return this.#row.fields[this.#places[column]] ?? "";
  }

  number(column: Column): number {
    const text = this.text(column);
    const value = Number(text);
    if (text !== "" && Number.isFinite(value)) return value;
    throw this.failure(column, "a number");
  }

  count(column: Column): number {
    const value = this.number(column);
    if (Number.isInteger(value) && value >= 0) return value;
    throw this.failure(column, "a whole number");
  }

  /** As many whole numbers as there are tokens; none where the file has no such column. */
  tokenIds(): readonly number[] | undefined {
    const place = this.#places[TOKEN_IDS];
    if (place === undefined) return undefined;
    const text = this.#row.fields[place] ?? "";
    const tokens = text === "" ? [] : text.split(" ").map(Number);
    const isToken = (token: number): boolean => Number.isInteger(token) && token >= 0;
    if (tokens.every(isToken) && tokens.length === this.count("tokens")) return tokens;
    throw new DiffError(
      `cannot use ${this.#file}: line ${this.#row.line}: ${TOKEN_IDS}: expected as many tokens as ` +
        `the row has, found ${shown(text)}`,
    );
  }

  /** Yes or no; `undefined` where it is empty, as of a run without a corpus. */
  flag(column: Column): boolean | undefined {
    const text = this.text(column);
    if (text === "") return undefined;
    if (text === "0" || text === "1") return text === "1";
    throw this.failure(column, "0, 1 or nothing");
  }

  stop(): StopReason {
    const text = this.text("stop");
    if (text === "eos" || text === "max_new_tokens" || text === "block_size") return text;
    throw this.failure("stop", "eos, max_new_tokens or block_size");
  }

  failure(column: Column, expected: string): DiffError {
    return new DiffError(
      `cannot use ${this.#file}: line ${this.#row.line}: ${column}: expected ${expected}, found ` +
        shown(this.text(column)),
    );
  }
}
