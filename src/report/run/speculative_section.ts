import { strategyOf } from "../../decode/definitions.ts";
import type { CellMeasures } from "../../measure/cell_measures.ts";
import type { Predicted, SpeculationMeasures } from "../../measure/speculation.ts";
import { bestDraftK, operationsFactor, tokensPerPass } from "../../measure/speculation_theory.ts";
import { code, estimate, percent, table, thousands } from "../markdown.ts";
import type { RunRecord } from "./run_record.ts";

/** A speculative cell and its settings. */
interface Speculative extends CellMeasures {
  readonly draftK: number;
  readonly original: boolean;
  readonly speculation: SpeculationMeasures;
}

/** What drafting and verifying did; nothing where no cell is speculative. */
export function speculativeSection({ cells }: RunRecord): string {
  const speculative = cells.flatMap((measures): Speculative[] => {
    const { cell: { settings }, speculation } = measures;
    const profile = strategyOf(settings).speculation?.(settings);
    if (profile === undefined || speculation === undefined) return [];
    const { draftK, isLossless } = profile;
    return [{ ...measures, draftK, original: !isLossless, speculation }];
  });
  if (speculative.length === 0) return "";
  const lossless = speculative.filter(({ original }) => !original);
  return [
    "## Speculative decoding",
    "In a round the draft proposes up to `draft_k` tokens and the target verifies them in one pass: " +
    "they are *tested* in order until one is refused, which discards the rest. A *resampled* token " +
    "stands in for the refused one, or where none was refused a *bonus* token follows. A round " +
    "proposes one token less than there is room for, and none at the very end.",
    counts(speculative),
    ...(lossless.length > 0 ? [predictions(lossless), best(lossless)] : []),
    positions(speculative),
    losslessness(speculative),
    ...originalFigures(speculative.filter(({ original }) => original)),
  ].filter((part) => part !== "").join("\n\n");
}

function counts(cells: readonly Speculative[]): string {
  const rows = cells.map(({ cell, cost }) => [
    code(cell.label),
    thousands(cost.rounds),
    thousands(cost.proposed),
    thousands(cost.tested),
    thousands(cost.accepted),
    thousands(cost.resampled),
    thousands(cost.bonus),
    estimate(cost.acceptanceRate, percent),
    estimate(cost.acceptedShare, percent),
    thousands(cost.draftCalls),
  ]);
  return table([
    "strategy",
    "target passes",
    "proposed",
    "tested",
    "accepted",
    "resampled",
    "bonus",
    "accepted / tested",
    "accepted / proposed",
    "draft passes",
  ], rows);
}

function predictions(cells: readonly Speculative[]): string {
  const rows = cells.map(({ cell, speculation }) => {
    const { alpha, tokensPerPass, acceptedShare, draftOperations, operations } = speculation;
    const three = ({ theory, atLengths, measured }: Predicted, text: (n: number) => string) =>
      [theory, atLengths, measured].map(text);
    return [
      code(cell.label),
      alpha.toFixed(3),
      ...three(tokensPerPass, (value) => value.toFixed(2)),
      ...three(acceptedShare, percent),
      draftOperations.toFixed(2),
      operations.theory.toFixed(2),
      operations.measured.toFixed(2),
    ];
  });
  const header = [
    "strategy",
    "α",
    ...["theory", "at lengths", "measured"].map((kind) => `tokens / pass, ${kind}`),
    ...["theory", "at lengths", "measured"].map((kind) => `accepted / proposed, ${kind}`),
    "ĉ",
    "operations, theory",
    "operations, measured",
  ];
  return [
    "### Predicted and measured",
    "",
    "α is the mean of β = Σ min(p, q), computed exactly at each text where a proposal was tested. " +
    "*Theory* is the formula of Leviathan et al. (2023), whose texts never end; *at lengths* has the " +
    "same α and the proposals as long as they were. What is left of the difference is that β is not " +
    "the same everywhere, and that an accepted end of the text brings no bonus. *Accepted / " +
    "proposed* is not α, since a refusal discards what follows it. Operations are multiplications " +
    "with weights, in those of decoding the same texts token by token, a draft's row at ĉ of a " +
    "target's: more than 1, since what is refused was computed too. What speculation can save is " +
    "passes, and so time where a pass of several rows takes little longer than one of a single row.",
    "",
    table(header, rows),
    "",
    "No speed is claimed here: times are no two runs' the same. `timings.csv` has this run's at one " +
    "stream, and `deno task bench --only speculation` measures them properly.",
  ].join("\n");
}

