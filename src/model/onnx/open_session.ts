/**
 * Loading a graph into an onnxruntime. The native one maps the files that the graph points into;
 * WebAssembly reads their parts one after another as it asks for them.
 *
 * @module
 */
import { join } from "node:path";
import { formatBytes } from "../../text/format.ts";
import type { OrtModule, OrtSession } from "./ort.ts";
import { type RuntimeName, runtimeTasks } from "./runtime.ts";
import type { TransformerGraph } from "./transformer_graph.ts";

/** A session with `graph`; `isExact` leaves every operator as it is written. */
export async function openSession(
  name: RuntimeName,
  ort: OrtModule,
  { graph, folder, files, buffers }: TransformerGraph,
  { threads, isExact }: { threads: number; isExact: boolean },
): Promise<OrtSession> {
  const options = {
    graphOptimizationLevel: isExact ? "disabled" : "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  } as const;
  if (name === "onnxruntime-node") {
    const session = {
      // A target and its draft compute in turn: threads of the one that spin take the other's cores.
      // With two threads on two cores that made speculation slower by half.
      "intra_op.allow_spinning": "0",
      ...folder !== undefined && { model_external_initializers_file_folder_path: folder },
    };
    return await ort.InferenceSession.create(graph, {
      ...options,
      executionProviders: ["cpu"],
      externalData: buffers,
      extra: { session },
    });
  }
  // Read when the runtime starts, with its first session: all of this thread have the same.
  ort.env.wasm.numThreads = threads;
  const mapped = folder === undefined
    ? []
    : files.map((path) => ({ path, data: new FileBytes(join(folder, path)) }));
  try {
    return await ort.InferenceSession.create(graph, {
      ...options,
      executionProviders: ["wasm"],
      externalData: [...buffers, ...mapped],
    });
  } finally {
    for (const { data } of mapped) data.close();
  }
}

/**
 * Bytes that `parameters` numbers take in a runtime at most, while they are loaded and rearranged: as
 * measured with 135 million, 1.28 and 1.62 times their bytes in f32.
 */
export function loadedBytes(name: RuntimeName, parameters: number): number {
  return 4 * parameters * (name === "onnxruntime-node" ? 1.3 : 1.65);
}

/** Bytes that WebAssembly can address. */
const WEB_BYTES = 2 ** 32;

/** Why models of `parameters` numbers in all never fit in a runtime, whatever the machine; else `undefined`. */
export function runtimeLimit(name: RuntimeName, parameters: number): string | undefined {
  const bytes = loadedBytes(name, parameters);
  if (name !== "onnxruntime-web" || bytes <= WEB_BYTES) return undefined;
  return `they take about ${formatBytes(bytes)}, and WebAssembly has ${formatBytes(WEB_BYTES)}; ` +
    `use "${runtimeTasks["onnxruntime-node"].run}"`;
}

/**
 * The bytes of a file as far as they are asked for. The WebAssembly runtime takes the bytes of each
 * weight by `subarray` and copies them: so that no more than one of them is in memory twice.
 */
class FileBytes extends Uint8Array<ArrayBuffer> {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  /** The last part, in whose memory the next one is read. */
  #part = new Uint8Array();

  constructor(path: string) {
    super(new ArrayBuffer(0));
    this.#file = Deno.openSync(path);
    this.#size = this.#file.statSync().size;
  }

  override get byteLength(): number {
    return this.#size;
  }

  override subarray(begin = 0, end = this.#size): Uint8Array<ArrayBuffer> {
    if (this.#part.length < end - begin) this.#part = new Uint8Array(end - begin);
    const part = this.#part.subarray(0, end - begin);
    this.#file.seekSync(begin, Deno.SeekMode.Start);
    for (let at = 0; at < part.length;) {
      const read = this.#file.readSync(part.subarray(at));
      if (read === null) throw new Error("a file of weights has become shorter");
      at += read;
    }
    return part;
  }

  close(): void {
    this.#file.close();
    this.#part = new Uint8Array();
  }
}
