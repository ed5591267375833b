/**
 * How sure all findings are: whether theory and samples that must be alike agree, the smallest differences
 * that a run could have told, sizes for which intervals cover too seldom, and chance of which it has seen
 * nothing.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { areListed } from "../../config/settings.ts";
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
import { besideTheory } from "./beside_theory.ts";
import {
  described,
  type Family,
  type FindingDefinition,
  type FoundNumber,
  together,
  type Untitled,
} from "./finding.ts";
import { losslessness } from "./losslessness.ts";
import { speculatorsOf } from "./speculators.ts";
import { sizesSaid } from "./wording.ts";

/** How sure a run is of what it says. */
export const howSure: FindingDefinition<RunRecord> = {
  name: "how sure",
  plan: (run) => {
    const cells = speculatorsOf(run);
    return together([
      { pValues: [], say: (_, family) => smallestDifferences(run, family) },
      ...described(unknownChance(run)),
      ...described(shortCoverage(run)),
      ...losslessness(run, cells),
      ...besideTheory(cells),
    ]);
  },
};

/** How sure a sweep is of what it says. */
export const sweepHowSure: FindingDefinition<SweepSummary> = {
  name: "how sure",
  plan: ({ hasReplicates, rows, settings, trains }) => {
    if (hasReplicates) {
      const counts = rows.map(({ runs }) => runs.length);
      const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
      const how = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
      return described(
        prose`The intervals here are over ${how} seeds: they cover the chance in ${
          trains ? "training and in " : ""
        }sampling. Four times as many seeds would about halve them.`,
      );
    }
    if (settings.length === 0 || !trains) return [];
    return described(
      prose`Each of the ${rows.length} rows is one training. Another seed trains other models, which no interval here covers: run it with ${
        codeSpan("--set seed=1..5")
      } as well to see how far they differ.`,
    );
  },
};

/** The caution about chance where there is a single sample, or a single drawn prompt. */
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
): Untitled | undefined {
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
    : `${formatCount(decoding.samples, "random text")} for each of ${
      formatCount(prompts.length, "prompt")
    }`;
  const family = size > 1 ? `all ${formatCount(size, "comparison")} together` : "1 comparison";
  const text = prose`With ${sizes}, two cells must differ by ${
    listed(all.map(({ text }) => text), "or")
  } before they can be told apart (at 5 % for ${family}); four times as many would about halve that.`;
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
    text: prose`about ${sizesSaid(measure, least, most)} ${where}`,
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
