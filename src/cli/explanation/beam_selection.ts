/**
 * One selection of a beam search, explained: what lives on, what is complete, what was pruned, and
 * whether the beginning of the most probable text is still among them.
 *
 * @module
 */
import type { BeamSelection, Contender } from "../../decode/observation.ts";
import type { Token } from "../../model/language_model.ts";
import { inColumns } from "../../text/display_width.ts";
import type { ExactMode } from "./exact_mode.ts";
import type { TokenNames } from "./token_names.ts";
import { nats } from "./top_tokens.ts";

/** Lines of beams, of complete texts and of pruned prefixes in one selection. */
const MOST_KEPT = 10;
const MOST_PRUNED = 3;
/** Columns of a text beside two numbers. */
const NARROW_TEXT = 14;

/** The fate of the beginning of the exact mode in one selection. */
export type ModeFate =
  | { readonly is: "gone" }
  /** Its beginning, as long as those that were selected, or all of it. */
  | { readonly is: "live" | "complete"; readonly tokens: readonly Token[] }
  | {
    readonly is: "lost";
    readonly tokens: readonly Token[];
    /** The number by which it competed, if that is known. */
    readonly rank: number | undefined;
    /** The number that it should have exceeded. */
    readonly least: number;
  };

/** A selection with the numbers that it is shown with. */
export interface ExplainedSelection {
  /** Which kind of step it is. */
  readonly kind: "selection";
  /** The event. */
  readonly selection: BeamSelection;
  /** Generated tokens of those that were selected. */
  readonly length: number;
  /** The fate of the exact mode, where that is known. */
  readonly mode: ModeFate | undefined;
}

/** Explains the selections of one decoding, in order. */
export class Selections {
  readonly #mode: ExactMode | undefined;
  /** The groups in which the mode's beginning is no longer a live beam: it is lost or complete. */
  readonly #without = new Set<number>();
  readonly #lengths = new Map<number, number>();

  /** Follows `mode`, if it is known. */
  constructor(mode: ExactMode | undefined) {
    this.#mode = mode;
  }

