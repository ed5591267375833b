/**
 * What a kind of fault is: something that happens to a run, drawn at random, and how it ended.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * How a fault ended. `survived`: as if nothing had happened, and there was nothing to say. `named`: a
 * sentence on stderr said what is wrong, and the same command ended with the same bytes, then or the
 * next time. `unnamed`: the bytes are right and nothing was said that had to be. `lost`: anything else.
 */
export type End = "survived" | "named" | "unnamed" | "lost";

/** How a fault ended, whose `problems` are that something was not said. */
export function endOf({ lost, problems, isNamed }: {
  readonly lost: string | undefined;
  readonly problems: readonly string[];
  readonly isNamed: boolean;
}): End {
  if (lost !== undefined) return "lost";
  if (problems.length > 0) return "unnamed";
  return isNamed ? "named" : "survived";
}

/** What came of one fault. */
export interface Finding {
  /** What was done to what: `flipped byte of store/decode`. */
  readonly fault: string;
  /** How it ended. */
  readonly end: End;
  /** What was said of it, without names and numbers: two findings of the same kind have the same. */
  readonly said: string;
  /** What a person needs to see of one that is unnamed or lost. */
  readonly details?: string;
  /** Faults that it stands for (default: 1); 0 where the fault did not come about. */
  readonly count?: number;
}

/** Draws and tries a fault; the same `random` gives the same fault. */
export type Attempt = (random: RandomStream) => Promise<Finding>;

/** A kind of fault. */
export interface FaultKind {
  /** Its name on the command line. */
  readonly name: string;
  /** Its row in the table. */
  readonly title: string;
  /** Its share of the time, beside those of the others. */
  readonly share: number;
  /** Why it cannot be tried on this machine; `undefined` where it can. */
  unavailable?(): Promise<string | undefined>;
  /** Makes ready what its faults have in common. */
  prepare(sandbox: Sandbox): Promise<Attempt>;
}

/** A whole number in [0, `end`). */
export function below(end: number, random: RandomStream): number {
  return Math.floor(end * random.next());
}

/** One of a list. */
export function oneOf<Item>(items: readonly Item[], random: RandomStream): Item {
  const item = items[below(items.length, random)];
  if (item === undefined) throw new RangeError("Cannot draw from an empty list");
  return item;
}

/** Whether a program is there and ends well. */
export async function works(program: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  return await command.output().then(({ success }) => success, () => false);
}
