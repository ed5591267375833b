/**
 * The words for a folder in which a run began and did not end.
 *
 * @module
 */
import { BEGUN, WRITING } from "../runs/run_folder.ts";

/** The files whose presence tells how a folder without a finished run came about. */
const MARKS = [BEGUN, WRITING] as const;

/**
 * What is found in place of a finished run, for a message that goes `expected …, found`, with the remedy;
 * `undefined` where a run left no mark of having begun. `has` says whether a file is there.
 */
export async function interrupted(
  has: (name: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const mark of MARKS) {
    if (await has(mark)) {
      return "one that was interrupted, or failed, or still runs: repeat its command, which " +
        "computes only what is missing";
    }
  }
  return undefined;
}