/** The best draft_k of every entry that sweeps it, by theory and as counted. */
function best(cells: readonly Speculative[]): string {
  const entries = [...Map.groupBy(cells, ({ cell }) => cell.entry).values()].filter((own) =>
    own.length > 1 && own[0]?.cell.swept.join() === "draft_k"
  );
  if (entries.length === 0) return "";
  const rows = entries.map((own) => {
    const tried = own.map(({ draftK }) => draftK);
    const of = (draftK: number): SpeculationMeasures =>
      (own[tried.indexOf(draftK)] as Speculative).speculation;
    // One α for all: that of the most tests, since it is the draft's and not draft_k's.
    const { alpha, draftOperations } = of(Math.max(...tried));
    const name = own[0]?.cell.label.replace(/draft_k=\d+/, "draft_k=…") ?? "";
    return [
      code(name),
      bestDraftK(tried, (gamma) => tokensPerPass(alpha, gamma)),
      bestDraftK(tried, (draftK) => of(draftK).tokensPerPass.measured),
      bestDraftK(tried, (gamma) => -operationsFactor(alpha, gamma, draftOperations)),
      bestDraftK(tried, (draftK) => -of(draftK).operations.measured),
    ];
  });
  return [
    "The best `draft_k` of those tried, for the fewest target passes and for the fewest operations:",
    "",
    table(
      [
        "strategy",
        "passes, theory",
        "passes, measured",
        "operations, theory",
        "operations, measured",
      ],
      rows,
    ),
  ].join("\n");
}

function positions(cells: readonly Speculative[]): string {
  const longest = Math.max(...cells.map(({ speculation }) => speculation.testedAt.length));
  if (longest === 0) return "";
  const rows = cells.map(({ cell, speculation: { testedAt, acceptedAt } }) => [
    code(cell.label),
    ...Array.from({ length: longest }, (_, i) => {
      const tested = testedAt[i] ?? 0;
      return tested === 0 ? "" : percent((acceptedAt[i] ?? 0) / tested);
    }),
  ]);
  return [
    "Accepted of those tested, by position in the proposal. A position is tested only where all " +
    "before it were accepted:",
    "",
    table(["strategy", ...Array.from({ length: longest }, (_, i) => `${i + 1}`)], rows),
  ].join("\n");
}

function losslessness(cells: readonly Speculative[]): string {
  const rows = cells.flatMap(({ cell, firstToken, original }) =>
    firstToken === undefined ? [] : [[
      code(cell.label),
      firstToken.distance.toFixed(4),
      firstToken.byChance.toFixed(4),
      original ? "**changes the distribution**" : "",
    ]]
  );
  if (rows.length === 0) return "";
  return [
    "### Losslessness",
    "",
    "Lossless speculation draws from exactly the target's warped distribution. `deno task verify` " +
    "shows it: over a grid of warpers, drafts and `draft_k` the frequencies of 200,000 samples each " +
    "pass a χ² test against the exact probability of every text, which `acceptance_rule=original` and other " +
    "broken variants do not. Below, for this run, the total variation between the first tokens " +
    "drawn and the target's exact distribution, the mean over prompts, beside what it would be on " +
    "average had they been drawn from just that.",
    "",
    table(["strategy", "distance", "by chance", ""], rows),
  ].join("\n");
}

function originalFigures(cells: readonly Speculative[]): string[] {
  if (cells.length === 0) return [];
  const rows = cells.map(({ cell, cost, draftK }) => {
    const counted = cost.accepted + cost.resampled;
    return [
      code(cell.label),
      percent(counted / Math.max(cost.proposed, 1)),
      (counted / Math.max(cost.proposed / draftK, 1)).toFixed(1),
    ];
  });
  return [
    [
      "`acceptance_rule=original` is the original script's algorithm: it drafts the most probable token but " +
      "accepts it as if it had been sampled, drops an EOS that it resamples, and takes the target's " +
      "most probable token where a round yields nothing. Its outputs are more alike than the " +
      "target's own samples (compare *unique share* above). The original script prints two other " +
      "figures: it counts resampled tokens as accepted, and takes every round to have proposed " +
      "`draft_k` tokens.",
      "",
      table(["strategy", "its acceptance rate", "its tokens / pass"], rows),
    ].join("\n"),
  ];
}
