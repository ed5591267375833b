/**
 * The findings from seeds, of a sweep whose runs differ in them: how far trainings differ, and
 * which differences between cells hold whatever the seed.
 *
 * @module
 */
import { baselineOf } from "../../measure/baseline.ts";
import { differenceOf } from "../../measure/comparison.ts";
import { uniqueShare } from "../../measure/diversity.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { varianceOf } from "../../measure/intervals.ts";
import { meanLogProb } from "../../measure/likelihood.ts";
import { deviationInterval } from "../../measure/quantiles.ts";
import { replicateMean } from "../../measure/replicates.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import type { SweepSummary, VariantRun } from "../sweep/sweep_summary.ts";
import type { FindingDefinition, PlannedFinding } from "./finding.ts";
import { cellEstimate, lossOf } from "./run_setting.ts";
import { heldOutLoss } from "./standing.ts";
import {
  differenceSaid,
  foundDifference,
  foundNumber,
  isSayable,
  type Said,
  said,
  sizeSaid,
} from "./wording.ts";

/** The most differences that a finding names. */
const MOST_NAMED = 4;

/** How far seeds differ, and which differences between cells hold over them. */
export const seeds: FindingDefinition<SweepSummary> = {
  name: "seeds",
  question: ({ hasReplicates, settings }) =>
    hasReplicates && settings.length === 0
      ? prose`What is the same whatever the seed, and how far do trainings differ?`
      : undefined,
  plan: (sweep) => {
    const runs = replicatesOf(sweep);
    if (runs.length < 2) return [];
    const cells = runs.flat().flatMap(({ cells }) => cells.map(({ cell }) => cell));
    const baseline = baselineOf(cells, undefined)?.label;
    return [
      spreadOf(runs, {
        measure: heldOutLoss,
        words: prose`the held-out loss of the target`,
        chance: "the choice of held-out documents",
        of: (run) => lossOf(run, "target"),
      }),
      ...baseline === undefined ? [] : [
        spreadOf(runs, {
          measure: meanLogProb,
          words: prose`the mean log-prob of ${codeSpan(baseline)}`,
          chance: "chance within a run",
          of: (run) => cellEstimate(run, baseline, meanLogProb),
        }),
        ...[
          { measure: meanLogProb, words: "the mean log-prob" },
          { measure: uniqueShare, words: "the unique share" },
        ].map((asked) =>
          holdingDifferences(runs, { ...asked, baseline, labels: labelsOf(sweep, baseline) })
        ),
      ],
    ].flat();
  },
};

/** The runs of one seed: one for each row of the sweep. */
type Replicate = readonly VariantRun[];

/** The seeds that all rows have. */
function replicatesOf({ hasReplicates, rows, variants }: SweepSummary): Replicate[] {
  if (!hasReplicates) return [];
  const seeds = Map.groupBy(
    variants,
    ({ variant: { settings } }) => settings.find(({ path }) => path === "seed")?.value,
  );
  return [...seeds.values()].filter(({ length }) => length === rows.length);
}

/** The mean over the rows of what each run gives; `undefined` where one gives nothing. */
function meanOf(
  replicate: Replicate,
  of: (run: VariantRun) => number | undefined,
): number | undefined {
  const values = replicate.flatMap((run) => of(run) ?? []);
  return values.length < replicate.length
    ? undefined
    : values.reduce((sum, one) => sum + one, 0) / values.length;
}

function labelsOf({ cells }: SweepSummary, baseline: string): string[] {
  return cells.map(({ name }) => name).filter((name) => name !== baseline);
}

/** A number that each run has. */
interface Spreading {
  readonly measure: Said;
  readonly words: Prose;
  /** The chance that its interval within a run is over. */
  readonly chance: string;
  readonly of: (run: VariantRun) => Estimate | undefined;
}

