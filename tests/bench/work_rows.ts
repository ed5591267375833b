import { engineWork, isParallel } from "./engine.ts";
import { measuresRow, parityRow } from "./library_rows.ts";
import { type Library, prepareWork, writeWeights } from "./peers.ts";
import { coldStartRows, type Places, planningRow } from "./process_rows.ts";
import { corpusMemoryRow, trainingMemoryRow } from "./memory_rows.ts";
import { machineRows } from "./machine_rows.ts";
import { ngramRows } from "./ngram_rows.ts";
import { workBounds } from "./bounds.ts";
import { type Before, measuresBefore } from "./against.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { processorArithmetic } from "../../src/model/simd/arithmetic.ts";
import type { Measure, Row, Section } from "./rows.ts";
import { timelineRows } from "./timeline.ts";
import { warperRows } from "./warper_rows.ts";
import {
  benchCorpus,
  CORPUS,
  decodingWorks,
  operationsPerDocument,
  trainingWorks,
  type Work,
} from "./work.ts";

/** Where work is done beside this process. */
export interface Elsewhere extends Places {
  /** Other libraries. */
  readonly libraries: readonly Library[];
  /** The engine of another checkout, if one is measured. */
  readonly before?: Before | undefined;
}

/** The rows of `sections`, their work made ready here and elsewhere. */
export async function rowsOf(
  sections: readonly Section[],
  elsewhere: Elsewhere,
): Promise<Row[]> {
  const has = (section: Section): boolean => sections.includes(section);
  const { scratch, libraries } = elsewhere;
  const corpus = await benchCorpus();
  const trainings = trainingWorks(corpus);
  const largest = trainings.at(-1);
  const memory: Row[] = [];
  if (has("memory") && largest !== undefined) {
    const withPyTorch = libraries.some(({ name }) => name === "PyTorch");
    memory.push(trainingMemoryRow(largest, scratch, withPyTorch), corpusMemoryRow(scratch));
  }
  const works: Work[] = [
    ...has("training") ? trainings : [],
    ...has("decoding") ? decodingWorks(corpus) : [],
  ];
  const rows: Row[] = has("machine") ? machineRows() : [];
  for (const work of works) rows.push(await rowOf(work, elsewhere));
  if (has("warpers")) rows.push(...warperRows());
  if (has("ngrams")) rows.push(...ngramRows(corpus));
  if (has("measures")) rows.push(await measuresRow());
  if (has("parity")) rows.push(parityRow(await Deno.readFile(CORPUS)));
  if (has("planning")) rows.push(await planningRow(elsewhere));
  if (has("cold")) rows.push(...await coldStartRows(corpus, elsewhere));
  if (has("start")) rows.push(...timelineRows(scratch));
  return [...rows, ...memory];
}

async function rowOf(work: Work, { libraries, before, scratch }: Elsewhere): Promise<Row> {
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
    label: labelOf(work),
    unit: training ? "µs/document" : "tokens/s",
    better: training ? "lower" : "higher",
    engine: (seconds) => value(repeat(engine, seconds)),
    peers,
    ...processorArithmetic() === "strict" ? {} : { strict: strictMeasure(work, value) },
    bounds: workBounds(work, value),
    ...await measuresBefore(before, work, allCores === undefined ? [1] : [1, cores], value),
    ...allCores === undefined ? {} : { allCores: (seconds) => value(repeat(allCores, seconds)) },
    ...training
      ? { gigaflops: (microseconds) => operationsPerDocument(work) / (1000 * microseconds) }
      : {},
  };
}

/** Without what a heading says: `16/4/1 × 16` documents at once, `greedy 16/4/1`. */
function labelOf({ name }: Work): string {
  return name.replace("training ", "").replace(", batch ", " × ").replace(", one stream", "");
}

/** What the same costs where no product and sum are one operation. */
function strictMeasure(work: Work, value: (duration: Duration) => number): Measure {
  const strict = engineWork(work, 1, "strict");
  return (seconds) => value(repeat(strict, seconds));
}

/** jax-js trains a small and a large model of one layer: that says enough of it. */
function does({ name }: Library, { kind, spec }: Work): boolean {
  if (name !== "jax-js") return true;
  return kind === "training" && spec.nLayer === 1 && [16, 128].includes(spec.nEmbd);
}
