/**
 * Says of the folders of runs what a person should know: before they begin what they are going to
 * replace, results of another config and what a run left that did not end; after it what they did not
 * replace since they have no results of their own.
 *
 * @module
 */
import { basename } from "node:path";
import { textChanges } from "../config/setting_diff.ts";
import { report } from "../stages/report.ts";
import type { ExperimentData } from "../stages/experiment_data.ts";
import { train } from "../stages/train.ts";
import { firstAndCount } from "../text/format.ts";
import type { Manifest } from "./manifest.ts";
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

/** A run that ended, as its folder has it. */
export interface EndedRun {
  /** The text of its config. */
  readonly configText: string;
  /** Its manifest. */
  readonly manifest: Pick<Manifest, "versions" | "stages">;
}

/** A change of the arithmetic that no setting says. */
const OTHER_ARITHMETIC = /^arithmetic: /;

/**
 * The ways in which the run of `now` is another one than that `before` it in its folder: settings, and
 * the arithmetic where no setting says that it is another.
 */
export function runChanges(
  { configText, manifest }: EndedRun,
  now: Pick<ExperimentData, "configText" | "arithmetic">,
): string[] {
  const changes = textChanges(configText, now.configText);
  const trained = Object.keys(manifest.stages[train.name] ?? {}).length > 0;
  if (now.arithmetic === undefined || !trained || changes.some((one) => one.startsWith("engine"))) {
    return changes;
  }
  // All that simd trained was strict before manifests said it.
  const { arithmetic = "strict" } = manifest.versions;
  return arithmetic === now.arithmetic
    ? changes
    : [...changes, `arithmetic: ${arithmetic} → ${now.arithmetic} (this processor's)`];
}

/**
 * If the results in the folder of `sweep` are those of another config, or were made with another
 * arithmetic, a message that names what differs, and says how to keep both. What changes no result, such as the options of the report, is
 * none.
 */
async function replacement(sweep: PlannedSweep): Promise<string[]> {
  const changes = [...new Set([...otherVariants(sweep), ...await otherRuns(sweep)])];
  const folder = sweep.summary?.folder ?? sweep.runs[0]?.folder;
  if (changes.length === 0 || folder === undefined) return [];
  const name = sweep.summary?.name ?? sweep.runs[0]?.data.experiment.name;
  const others = changes.every((change) => OTHER_ARITHMETIC.test(change))
    ? "were made with another arithmetic"
    : "are of another config";
  return [
    `${folder.path}: its results ${others}, and replaced once this run has its own: ` +
    `${firstAndCount(changes, MOST_NAMED).join(", ")}; to keep both: ` +
    (basename(folder.path) === name ? "--set name=…" : "another --output"),
  ];
}

/** The ways in which the runs are others than those in their folders. */
async function otherRuns({ runs }: PlannedSweep): Promise<string[]> {
  const changes: string[] = [];
  for (const { data, folder } of runs) {
    const [configText, manifest] = [await folder.lastConfig(), folder.last()];
    if (configText === undefined || manifest === undefined) continue;
    changes.push(...runChanges({ configText, manifest }, data));
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
