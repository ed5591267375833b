/**
 * What a run is too small to say: the smallest differences that it could have told, sizes for which
 * intervals cover too seldom, and chance of which it has seen nothing.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { areListed } from "../../config/schema.ts";
import { differenceBetween } from "../../measure/comparison.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import { shortfalls } from "../../measure/coverage_limits.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { meanLogProb } from "../../measure/likelihood.ts";
import { comparableIn, estimateIn, type MeasureFacts } from "../../measure/measure.ts";
import { searchLogProb } from "../../measure/search.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { SweepSummary } from "../sweep/sweep_summary.ts";
import { reachAt } from "./all_pairs.ts";
import type { Family, Finding, FindingDefinition, FoundNumber, PlannedFinding } from "./finding.ts";
import { sizesSaid } from "./wording.ts";

/** What a run is too small to say. */
export const resolution: FindingDefinition<RunRecord> = {
  name: "resolution",
  plan: (run) => [
    ...described(unknownChance(run)),
    { pValues: [], say: (_, family) => smallestDifferences(run, family) },
    ...described(shortCoverage(run)),
    ...described(oneTraining(run)),
  ],
};

/** What a sweep is too small to say. */
export const sweepResolution: FindingDefinition<SweepSummary> = {
  name: "resolution",
  plan: ({ hasReplicates, rows, settings }) => {
    if (hasReplicates) {
      const counts = rows.map(({ runs }) => runs.length);
      const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
      const how = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
      return described(
        prose`The intervals here are over ${how} seeds, and so over the chance in training and in sampling. Four times as many seeds would halve them.`,
      );
    }
    if (settings.length === 0) return [];
    return described(
      prose`Each of the ${rows.length} rows is one training: another seed trains other models, and no interval here covers that. To see how far they differ, run it with ${
        codeSpan("--set seed=1..5")
      } as well.`,
    );
  },
};

/** A finding that rests on no comparison. */
function described(text: Prose, numbers: readonly FoundNumber[] = []): PlannedFinding[] {
  if (text.length === 0) return [];
  return [{ pValues: [], say: () => ({ text, claims: false, cells: [], numbers }) }];
}

/** What is known of chance where there is a single sample, or a single drawn prompt. */
function unknownChance({ cells }: RunRecord): Prose {
  const blanks = new Set(
    cells.flatMap(({ values }) => Object.values(values).map(({ blank }) => blank)),
  );
  if (blanks.has("one draw")) {
    return prose`With 1 drawn prompt nothing is known of how others would differ: no number of texts has an interval, and no difference is told.`;
  }
  return blanks.has("one sample")
    ? prose`With 1 sample of each prompt nothing is known of how others would differ: no number of random texts has an interval, and no difference between them is told.`
    : [];
}

/** The smallest differences between two cells that the run could have told. */
function smallestDifferences(
  run: RunRecord,
  { size, level }: Family,
): Omit<Finding, "kind"> | undefined {
  const { cells, search, experiment: { config: { decoding } }, prompts } = run;
  const searched = search?.cells ?? [];
  const random = cells.filter(({ hasChance, searched }) => hasChance && searched === undefined);
  const speculating = cells.filter(({ cell: { settings } }) =>
    strategyOf(settings).speculation?.(settings) !== undefined
  );
  const all = [
    rangeOf(
      meanLogProb,
      "in the mean log-prob",
      random.map((one) => comparableIn(one, meanLogProb)),
      level,
    ),
    rangeOf(
      uniqueShare,
      "in the unique share",
      random.map((one) => comparableIn(one, uniqueShare)),
      level,
    ),
    rangeOf(
      searchLogProb,
      "in the log-prob of the best text",
      searched.map((one) => estimateIn(one, searchLogProb)),
      level,
    ),
    rangeOf(
      { ...tokensPerTargetCall, unit: "ratio" },
      "in tokens per target pass",
      speculating.map((one) => comparableIn(one, tokensPerTargetCall)),
      level,
    ),
  ].flat();
  if (all.length === 0) return undefined;
  const isDrawn = !areListed(decoding.prompts);
  const sizes = isDrawn
    ? formatCount(prompts.length, "drawn prompt")
    : `${formatCount(decoding.samples, "random text")} of each of ${
      formatCount(prompts.length, "prompt")
    }`;
  const text = prose`With ${sizes}, two cells that differ by less than ${
    listed(all.map(({ text }) => text), "or")
  } are not told apart (*t* times the standard error of the difference, at 5 % over ${
    formatCount(Math.max(1, size), "comparison")
  }). Four times as many would halve that.`;
  return { text, claims: false, cells: [], numbers: all.flatMap(({ numbers }) => numbers) };
}

/** From where to where the smallest difference reaches that could be told from the first cell. */
function rangeOf(
  measure: MeasureFacts,
  where: string,
  estimates: readonly (Estimate | undefined)[],
  level: number,
): { readonly text: Prose; readonly numbers: readonly FoundNumber[] }[] {
  const known = estimates.flatMap((one) => one ?? []);
  const reaches = known.flatMap((one, i) => {
    const before = known[i - 1];
    const difference = before && differenceBetween(one, before);
    return difference === undefined ? [] : [reachAt(difference, level)];
  }).filter((reach) => reach > 0 && Number.isFinite(reach));
  if (reaches.length === 0) return [];
  const [least, most] = [Math.min(...reaches), Math.max(...reaches)];
  return [{
    text: prose`${sizesSaid(measure, least, most)} ${where}`,
    numbers: [
      { name: measure.name, of: "smallest difference that can be told, least", value: least },
      { name: measure.name, of: "smallest difference that can be told, most", value: most },
    ],
  }];
}

/** For which sizes of this run intervals cover less, or more, than they say. */
function shortCoverage({ experiment, cells, prompts }: RunRecord): Prose {
  const { samples, prompts: chosen } = experiment.config.decoding;
  const sizes = [...new Set(cells.map(({ hasChance }) => hasChance ? samples : 0))].map((each) => ({
    prompts: areListed(chosen) ? "listed" as const : "drawn" as const,
    draws: prompts.length,
    samples: each,
  }));
  const differences = { name: "difference", title: "differences", interval: "set" } as const;
  const found = shortfalls([meanLogProb, uniqueShare, differences], sizes);
  return found.length === 0
    ? []
    : prose`Intervals are less exact than they say, as simulation shows. ${found.join(" ")}`;
}

/** That a run has one training of its models. */
function oneTraining({ experiment: { variant, config }, models }: RunRecord): Prose {
  const isSeeded = variant?.settings.some(({ path }) => path === "seed") === true;
  if (isSeeded || models.length === 0) return [];
  return prose`All of this is about one training, of seed ${config.seed}: another seed trains other models, and no interval here covers that. To see how far they differ, run it with ${
    codeSpan("--set seed=1..5")
  }.`;
}
