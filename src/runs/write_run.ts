/**
 * The output folder, put together from what the store has.
 *
 * @module
 */
import { decodeSamples } from "../measure/samples_format.ts";
import { sampleRows, SAMPLES_HEADER, type Timing, timingsCsv } from "../report/csv.ts";
import { timedCells } from "./make_results.ts";
import { manifestOf } from "./manifest.ts";
import type { OutputFolder } from "./output_folder.ts";
import { type MadeRun, reportFiles, reportId } from "../stages/report_files.ts";
import type { Session } from "./run_state.ts";
import { timeId } from "../stages/cache_keys.ts";
import type { StageId } from "../store/stored_result.ts";
import { readTimings } from "../stages/stored_results.ts";
import { readTraining } from "../stages/stored_training.ts";

/** Leaves `run` in `folder`; whether there was anything to write. */
export async function assemble(
  run: MadeRun,
  folder: OutputFolder,
  session: Session,
): Promise<boolean> {
  const stages = stagesOf(run, session);
  const { store, fresh } = session.options;
  if (!fresh && await folder.holds(stages)) return false;
  const { prepared: { experiment, corpus }, ids, failures } = run;
  for (const [name, text] of Object.entries(await reportFiles(run, session))) {
    await folder.write(name, text);
  }
  for (const id of Object.values(ids.train).filter((id) => session.failure(id) === undefined)) {
    const { checkpoint } = await readTraining(store, id);
    await folder.write(`checkpoints/${id.name}.json`, checkpoint);
  }
  await folder.write("samples.csv", samples(run, session));
  await folder.write("timings.csv", timingsCsv(await timings(run, session)));
  await folder.finish(manifestOf(experiment.name, { corpus: corpus.sha256, stages, failures }));
  return true;
}

/** The keys of everything that a run is made of. */
function stagesOf(run: MadeRun, session: Session): Record<string, Record<string, string>> {
  const { train, losses, cells } = run.ids;
  const time = timeId(timedCells(run.ids, session));
  const keys = (ids: readonly StageId[]): Record<string, string> =>
    Object.fromEntries(ids.map(({ name, key }) => [name, key]));
  return {
    train: keys(Object.values(train)),
    loss: keys(losses.map(({ id }) => id)),
    decode: keys(cells.map(({ decode }) => decode)),
    measure: keys(cells.map(({ measure }) => measure)),
    time: keys(time === undefined ? [] : [time]),
    report: keys([reportId(run)]),
  };
}

/** `samples.csv`, cell by cell: of many millions of samples only one cell's are in memory. */
async function* samples({ ids }: MadeRun, session: Session): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(SAMPLES_HEADER);
  for (const { cell, decode, measure } of ids.cells) {
    if (session.failure(measure) !== undefined) continue;
    const { body } = await session.options.store.read(decode);
    for (const rows of sampleRows(cell.label, decodeSamples(body))) yield encoder.encode(rows);
  }
}

/** What each result took when it was made, by this run or an earlier one. */
async function timings(run: MadeRun, session: Session): Promise<Timing[]> {
  const { store } = session.options;
  const { ids } = run;
  const made = [
    ...Object.values(ids.train),
    ...ids.losses.map(({ id }) => id),
    ...ids.cells.flatMap(({ decode, measure }) => [decode, measure]),
  ].filter((id) => session.failure(id) === undefined);
  const heads = await Promise.all(made.map((id) => store.head(id)));
  const rows = heads.flatMap((head): Timing[] => {
    if (head === undefined) return [];
    const { id, effort } = head;
    return [{ stage: id.stage, of: id.name, ...effort, cached: !session.made(id) }];
  });
  const id = timeId(timedCells(ids, session));
  if (id === undefined || session.failure(id) !== undefined) return rows;
  const oneText = await readTimings(store, id);
  return [...rows, ...oneText.map((row) => ({ ...row, cached: !session.made(id) }))];
}
