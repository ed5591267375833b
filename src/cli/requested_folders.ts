/**
 * The output folders of the runs that a command line asks for: open, and so locked, while they are used.
 *
 * @module
 */
import { relative } from "node:path";
import type { LockOptions } from "../files/lock.ts";
import { OutputFolder } from "../runs/output_folder.ts";
import type { PlannedRun, PlannedSweep } from "../runs/run.ts";
import type { Requested } from "./requested_runs.ts";

/**
 * Opens the folders of `requested`, all or none, for the time that `use` takes; gives what `use` gives.
 * Throws a `WriteError` or a `HeldError` where one cannot be opened.
 */
export async function withFolders<Result>(
  requested: Requested,
  options: LockOptions,
  use: (sweeps: readonly PlannedSweep[]) => Promise<Result>,
): Promise<Result> {
  const sweeps = await openFolders(requested, options);
  try {
    return await use(sweeps);
  } finally {
    for (const { runs, summary } of sweeps) {
      for (const { folder } of runs) await folder.close();
      await summary?.folder.close();
    }
  }
}

/** Opens the folders of all runs, or none. */
async function openFolders(
  { sweeps: requested, folders }: Requested,
  options: LockOptions,
): Promise<PlannedSweep[]> {
  const opened: OutputFolder[] = [];
  const open = async (folder: Promise<OutputFolder>): Promise<OutputFolder> => {
    opened.push(await folder);
    return await folder;
  };
  try {
    const sweeps: PlannedSweep[] = [];
    for (const { name, folder, parts } of requested) {
      const isSweep = parts.some((part) => part.folder !== folder);
      const resolved = folders.get(folder)?.path ?? folder;
      const own = await open(OutputFolder.open(folder, { ...options, resolved }));
      const runs: PlannedRun[] = [];
      for (const part of parts) {
        const inside = relative(folder, part.folder);
        runs.push({
          data: part.data,
          folder: isSweep ? await open(own.openInside(inside, options)) : own,
        });
      }
      sweeps.push(isSweep ? { runs, summary: { name, folder: own } } : { runs });
    }
    return sweeps;
  } catch (error) {
    for (const folder of opened.toReversed()) await folder.close();
    throw error;
  }
}
