/**
 * Processes as files name them: who writes a temporary file, who holds a lock, and whether that one
 * still runs.
 *
 * @module
 */
import { getPriority } from "node:os";
import { sha256Hex } from "./sha256.ts";

/** A process of some machine. */
export interface ProcessName {
  /** The machine, as {@linkcode shortHost} names it; `unknown` where its name may not be asked. */
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
  return shortHost(Deno.hostname()) || UNKNOWN;
}

/** The most characters of the name of a machine in that of a file. */
const MOST_CHARACTERS = 32;

/**
 * The name of a machine in at most 32 letters, digits, `_` and `-`: a longer one keeps its beginning, and
 * ends with digits of its SHA-256, since names of pods may differ in their ends alone.
 */
export function shortHost(name: string): string {
  const plain = name.replaceAll(/[^\w-]/g, "_");
  if (plain.length <= MOST_CHARACTERS) return plain;
  const digest = sha256Hex(name).slice(0, 8);
  return `${plain.slice(0, MOST_CHARACTERS - digest.length - 1)}-${digest}`;
}

function isGranted(kind: "hostname" | "getPriority"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}
