/**
 * What a thread that decodes and the thread of an onnxruntime tell one another.
 *
 * @module
 */
import type { TransformerSpec } from "../transformer.ts";
import type { RealType } from "./graph.ts";
import type { SlotCopy, SlotRequest } from "./session.ts";
import type { TransformerGraph } from "./transformer_graph.ts";

/** A model to load. */
export interface LoadMessage {
  /** What it is. */
  readonly kind: "load";
  /** The number of the model, by which it is meant from then on. */
  readonly model: number;
  /** Its operators and weights. */
  readonly graph: TransformerGraph;
  /** Its sizes. */
  readonly spec: TransformerSpec;
  /** What it is computed in. */
  readonly type: RealType;
  /** Threads to compute with. */
  readonly threads: number;
  /** The least rows of a product. */
  readonly leastRows: number;
}

/** Tokens to read. */
export interface ForwardMessage {
  /** What it is. */
  readonly kind: "forward";
  /** By which model. */
  readonly model: number;
  /** Copies to make first. */
  readonly copies: readonly SlotCopy[];
  /** What to read. */
  readonly requests: readonly SlotRequest[];
  /** Where the answer goes: a state, and then logits in f64, or a length and a message. */
  readonly answer: SharedArrayBuffer;
}

/** A model that is done with. */
export interface CloseMessage {
  /** What it is. */
  readonly kind: "close";
  /** Which. */
  readonly model: number;
  /** Whether it was the last, so that the thread ends. */
  readonly isLast: boolean;
}

/** What the thread of an onnxruntime is sent. */
export type RuntimeMessage = LoadMessage | ForwardMessage | CloseMessage;

/** The answer to {@linkcode LoadMessage}: nothing but the number, or what went wrong. */
export interface Loaded {
  /** The number of the model. */
  readonly model: number;
  /** Why it could not be loaded. */
  readonly error?: { readonly isOfRuntime: boolean; readonly message: string };
}

/** Bytes of an answer before its logits: a word for the state, one for a length, and a message. */
export const ANSWER_HEAD = 4096;

/** The states of an answer. */
export const STATE = { waiting: 0, done: 1, failed: 2 } as const;