/** The spread over seeds beside the spread within a run. */
function spreadOf(
  replicates: readonly Replicate[],
  { measure, words, chance, of }: Spreading,
): PlannedFinding[] {
  // Beside other settings, what those do would be in the mean.
  if (replicates.some(({ length }) => length > 1)) return [];
  const found = replicates.flat().flatMap((run) => of(run) ?? []);
  if (found.length < 2) return [];
  const mean = replicateMean(found.map(({ value }) => value));
  if (!isSayable(measure, mean)) return [];
  if (mean.spread === undefined) return [];
  const between = Math.sqrt(found.length * varianceOf(mean.spread));
  const variances = found.flatMap(({ spread }) => spread === undefined ? [] : [varianceOf(spread)]);
  const within = Math.sqrt(variances.reduce((sum, one) => sum + one, 0) / variances.length);
  const inside = variances.length < found.length
    ? []
    : prose`; ${chance} alone has a standard error of ${sizeSaid(measure, within)}`;
  const deviation = {
    value: between,
    interval: deviationInterval(between, found.length - 1),
  };
  return [{
    pValues: [],
    say: () => ({
      text: prose`Over ${found.length} seeds ${words} is ${
        said(measure, mean)
      }. From seed to seed its standard deviation is ${said(measure, deviation)}${inside}.`,
      claims: false,
      cells: [],
      numbers: [
        foundNumber(measure.name, "mean over seeds", mean),
        foundNumber(measure.name, "standard deviation over seeds", deviation),
        ...inside.length === 0
          ? []
          : [{ name: measure.name, of: "standard error within a run", value: within }],
      ],
    }),
  }];
}

/** The measure that cells are compared in, and the baseline that they are compared with. */
interface Asked {
  readonly measure: Said;
  readonly words: string;
  readonly baseline: string;
  readonly labels: readonly string[];
}

/** Which differences to the baseline hold over seeds: each seed's own difference is one replicate. */
function holdingDifferences(
  replicates: readonly Replicate[],
  { measure, words, baseline, labels }: Asked,
): PlannedFinding[] {
  const compared = labels.flatMap((label) => {
    const differences = replicates.flatMap((replicate) =>
      meanOf(replicate, (run) => {
        const of = cellEstimate(run, label, measure);
        const than = cellEstimate(run, baseline, measure);
        return of === undefined || than === undefined ? undefined : of.value - than.value;
      }) ?? []
    );
    if (differences.length < 2) return [];
    const { value, spread } = replicateMean(differences);
    const difference = spread && differenceOf(value, spread, true);
    return difference === undefined ? [] : [{ label, difference }];
  });
  const rows = replicates[0]?.length ?? 1;
  const average = rows === 1 ? "" : `, on average over the ${rows} settings`;
  if (compared.length === 0) return [];
  return [{
    pValues: compared.map(({ difference }) => difference.p),
    say: (areDifferences) => {
      const holding = compared.filter((_, i) => areDifferences[i])
        .toSorted((a, b) => Math.abs(b.difference.value) - Math.abs(a.difference.value));
      const open = compared.filter((_, i) => !areDifferences[i]);
      const named = holding.slice(0, MOST_NAMED);
      const more = holding.length - named.length;
      const list = listed([
        ...named.map(({ label, difference }) =>
          prose`${codeSpan(label)} (${differenceSaid(measure, difference)})`
        ),
        ...more === 0 ? [] : [prose`${more} more`],
      ]);
      const sentences = [
        holding.length === 0
          ? prose`Over ${replicates.length} seeds no cell can be told from ${
            codeSpan(baseline)
          } in ${words}${average} (${compared.length} compared).`
          : prose`Whatever the seed, ${list} ${holding.length === 1 ? "differs" : "differ"} from ${
            codeSpan(baseline)
          } in ${words}${average}.`,
        ...holding.length === 0 || open.length === 0 ? [] : [
          prose`The ${
            open.length === 1 ? "other cell" : `other ${open.length} cells`
          } cannot be told from it with ${replicates.length} seeds.`,
        ],
      ];
      return {
        text: joined(sentences, " "),
        claims: holding.length > 0,
        cells: [baseline, ...compared.map(({ label }) => label)],
        numbers: compared.map(({ label, difference }) =>
          foundDifference(measure.name, [label, baseline], difference)
        ),
      };
    },
  }];
}
