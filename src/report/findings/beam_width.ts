/**
 * The findings about searches: how much probability a wider beam gains and where that ends, what it
 * does to the texts, and how far searches stay from the most probable texts of all.
 *
 * Whole texts are compared, by their total log-probability: per token an empty text is improbable
 * even where it is the most probable one.
 *
 * @module
 */
import { exactDefinition } from "../../decode/search/exact.ts";
import { logProbPerToken, meanLength } from "../../measure/likelihood.ts";
import { estimateIn } from "../../measure/measure.ts";
import {
  searchEmptyShare,
  searchErrorShare,
  searchGap,
  searchLogProb,
} from "../../measure/search.ts";
import { formatCount } from "../../text/format.ts";
import { codeSpan, joined, listed, type Prose, prose } from "../prose.ts";
import type { RunRecord } from "../run/run_record.ts";
import {
  type FindingDefinition,
  type FoundNumber,
  type PlannedFinding,
  together,
  type Untitled,
} from "./finding.ts";
import {
  areClaims,
  compareEstimates,
  differenceText,
  distanceText,
  foundComparison,
  isSure,
  type PlannedComparison,
  pValuesOf,
  sureText,
  sureTextBriefly,
  verdictsOf,
} from "./planned_comparison.ts";
import { comparedPrompts, type Search, searchesOf, searchSweeps } from "./searches.ts";
import { foundNumber } from "./wording.ts";

/** The effect of a wider beam, and of any other setting of a search that is swept. */
export const beamWidth: FindingDefinition<RunRecord> = {
  name: "beam width",
  question(run) {
    const settings = new Set(searchSweeps(searchesOf(run)).map(({ setting }) => setting));
    if (settings.size === 0) return undefined;
    return prose`How much probability does a larger ${
      listed([...settings].map((setting) => [codeSpan(setting)]), "or")
    } gain, and what does it do to the texts?`;
  },
  plan(run) {
    const searches = searchesOf(run);
    const steps = searchSweeps(searches).map((sweep) => fromGreedy(sweep.searches, searches))
      .filter((own) => own.some(({ proves }) => !proves));
    const swept = new Set(steps.flat());
    const others = searches.filter((one) => !swept.has(one) && !one.isGreedy && !one.proves);
    const ends = steps.flatMap((own) => own.at(-1) ?? []);
    return [
      ...steps.flatMap((own) =>
        together([gain(own, run), changeOfTexts(own)].flatMap((one) => one ?? []))
      ),
      ...[overGreedy(searches, others), errorsLeft(run, searches, [...ends, ...others])]
        .flatMap((one) => one ?? []),
    ];
  },
};

/** A sweep, after greedy where it begins with more than that and leaves nothing to chance, either. */
function fromGreedy(sweep: readonly Search[], all: readonly Search[]): readonly Search[] {
  const greedy = all.find(({ isGreedy }) => isGreedy);
  const isComplete = sweep.some(({ isGreedy, measures }) => isGreedy || measures.hasChance);
  return greedy === undefined || isComplete ? sweep : [greedy, ...sweep];
}

/** The first and the last of a sweep. */
function endsOf(sweep: readonly Search[]): [Search, Search] | undefined {
  const [first, last] = [sweep[0], sweep.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last];
}

/** A search of a sweep, and the log-prob of the last one beside its own. */
interface Step {
  readonly search: Search;
  readonly comparison: PlannedComparison;
}

/** The log-prob that the last value gains, and from which value on there is no more to gain. */
function gain(sweep: readonly Search[], run: RunRecord): PlannedFinding | undefined {
  const ends = endsOf(sweep);
  if (ends === undefined) return undefined;
  const [first, last] = ends;
  // Each is compared with the last one, which the data do not choose.
  const steps = sweep.slice(0, -1).map((search): Step => ({
    search,
    comparison: compareEstimates(last.logProb, search.logProb),
  }));
  const comparisons = steps.map(({ comparison }) => comparison);
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const [whole, verdict = "open"] = [comparisons[0], judged[0]];
      if (whole === undefined) return undefined;
      const text = isSure(verdict)
        ? distanceText(searchLogProb, whole)
        : differenceText(searchLogProb, whole);
      if (text === undefined) return sameTexts(first, last, whole, run);
      const [from, to] = [codeSpan(first.label), codeSpan(last.label)];
      const over = `on average over ${prompts(run)}`;
      return {
        text: isSure(verdict)
          ? [
            ...prose`From ${from} to ${to} the best text ${
              verdict === "lower" ? "loses" : "gains"
            } ${text} of log-prob, ${over}.`,
            ...endOfGain(steps, judged.findLastIndex(isSure) + 1, last),
          ]
          : prose`No gain in log-prob from ${from} to ${to} can be told: the difference is ${text}, ${over}.`,
        claims: areClaims(comparisons, judged),
        cells: sweep.map(({ label }) => label),
        numbers: steps.map(({ search: { label }, comparison }) =>
          foundComparison(searchLogProb, [last.label, label], comparison)
        ),
      };
    },
  };
}

