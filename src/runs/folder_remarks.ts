/**
 * Says of the folders of runs what a person should know: before they begin what they are going to
 * replace, results of another config and what a run left that did not end; after it what they did not
 * replace since they have no results of their own.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename } from "@std/path";
import { textChanges } from "../config/setting_diff.ts";
import { report } from "../stages/report.ts";
import { firstAndCount } from "../text/format.ts";
import type { PlannedSweep, RunResult } from "./run.ts";

/** How many settings a message names. */
const MOST_NAMED = 6;

/** Remarks for a person on the folders before `sweeps` are run, a message each. */
export async function folderRemarks(sweeps: readonly PlannedSweep[]): Promise<string[]> {
  const messages: string[] = [];
  for (const sweep of sweeps) {
    const folders = [...sweep.runs, ...sweep.summary === undefined ? [] : [sweep.summary]];
    const unfinished = folders.filter(({ folder }) => folder.isUnfinished);
    messages.push(
      ...unfinished.map(({ folder }) =>
        `${folder.path}: the run that was writing it did not end; its files are written again ` +
        "once this run has its results"
      ),
      ...await replacement(sweep),
    );
  }
  return messages;
}

/** After a run: if it wrote nothing to its folder, a sentence about what an earlier one left there. */
export function leftBehind({ folder, hasFiles }: RunResult): string | undefined {
  if (hasFiles) return undefined;
  if (folder.isUnfinished) return `${folder.path} still holds files of a run that did not end`;
  return folder.hasResults ? `${folder.path} still holds the results of an earlier run` : undefined;
}

/**
 * If the results in the folder of `sweep` are those of another config, a message that names the settings
 * that differ, and says how to keep both. What changes no result, such as the options of the report, is
 * none.
 */
async function replacement(sweep: PlannedSweep): Promise<string[]> {
  const changes = [...new Set([...otherVariants(sweep), ...await otherSettings(sweep)])];
  const folder = sweep.summary?.folder ?? sweep.runs[0]?.folder;
  if (changes.length === 0 || folder === undefined) return [];
  const name = sweep.summary?.name ?? sweep.runs[0]?.data.experiment.name;
  return [
    `${folder.path}: its results are of another config, and replaced once this run has its own: ` +
    `${firstAndCount(changes, MOST_NAMED).join(", ")}; to keep both: ` +
    (basename(folder.path) === name ? "--set name=…" : "another --output"),
  ];
}

/** The settings of the runs that are others than those of the runs in their folders. */
async function otherSettings({ runs }: PlannedSweep): Promise<string[]> {
  const changes: string[] = [];
  for (const { data, folder } of runs) {
    const config = await folder.lastConfig();
    if (config !== undefined) changes.push(...textChanges(config, data.configText));
  }
  return changes.filter((change) => !PRESENTATION.test(change));
}

/** Settings that change no result. */
const PRESENTATION = /^(name|report|corpus\.(path|url))\b/;

/** The variants that the sweep in the same folder has and this one has not, if one of both is a sweep. */
function otherVariants({ runs, summary }: PlannedSweep): string[] {
  const [first] = runs;
  const last = (summary?.folder ?? first?.folder)?.last();
  if (last === undefined) return [];
  const isSweep = !("train" in last.stages);
  if (summary === undefined) return isSweep ? ["a sweep"] : [];
  if (!isSweep) return ["a single run"];
  const labels = runs.map(({ data }) => data.experiment.variant?.label);
  return Object.keys(last.stages[report.name] ?? {}).filter((label) => !labels.includes(label))
    .map((label) => `without ${label}`);
}
