/**
 * The sections of a report that show how probable and different is what strategies generated.
 *
 * @module
 */
import type { ExperimentConfig } from "../../config/settings.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { formatCount } from "../../text/format.ts";
import type { Section } from "../document.ts";
import { measureTable } from "../measure_table.ts";
import { prose } from "../prose.ts";
import { measuresOf } from "./measures_of_run.ts";
import type { RunRecord } from "./run_record.ts";

/** How probable the samples of each cell are. */
export function likelihoodSection({ cells }: Pick<RunRecord, "cells">): Section {
  const { blocks, shown } = measureTable("likelihood", cells, {
    caption:
      prose`How probable the target itself finds what each cell generated, over all prompts and samples.`,
  });
  return {
    id: "likelihood-under-the-target",
    heading: prose`Likelihood under the target`,
    blocks,
    shown,
  };
}

/** How different the samples of each cell are from one another and from the documents. */
export function diversitySection(run: RunRecord): Section {
  const { cells, corpus, experiment } = run;
  const measures = measuresOf(run);
  const { decoding } = experiment.config;
  const repeats = decoding.samples > 1 &&
      cells.some(({ cell }) => strategyOf(cell.settings).isDeterministic)
    ? " A deterministic search gives the same continuation of a prompt every time; it is counted as " +
      "often as the others are sampled, so that shares can be compared, but its intervals are of one " +
      "decoding per prompt."
    : "";
  const table = measureTable("diversity", cells, {
    among: measures,
    caption: corpus.file === undefined
      ? prose`How different the generated texts are from one another.`
      : prose`How different the generated texts are from one another and from the documents.`,
  });
  const { shown } = table;
  const sets = measures.filter((one) => one.rarefied !== undefined && shown.includes(one))
    .map(({ title }) => title);
  const number = sets.length === 0
    ? ""
    : `What depends on the number of texts (${sets.join(", ")}) is of ${
      countedTexts(decoding)
    }; of a ` +
      "cell with more, the mean over all choices of as many.";
  const note = `${number}${repeats}`.trim();
  return {
    id: "diversity",
    heading: prose`Diversity`,
    blocks: [
      ...table.blocks,
      ...(note === "" ? [] : [{ kind: "paragraph" as const, text: prose`${note}` }]),
    ],
    shown,
  };
}

/** `200 texts of each prompt`: the number at which measures of the set of samples are compared. */
export function countedTexts({ samples }: ExperimentConfig["decoding"]): string {
  return `${formatCount(samples, "text")} of each prompt`;
}
