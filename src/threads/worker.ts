/**
 * A thread that runs one task after another.
 *
 * @module
 */
import type { StageTask, Watch } from "../stages/stage.ts";
import { Store } from "../store/store.ts";
import { plainError, receivedExperiment, type Request, type Response } from "./protocol.ts";
import { LoadedModels } from "./loaded_models.ts";
import { TaskRunner } from "./run_task.ts";

/** Milliseconds between two messages of progress. */
const PROGRESS_EVERY = 50;

/** The part of a worker's global scope that is used. */
declare const self: {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Response): void;
};

let store: Store | undefined;
let stop: Int32Array = new Int32Array(1);
let runner: TaskRunner | undefined;
const loaded = new LoadedModels();

self.onmessage = ({ data: request }) => {
  switch (request.kind) {
    case "begin":
      store = new Store(request.store.root, request.store.shownAs);
      stop = request.stop;
      return;
    case "experiment":
      runner = store && new TaskRunner(receivedExperiment(request.data), store, loaded);
      return;
    case "task":
      return void respond(request.task, request.threads);
  }
};

async function respond(task: StageTask, threads: number): Promise<void> {
  try {
    if (runner === undefined) throw new TypeError("Cannot run a task: no experiment was sent");
    await runner.run(task, threads, watch());
    self.postMessage({ kind: "done" });
  } catch (error) {
    self.postMessage({ kind: "failed", error: plainError(error) });
  }
}

function watch(): Watch {
  // The first is told at once: it says what was done before.
  let told = -Infinity;
  return {
    onStep(done) {
      const now = performance.now();
      if (now - told < PROGRESS_EVERY) return;
      told = now;
      self.postMessage({ kind: "step", done });
    },
    stopped: () => Atomics.load(stop, 0) !== 0,
    notice: (message) => self.postMessage({ kind: "notice", message }),
  };
}
