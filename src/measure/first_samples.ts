import type { StopReason } from "../decode/strategy.ts";
import { logProb } from "./log_prob.ts";
import type { Sample } from "./sample.ts";

/** The first sample of a prompt, as tables show it. */
export interface FirstSample {
  /** What the text begins with. */
  readonly prompt: string;
  /** The text generated after it. */
  readonly continuation: string;
  /** Its log-probability under the target, nats. */
  readonly logProb: number;
  /** Why it ended. */
  readonly stop: StopReason;
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Forward passes of the target that its decoding took. */
  readonly targetCalls: number;
}

/** The first of `samples` of each different prompt, in the order of the prompts. */
export function firstSamples(samples: readonly Sample[]): FirstSample[] {
  const firsts = new Map<string, FirstSample>();
  for (const { prompt, continuation, result } of samples) {
    if (firsts.has(prompt)) continue;
    firsts.set(prompt, {
      prompt,
      continuation,
      logProb: logProb(result),
      stop: result.stop,
      choices: result.logProbs.length,
      targetCalls: result.costs.targetCalls,
    });
  }
  return [...firsts.values()];
}