  /** The next selection. */
  add(selection: BeamSelection): ExplainedSelection {
    const length = 1 + (this.#lengths.get(selection.group) ?? 0);
    this.#lengths.set(selection.group, length);
    const mode = this.#mode && this.#fate(selection, length, this.#mode);
    return { kind: "selection", selection, length, mode };
  }

  #fate(
    selection: BeamSelection,
    length: number,
    { tokens, logProbs, isCut }: ExactMode,
  ): ModeFate {
    const { group, kept, ended, dropped, width } = selection;
    if (this.#without.has(group)) return { is: "gone" };
    const beginning = tokens.slice(0, length);
    const has = (those: readonly Contender[]): Contender | undefined =>
      those.find((one) => `${one.tokens}` === `${beginning}`);
    const isWhole = length >= tokens.length;
    if (has(ended)) {
      if (!selection.holdsEnded) this.#without.add(group);
      return { is: "complete", tokens };
    }
    if (has(kept)) return { is: isWhole ? "complete" : "live", tokens: beginning };
    this.#without.add(group);
    // A stop must be among the best of all; another token among the best of those that go on.
    const isStop = isWhole && !isCut;
    const ranks = (isStop ? [...kept, ...ended, ...dropped] : placed(selection))
      .map(({ rank }) => rank).sort((a, b) => b - a);
    const logProb = logProbs.slice(0, length).reduce((sum, one) => sum + one, 0);
    return {
      is: "lost",
      tokens: beginning,
      // The noise or the penalty of one that is not told of is not known.
      rank: has(dropped)?.rank ?? (selection.holdsEnded || group > 0 ? undefined : logProb),
      least: ranks[Math.min(width, ranks.length) - 1] ?? -Infinity,
    };
  }
}

/** Those that have a place in the beam, from which a better one would drive the last. */
function placed({ kept, ended, holdsEnded }: BeamSelection): readonly Contender[] {
  return holdsEnded ? [...kept, ...ended] : kept;
}

/** The selection as lines, of texts after `prompt`. */
export function selectionLines(
  { selection, length, mode }: ExplainedSelection,
  prompt: string,
  names: TokenNames,
): string[] {
  const { group, groups, width, kept, ended, dropped, holdsEnded, areCut, isOver } = selection;
  const least = placed(selection).reduce((least, { rank }) => Math.min(least, rank), Infinity);
  const isRanked = [...kept, ...ended, ...dropped].some(({ rank, logProb }) => rank !== logProb);
  const row = (fate: string, note: (one: Contender) => string = () => "") => (one: Contender) => [
    fate,
    nats(one.logProb),
    ...isRanked ? [nats(one.rank)] : [],
    names.text(prompt, one.tokens, isRanked ? NARROW_TEXT : undefined),
    note(one),
  ];
  const more = (those: readonly Contender[], most: number): string[][] =>
    those.length > most ? [["", "", ...isRanked ? [""] : [], `… ${those.length - most} more`]] : [];
  const below = ({ tokens, rank }: Contender): string => {
    if (names.ends(tokens) && !holdsEnded) return `not in the best ${width}`;
    return rank <= least && least < Infinity ? `${nats(least - rank)} too little` : "";
  };
  const beginning = mode === undefined || mode.is === "gone" ? undefined : `${mode.tokens}`;
  const ofMode = ({ tokens }: Contender): string => {
    if (`${tokens}` !== beginning) return "";
    return mode?.is === "complete" ? "the exact mode" : "begins the exact mode";
  };
  const rows = [
    ["", "log P", ...isRanked ? [holdsEnded ? "with noise" : "penalised"] : []],
    ...kept.slice(0, MOST_KEPT).map(row(areCut ? "cut" : isOver ? "given up" : "live", ofMode)),
    ...more(kept, MOST_KEPT),
    ...ended.slice(0, MOST_KEPT).map(row(holdsEnded ? "complete" : "ended", ofMode)),
    ...more(ended, MOST_KEPT),
    ...dropped.slice(0, MOST_PRUNED).map(row("pruned", below)),
    ...more(dropped, MOST_PRUNED),
  ];
  const remarks = [
    ...isOver && kept.length > 0 ? ["the search ends here: what is live can no longer win"] : [],
    ...mode?.is === "lost" ? [lostText(mode, prompt, names, groups > 1)] : [],
  ];
  return [
    `length ${length}${groups > 1 ? `, group ${group + 1} of ${groups}` : ""}`,
    ...[...inColumns(rows, isRanked ? "lrrll" : "lrll"), ...remarks].map((line) => `   ${line}`),
  ];
}

function lostText(
  { rank, least, tokens }: ModeFate & { is: "lost" },
  prompt: string,
  names: TokenNames,
  isOfGroup: boolean,
): string {
  const byHowMuch = rank === undefined ? "" : `, by ${nats(least - rank)}`;
  return `${
    isOfGroup ? "this group loses the exact mode" : "the exact mode is lost here"
  }${byHowMuch}: ${names.text(prompt, tokens)}`;
}

/** The selection as JSON, in the words of the command's other output. */
export function selectionJson(
  { selection, length, mode }: ExplainedSelection,
  names: TokenNames,
): Record<string, unknown> {
  const { group, groups, kept, ended, dropped, areCut, isOver } = selection;
  const plain = ({ tokens, logProb, rank }: Contender): Record<string, unknown> => ({
    ...names.plainText(tokens),
    log_prob: logProb,
    rank,
  });
  return {
    kind: "selection",
    length,
    ...groups > 1 ? { group } : {},
    live: areCut || isOver ? [] : kept.map(plain),
    cut: areCut ? kept.map(plain) : [],
    given_up: isOver ? kept.map(plain) : [],
    ended: ended.map(plain),
    pruned: dropped.map(plain),
    ...mode === undefined ? {} : { exact_mode: fateJson(mode, names) },
  };
}

function fateJson(fate: ModeFate, names: TokenNames): Record<string, unknown> {
  if (fate.is === "gone") return { is: fate.is };
  const { is, tokens } = fate;
  const text = { is, ...names.plainText(tokens) };
  if (fate.is !== "lost") return text;
  return { ...text, ...fate.rank === undefined ? {} : { rank: fate.rank }, least: fate.least };
}
