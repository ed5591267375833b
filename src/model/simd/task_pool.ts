/**
 * Threads that share the tasks of a phase. Every task is claimed by one thread, and which one makes no
 * difference to the result; the others do not wait for a worker that is not ready yet.
 *
 * @module
 */

/** Words of the control block. */
const TICKET = 0;
const PHASE = 1;
const COUNT = 2;
const DONE = 3;
const STOP = 4;
const FAILED = 5;
/** Changes whenever there is something new: the word that idle workers watch. */
const NEWS = 6;

/** A ticket holds the number of the phase above these bits and the next task below. */
const TASK_BITS = 12;
const TASK_MASK = (1 << TASK_BITS) - 1;
/** Checks for news before a thread sleeps: some tens of microseconds of them. */
const SPINS = 4000;

/** Does one task of a phase. */
export type RunTask = (phase: number, index: number) => void;

/** Claims and does tasks until none is left to claim. */
function work(control: Int32Array, run: RunTask): void {
  for (;;) {
    const ticket = Atomics.load(control, TICKET);
    const count = Atomics.load(control, COUNT);
    const phase = Atomics.load(control, PHASE);
    const index = ticket & TASK_MASK;
    if (index >= count) return;
    // Fails where another thread was faster, and where phase and count are of another ticket.
    if (Atomics.compareExchange(control, TICKET, ticket, ticket + 1) !== ticket) continue;
    run(phase, index);
    if (Atomics.add(control, DONE, 1) + 1 === count) Atomics.notify(control, DONE);
  }
}

/** The loop of a worker: claims and does tasks whenever there are some, until it is told to stop. */
export function serve(control: Int32Array, run: RunTask): void {
  try {
    for (;;) {
      // Read before looking for work: what comes after the look has changed it.
      const news = Atomics.load(control, NEWS);
      if (Atomics.load(control, STOP) !== 0) return;
      work(control, run);
      let spins = 0;
      while (spins < SPINS && Atomics.load(control, NEWS) === news) spins++;
      if (spins === SPINS) Atomics.wait(control, NEWS, news);
    }
  } catch (error) {
    Atomics.store(control, FAILED, 1);
    throw error;
  }
}

/** Runs phases on this thread and whichever workers serve the same control block. */
export class TaskPool {
  readonly #control: Int32Array;
  readonly #run: RunTask;
  #number = 0;

  /** `control` is 16 words that only the pool and its workers touch, all 0. */
  constructor(control: Int32Array, run: RunTask) {
    this.#control = control;
    this.#run = run;
  }

  /**
   * Does all `count` tasks of a phase, and returns when the last is done, by whichever thread. Returns
   * whether no thread was late: one is that has to wait for a processor while nothing is left to do here.
   * Throws a `RangeError` for more tasks than a ticket can number.
   */
  phase(phase: number, count: number): boolean {
    if (count > TASK_MASK) {
      throw new RangeError(`Cannot share ${count} tasks: a phase has at most ${TASK_MASK}`);
    }
    const control = this.#control;
    this.#number = (this.#number + 1) & 0x7ffff;
    // While the count is 0 nothing can be claimed, with an old ticket or the new one.
    Atomics.store(control, COUNT, 0);
    Atomics.store(control, DONE, 0);
    Atomics.store(control, TICKET, this.#number << TASK_BITS);
    Atomics.store(control, PHASE, phase);
    Atomics.store(control, COUNT, count);
    this.#tell();
    work(control, this.#run);
    for (let spins = 0;; spins++) {
      const done = Atomics.load(control, DONE);
      if (done === count) return spins <= SPINS;
      if (Atomics.load(control, FAILED) !== 0) {
        throw new Error("Cannot finish the tasks: a worker has failed");
      }
      if (spins > SPINS) Atomics.wait(control, DONE, done, 1);
    }
  }

  /** Tells the workers to end. */
  stop(): void {
    Atomics.store(this.#control, STOP, 1);
    this.#tell();
  }

  #tell(): void {
    Atomics.add(this.#control, NEWS, 1);
    Atomics.notify(this.#control, NEWS);
  }
}
