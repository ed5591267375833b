/**
 * The course of measures along a setting: that they rise or fall, from where to where, and the
 * point from which nothing more can be told apart. Runs ask this of the entries of their grid,
 * sweeps of their runs.
 *
 * @module
 */
import type { Estimate } from "../../measure/estimate.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import { type AllPairs, allPairs, type Verdicts } from "./all_pairs.ts";
import type { Family, FoundNumber, PlannedFinding, Untitled } from "./finding.ts";
import { foundNumber, isSayable, type Said, said, saidBriefly, sizeSaid } from "./wording.ts";

/** A measure along the values of a setting. */
export interface Course {
  /** The measure. */
  readonly measure: Said;
  /** Its name in sentences: `the held-out loss of the target`. */
  readonly words: Prose;
  /** The label of the cell that it is of, where values do not have cells of their own. */
  readonly cell?: string;
  /** `[values]` its estimates; a course in which one is missing says nothing. */
  readonly estimates: readonly (Estimate | undefined)[];
}

/** Values of a setting with what was measured at each. */
export interface Along {
  /** The setting, such as `k` of `top_k`. */
  readonly setting: Prose;
  /** `[values]` the values as texts; in their order where they have one. */
  readonly values: readonly string[];
  /** Whether the values are numbers, the smallest first. */
  readonly isOrdered: boolean;
  /** `[values]` the labels of what was measured: of cells, or of runs. */
  readonly labels: readonly string[];
  /** The measures. */
  readonly courses: readonly Course[];
}

/** The most values: of a few hundred there would be tens of thousands of pairs. */
const MOST_VALUES = 100;

/** A course that has all its estimates, and its comparisons. */
export interface Known extends Course {
  /** `[values]` the estimates. */
  readonly estimates: readonly Estimate[];
  /** Each compared with each. */
  readonly pairs: AllPairs;
}

/** A course whose comparisons were judged. */
export interface Judged extends Known {
  /** The verdicts on all pairs of values. */
  readonly verdicts: Verdicts;
  /** Whether any pair differs by more than chance makes. */
  readonly isClaim: boolean;
}

/** The comparisons along the values of a setting, before they are judged. */
export interface AlongPlan {
  /** The values of the setting. */
  readonly along: Along;
  /** The p-values of all comparisons. */
  readonly pValues: readonly number[];
  /** The courses, told which of the p-values are differences. */
  judged(areDifferences: readonly boolean[]): readonly Judged[];
}

/** Plans what is said of `along`: nothing where nothing was measured at every value. */
export function planAlong(along: Along): PlannedFinding[] {
  return comparedAlong(along).map(({ pValues, judged }) => ({
    pValues,
    say: (areDifferences, family) => findingAlong(along, judged(areDifferences), family),
  }));
}

/** The comparisons along a setting: none where nothing was measured at every value. */
export function comparedAlong(along: Along): AlongPlan[] {
  if (along.values.length < 2 || along.values.length > MOST_VALUES) return [];
  const known = along.courses.flatMap((course): Known[] => {
    const { measure } = course;
    const estimates = course.estimates.filter((one) => isSayable(measure, one));
    if (estimates.length < along.values.length) return [];
    return [{ ...course, estimates, pairs: allPairs(estimates) }];
  });
  if (known.length === 0) return [];
  return [{
    along,
    pValues: known.flatMap(({ pairs }) => pairs.pValues),
    judged: (areDifferences) => {
      let next = 0;
      return known.map((course): Judged => {
        const own = areDifferences.slice(next, next += course.pairs.pValues.length);
        return { ...course, verdicts: course.pairs.judged(own), isClaim: own.includes(true) };
      });
    },
  }];
}

/** The finding about values of a setting once they are judged; none where nothing can be said. */
export function findingAlong(
  along: Along,
  courses: readonly Judged[],
  family: Family,
): Untitled | undefined {
  const clauses = movingFirst(courses).map((course) =>
    along.isOrdered ? orderedClause(along, course, family) : unorderedClause(along, course, family)
  ).filter(({ text }) => text.length > 0);
  if (clauses.length === 0) return undefined;
  const sentences = [
    ...(along.isOrdered ? orderedSentences(along, clauses) : [
      prose`Among the values of ${along.setting} ${joined(clauses.map(({ text }) => text), "; ")}.`,
    ]),
    ...(along.isOrdered ? levelText(along, courses) : []),
  ];
  return {
    text: joined(sentences, " "),
    claims: courses.some(({ isClaim }) => isClaim),
    cells: along.labels,
    numbers: clauses.flatMap(({ numbers }) => numbers),
  };
}

/** The courses in which values can be told apart, before the others. */
function movingFirst(courses: readonly Judged[]): Judged[] {
  return [...courses.filter(isMoving), ...courses.filter((course) => !isMoving(course))];
}

/** Whether any two values can be told apart. */
function isMoving({ estimates, verdicts }: Judged): boolean {
  return !verdicts.areTied(estimates.map((_, i) => i));
}

