// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, resolve } from "@std/path";
import { parameterCount } from "../../src/model/weights.ts";
import { closeLibrary, type Library, prepareIn, startPyTorch, writeWeights } from "./peers.ts";
import { outputOf } from "./project_process.ts";
import type { Bound, Measure, Row } from "./rows.ts";
import { CORPUS, type TrainingWork } from "./work.ts";

/** Bytes of the corpus that is made. */
const CORPUS_BYTES = 100_000_000;
/** Numbers for each parameter: itself, its gradient and Adam's two moments, in f32. */
const BYTES_PER_PARAMETER = 16;

/** The peak of a process that trains `work`, and of PyTorch's if `withPyTorch`. */
export function trainingMemoryRow(
  work: TrainingWork,
  scratch: string,
  withPyTorch: boolean,
): Row {
  const state = BYTES_PER_PARAMETER * parameterCount(work.spec) / 1e6;
  return {
    ...memoryRow(work.name, work.name.replace(/,.*/, ""), () => peakOf("training", work.name)),
    bounds: [boundOf("an empty process and four numbers for each parameter", state)],
    peers: withPyTorch ? { PyTorch: () => pyTorchPeak(work, scratch) } : {},
  };
}

/** The peak of a process that reads and checks a corpus as a run does, of a hundred million bytes. */
export function corpusMemoryRow(scratch: string): Row {
  const bytes = CORPUS_BYTES / 1e6;
  return {
    ...memoryRow(
      `a corpus of ${bytes} MB, read and checked`,
      `a corpus of ${bytes} MB`,
      async () => {
        await Deno.mkdir(scratch, { recursive: true });
        const corpus = resolve(scratch, "corpus.txt");
        await writeCorpus(corpus, CORPUS_BYTES);
        const peak = await peakOf("corpus", corpus);
        await Deno.remove(corpus);
        return peak;
      },
    ),
    bounds: [boundOf("an empty process and the corpus", bytes)],
  };
}

/** A row that is measured once: peaks hardly vary. */
function memoryRow(name: string, label: string, engine: Measure): Row {
  return {
    section: "memory",
    name: `peak memory of ${name}`,
    label,
    unit: "MB",
    better: "lower",
    once: true,
    peers: {},
    engine,
  };
}

function boundOf(what: string, megabytes: number): Bound {
  return { kind: "memory", what, measure: async () => await peakOf("nothing") + megabytes };
}

/** The peak of a process that does what `memory_probe.ts` is told, MB. */
async function peakOf(...args: string[]): Promise<number> {
  const probe = fromFileUrl(new URL("./memory_probe.ts", import.meta.url));
  const printed = await outputOf(
    ["run", "-q", "--config", "tests/deno.json", "-P=bench", probe, ...args],
  );
  return Number(printed) / 1e6;
}

async function pyTorchPeak(work: TrainingWork, scratch: string): Promise<number> {
  const library: Library = await startPyTorch([1]);
  try {
    const [peer] = library.processes;
    if (peer === undefined) throw new RangeError("Cannot measure memory: there is no process");
    await prepareIn(peer, work, await writeWeights(scratch, work.spec));
    return await peer.askNumber({ memory: work.name }, "bytes") / 1e6;
  } finally {
    await closeLibrary(library);
  }
}

/**
 * Writes a corpus of so many bytes, in lines of three names: each time through all names the second and
 * the third are other ones, so that hardly a line comes twice.
 */
export async function writeCorpus(file: string, size: number): Promise<void> {
  const names = (await Deno.readTextFile(CORPUS)).trim().split("\n");
  const encoder = new TextEncoder();
  const nameAt = (i: number): string => names[i % names.length] ?? "";
  using corpus = await Deno.open(file, { write: true, create: true, truncate: true });
  for (let turn = 1, left = size; left > 0; turn++) {
    const lines = names.map((name, i) => `${name} ${nameAt(i + turn)} ${nameAt(i * 3 + turn)}\n`);
    const bytes = encoder.encode(lines.join("")).subarray(0, left);
    for (let at = 0; at < bytes.length;) at += await corpus.write(bytes.subarray(at));
    left -= bytes.length;
  }
}
