/**
 * The best texts that searches found, draw by draw, as far as they are compared with one another and
 * with the most probable text.
 *
 * @module
 */
import type { DecodeResult } from "../decode/strategy.ts";
import { logProb, type Samples } from "./sample.ts";

/** The best texts that the decodings of one draw found. */
export interface SearchedDraw {
  /** The beginning of the texts. */
  readonly prompt: string;
  /** The log-probability of the best text that each decoding found, nats. */
  readonly logProbs: readonly number[];
  /** Whether each of those texts is empty: EOS at once. */
  readonly empty: readonly boolean[];
  /** The proof for the first of them, where the strategy gives one. */
  readonly proof?: BestTextProof;
}

/** The proof of an exact search about the best text that it found. */
export interface BestTextProof {
  /** Whether it and the others found with it are the most probable ones of all. */
  readonly optimal: boolean;
  /** No other text has a log-probability above this, nats; absent where there is no other. */
  readonly bound?: number;
  /** How many tokens the best text has, EOS not counted. */
  readonly tokens: number;
}

/** Whether a draw's first text is proved to be the most probable one of all. */
export function isProved({ logProbs, proof }: SearchedDraw): boolean {
  // Nothing can be above it, even if the next were not found.
  return proof !== undefined && (logProbs[0] ?? -Infinity) >= (proof.bound ?? -Infinity);
}

/**
 * What an exact search left unproved, in brackets: ` (unproved)`, ` (proved for 2 of 3)`; empty where it proved
 * all, and of other searches.
 */
export function unprovedMark(searched: readonly SearchedDraw[] = []): string {
  if (!searched.some(({ proof }) => proof !== undefined)) return "";
  const proved = searched.filter(isProved).length;
  if (proved === searched.length) return "";
  return proved === 0 ? " (unproved)" : ` (proved for ${proved} of ${searched.length})`;
}

/**
 * The best texts among `samples` in each draw, in their order. A decoding that stands for several
 * samples counts once in each draw.
 */
export function searchedDraws(samples: Samples): SearchedDraw[] {
  const draws: (SearchedDraw & { logProbs: number[]; empty: boolean[] })[] = [];
  let current = -1;
  for (const { prompt, draw, result } of distinctDecodings(samples)) {
    const best = bestOf(result);
    if (draw !== current) draws.push({ prompt, logProbs: [], empty: [], ...proofOf(result, best) });
    current = draw;
    const own = draws.at(-1);
    own?.logProbs.push(logProb(best));
    own?.empty.push(isEmpty(best));
  }
  return draws;
}

function proofOf({ search }: DecodeResult, best: DecodeResult): Pick<SearchedDraw, "proof"> {
  if (search === undefined) return {};
  const { optimal, bound } = search;
  const tokens = best.tokens.length;
  // JSON cannot represent −∞.
  return { proof: bound === -Infinity ? { optimal, tokens } : { optimal, bound, tokens } };
}

/** The most probable text that a decoding found. */
function bestOf(result: DecodeResult): DecodeResult {
  const texts = [result, ...result.others ?? []];
  return texts.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
}

/** One decoding of one draw. */
interface DrawnDecoding {
  readonly prompt: string;
  readonly draw: number;
  readonly result: DecodeResult;
}

/** Each decoding once in each draw: neither its further texts nor its repetitions, which follow it. */
function* distinctDecodings(samples: Samples): Generator<DrawnDecoding> {
  let last: DrawnDecoding | undefined;
  let others = 0;
  for (const sample of samples) {
    if (others > 0) {
      others--;
      continue;
    }
    const { draw, result } = sample;
    others = result.others?.length ?? 0;
    if (result !== last?.result || draw !== last.draw) yield sample;
    last = sample;
  }
}

/** Whether EOS came at once, where there was room for a token. */
function isEmpty({ tokens, stop }: DecodeResult): boolean {
  return tokens.length === 0 && stop === "eos";
}