/** One sentence about the measures that rise, fall or stay, and one about each that turns. */
function orderedSentences(along: Along, clauses: readonly Clause[]): Prose[] {
  const [turning, straight] = [true, false].map((turns) =>
    clauses.filter(({ turns: own = false }) => own === turns).map(({ text }) => text)
  );
  const subject = prose`Raising ${along.setting} from ${ends(along)}`;
  const whole = straight === undefined || straight.length === 0
    ? []
    : [prose`${subject} ${listed(straight)}.`];
  const others = (turning ?? []).map((text, i) =>
    whole.length === 0 && i === 0 ? prose`${subject} ${text}.` : prose`It also ${text}.`
  );
  return [...whole, ...others];
}

function wordsOf({ words, cell }: Course): Prose {
  return cell === undefined ? words : prose`${words} of ${codeSpan(cell)}`;
}

/** `first` to `last`. */
export function ends({ values }: Along): Prose {
  return prose`${codeSpan(values[0] ?? "")} to ${codeSpan(values.at(-1) ?? "")}`;
}

/** A part of a sentence with the numbers in it. */
interface Clause {
  readonly text: Prose;
  readonly numbers: readonly FoundNumber[];
  /** Whether what it tells of neither rises nor falls from end to end. */
  readonly turns?: boolean;
}

/** Where there is nothing to say. */
const NOTHING: Clause = { text: [], numbers: [] };

/** `raises the unique share from 41 ± 2 % to 98 ± 1 %`. */
function orderedClause(along: Along, course: Judged, family: Family): Clause {
  const { verdicts, measure, estimates } = course;
  const words = wordsOf(course);
  const last = estimates.length - 1;
  const verdict = verdicts.between(last, 0);
  if (verdict === "open" || verdict === "equal") return turningClause(along, course, family);
  const [first, final] = [estimates[0], estimates[last]] as const;
  if (first === undefined || final === undefined) return NOTHING;
  const isRise = verdict === "higher";
  const extreme = extremeOf(course, isRise ? "highest" : "lowest");
  const isBeyond = verdicts.between(extreme, last) === (isRise ? "higher" : "lower");
  const between = estimates[extreme];
  const by = isBeyond && between !== undefined
    ? prose`, with ${said(measure, between)} at ${valueSpan(along, extreme)} as the ${
      isRise ? "highest" : "lowest"
    }`
    : [];
  const [from, to] = [saidBriefly(measure, first), said(measure, final)];
  return {
    text: prose`${isRise ? "raises" : "lowers"} ${words} from ${from} to ${to}${by}`,
    numbers: numbersAt(along, course, isBeyond ? [0, extreme, last] : [0, last]),
  };
}

/** The clause where the ends do not differ: the values between them may. */
function turningClause(along: Along, course: Judged, family: Family): Clause {
  const { measure, estimates } = course;
  const words = wordsOf(course);
  const { highest, lowest } = furthestApart(course) ?? {};
  if (highest === undefined || lowest === undefined) return flatClause(along, course, family);
  const [top, bottom] = [estimates[highest], estimates[lowest]];
  if (top === undefined || bottom === undefined) return NOTHING;
  const tied = tiedText(along, course, highest);
  return {
    text: prose`changes ${words}: highest at ${valueSpan(along, highest)} with ${
      said(measure, top)
    }${tied}, lowest at ${valueSpan(along, lowest)} with ${saidBriefly(measure, bottom)}`,
    numbers: numbersAt(along, course, [highest, lowest]),
    turns: true,
  };
}

/** The two that are the furthest apart among those that can be told apart. */
function furthestApart(
  { estimates, verdicts }: Judged,
): { readonly highest: number; readonly lowest: number } | undefined {
  const told = estimates.flatMap((top, highest) =>
    estimates.flatMap((bottom, lowest) =>
      verdicts.between(highest, lowest) === "higher"
        ? [{ highest, lowest, distance: top.value - bottom.value }]
        : []
    )
  );
  return told.toSorted((a, b) => b.distance - a.distance)[0];
}

/** The clause where no value can be told from another. */
function flatClause(along: Along, course: Judged, { level }: Family): Clause {
  const { measure, estimates, pairs } = course;
  const words = wordsOf(course);
  const [first] = estimates;
  if (first === undefined) return NOTHING;
  const limit = pairs.largestPossible(level);
  if (limit === undefined) {
    // Without chance; or chance is the same for all, and its size unknown.
    if (!estimates.every(({ value }) => value === first.value)) return NOTHING;
    const text = along.isOrdered
      ? prose`leaves ${words} at ${said(measure, first)}`
      : prose`all have ${said(measure, first)} in ${words}`;
    return { text, numbers: numbersAt(along, course, [0]) };
  }
  // All that a share can differ by: nothing is known.
  if (measure.unit === "share" && limit >= 1) return NOTHING;
  const numbers = numbersAt(along, course, estimates.map((_, i) => i));
  const none = `no difference larger than ${sizeSaid(measure, limit)}`;
  return {
    text: along.isOrdered ? prose`makes ${none} to ${words}` : prose`there is ${none} in ${words}`,
    numbers,
  };
}

