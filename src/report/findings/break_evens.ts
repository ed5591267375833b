/**
 * How long verifying a proposal may take for speculation to pay.
 *
 * @module
 */
import { estimateIn, numberIn } from "../../measure/measure.ts";
import { breakEven, draftOperations } from "../../measure/speculation.ts";
import { numberText } from "../estimate_text.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import type { PlannedFinding } from "./finding.ts";
import { sureText } from "./planned_comparison.ts";
import { type Speculator, sweptLabel } from "./speculators.ts";
import { foundNumber } from "./wording.ts";

/** Of more cells a sentence names the break-evens of the first and the last of each sweep alone. */
const MOST_LISTED = 4;

/** How long verifying may take for speculation to pay. */
export function breakEvens(
  cells: readonly Speculator[],
  sweeps: readonly (readonly Speculator[])[],
): PlannedFinding[] {
  const swept = new Set(sweeps.flat());
  const groups = [...sweeps, ...cells.filter((one) => !swept.has(one)).map((one) => [one])];
  const ends = sweeps.map((own) => [own.at(0), own.at(-1)].flatMap((one) => one ?? []));
  const shown = cells.length <= MOST_LISTED || ends.length === 0
    ? groups.slice(0, MOST_LISTED)
    : ends;
  const texts = shown.map(breakEvenText).filter((text) => text.length > 0);
  if (texts.length === 0) return [];
  return [{
    pValues: [],
    say: () => ({
      text: [
        ...prose`Speculation saves time if a target pass over a whole proposal takes less time than this many passes over one token: ${
          joined(texts, "; ")
        }.`,
        ...neverText(cells),
        ...draftShareText(cells),
      ],
      claims: false,
      cells: cells.map(({ label }) => label),
      numbers: cells.flatMap(({ label, measures }) =>
        [breakEven, draftOperations].flatMap((measure) => {
          const estimate = estimateIn(measures, measure);
          return estimate === undefined ? [] : [foundNumber(measure.name, label, estimate)];
        })
      ),
    }),
  }];
}

/** With which cells no pass is short enough: one over several tokens takes no less time than one over one. */
function neverText(cells: readonly Speculator[]): Prose {
  const never = cells.filter(({ measures }) => {
    const limit = estimateIn(measures, breakEven);
    return limit !== undefined && (limit.interval?.high ?? limit.value) < 1;
  });
  if (never.length === 0) return [];
  const which = never.length === cells.length
    ? prose`any of these drafts`
    : listed(never.map(({ label }) => [codeSpan(label)]), "or");
  return prose` No pass takes less time than one over one token, so that speculation cannot save time with ${which}.`;
}

/** How the passes of the draft are counted. */
function draftShareText(cells: readonly Speculator[]): Prose {
  const shares = new Set(
    cells.map(({ measures }) => numberIn(measures, draftOperations)).filter((share) => share > 0),
  );
  const source = "(Leviathan et al., 2023)";
  if (shares.size === 0) {
    return prose` The draft multiplies nothing: its passes count as exactly 0 ${source}.`;
  }
  const texts = [...shares].map((share) => prose`exactly ${numberText(draftOperations, share)}`);
  return prose` A pass of the draft counts by its operations, as ${
    listed(texts, "or")
  } of a target pass ${source}.`;
}

/** The break-even of a sweep, by `draft_k`, or of a cell that is in none. */
function breakEvenText(group: readonly Speculator[]): Prose {
  const [first] = group;
  if (first === undefined) return [];
  const limits = group.flatMap(({ measures, profile: { draftK } }) => {
    const text = sureText(breakEven, estimateIn(measures, breakEven));
    return text === undefined ? [] : [{ draftK, text }];
  });
  const [limit] = limits;
  if (limit === undefined) return [];
  if (group.length === 1) return prose`${limit.text} with ${codeSpan(first.label)}`;
  return prose`with ${codeSpan(sweptLabel(first))} ${
    listed(limits.map(({ draftK, text }) => prose`${text} at ${String(draftK)}`))
  }`;
}
