/**
 * Results of the stages that are plain data, from the store and for it.
 *
 * @module
 */
import type { ModelLosses } from "../measure/corpus_loss.ts";
import type { CellMeasures } from "../measure/measure.ts";
import type { Timing } from "../report/csv.ts";
import type { StageId } from "../store/stored_result.ts";
import type { Store } from "../store/store.ts";

/** The bytes of a result. */
export function encodeJson(
  value: CellMeasures | ModelLosses | readonly Timing[] | TextFiles,
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, finite));
}

/** JSON has no word for what is no number, and would lose it. */
function finite(key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new RangeError(`Cannot keep ${key}: expected a finite number, found ${value}`);
}

/** Files by their names in the output folder. */
export type TextFiles = Readonly<Record<string, string>>;

/** The measures of a cell. */
export function readMeasures(store: Store, id: StageId): Promise<CellMeasures> {
  return readJson(store, id);
}

/** What a model loses on the corpus. */
export function readLosses(store: Store, id: StageId): Promise<ModelLosses> {
  return readJson(store, id);
}

/** What decoding took, one text at a time. */
export function readTimings(store: Store, id: StageId): Promise<Timing[]> {
  return readJson(store, id);
}

/** The files of a report. */
export function readReport(store: Store, id: StageId): Promise<TextFiles> {
  return readJson(store, id);
}

/** What was written as JSON: its digest says that it is what was written. */
async function readJson<Result>(store: Store, id: StageId): Promise<Result> {
  return JSON.parse(new TextDecoder().decode((await store.read(id)).body));
}
