/**
 * A thread that does one task after another.
 *
 * @module
 */
import { Store } from "../store/store.ts";
import { type Answer, type Order, plainError } from "./protocol.ts";
import { perform, type Watch } from "./run_task.ts";
import type { Task } from "./task.ts";
import { Workbench } from "./worker_models.ts";

/** Milliseconds between two messages of progress. */
const PROGRESS_EVERY = 50;

/** The part of a worker's global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(message: Answer): void;
};

let store: Store | undefined;
let stop: Int32Array = new Int32Array(1);
let bench: Workbench | undefined;

self.onmessage = ({ data: order }) => {
  switch (order.kind) {
    case "begin":
      store = new Store(order.store);
      stop = order.stop;
      return;
    case "setup":
      bench?.close();
      bench = store && new Workbench(order.setup, store);
      return;
    case "task":
      return void answer(order.task, order.threads);
  }
};

async function answer(task: Task, threads: number): Promise<void> {
  try {
    if (bench === undefined) throw new TypeError("Cannot work: no setup was sent");
    await perform(task, bench, threads, watch());
    self.postMessage({ kind: "done" });
  } catch (error) {
    self.postMessage({ kind: "failed", error: plainError(error) });
  }
}

function watch(): Watch {
  let told = performance.now();
  return {
    onStep(done) {
      const now = performance.now();
      if (now - told < PROGRESS_EVERY) return;
      told = now;
      self.postMessage({ kind: "step", done });
    },
    stopped: () => Atomics.load(stop, 0) !== 0,
  };
}
