/**
 * The part of onnxruntime that is used, the same of both packages. Neither is in the main import map,
 * so that their own types are not there to be checked against.
 *
 * @module
 */

/** The types of tensors that are used. */
export type OrtType = "float32" | "float64" | "int64" | "int32";

/** Numbers of a tensor. */
export type OrtData = Float32Array | Float64Array | BigInt64Array | Int32Array;

/** A tensor in the memory of JavaScript. */
export interface OrtTensor {
  /** Its numbers. */
  readonly data: OrtData;
  /** Its sizes. */
  readonly dims: readonly number[];
}

/** A loaded graph. */
export interface OrtSession {
  /** Computes the outputs from `feeds`; those in `fetches` are written to the tensors given. */
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches?: readonly string[] | Readonly<Record<string, OrtTensor | null>>,
  ): Promise<Readonly<Record<string, OrtTensor>>>;
  /** Releases the session. */
  release(): Promise<void>;
}

/** How a session computes. */
export interface OrtSessionOptions {
  /** What computes: `cpu` of the native one, `wasm` of WebAssembly. */
  readonly executionProviders: readonly string[];
  /** Threads of one operator. */
  readonly intraOpNumThreads?: number;
  /** Operators at once. */
  readonly interOpNumThreads?: number;
  /** How much of the graph is rewritten. */
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "layout" | "all";
  /** Whether memory is taken in large blocks that are kept. */
  readonly enableCpuMemArena?: boolean;
  /** Whether buffers are planned from earlier passes of the same shapes. */
  readonly enableMemPattern?: boolean;
  /** The least severity of messages: 3 is errors. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Weights outside the graph, by the names in it. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** More settings. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A package of onnxruntime. */
export interface OrtModule {
  /** Makes tensors. */
  readonly Tensor: new (type: OrtType, data: OrtData, dims: readonly number[]) => OrtTensor;
  /** Makes sessions. */
  readonly InferenceSession: {
    /** Loads a graph. */
    create(graph: Uint8Array, options: OrtSessionOptions): Promise<OrtSession>;
  };
  /** Settings of the package. */
  readonly env: {
    /** Settings of WebAssembly. */
    readonly wasm: { numThreads?: number };
  };
}
