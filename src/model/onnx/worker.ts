/**
 * The thread that has an onnxruntime: it is sent a graph once, and then batches, which it answers in
 * shared memory that the sender waits for.
 *
 * @module
 */
import { messageOf } from "../../text/message_of.ts";
import type { TransformerSpec } from "../transformer.ts";
import type { ValueType } from "./graph.ts";
import { loadOnnxRuntime, OnnxRuntimeError } from "./runtime.ts";
import { type SlotCopy, type SlotRequest, TransformerSession } from "./session.ts";
import { openSession } from "./open_session.ts";
import type { TransformerGraph } from "./transformer_graph.ts";

/** What a worker is sent first. */
export interface LoadMessage {
  /** What it is. */
  readonly kind: "load";
  /** The model. */
  readonly graph: TransformerGraph;
  /** Its sizes. */
  readonly spec: TransformerSpec;
  /** What it is computed in. */
  readonly type: ValueType;
  /** Threads to compute with. */
  readonly threads: number;
  /** The least rows of a product. */
  readonly leastRows: number;
}

/** A batch. */
export interface ForwardMessage {
  /** What it is. */
  readonly kind: "forward";
  /** Copies to make first. */
  readonly copies: readonly SlotCopy[];
  /** What to read. */
  readonly requests: readonly SlotRequest[];
  /** Where the answer goes: {@linkcode STATE} and, where it failed, the message; then logits. */
  readonly answer: SharedArrayBuffer;
}

/** What a worker is sent. */
export type WorkerMessage = LoadMessage | ForwardMessage | { readonly kind: "close" };

/** What a worker answers to {@linkcode LoadMessage}: nothing went wrong, or what did. */
export type Loaded = { readonly error?: { readonly name: string; readonly message: string } };

/** Bytes of an answer before its logits: a word with its state, one with a length, and a message. */
export const ANSWER_HEAD = 4096;
/** States of an answer. */
export const STATE = { waiting: 0, done: 1, failed: 2 } as const;

/** The part of a worker's global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<WorkerMessage>) => void) | null;
  postMessage(message: Loaded): void;
  close(): void;
};

let session: TransformerSession | undefined;
let release = (): Promise<void> => Promise.resolve();

self.onmessage = async ({ data }) => {
  if (data.kind === "load") {
    try {
      await load(data);
      self.postMessage({});
    } catch (error) {
      const name = error instanceof OnnxRuntimeError ? "OnnxRuntimeError" : "Error";
      self.postMessage({ error: { name, message: messageOf(error) } });
    }
  } else if (data.kind === "forward") {
    await answer(data);
  } else {
    await release();
    self.close();
  }
};

async function load({ graph, spec, type, threads, leastRows }: LoadMessage): Promise<void> {
  const { runtime, ort } = await loadOnnxRuntime();
  const loaded = await openSession(runtime, ort, graph, { threads, isExact: type === "float64" });
  release = () => loaded.release();
  const { outputs } = graph;
  session = new TransformerSession(ort, loaded, { spec, type, outputs, leastRows });
}

async function answer({ copies, requests, answer }: ForwardMessage): Promise<void> {
  const head = new Int32Array(answer, 0, 2);
  try {
    if (session === undefined) throw new Error("no graph is loaded");
    const logits = new Float64Array(answer, ANSWER_HEAD);
    const width = logits.length / requests.reduce((sum, { rows }) => sum + rows, 0);
    let before = 0;
    const firsts = requests.map(({ rows }) => {
      const first = before;
      before += rows;
      return first;
    });
    await session.forward(copies, requests, (index, row, numbers) => {
      logits.set(numbers, ((firsts[index] as number) + row) * width);
    });
    Atomics.store(head, 0, STATE.done);
  } catch (error) {
    const bytes = new TextEncoder().encode(messageOf(error)).subarray(0, ANSWER_HEAD - 8);
    new Uint8Array(answer, 8).set(bytes);
    Atomics.store(head, 1, bytes.length);
    Atomics.store(head, 0, STATE.failed);
  }
  Atomics.notify(head, 0);
}
