import type { Failure, RunRecord } from "./run_record.ts";

/** That a run lacks something, for the top of its report; nothing where it does not. */
export function incompleteText({ experiment, models, cells, failures }: RunRecord): string {
  if (failures.length === 0) return "";
  const { target, draft } = experiment.config.models;
  const wanted = [target, draft].filter((sizes) => sizes !== undefined).length;
  const lacking = [
    { what: "models", of: wanted, missing: wanted - models.length },
    { what: "cells", of: experiment.cells.length, missing: experiment.cells.length - cells.length },
  ].filter(({ missing }) => missing > 0);
  const parts = lacking.map(({ what, of, missing }) => `${missing} of ${of} ${what}`);
  const verb = lacking.length === 1 && lacking[0]?.missing === 1 ? "is" : "are";
  const what = parts.length === 0
    ? "not every loss is known"
    : `${parts.join(" and ")} ${verb} missing`;
  return `**Incomplete:** ${what}; [why](#missing).`;
}

/** What a run lacks, and why; nothing where it lacks nothing. */
export function missingSection({ failures }: Pick<RunRecord, "failures">): string {
  if (failures.length === 0) return "";
  return [
    "## Missing",
    "",
    "What failed is in none of the tables:",
    "",
    ...failures.map(failureText),
  ].join("\n");
}

/** A failure as an item of a list. */
export function failureText({ what, message }: Failure): string {
  return `- ${what}: ${message.replaceAll("\n", " ")}`;
}
