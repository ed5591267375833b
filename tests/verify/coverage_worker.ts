/**
 * A thread that simulates cases, one after the other: it is sent one and sends back what was found.
 *
 * @module
 */
import { type Case, type Coverage, coverageOf } from "./coverage.ts";

/** A case to simulate, and how often. */
export interface Simulation {
  readonly one: Case;
  readonly replicates: number;
}

/** The thread's side of a worker. */
interface Thread {
  onmessage: (event: MessageEvent<Simulation>) => void;
  postMessage(found: readonly Coverage[]): void;
}

const thread = globalThis as unknown as Thread;
thread.onmessage = async ({ data: { one, replicates } }) => {
  thread.postMessage(await coverageOf(one, replicates));
};
