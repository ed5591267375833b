import { type Complete, path } from "./prefix.ts";
import { type Costs, type DecodeResult, noCosts } from "../strategy.ts";

/** What a decoding returns that has found `texts`, at least one: the first, with the others on it. */
export function resultOf(
  texts: readonly Omit<DecodeResult, "costs">[],
  costs: Costs,
): DecodeResult {
  const [first, ...others] = texts;
  if (first === undefined) throw new RangeError("Cannot return a text: none was found");
  if (others.length === 0) return { ...first, costs };
  return { ...first, costs, others: others.map((other) => ({ ...other, costs: noCosts() })) };
}

/** The same for a search in the target's own distribution, where there was no chance. */
export function searchResult(texts: readonly Complete[], costs: Costs): DecodeResult {
  const results = texts.map((text) => {
    const { tokens, logProbs } = traceOf(text);
    return { tokens, stop: text.stop, logProbs, warpedLogProbs: logProbs.map(() => 0) };
  });
  return resultOf(results, costs);
}

/** The tokens of `text`, without EOS, and the log-probability of each and of EOS, nats. */
export function traceOf(text: Complete): { tokens: number[]; logProbs: number[] } {
  const added = path(text);
  const tokens = added.map(({ token }) => token);
  if (text.stop === "eos") tokens.pop();
  return { tokens, logProbs: added.map(({ logProb }) => logProb) };
}
