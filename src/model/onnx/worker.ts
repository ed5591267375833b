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
  type CloseMessage,
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
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(
    type: "unhandledrejection",
    listener: (event: PromiseRejectionEvent) => void,
  ): void;
  postMessage(message: Loaded): void;
  close(): void;
};

/** The models, by their numbers. */
const models = new Map<number, { session: OrtSession; transformer: TransformerSession }>();
let runtime: ReturnType<typeof loadOnnxRuntime> | undefined;

/** What was thrown where nobody waits for it: by a callback of a runtime, which is broken from then on. */
let broken: { readonly error: unknown } | undefined;
/** Ends the work on a message. */
let interrupt: (error: unknown) => void = () => {};

// The other thread waits for an answer, and cannot be told that this one has ended: so it goes on.
self.addEventListener("error", (event) => lost(event, event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => lost(event, event.reason));

function lost(event: Event, error: unknown): void {
  event.preventDefault();
  broken ??= { error };
  interrupt(error);
}

let last: Promise<void> = Promise.resolve();
// One after another: a runtime takes the files of two models that load at once for those of one.
self.onmessage = ({ data }) => {
  last = last.then(() => handle(data));
};

/** Does what a message asks for; never throws. */
function handle(message: RuntimeMessage): Promise<void> {
  switch (message.kind) {
    case "load":
      return load(message);
    case "forward":
      return answer(message);
    case "close":
      return close(message);
  }
}

/** The result of `work`, or what is thrown beside it meanwhile, or was thrown before. */
async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  if (broken !== undefined) throw broken.error;
  const interruption = Promise.withResolvers<never>();
  interrupt = interruption.reject;
  try {
    return await Promise.race([work(), interruption.promise]);
  } finally {
    interrupt = () => {};
  }
}

async function load(message: LoadMessage): Promise<void> {
  const { model, graph, threads, type } = message;
  try {
    models.set(
      model,
      await guarded(async () => {
        const { runtime: { name }, ort } = await (runtime ??= loadOnnxRuntime());
        const options = { threads, isExact: type === "float64" };
        const session = await openSession(name, ort, graph, options);
        const { outputs } = graph;
        return {
          session,
          transformer: new TransformerSession(ort, session, { ...message, outputs }),
        };
      }),
    );
    self.postMessage({ model });
  } catch (error) {
    const isOfRuntime = error instanceof OnnxRuntimeError;
    self.postMessage({ model, error: { isOfRuntime, message: messageOf(error) } });
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
    await guarded(() =>
      transformer.forward(copies, requests, (index, row, numbers) => {
        logits.set(numbers, ((firstRows[index] as number) + row) * vocabSize);
      })
    );
    Atomics.store(head, 0, STATE.done);
  } catch (error) {
    // A longer message is cut between characters.
    const bytes = new Uint8Array(ANSWER_HEAD - 8);
    const { written } = new TextEncoder().encodeInto(messageOf(error), bytes);
    new Uint8Array(answer, 8).set(bytes.subarray(0, written));
    Atomics.store(head, 1, written);
    Atomics.store(head, 0, STATE.failed);
  }
  Atomics.notify(head, 0);
}

async function close({ model, isLast }: CloseMessage): Promise<void> {
  try {
    await models.get(model)?.session.release();
  } catch {
    // Its memory goes with the thread; the other models are as they were.
  }
  models.delete(model);
  if (isLast) self.close();
}
