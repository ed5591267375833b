import type { DecodeResult } from "../decode/strategy.ts";
import { logProb } from "./log_prob.ts";
import type { Sample } from "./sample.ts";

/** What the decodings of one prompt found, each of which may have found several texts. */
export interface SearchedPrompt {
  /** What the texts begin with. */
  readonly prompt: string;
  /** The log-probability of the best text that each decoding found, nats. */
  readonly logProbs: readonly number[];
  /** How many of those texts are empty: EOS at once. */
  readonly empty: number;
  /** What was proved of the first of them, by `exact`. */
  readonly proof?: BestTextProof;
}

/** What `exact` has proved of the best text that it found. */
export interface BestTextProof {
  /** Whether it and the others found with it are the most probable ones of all. */
  readonly optimal: boolean;
  /** No other text has a log-probability above this, nats; absent where there is no other. */
  readonly bound?: number;
  /** How many tokens the best text has, EOS not counted. */
  readonly tokens: number;
}

/** What `samples` found of each different prompt, in the order of the prompts. */
export function searchedPrompts(samples: readonly Sample[]): SearchedPrompt[] {
  return [...Map.groupBy(decodingsOf(samples), ({ prompt }) => prompt)].map(([prompt, own]) => {
    const best = own.map(({ result }) => bestOf(result));
    return {
      prompt,
      logProbs: best.map(logProb),
      empty: best.filter(isEmpty).length,
      ...proofOf(own[0]?.result, best[0]),
    };
  });
}

function proofOf(
  decoded: DecodeResult | undefined,
  best: DecodeResult | undefined,
): Pick<SearchedPrompt, "proof"> {
  if (decoded?.search === undefined || best === undefined) return {};
  const { optimal, bound } = decoded.search;
  const tokens = best.tokens.length;
  // JSON has no −∞.
  return { proof: bound === -Infinity ? { optimal, tokens } : { optimal, bound, tokens } };
}

/** The most probable text that a decoding found. */
function bestOf(result: DecodeResult): DecodeResult {
  const texts = [result, ...result.others ?? []];
  return texts.reduce((a, b) => logProb(b) > logProb(a) ? b : a);
}

/** Each decoding once: neither its further texts nor what it stands for again. */
function decodingsOf(samples: readonly Sample[]): Sample[] {
  const further = new Set(samples.flatMap(({ result }) => result.others ?? []));
  const first = new Map<DecodeResult, Sample>();
  for (const sample of samples) {
    const { result } = sample;
    if (!further.has(result) && !first.has(result)) first.set(result, sample);
  }
  return [...first.values()];
}

/** Whether a text has nothing in it, though it might have had. */
function isEmpty({ tokens, stop }: DecodeResult): boolean {
  return tokens.length === 0 && stop === "eos";
}
