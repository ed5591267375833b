import type { Sample } from "./sample.ts";
import { logProb } from "./log_prob.ts";

/** One continuation of one prompt, however often it was sampled. */
export interface DistinctText {
  /** What it begins with. */
  readonly prompt: string;
  /** What was generated. */
  readonly continuation: string;
  /** Its characters. */
  readonly characters: readonly string[];
  /** Whether EOS ended it, so that it is a whole text. */
  readonly complete: boolean;
  /** Its log-probability under the target, nats; EOS in it where it is complete. */
  readonly logProb: number;
  /** Samples that are this text. */
  count: number;
}

/** The distinct texts of a cell, and which of them each sample is. */
export interface DistinctTexts {
  /** In the order in which they first appear. */
  readonly texts: readonly DistinctText[];
  /** `[samples]` indices into them. */
  readonly ofSample: Int32Array;
}

/**
 * The distinct texts among `samples`, which are in the order of their prompts: what is measured of a
 * text is then measured once. The same text that was cut off and that ended is two.
 */
export function distinctTexts(samples: readonly Sample[]): DistinctTexts {
  const texts: DistinctText[] = [];
  const ofSample = new Int32Array(samples.length);
  const known = new Map<string, Map<string, number>>();
  for (let i = 0; i < samples.length; i++) {
    const { prompt, continuation, result } = samples[i] as Sample;
    const complete = result.stop === "eos";
    const kind = `${complete ? "." : "…"}${prompt}`;
    let own = known.get(kind);
    if (own === undefined) known.set(kind, own = new Map());
    let index = own.get(continuation);
    if (index === undefined) {
      index = texts.length;
      own.set(continuation, index);
      const characters = [...continuation];
      texts.push({
        prompt,
        continuation,
        characters,
        complete,
        logProb: logProb(result),
        count: 0,
      });
    }
    (texts[index] as DistinctText).count += 1;
    ofSample[i] = index;
  }
  return { texts, ofSample };
}
