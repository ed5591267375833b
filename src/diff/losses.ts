/**
 * The losses of models on held-out documents, document by document: `losses.csv` of two runs.
 *
 * @module
 */
import { differenceOf } from "../measure/comparison.ts";
import { ratioPseudoValues } from "../measure/sampling.ts";
import { shown } from "../text/suggestions.ts";
import { csvRows, type CsvSource } from "./csv_rows.ts";
import type { Judged } from "./judgement.ts";
import { DiffError } from "./run_files.ts";

/** The losses of a model, in the order of the documents. */
export interface LossesByText {
  /** The documents; one that the corpus has twice is twice here, the second time with a number. */
  readonly documents: readonly string[];
  /** −ln P of each, nats. */
  readonly nats: Float64Array;
  /** Tokens that were predicted of each. */
  readonly tokens: Float64Array;
  /** Characters that they stand for. */
  readonly characters: Float64Array;
  /** Bytes that they stand for, where the file has them. */
  readonly bytes?: Float64Array;
}

const NUMBERS = ["tokens", "characters", "nats"] as const;
/** The column that only files of tokenizers have. */
const BYTES = "bytes";

/**
 * The losses in `source` of the models that are `wanted`, by their names.
 *
 * @throws {DiffError} If the file is damaged, with the line.
 */
export async function documentLosses(
  source: CsvSource,
  wanted: (model: string) => boolean,
): Promise<ReadonlyMap<string, LossesByText>> {
  const rows = new Map<string, { document: string; numbers: number[] }[]>();
  let places: readonly number[] | undefined;
  let numbersThere: readonly string[] = NUMBERS;
  for await (const some of csvRows(source, wanted)) {
    for (const { line, fields } of some) {
      const fail = (expected: string, found: unknown): DiffError =>
        new DiffError(
          `cannot use ${source.file}: line ${line}: expected ${expected}, found ${shown(found)}`,
        );
      if (places === undefined) {
        if (fields.includes(BYTES)) numbersThere = [...NUMBERS, BYTES];
        places = ["model", "document", ...numbersThere].map((name) => {
          const place = fields.indexOf(name);
          if (place < 0 || name === "model" && place > 0) {
            throw fail(`the column ${name}${name === "model" ? " first" : ""}`, fields.join(","));
          }
          return place;
        });
        continue;
      }
      const [model = "", document = "", ...numbers] = places.map((place) => fields[place] ?? "");
      numbersThere.forEach((name, i) => {
        const value = Number(numbers[i]);
        if (numbers[i] === "" || !Number.isFinite(value)) {
          throw fail(`a number in ${name}`, numbers[i]);
        }
      });
      const own = rows.get(model) ?? [];
      if (own.length === 0) rows.set(model, own);
      own.push({ document, numbers: numbers.map(Number) });
    }
  }
  return new Map([...rows].map(([model, own]) => [model, lossesOf(own)]));
}

function lossesOf(
  rows: readonly { readonly document: string; readonly numbers: readonly number[] }[],
): LossesByText {
  const seen = new Map<string, number>();
  const documents = rows.map(({ document }) => {
    const before = seen.get(document) ?? 0;
    seen.set(document, before + 1);
    // No document has a line end in it.
    return before === 0 ? document : `${document}\n${before}`;
  });
  const column = (place: number): Float64Array =>
    Float64Array.from(rows, ({ numbers }) => numbers[place] ?? 0);
  const losses = { documents, tokens: column(0), characters: column(1), nats: column(2) };
  return rows[0]?.numbers[3] === undefined ? losses : { ...losses, bytes: column(3) };
}

/** A mean loss over documents, and how much of it is each document's. */
interface Loss {
  readonly value: number;
  /** The part of each document in the deviation of `value` from its expectation, to first order. */
  readonly parts: ReadonlyMap<string, number>;
}

/** The units of a text that a loss is a mean over. */
export type LossUnit = "tokens" | "characters" | "bytes";

/** The loss per token in nats, or per character or byte in bits. */
function lossPer(
  of: LossUnit,
  { documents, nats, ...counts }: LossesByText,
): Loss {
  const costs = of === "tokens" ? nats : nats.map((cost) => cost / Math.LN2);
  const total = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
  const units = counts[of] ?? new Float64Array(documents.length);
  const value = total(costs) / total(units);
  const pseudoValues = ratioPseudoValues(value, costs, units);
  const mean = pseudoValues.reduce((sum, one) => sum + one, 0) / documents.length;
  const parts = documents.map((document, i): [string, number] => [
    document,
    ((pseudoValues[i] ?? mean) - mean) / documents.length,
  ]);
  return { value, parts: new Map(parts) };
}

/**
 * The difference of two losses, by the t of its documents: what both owe to a document that both were
 * measured on cancels out, and the variances of the others add up, with Satterthwaite's degrees of
 * freedom (1946). `undefined` of fewer than two documents, and where nothing differs.
 */
export function changeOfLoss(
  of: LossUnit,
  old: LossesByText,
  current: LossesByText,
): { readonly old: number; readonly new: number; readonly judged: Judged | undefined } {
  const [before, after] = [lossPer(of, old), lossPer(of, current)];
  const common: number[] = [];
  const lone: number[][] = [[], []];
  for (const [document, part] of after.parts) {
    const other = before.parts.get(document);
    if (other === undefined) lone[1]?.push(part);
    else common.push(part - other);
  }
  for (const [document, part] of before.parts) {
    if (!after.parts.has(document)) lone[0]?.push(part);
  }
  const fewest = Math.min(before.parts.size, after.parts.size);
  const variances = [common, ...lone].filter(({ length }) => length > 0).map((parts) => ({
    variance: parts.reduce((sum, part) => sum + part * part, 0) * fewest / (fewest - 1),
    degreesOfFreedom: Math.max(1, parts.length - 1),
  }));
  const variance = variances.reduce((sum, one) => sum + one.variance, 0);
  const squares = variances.reduce(
    (sum, one) => sum + one.variance ** 2 / one.degreesOfFreedom,
    0,
  );
  const value = after.value - before.value;
  const isPaired = common.length > 0;
  const difference = fewest < 2 || variance === 0 ? undefined : differenceOf(
    value,
    { kind: "strata", variance, degreesOfFreedom: variance ** 2 / squares },
    isPaired,
  );
  return {
    old: before.value,
    new: after.value,
    judged: difference && { difference, pairing: isPaired ? "document" : "none" },
  };
}
