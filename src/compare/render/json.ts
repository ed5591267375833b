import { plainOf } from "../../report/prose.ts";
import type { CellComparison, ComparedCell, ComparedValue } from "../compare.ts";
import { rowNames } from "../row_names.ts";
import { sentenceOf } from "../sentence.ts";

/**
 * A comparison for a program. `format` and `version` name the structure, which only grows while
 * `version` stays:
 *
 * - `by`: the settings that cells are compared by; `measures`: `{ name, title, unit }`.
 * - `groups`: cells that are compared with one another: `shared`, the settings that tell the group from
 *   others, by name; `sentence`, what it shows; `cells`, first the one that the others are compared with.
 * - A cell is `{ run, cell, values, measures }`: `run`, such as `outputs/sweep/seed=1`; `cell`, its label;
 *   `values`, those of the settings `by`, by name; `measures`, by name, `{ value, low, high, difference }`.
 * - `difference` is `{ value, low, high, p, adjusted_p, pairing, verdict }`, the cell's less that of the
 *   first; `low`, `high` and `p` are not adjusted, `adjusted_p` is, by Holm's method over all of them;
 *   `pairing` is `sample number`, `draw`, `none` or `printed intervals`; all five are `null` where there is
 *   no chance, or it is not known how far it reaches. `verdict` is `higher`, `lower`, `equal` or `open`, `null` where
 *   that is not known; with a verdict and without an interval it is exact.
 * - `judged`: `{ differences, apart }`: how many differences are judged together, and how many of them
 *   chance does not explain. `notes`: what a person should know of where the numbers come from.
 */
export function jsonOfComparison(comparison: CellComparison): string {
  const { by, measures, groups, family, notes } = comparison;
  const names = rowNames(comparison);
  const content = {
    format: "microbeam-compare",
    version: 1,
    by,
    measures: measures.map(({ name, title, unit }) => ({ name, title, unit })),
    groups: groups.map((group) => {
      const sentence = sentenceOf(group, measures[0], names);
      return {
        shared: Object.fromEntries(group.shared),
        sentence: sentence === undefined ? null : plainOf(sentence).replaceAll("\u00a0", " "),
        cells: group.cells.map(cellJson),
      };
    }),
    judged: { differences: family.size, apart: family.apart },
    notes,
  };
  return JSON.stringify(content, null, 2);
}

function cellJson({ cell, values, measured }: ComparedCell) {
  return {
    run: cell.source,
    cell: cell.label,
    values: Object.fromEntries(values),
    measures: Object.fromEntries([...measured].map(([name, value]) => [name, valueJson(value)])),
  };
}

function valueJson({ estimate: { value, interval }, difference }: ComparedValue) {
  return {
    value,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    difference: difference === undefined ? null : {
      value: difference.value,
      low: difference.inference?.interval.low ?? null,
      high: difference.inference?.interval.high ?? null,
      p: difference.inference?.p ?? null,
      adjusted_p: difference.inference?.adjusted ?? null,
      pairing: difference.inference?.pairing ?? null,
      verdict: difference.verdict ?? null,
    },
  };
}
