// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, join } from "@std/path";
import type { ModelSpec } from "../../src/model/language_model.ts";
import { Peer, PeerAbsentError, type PeerCommand } from "./peer.ts";
import { type Duration, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import { benchWeights, type Work } from "./work.ts";

/** Where Debian's `python3-torch` is, whatever `python3` is. */
const PYTHONS = ["python3", "/usr/bin/python3"];
/** For finding out which number of threads is best. */
const TRIAL_SECONDS = 0.1;

const local = (file: string): string => fromFileUrl(new URL(file, import.meta.url));

/** One library, in as many processes as there are numbers of threads to choose from. */
export interface Library {
  /** Of the library. */
  readonly name: string;
  /** Of the library. */
  readonly version: string;
  /** One process for each number of threads that is tried. */
  readonly processes: readonly Peer[];
}

/** PyTorch, where a Python has it, with each of these numbers of threads. */
export async function startPyTorch(threads: readonly number[]): Promise<Library> {
  let absent = new PeerAbsentError("no Python was tried");
  for (const program of PYTHONS) {
    try {
      return await startLibrary(threads.map((count) => pyTorch(program, count)));
    } catch (error) {
      if (!(error instanceof PeerAbsentError)) throw error;
      absent = error;
    }
  }
  throw absent;
}

function pyTorch(program: string, threads: number): PeerCommand {
  const count = String(threads);
  const env = { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count };
  return { program, args: [local("pytorch_peer.py")], env };
}

/** jax-js, where it can be loaded. */
export function startJax(): Promise<Library> {
  const config = local("../deno.json");
  const args = ["run", "-q", "--config", config, "-P=bench", local("jax_peer.ts")];
  return startLibrary([{ program: "deno", args }]);
}

async function startLibrary(commands: readonly PeerCommand[]): Promise<Library> {
  const processes: Peer[] = [];
  // One after another: if the first is absent, the others are not started.
  for (const command of commands) processes.push(await Peer.start(command));
  const [{ introduction: { name, version } }] = processes as [Peer, ...Peer[]];
  return { name, version, processes };
}

/** Ends all processes. */
export async function closeLibrary({ processes }: Library): Promise<void> {
  for (const process of processes) await process.close();
}

/** A peer that has `work` ready. */
export interface PreparedWork {
  /** The process that does it fastest. */
  readonly peer: Peer;
  /** Does it for about so many seconds. */
  measure(seconds: number): Promise<Duration>;
}

/** Makes `work` ready in the process that is fastest at it. */
export async function prepareWork(
  { processes }: Library,
  work: Work,
  weights: string,
): Promise<PreparedWork> {
  let best: { work: PreparedWork; speed: number } | undefined;
  for (const peer of processes) {
    const prepared = await prepareIn(peer, work, weights);
    const trial = processes.length === 1 ? undefined : await prepared.measure(TRIAL_SECONDS);
    const speed = trial === undefined ? 1 : 1 / secondsEach(trial);
    if (best === undefined || speed > best.speed) best = { work: prepared, speed };
  }
  if (best === undefined) throw new RangeError("Cannot prepare work: there is no process");
  return best.work;
}

/** Makes `work` ready in one process. */
export async function prepareIn(peer: Peer, work: Work, weights: string): Promise<PreparedWork> {
  const stops = "stops" in work ? { stops: work.stops.tokens } : {};
  await peer.ask({ prepare: work.name, item: { ...work, ...stops, weights } });
  return { peer, measure: (seconds) => measureIn(peer, work.name, seconds) };
}

/** Has a peer do the work that it has ready by this name, for about so many seconds. */
export async function measureIn(peer: Peer, name: string, seconds: number): Promise<Duration> {
  const answer = await peer.ask({ measure: name, seconds });
  const { count, seconds: took } = answer;
  if (typeof count === "number" && typeof took === "number") return { count, seconds: took };
  throw new TypeError(`Cannot read a measurement: got ${JSON.stringify(answer)}`);
}

/** Writes the weights that work on such a model begins with, as f32 one after another; the file. */
export async function writeWeights(folder: string, spec: ModelSpec): Promise<string> {
  const { nEmbd, nHead, nLayer } = spec;
  const file = join(folder, `weights-${nEmbd}-${nHead}-${nLayer}.f32`);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(file, new Uint8Array(Float32Array.from(benchWeights(spec).data).buffer));
  return file;
}
