import { engineWork, isParallel } from "./engine.ts";
import { measuresRow, parityRow } from "./library_rows.ts";
import { type Library, prepareWork, writeWeights } from "./peers.ts";
import { coldStartRows, memoryRow } from "./process_rows.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import type { Measure, Row, Section } from "./rows.ts";
import { warperRows } from "./warper_rows.ts";
import {
  benchCorpus,
  CORPUS,
  decodingWorks,
  operationsPerDocument,
  trainingWorks,
  type Work,
} from "./work.ts";

/** The rows of `sections`, their work made ready here and in `libraries`; files go to `scratch`. */
export async function rowsOf(
  sections: readonly Section[],
  libraries: readonly Library[],
  scratch: string,
): Promise<Row[]> {
  const corpus = await benchCorpus();
  const trainings = trainingWorks(corpus);
  const largest = trainings.at(-1);
  const memory: Row[] = [];
  if (sections.includes("memory") && largest !== undefined) {
    const withPyTorch = libraries.some(({ name }) => name === "PyTorch");
    memory.push(await memoryRow(largest, scratch, withPyTorch));
  }
  const rows: Row[] = [];
  const works: Work[] = [
    ...sections.includes("training") ? trainings : [],
    ...sections.includes("decoding") ? decodingWorks(corpus) : [],
  ];
  for (const work of works) rows.push(await rowOf(work, libraries, scratch));
  if (sections.includes("warpers")) rows.push(...warperRows());
  if (sections.includes("measures")) rows.push(measuresRow());
  if (sections.includes("parity")) rows.push(parityRow(await Deno.readFile(CORPUS)));
  if (sections.includes("cold")) rows.push(...coldStartRows(scratch));
  return [...rows, ...memory];
}

async function rowOf(work: Work, libraries: readonly Library[], scratch: string): Promise<Row> {
  const training = work.kind === "training";
  const value = (duration: Duration): number =>
    training ? 1e6 * secondsEach(duration) : 1 / secondsEach(duration);
  const engine = engineWork(work, 1);
  const cores = navigator.hardwareConcurrency;
  const allCores = cores > 1 && isParallel(work) ? engineWork(work, cores) : undefined;
  const peers: Record<string, Measure> = {};
  for (const library of libraries.filter((library) => does(library, work))) {
    const prepared = await prepareWork(library, work, await writeWeights(scratch, work.spec));
    peers[library.name] = async (seconds) => value(await prepared.measure(seconds));
  }
  return {
    section: training ? "training" : "decoding",
    name: work.name,
    unit: training ? "µs/document" : "tokens/s",
    better: training ? "lower" : "higher",
    engine: (seconds) => value(repeat(engine, seconds)),
    peers,
    ...allCores === undefined ? {} : { allCores: (seconds) => value(repeat(allCores, seconds)) },
    ...training
      ? { gigaflops: (microseconds) => operationsPerDocument(work) / (1000 * microseconds) }
      : {},
  };
}

/** jax-js trains a small and a large model of one layer: that says enough of it. */
function does({ name }: Library, { kind, spec }: Work): boolean {
  if (name !== "jax-js") return true;
  return kind === "training" && spec.nLayer === 1 && [16, 128].includes(spec.nEmbd);
}