/** From which of `steps` on nothing is gained that can be told, or what the last step still gains. */
function endOfGain(steps: readonly Step[], tied: number, last: Search): Prose {
  const to = codeSpan(last.label);
  const rest = restText(last);
  const at = steps[tied];
  if (at !== undefined) {
    const away = distanceText(searchLogProb, at.comparison) ?? "exactly 0 nats";
    return [
      ...prose` From ${
        codeSpan(at.search.label)
      } on no further change can be told: it is tied with ${to}, ${away} away`,
      ...rest,
    ];
  }
  const step = steps.length > 1 ? steps.at(-1) : undefined;
  const text = step && distanceText(searchLogProb, step.comparison);
  if (step === undefined || text === undefined) return [];
  return [
    ...prose` The last step, from ${codeSpan(step.search.label)}, still ${
      step.comparison.value < 0 ? "loses" : "gains"
    } ${text}`,
    ...rest,
  ];
}

/** How much is left to gain after the last of a sweep. */
function restText({ errors }: Search): Prose {
  if (errors === undefined) {
    return prose`; how much is left to gain, a cell of \`exact\` would tell.`;
  }
  const left = sureText(searchGap, errors.gap);
  if (errors.gap.value === 0) return prose`; nothing is left to gain, exactly.`;
  return left === undefined ? prose`.` : prose`; then ${left} are left to the most probable texts.`;
}

/** Says of a search that finds just what another does. */
function sameTexts(
  first: Search,
  last: Search,
  comparison: { readonly value: number } | undefined,
  run: RunRecord,
): Untitled | undefined {
  if (comparison?.value !== 0) return undefined;
  return {
    text: prose`${codeSpan(last.label)} gains exactly 0 nats over ${
      codeSpan(first.label)
    }: the best texts are as probable after each of the ${prompts(run)}.`,
    claims: false,
    cells: [first.label, last.label],
    numbers: [foundNumber(searchLogProb.name, `${last.label} − ${first.label}`, { value: 0 })],
  };
}

/** `20 prompts`: those that searches are compared over. */
function prompts(run: RunRecord): string {
  return formatCount(comparedPrompts(run), "prompt");
}

/** The sweep's effect on the texts: on length, on how many are empty, on log-prob per token. */
function changeOfTexts(sweep: readonly Search[]): PlannedFinding | undefined {
  const ends = endsOf(sweep);
  if (ends === undefined) return undefined;
  const [first, last] = ends;
  const changes = [
    { measure: meanLength, of: ({ length }: Search) => length },
    { measure: searchEmptyShare, of: ({ emptyShare }: Search) => emptyShare },
    {
      measure: logProbPerToken,
      of: ({ measures }: Search) => estimateIn(measures, logProbPerToken),
    },
  ].flatMap(({ measure, of }) => {
    const [before, after] = [of(first), of(last)];
    if (before === undefined || after === undefined) return [];
    const [from, to] = [sureTextBriefly(measure, before), sureText(measure, after)];
    if (from === undefined || to === undefined) return [];
    return [{ measure, before, after, from, to, comparison: compareEstimates(after, before) }];
  });
  const comparisons = changes.map(({ comparison }) => comparison);
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const found = changes.map((change, i) => ({ ...change, verdict: judged[i] ?? "open" }));
      const of = ({ name }: { readonly name: string }) =>
        found.find(({ measure }) => measure.name === name);
      const [length, empty, perToken] = [meanLength, searchEmptyShare, logProbPerToken].map(of);
      const parts: Prose[] = [];
      if (length !== undefined && isSure(length.verdict)) {
        const how = length.verdict === "higher" ? "longer" : "shorter";
        parts.push(prose`the texts get ${how}, from ${length.from} to ${length.to}`);
      }
      if (empty !== undefined && isSure(empty.verdict)) {
        const how = empty.verdict === "higher" ? "rises" : "falls";
        parts.push(
          prose`the share of empty ones (EOS at once) ${how} from ${empty.from} to ${empty.to}`,
        );
      }
      if (parts.length === 0) return unchangedTexts(first, last, length);
      const text = prose`At the same time ${joined(parts, ", and ")}.`;
      // What is shorter has less to lose in total, and so may be less probable per token.
      const isMisleading = perToken?.verdict === "lower" &&
        last.logProb.value > first.logProb.value;
      const warning = isMisleading
        ? prose` Per token these texts are less probable (from ${perToken.from} to ${perToken.to}): hence whole texts are compared.`
        : [];
      return {
        text: [...text, ...warning],
        claims: areClaims(comparisons, judged),
        cells: [first.label, last.label],
        numbers: found.flatMap(({ measure, before, after, comparison }) => [
          foundNumber(measure.name, first.label, before),
          foundNumber(measure.name, last.label, after),
          foundComparison(measure, [last.label, first.label], comparison),
        ]),
      };
    },
  };
}

