/**
 * The thread that has an onnxruntime: it is sent graphs, and then batches, which it answers in shared
 * memory that the sender waits for.
 *
 * @module
 */
import { messageOf } from "../../text/message_of.ts";
import { openSession } from "./open_session.ts";
import type { OrtSession } from "./ort.ts";
import {
  ANSWER_HEAD,
  type ForwardMessage,
  type Loaded,
  type LoadMessage,
  type RuntimeMessage,
  STATE,
} from "./protocol.ts";
import { loadOnnxRuntime, OnnxRuntimeError } from "./runtime.ts";
import { TransformerSession } from "./session.ts";

/** The part of a worker's global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<RuntimeMessage>) => void) | null;
  postMessage(message: Loaded): void;
  close(): void;
};

/** The models, by their numbers. */
const models = new Map<number, { session: OrtSession; transformer: TransformerSession }>();
let runtime: ReturnType<typeof loadOnnxRuntime> | undefined;

self.onmessage = async ({ data }) => {
  switch (data.kind) {
    case "load":
      return self.postMessage({ model: data.model, ...await load(data) });
    case "forward":
      return await answer(data);
    case "close":
      await models.get(data.model)?.session.release();
      models.delete(data.model);
      if (data.isLast) self.close();
  }
};

async function load(message: LoadMessage): Promise<Omit<Loaded, "model">> {
  const { model, graph, threads, type } = message;
  try {
    const { runtime: { name }, ort } = await (runtime ??= loadOnnxRuntime());
    const options = { threads, isExact: type === "float64" };
    const session = await openSession(name, ort, graph, options);
    const transformer = new TransformerSession(ort, session, {
      ...message,
      outputs: graph.outputs,
    });
    models.set(model, { session, transformer });
    return {};
  } catch (error) {
    const isOfRuntime = error instanceof OnnxRuntimeError;
    return { error: { isOfRuntime, message: messageOf(error) } };
  }
}

async function answer({ model, copies, requests, answer }: ForwardMessage): Promise<void> {
  const head = new Int32Array(answer, 0, 2);
  try {
    const transformer = models.get(model)?.transformer;
    if (transformer === undefined) throw new Error("the model is not loaded");
    const { vocabSize } = transformer.spec;
    const logits = new Float64Array(answer, ANSWER_HEAD);
    let before = 0;
    const firstRows = requests.map(({ rows }) => (before += rows) - rows);
    await transformer.forward(copies, requests, (index, row, numbers) => {
      logits.set(numbers, ((firstRows[index] as number) + row) * vocabSize);
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
