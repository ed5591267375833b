import type { Setup } from "../stages/experiment_data.ts";
import type { Store } from "../store/store.ts";
import { type Answer, errorOf, type Order } from "./protocol.ts";
import type { PlacedTask } from "./task.ts";

/** A thread and the experiment that it was last sent. */
interface Hand {
  readonly worker: Worker;
  setup: Setup | undefined;
}

/** Threads that do tasks: started when there is none to spare, and kept. */
export class WorkerPool {
  readonly #store: Store;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #hands = new Set<Hand>();
  readonly #idle: Hand[] = [];

  /** For tasks whose results go to `store`. */
  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Does a task on a thread of its own, which may start others up to `threads` in all. Throws what the
   * task throws.
   */
  async run(
    { task, setup }: PlacedTask,
    threads: number,
    onStep: (done: number) => void,
  ): Promise<void> {
    const hand = this.#idle.pop() ?? this.#hire();
    if (hand.setup !== setup) {
      hand.setup = setup;
      send(hand.worker, { kind: "setup", setup });
    }
    try {
      await answered(hand.worker, () => send(hand.worker, { kind: "task", task, threads }), onStep);
      this.#idle.push(hand);
    } catch (error) {
      if (error instanceof LostThreadError) this.#dismiss(hand);
      else this.#idle.push(hand);
      throw error;
    }
  }

  /** Whether it has had anything to do. */
  get isInUse(): boolean {
    return this.#hands.size > 0;
  }

  /** Asks those who train to save where they are and to end. */
  interrupt(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  /** Ends all threads, whatever they are doing. */
  close(): void {
    for (const hand of this.#hands) this.#dismiss(hand);
  }

  #hire(): Hand {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const hand: Hand = { worker, setup: undefined };
    send(worker, { kind: "begin", store: this.#store.root, stop: this.#stop });
    this.#hands.add(hand);
    return hand;
  }

  #dismiss(hand: Hand): void {
    hand.worker.terminate();
    this.#hands.delete(hand);
  }
}

/** A thread that ended without an answer: out of memory, or a bug. */
class LostThreadError extends Error {}

function send(worker: Worker, order: Order): void {
  worker.postMessage(order);
}

/** Waits for the answer to what `ask` sends. */
function answered(worker: Worker, ask: () => void, onStep: (done: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: answer }: MessageEvent<Answer>) => {
      if (answer.kind === "step") onStep(answer.done);
      else if (answer.kind === "done") resolve();
      else reject(errorOf(answer.error));
    };
    worker.onerror = (event) => {
      // Reported here, and not once more by the runtime.
      event.preventDefault();
      reject(new LostThreadError(`its thread ended: ${event.message}`));
    };
    ask();
  });
}