function unchangedTexts(
  first: Search,
  last: Search,
  length: { readonly comparison: PlannedComparison } | undefined,
): Untitled | undefined {
  const text = length &&
    differenceText(meanLength, length.comparison);
  if (length === undefined || text === undefined) return undefined;
  return {
    text:
      prose`Whether the texts get shorter cannot be told: their mean length changes by ${text}.`,
    claims: false,
    cells: [first.label, last.label],
    numbers: [foundComparison(meanLength, [last.label, first.label], length.comparison)],
  };
}

/** The gain over greedy of searches that are in no sweep. */
function overGreedy(
  searches: readonly Search[],
  others: readonly Search[],
): PlannedFinding | undefined {
  const greedy = searches.find(({ isGreedy }) => isGreedy);
  if (greedy === undefined || others.length === 0) return undefined;
  const comparisons = others.map(({ logProb }) => compareEstimates(logProb, greedy.logProb));
  return {
    pValues: pValuesOf(comparisons),
    say(areDifferences) {
      const judged = verdictsOf(comparisons, areDifferences);
      const texts = (wanted: "higher" | "lower" | "open"): Prose[] =>
        others.flatMap(({ label }, i) => {
          const comparison = comparisons[i];
          if (comparison === undefined || judged[i] !== wanted) return [];
          const text = wanted === "open"
            ? differenceText(searchLogProb, comparison)
            : distanceText(searchLogProb, comparison);
          return text === undefined ? [] : [prose`${text} with ${codeSpan(label)}`];
        });
      const [more, less, open] = [texts("higher"), texts("lower"), texts("open")];
      const parts = [
        ...(more.length === 0 ? [] : [prose`gains ${listed(more)}`]),
        ...(less.length === 0 ? [] : [prose`loses ${listed(less)}`]),
        ...(open.length === 0 ? [] : [prose`cannot be told from it with ${listed(open)}`]),
      ];
      if (parts.length === 0) return undefined;
      return {
        text: prose`Beside ${codeSpan(greedy.label)} the best text ${
          joined(parts, "; it ")
        } (log-prob of the whole text).`,
        claims: areClaims(comparisons, judged),
        cells: [greedy.label, ...others.map(({ label }) => label)],
        numbers: others.flatMap(({ label }, i) => {
          const comparison = comparisons[i];
          return comparison === undefined
            ? []
            : [foundComparison(searchLogProb, [label, greedy.label], comparison)];
        }),
      };
    },
  };
}

/** So many searches are named at most. */
const MOST_NAMED = 4;

/** How often the most probable texts are empty, and how often the ends of sweeps and greedy miss them. */
function errorsLeft(
  { search }: RunRecord,
  searches: readonly Search[],
  others: readonly Search[],
): PlannedFinding | undefined {
  if (search === undefined) return undefined;
  const { modes } = search;
  const provers = searches.filter(({ proved }) => proved > 0);
  // Several with different budgets may have proved more together than each alone.
  const prover = provers.find(({ proved }) => proved === modes.proved)?.label ??
    exactDefinition.name;
  const empty = sureText(searchEmptyShare, modes.emptyShare);
  const greedy = searches.find(({ isGreedy }) => isGreedy);
  const missing = [...new Set(greedy === undefined ? others : [...others, greedy])]
    .filter(({ errors }) => errors !== undefined)
    .sort((a, b) => (a.errors?.gap.value ?? 0) - (b.errors?.gap.value ?? 0));
  const parts = missing.slice(0, MOST_NAMED).map((one, i) => missText(one, i === 0)).filter((
    part,
  ) => part.length > 0);
  const numbers = missing.flatMap(({ label, errors }): FoundNumber[] =>
    errors === undefined ? [] : [
      foundNumber(searchErrorShare.name, label, errors.share),
      foundNumber(searchGap.name, label, errors.gap),
    ]
  );
  return {
    pValues: [],
    say: () => ({
      text: [
        ...prose`${codeSpan(prover)} proves which text is the most probable of all for ${
          String(modes.proved)
        } of ${String(modes.draws)} prompts`,
        ...(empty === undefined ? prose`.` : prose`; it is empty for ${empty} of them.`),
        ...(parts.length === 0
          ? []
          : prose` ${joined(parts, "; ")}${
            missing.length > MOST_NAMED
              ? `; ${missing.length - MOST_NAMED} others miss it by more`
              : ""
          }.`),
      ],
      claims: false,
      cells: [...new Set([...provers, ...missing].map(({ label }) => label))],
      numbers: [foundNumber(searchEmptyShare.name, prover, modes.emptyShare), ...numbers],
    }),
  };
}

/** `beam(beam_width=32)` misses it for 2 % of the prompts, by 0.003 nats on average over all; briefer after the first. */
function missText({ label, errors }: Search, isFirst: boolean): Prose {
  const share = sureText(searchErrorShare, errors?.share);
  if (errors === undefined || share === undefined) return [];
  const gap = errors.gap.value === 0 ? undefined : sureText(searchGap, errors.gap);
  const by = gap === undefined ? "" : `, by ${gap}${isFirst ? " on average over all" : ""}`;
  return prose`${codeSpan(label)} ${isFirst ? "misses it " : ""}for ${share}${
    isFirst ? " of the prompts" : ""
  }${by}`;
}
