import { defineStrategy, type Zod } from "../definition.ts";
import { argmax, draw } from "../distribution.ts";
import { probabilityOf } from "../ending.ts";
import type { Strategy } from "../strategy.ts";
import { passingDistribution } from "../warp/warper.ts";
import { type Chooser, tokenByToken } from "./token_by_token.ts";

/** How surprising texts should be. */
export interface MirostatOptions {
  /** τ: the surprise −log₂ p, bits per token, that is aimed at; above 0. */
  readonly tau: number;
  /** η: how much of the last token's error the threshold is moved by; above 0. */
  readonly eta: number;
}

/**
 * Mirostat 2 (Basu et al., 2021): draws from the tokens that surprise by at most μ bits, and then
 * moves μ against the error, by η (surprise − τ); it starts at 2τ. Surprise is that of the target's
 * own distribution, before the others were dropped: as `logProbs` have it, not `warpedLogProbs`. The
 * most probable token is always kept.
 */
export function mirostat({ tau, eta }: MirostatOptions): Strategy {
  for (const [name, value] of [["tau", tau], ["eta", eta]] as const) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(
        `Cannot control surprise with ${name} ${value}: expected a number above 0`,
      );
    }
  }
  // Each text has a threshold of its own.
  return (request) => tokenByToken(chooser({ tau, eta }))(request);
}

function chooser({ tau, eta }: MirostatOptions): Chooser {
  let mu = 2 * tau;
  return {
    choose(logits, _history, random, _promptLength, stops) {
      const { kept, mass } = notAbove(mu, logits);
      const token = draw(kept, random.next());
      mu -= eta * (-Math.log2(kept[token] as number) - tau);
      return { token, logProb: Math.log(probabilityOf(kept, token, stops) / mass) };
    },
    steps(logits) {
      const { kept, mass } = notAbove(mu, logits);
      return [{ name: "surprise", value: mu, probabilities: kept.map((one) => one / mass) }];
    },
  };
}

/** The probabilities `[V]` of the tokens that surprise by at most `mu` bits, and their sum. */
function notAbove(mu: number, logits: Float64Array): { kept: Float64Array; mass: number } {
  const kept = passingDistribution(logits, [], [], 0);
  const least = Math.min(kept[argmax(kept)] as number, 2 ** -mu);
  let mass = 0;
  for (let token = 0; token < kept.length; token++) {
    if ((kept[token] as number) < least) kept[token] = 0;
    mass += kept[token] as number;
  }
  return { kept, mass };
}

/**
 * The strategy `mirostat`.
 *
 * @internal
 */
export const mirostatDefinition = defineStrategy({
  name: "mirostat",
  summary:
    "Mirostat 2: samples with a threshold that keeps the mean surprise, before truncation, at tau",
  reference: "Basu et al., 2021, Mirostat: A Neural Text Decoding Algorithm",
  settings: (z: Zod) => ({
    tau: z.number().gt(0).max(1e3).default(3).describe(
      "The surprise that is aimed at, bits per token: −log₂ p in the target's own distribution, before " +
        "improbable tokens are dropped",
    ),
    eta: z.number().gt(0).max(1e3).default(0.1).describe(
      "How much of a token's error the threshold of surprise is moved by",
    ),
  }),
  isDeterministic: false,
  isSearch: false,
  drawsEachToken: () => true,
  create: mirostat,
});
