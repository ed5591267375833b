import type { Logits } from "../../model/language_model.ts";
import {
  type Costs,
  counted,
  type DecodeResult,
  type Decoding,
  type LogitsRequest,
} from "../strategy.ts";

/**
 * Runs several decodings of the target alone as one: what all of them ask for is one pass, counted in
 * `costs`; what they count themselves is theirs alone. Results are in the order of `decodings`.
 */
export function* together(decodings: readonly Decoding[], costs: Costs): Decoding<DecodeResult[]> {
  const results: DecodeResult[] = [];
  const answers: (readonly Logits[])[] = decodings.map(() => []);
  let waiting = [...decodings.keys()];
  for (;;) {
    const asked: LogitsRequest[] = [];
    const counts: number[] = [];
    waiting = waiting.filter((i) => {
      const step = (decodings[i] as Decoding).next(answers[i] as readonly Logits[]);
      if (step.done) {
        results[i] = step.value;
        return false;
      }
      asked.push(...step.value);
      counts.push(step.value.length);
      return true;
    });
    if (waiting.length === 0) return results;
    const logits = yield counted(costs, "target", asked);
    let from = 0;
    waiting.forEach((i, place) => {
      const count = counts[place] as number;
      answers[i] = logits.slice(from, from + count);
      from += count;
    });
  }
}
