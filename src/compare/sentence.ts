/**
 * The outcome of a comparison, in one sentence about its first measure: which cell comes out on
 * top, by how much, and which are tied with it.
 *
 * @module
 */
import type { MeasureFacts } from "../measure/measure.ts";
import { differenceSaid, distanceSaid } from "../report/findings/wording.ts";
import { codeSpan, listed, type Prose, prose } from "../report/prose.ts";
import type { ComparedCell, ComparedGroup, JudgedDifference } from "./compare.ts";
import type { RowNames } from "./row_names.ts";

/** The sentence about a group; `undefined` where its first measure has no differences. */
export function sentenceOf(
  group: ComparedGroup,
  measure: MeasureFacts | undefined,
  names: RowNames,
): Prose | undefined {
  const [baseline, ...others] = group.cells;
  if (measure === undefined || baseline === undefined) return undefined;
  const sentence = new Sentence(group, measure, names);
  const known = others.filter((one) => group.between(one, baseline) !== undefined);
  if (known.length === 0) return undefined;
  const above = known.filter((one) => group.between(one, baseline)?.verdict === "higher");
  if (above.length > 0) return sentence.apart(above, baseline, "higher");
  const below = known.filter((one) => group.between(one, baseline)?.verdict === "lower");
  if (below.length > 0) return sentence.apart(below, baseline, "lower");
  return sentence.together(known, baseline);
}

/** Says things of one group by one measure. */
class Sentence {
  readonly #group: ComparedGroup;
  readonly #measure: MeasureFacts;
  readonly #names: RowNames;

  constructor(group: ComparedGroup, measure: MeasureFacts, names: RowNames) {
    this.#group = group;
    this.#measure = measure;
    this.#names = names;
  }

  /** Some of the cells are on one side of the baseline beyond chance. */
  apart(
    cells: readonly ComparedCell[],
    baseline: ComparedCell,
    side: "higher" | "lower",
  ): Prose {
    // The first that no other is further than: where a setting stops mattering, not a noisy best.
    const isFurther = (one: ComparedCell, than: ComparedCell): boolean =>
      this.#group.between(one, than)?.verdict === side;
    const first = cells.find((one) => !cells.some((other) => isFurther(other, one))) ??
      cells.reduce((a, b) => this.#value(b) > this.#value(a) === (side === "higher") ? b : a);
    const ties = this.#group.cells.filter((one) =>
      one !== first && one !== baseline && isTie(this.#group.between(one, first))
    );
    const difference = this.#group.between(first, baseline);
    const main = this.#beside(first, baseline, difference);
    const tied = ties.length === 0
      ? []
      : prose`; ${this.#list(ties)} ${ties.length === 1 ? "is" : "are"} tied with ${
        this.#short(first)
      }`;
    const none = side === "lower" && this.#group.cells.length > 2
      ? prose`; none is above ${this.#short(baseline)}`
      : [];
    return [...main, ...tied, ...none, ...prose`.`];
  }

  /** None of the cells can be told from the baseline. */
  together(cells: readonly ComparedCell[], baseline: ComparedCell): Prose {
    const differences = cells.map((one) => this.#group.between(one, baseline));
    const { title } = this.#measure;
    if (differences.every((one) => one?.verdict === "equal")) {
      return prose`All are equal in ${titleText(title)} (exact).`;
    }
    const size = (one: ComparedCell): number =>
      Math.abs(this.#group.between(one, baseline)?.value ?? 0);
    const most = cells.reduce((a, b) => size(b) > size(a) ? b : a);
    const largest = this.#group.between(most, baseline);
    const signed = largest === undefined ? "" : amountText(this.#measure, largest, true);
    // Its interval is its own; the verdict allows for the number of differences.
    const { low, high } = largest?.inference?.interval ?? { low: 0, high: 0 };
    const among = low > 0 || high < 0 ? ", which chance explains among so many" : "";
    if (differences.every((one) => one?.verdict === undefined)) {
      return prose`${this.#name(most)} differs from ${this.#name(baseline)} by ${signed} in ${
        titleText(title)
      }; how far chance reaches is not known.`;
    }
    return cells.length === 1
      ? prose`${this.#name(most)} cannot be told from ${this.#name(baseline)} in ${
        titleText(title)
      }: the difference is ${signed}${among}.`
      : prose`None can be told from ${this.#name(baseline)} in ${
        titleText(title)
      }: the largest difference, of ${this.#short(most)}, is ${signed}${among}.`;
  }

  #beside(one: ComparedCell, than: ComparedCell, difference: JudgedDifference | undefined): Prose {
    if (difference === undefined) return [];
    const { title, unit } = this.#measure;
    const amount = amountText(this.#measure, difference, false);
    const isMore = difference.value > 0;
    return title === unit
      ? prose`${this.#name(one)} has ${amount} ${isMore ? "more" : "fewer"} ${title} than ${
        this.#name(than)
      }`
      : prose`${this.#name(one)} is ${amount} ${isMore ? "above" : "below"} ${
        this.#name(than)
      } in ${titleText(title)}`;
  }

  #value(cell: ComparedCell): number {
    return cell.measured.get(this.#measure.name)?.estimate.value ?? NaN;
  }

  #name(cell: ComparedCell): Prose {
    return prose`${codeSpan(this.#names.whole(cell))}`;
  }

  #short(cell: ComparedCell): Prose {
    return prose`${codeSpan(this.#names.short(cell))}`;
  }

  #list(cells: readonly ComparedCell[]): Prose {
    const shown = cells.slice(0, MOST_TIES).map((cell) => this.#short(cell));
    const left = cells.length - shown.length;
    return listed(left > 0 ? [...shown, prose`${left} more`] : shown);
  }
}

/** Of more cells that are tied the rest is counted. */
const MOST_TIES = 5;

function isTie(difference: JudgedDifference | undefined): boolean {
  return difference?.verdict === "open" || difference?.verdict === "equal";
}

/** A title without its unit, which stands with the number. */
function titleText(title: string): string {
  return title.replace(/, nats$/, "");
}

/** `0.61 ± 0.08 nats`, or `exactly 0.61 nats`. */
function amountText(
  measure: MeasureFacts,
  { value, inference, verdict }: JudgedDifference,
  isSigned: boolean,
): string {
  const difference = { value, interval: inference?.interval ?? { low: value, high: value } };
  const said = (isSigned ? differenceSaid : distanceSaid)(measure, difference);
  // Where the title is the unit it follows anyway.
  const amount = measure.title === measure.unit ? said.replace(`\u00a0${measure.unit}`, "") : said;
  return inference === undefined && verdict !== undefined ? `exactly ${amount}` : amount;
}
