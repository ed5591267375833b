/**
 * Settings that do the same to the same measures, told of in one finding.
 *
 * @module
 */
import { joined, listed, type Prose, prose } from "../prose.ts";
import {
  type Along,
  comparedAlong,
  ends,
  findingAlong,
  isSteady,
  type Judged,
  levelText,
} from "./along.ts";
import type { PlannedFinding, Untitled } from "./finding.ts";
import { foundNumber, said, saidBriefly } from "./wording.ts";

/** A setting with its judged courses. */
interface JudgedAlong {
  readonly along: Along;
  readonly courses: readonly Judged[];
}

/** Plans what is said of several settings: a finding for those that do the same, and one for each other. */
export function planAlike(settings: readonly Along[]): PlannedFinding[] {
  const plans = settings.flatMap(comparedAlong);
  if (plans.length === 0) return [];
  return [{
    pValues: plans.flatMap(({ pValues }) => pValues),
    say: (areDifferences, family) => {
      let next = 0;
      const all = plans.map(({ along, pValues, judged }): JudgedAlong => ({
        along,
        courses: judged(areDifferences.slice(next, next += pValues.length)),
      }));
      const groups = Map.groupBy(all, (one) => directionsOf(one) ?? one);
      return [...groups.values()].flatMap((group) =>
        group.length > 1
          ? [alikeFinding(group)]
          : group.flatMap(({ along, courses }) => findingAlong(along, courses, family) ?? [])
      );
    },
  }];
}

/**
 * The direction in which a larger value moves each measure, `raises the unique share`; none where a
 * measure stays, or is higher or lower between the ends than at both.
 */
function directionsOf({ along, courses }: JudgedAlong): string | undefined {
  if (!along.isOrdered || !courses.every(isStraight)) return undefined;
  return JSON.stringify(courses.map((one) => [one.measure.name, verbOf(one)]));
}

/** Whether the last value differs from the first, and none is told to lie beyond the two. */
function isStraight({ verdicts, estimates }: Judged): boolean {
  const last = estimates.length - 1;
  const whole = verdicts.between(last, 0);
  return (whole === "higher" || whole === "lower") &&
    estimates.every((_, i) =>
      verdicts.between(i, last) !== whole && verdicts.between(0, i) !== whole
    );
}

function verbOf({ verdicts, estimates }: Judged): string {
  return verdicts.between(estimates.length - 1, 0) === "higher" ? "raises" : "lowers";
}

/** The finding about settings with the same effect, with the numbers at the ends of each. */
function alikeFinding(group: readonly JudgedAlong[]): Untitled {
  const [first] = group;
  const does = (first?.courses ?? []).map((one) => prose`${verbOf(one)} ${one.words}`);
  const isAllSteady = group.every(({ courses }) => courses.every(isSteady));
  return {
    text: joined([
      prose`A larger ${listed(group.map(({ along }) => along.setting), "or")} ${listed(does)}. ${
        joined(group.map(endsText), "; ")
      }.`,
      ...isAllSteady
        ? [prose`All ${group.length} do so at every step, up to the largest value tried.`]
        : group.flatMap(({ along, courses }) =>
          courses.every(isSteady) ? [] : levelText(along, courses, true)
        ),
    ], " "),
    claims: group.some(({ courses }) => courses.some(({ isClaim }) => isClaim)),
    cells: group.flatMap(({ along }) => along.labels),
    numbers: group.flatMap(({ along, courses }) =>
      courses.flatMap(({ measure, estimates }) =>
        [0, estimates.length - 1].flatMap((i) => {
          const estimate = estimates[i];
          return estimate === undefined
            ? []
            : [foundNumber(measure.name, along.labels[i] ?? "", estimate)];
        })
      )
    ),
  };
}

/** `temperature` from `0.5` to `1.5`: from 86.7 ± 1.5 % to 99.5 ± 0.2 %, and from −1.58 ± 0.01 to −2.60 ± 0.03 nats. */
function endsText({ along, courses }: JudgedAlong): Prose {
  const changes = courses.flatMap(({ measure, estimates }) => {
    const [from, to] = [estimates[0], estimates.at(-1)];
    return from === undefined || to === undefined
      ? []
      : [prose`from ${saidBriefly(measure, from)} to ${said(measure, to)}`];
  });
  return prose`${along.setting} from ${ends(along)}: ${joined(changes, ", and ")}`;
}
