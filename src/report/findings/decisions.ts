/**
 * Which cell to use for what.
 *
 * @module
 */
import type { RunRecord } from "../run/run_record.ts";
import type { Decision } from "./finding.ts";

/** What to use, where the cells of `run` allow to say it. */
export function decisionsIn(_run: RunRecord): readonly Decision[] {
  return [];
}
