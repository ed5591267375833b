/**
 * What some measures do along a setting: that they rise or fall, from where to where, and the point from
 * which nothing more can be told apart. Runs ask this of the entries of their grid, sweeps of their runs.
 *
 * @module
 */
import type { Estimate } from "../../measure/estimate.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import { type AllPairs, allPairs, type Verdicts } from "./all_pairs.ts";
import type { Family, Finding, FoundNumber, PlannedFinding } from "./finding.ts";
import { foundNumber, isSayable, type Said, said, saidBriefly, sizeSaid } from "./wording.ts";

/** A measure along the values of a setting. */
export interface Course {
  /** The measure. */
  readonly measure: Said;
  /** What sentences call it: `the held-out loss of the target`. */
  readonly words: Prose;
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
  /** What a reader must know beside it. */
  readonly remark?: Prose;
}

/** The most values: of a few hundred there would be tens of thousands of pairs. */
const MOST_VALUES = 100;

/** A course that has all its estimates, and its comparisons. */
interface Known extends Course {
  readonly estimates: readonly Estimate[];
  readonly pairs: AllPairs;
}

/** A course whose comparisons were judged. */
interface Judged extends Known {
  readonly verdicts: Verdicts;
  readonly isClaim: boolean;
}

/** Plans what is said of `along`: nothing where nothing was measured at every value. */
export function planAlong(along: Along): PlannedFinding[] {
  if (along.values.length < 2 || along.values.length > MOST_VALUES) return [];
  const known = along.courses.flatMap((course): Known[] => {
    const { measure } = course;
    const estimates = course.estimates.filter((one) => isSayable(measure, one));
    if (estimates.length < along.values.length) return [];
    return [{ ...course, estimates, pairs: allPairs(estimates) }];
  });
  if (known.length === 0) return [];
  return [{
    pValues: known.flatMap(({ pairs }) => pairs.pValues),
    say: (areDifferences, family) => {
      let next = 0;
      const judged = known.map((course): Judged => {
        const own = areDifferences.slice(next, next += course.pairs.pValues.length);
        return { ...course, verdicts: course.pairs.judged(own), isClaim: own.includes(true) };
      });
      return findingOf(along, judged, family);
    },
  }];
}

