/**
 * Permissions that are given up. The tasks of `deno.json` start with all that any command line may
 * need; once one is known, what it does not need is given up, before any file is opened that a config
 * names. Threads start with what is left; modules and packages load without any.
 *
 * @module
 */
import { resolve } from "node:path";
import { isWithin, PROJECT } from "../files/place.ts";

/** The programs that any task of `deno.json` may start. */
export const programs = ["git", "deno", "sbatch", "squeue", "scancel", "scontrol"] as const;

/** One of {@linkcode programs}. */
export type Program = typeof programs[number];

/** The permissions that a command needs from some moment on, besides reading the project. */
export interface Needs {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Files and folders to read and to write. */
  readonly write: readonly string[];
  /** Whether the network is needed, and with it the environment's credentials. */
  readonly network: boolean;
  /** The programs that are started; none if left out. */
  readonly programs?: readonly Program[];
  /** Whether native code is, which the tasks with a native onnxruntime alone may load. */
  readonly native?: boolean;
}

/** Variables that only a download asks for. */
const CREDENTIALS = ["MICROBEAM_*", "HF_TOKEN", "HF_ENDPOINT"];
/** All that `deno.json` grants to write. */
const WRITABLE = ["/", resolve(PROJECT, "outputs")];

/**
 * Gives up every permission to read, to write, to use the network, to start programs and to load native code
 * but those of `needs`; also those that an earlier call kept for `earlier`.
 */
export async function keepOnly(needs: Needs, earlier?: Needs): Promise<void> {
  const readable = [PROJECT, ...needs.read, ...needs.write];
  await keepPaths("read", readable, ["/", ...earlier?.read ?? [], ...earlier?.write ?? []]);
  await keepPaths("write", needs.write, [...WRITABLE, ...earlier?.write ?? []]);
  if (!needs.network) {
    await Deno.permissions.revoke({ name: "net" });
    for (const variable of CREDENTIALS) await Deno.permissions.revoke({ name: "env", variable });
  }
  await keepPrograms(needs.programs ?? []);
  if (needs.native !== true) await Deno.permissions.revoke({ name: "ffi" });
}

/** Gives up the permission to start any program but `kept`. */
export async function keepPrograms(kept: readonly Program[]): Promise<void> {
  if (kept.length === 0) await Deno.permissions.revoke({ name: "run" });
  for (const command of programs) {
    if (!kept.includes(command)) await Deno.permissions.revoke({ name: "run", command });
  }
}

/** Gives up the grants of the paths `granted` but for what `kept` lists. */
async function keepPaths(
  name: "read" | "write",
  kept: readonly string[],
  granted: readonly string[],
): Promise<void> {
  // A grant can only be given up whole, but a part of it can become a grant of its own before.
  for (const path of kept) {
    // Deno would ask at the terminal for what this process does not have.
    const { state } = await Deno.permissions.query({ name, path });
    if (state === "granted") await Deno.permissions.request({ name, path });
  }
  for (const path of granted) {
    // Giving up a path gives up every grant that it lies in.
    if (kept.some((one) => isWithin(resolve(one), path))) continue;
    await Deno.permissions.revoke({ name, path });
  }
}