/** `the unique share is highest at `a`, 41 ± 2 %, with which `b` is tied`. */
function unorderedClause(along: Along, course: Judged, family: Family): Clause {
  const { measure, estimates } = course;
  const words = wordsOf(course);
  const { highest, lowest } = furthestApart(course) ?? {};
  if (highest === undefined || lowest === undefined) return flatClause(along, course, family);
  const [top, bottom] = [estimates[highest], estimates[lowest]];
  if (top === undefined || bottom === undefined) return NOTHING;
  return {
    text: prose`${valueSpan(along, highest)} is highest in ${words}, ${said(measure, top)}${
      tiedText(along, course, highest)
    }, and ${valueSpan(along, lowest)} is lowest, ${saidBriefly(measure, bottom)}${
      tiedText(along, course, lowest)
    }`,
    numbers: numbersAt(along, course, [highest, lowest]),
  };
}

/** ` (tied with \`4\` and \`6\`)`: what cannot be told apart from the value. */
function tiedText(along: Along, { estimates, verdicts }: Judged, value: number): Prose {
  const tied = estimates.flatMap((_, i) =>
    i !== value && verdicts.areTied([i, value]) ? [valueSpan(along, i)] : []
  );
  return tied.length === 0 ? [] : prose` (tied with ${listed(tied)})`;
}

/**
 * The points from which nothing more changes, and those up to which nothing does. `isShared` where the
 * finding is about other settings too, so that sentences name theirs.
 */
export function levelText(
  along: Along,
  courses: readonly Judged[],
  isShared = false,
): Prose[] {
  const levels = courses.filter(isMoving).map((course) => ({ course, level: levelOf(course) }));
  const alike = Map.groupBy(levels, ({ level }) => JSON.stringify(level));
  return [...alike.values()].flatMap((group) => {
    const [{ level } = { level: undefined }] = group;
    if (level === undefined) return [];
    const words = group.length === courses.length
      ? []
      : listed(group.map(({ course }) => course.words));
    return levelSentences(along, level, {
      of: words.length === 0 ? [] : prose` of ${words}`,
      by: isShared ? prose` by ${along.setting}` : [],
    });
  });
}

/** Where values are tied. */
interface Level {
  /** The first value from which all are tied with one another. */
  readonly from: number;
  /** The last value up to which all are. */
  readonly upTo: number;
  /** Whether each value is beside the one before as the last is beside the first. */
  readonly isSteady: boolean;
}

function levelOf(course: Judged): Level {
  const { estimates, verdicts } = course;
  const indices = estimates.map((_, i) => i);
  return {
    from: indices.find((i) => verdicts.areTied(indices.slice(i))) ?? 0,
    upTo: indices.findLast((i) => verdicts.areTied(indices.slice(0, i + 1))) ?? 0,
    isSteady: isSteady(course),
  };
}

/** `of` and `by` say which measures and which setting a sentence is about, where that is to be said. */
function levelSentences(
  along: Along,
  { from, upTo, isSteady }: Level,
  { of, by }: { readonly of: Prose; readonly by: Prose },
): Prose[] {
  const last = along.values.length - 1;
  const at = (i: number): Prose => valueSpan(along, i);
  if (upTo >= from) {
    return [
      prose`Single steps${of}${by} are too small to tell: ${at(from)} is tied with both ends.`,
    ];
  }
  const told = prose`no change${of}${by} can be told`;
  return [
    ...upTo === 0 ? [] : [prose`Up to ${at(upTo)} ${told}: ${at(upTo)} is tied with ${at(0)}.`],
    ...from === last
      ? []
      : [prose`From ${at(from)} on ${told}: ${at(from)} is tied with ${at(last)}.`],
    // Of several settings the places where they stop are what is left to say.
    ...isSteady && last > 1 && by.length === 0
      ? [
        prose`The change${of}${by} goes on at every step, up to ${
          at(last)
        }, the largest value tried.`,
      ]
      : [],
  ];
}

/** Whether each value is beside the one before as the last is beside the first. */
export function isSteady({ estimates, verdicts }: Judged): boolean {
  const whole = verdicts.between(estimates.length - 1, 0);
  return estimates.every((_, i) => i === 0 || verdicts.between(i, i - 1) === whole);
}

/** The value with the highest or lowest estimate; of equal ones the first. */
function extremeOf({ estimates }: Known, which: "highest" | "lowest"): number {
  const values = estimates.map(({ value }) => value);
  return values.indexOf(which === "highest" ? Math.max(...values) : Math.min(...values));
}

function valueSpan({ values }: Along, i: number): Prose {
  return [codeSpan(values[i] ?? "")];
}

function numbersAt(
  { labels }: Along,
  { measure, estimates }: Known,
  those: readonly number[],
): FoundNumber[] {
  return [...new Set(those)].flatMap((i) => {
    const estimate = estimates[i];
    return estimate === undefined ? [] : [foundNumber(measure.name, labels[i] ?? "", estimate)];
  });
}
