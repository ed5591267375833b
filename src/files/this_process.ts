/**
 * Processes as files name them: who writes a temporary file, who holds a lock, and whether that one
 * still runs.
 *
 * @module
 */
import { getPriority } from "node:os";

/** A process of some machine. */
export interface ProcessName {
  /** The machine's name in letters, digits, `_` and `-`; `unknown` where it may not be asked. */
  readonly host: string;
  /** The number of the process on it. */
  readonly pid: number;
}

/** The host of a process that may not ask for its name. */
const UNKNOWN = "unknown";

let known: ProcessName | undefined;

/** This process. */
export function thisProcess(): ProcessName {
  return known ??= { host: hostName(), pid: Deno.pid };
}

/**
 * Whether `process` runs; `undefined` where that cannot be known: it is one of another machine, or
 * this process may not ask.
 */
export function isRunning({ host, pid }: ProcessName): boolean | undefined {
  if (host === UNKNOWN || host !== thisProcess().host) return undefined;
  // Asks for a number that every process has; a signal or /proc would take far more permissions.
  if (!isGranted("getPriority")) return undefined;
  try {
    getPriority(pid);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes("ESRCH") ? false : undefined;
  }
}

function hostName(): string {
  if (!isGranted("hostname")) return UNKNOWN;
  return Deno.hostname().replaceAll(/[^\w-]/g, "_").slice(0, 32) || UNKNOWN;
}

function isGranted(kind: "hostname" | "getPriority"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}