function findingOf(
  along: Along,
  courses: readonly Judged[],
  family: Family,
): Omit<Finding, "kind"> | undefined {
  const clauses = movingFirst(courses).map((course) =>
    along.isOrdered ? orderedClause(along, course, family) : unorderedClause(along, course, family)
  ).filter(({ text }) => text.length > 0);
  if (clauses.length === 0) return undefined;
  const subject = along.isOrdered
    ? prose`Raising ${along.setting} from ${ends(along)} `
    : prose`By ${along.setting}: `;
  const sentences = [
    prose`${subject}${joinedClauses(clauses.map(({ text }) => text), along.isOrdered)}.`,
    ...(along.isOrdered ? levelText(along, courses) : []),
    ...(along.remark === undefined ? [] : [along.remark]),
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

function joinedClauses(clauses: readonly Prose[], isOrdered: boolean): Prose {
  return isOrdered ? listed(clauses) : joined(clauses, "; ");
}

function ends({ values }: Along): Prose {
  return prose`${codeSpan(values[0] ?? "")} to ${codeSpan(values.at(-1) ?? "")}`;
}

/** A part of a sentence with the numbers in it. */
interface Clause {
  readonly text: Prose;
  readonly numbers: readonly FoundNumber[];
}

/** `raises the unique share from 41 ± 2 % to 98 ± 1 %`. */
function orderedClause(along: Along, course: Judged, family: Family): Clause {
  const { verdicts, words, measure, estimates } = course;
  const last = estimates.length - 1;
  const verdict = verdicts.between(last, 0);
  if (verdict === "open" || verdict === "equal") return turningClause(along, course, family);
  const [first, final] = [estimates[0], estimates[last]] as const;
  if (first === undefined || final === undefined) return { text: [], numbers: [] };
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

/** What is said where the ends do not differ: what lies between them may. */
function turningClause(along: Along, course: Judged, family: Family): Clause {
  const { verdicts, words, measure, estimates } = course;
  const [highest, lowest] = [extremeOf(course, "highest"), extremeOf(course, "lowest")];
  const [top, bottom] = [estimates[highest], estimates[lowest]];
  if (top === undefined || bottom === undefined) return { text: [], numbers: [] };
  if (verdicts.between(highest, lowest) !== "higher") return flatClause(along, course, family);
  const tied = tiedText(along, course, highest);
  return {
    text: prose`changes ${words}: highest at ${valueSpan(along, highest)} with ${
      said(measure, top)
    }${tied}, lowest at ${valueSpan(along, lowest)} with ${saidBriefly(measure, bottom)}`,
    numbers: numbersAt(along, course, [highest, lowest]),
  };
}

/** What is said where no value can be told from another. */
function flatClause(along: Along, course: Judged, { level }: Family): Clause {
  const { words, measure, estimates, pairs } = course;
  const [first] = estimates;
  if (first === undefined) return { text: [], numbers: [] };
  const limit = pairs.largestPossible(level);
  if (limit === undefined) {
    // Without chance; or chance is the same for all, and its size unknown.
    if (!estimates.every(({ value }) => value === first.value)) return { text: [], numbers: [] };
    const text = along.isOrdered
      ? prose`leaves ${words} at ${said(measure, first)}`
      : prose`${words} is ${said(measure, first)} with each`;
    return { text, numbers: numbersAt(along, course, [0]) };
  }
  const numbers = numbersAt(along, course, estimates.map((_, i) => i));
  const none = `no difference larger than ${sizeSaid(measure, limit)}`;
  return {
    text: along.isOrdered ? prose`makes ${none} to ${words}` : prose`${none} in ${words}`,
    numbers,
  };
}

/** `the unique share is highest at `a`, 41 ± 2 %, with which `b` is tied`. */
function unorderedClause(along: Along, course: Judged, family: Family): Clause {
  const { verdicts, words, measure, estimates } = course;
  const [highest, lowest] = [extremeOf(course, "highest"), extremeOf(course, "lowest")];
  const [top, bottom] = [estimates[highest], estimates[lowest]];
  if (top === undefined || bottom === undefined) return { text: [], numbers: [] };
  if (verdicts.between(highest, lowest) !== "higher") return flatClause(along, course, family);
  return {
    text: prose`${valueSpan(along, highest)} has the highest value of ${words}, ${
      said(measure, top)
    }${tiedText(along, course, highest)}, and ${valueSpan(along, lowest)} the lowest, ${
      saidBriefly(measure, bottom)
    }${tiedText(along, course, lowest)}`,
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

/** The point from which nothing more changes, and the one up to which nothing does. */
function levelText(along: Along, courses: readonly Judged[]): Prose[] {
  const moving = courses.filter(isMoving);
  if (moving.length === 0) return [];
  const last = along.values.length - 1;
  const indices = along.values.map((_, i) => i);
  const areLevel = (those: readonly number[]): boolean =>
    moving.every(({ verdicts }) => verdicts.areTied(those));
  const from = indices.find((i) => areLevel(indices.slice(i))) ?? last;
  const upTo = indices.findLast((i) => areLevel(indices.slice(0, i + 1))) ?? 0;
  const what = moving.length === 1 ? prose`${moving[0]?.words ?? []}` : prose`either`;
  const texts: Prose[] = [];
  if (upTo >= from) {
    return [
      prose`Single steps are too small to tell: ${valueSpan(along, from)} is tied with both.`,
    ];
  }
  if (upTo > 0) {
    texts.push(
      prose`Up to ${valueSpan(along, upTo)} no change of ${what} can be told: ${
        valueSpan(along, upTo)
      } is tied with ${valueSpan(along, 0)}.`,
    );
  }
  if (from < last) {
    texts.push(
      prose`From ${valueSpan(along, from)} on no change of ${what} can be told: ${
        valueSpan(along, from)
      } is tied with ${valueSpan(along, last)}.`,
    );
  } else if (last > 1 && moving.every(isSteady)) {
    texts.push(prose`Every step does so, up to ${valueSpan(along, last)}, the largest tried.`);
  }
  return texts;
}

/** Whether each value is beside the one before as the last is beside the first. */
function isSteady({ estimates, verdicts }: Judged): boolean {
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
