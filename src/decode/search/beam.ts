import type { BeamOptions } from "./beam_group.ts";
import { beamSearch } from "./beam_search.ts";
import type { Strategy } from "../strategy.ts";

/**
 * Beam search with `width` beams, canonically: it starts with one, an EOS finishes a text only where
 * it is among the best `width` candidates, and the beams are refilled from the others. A text that is
 * cut competes as it is.
 */
export function beam(width: number, options: BeamOptions = {}): Strategy {
  requireBeams(width, options);
  return (request) => beamSearch(request, { count: 1, width, penalty: 0 }, options);
}

/**
 * Diverse beam search (Vijayakumar et al., 2018): `width` beams in groups, which choose one after the
 * other. A token is less attractive to a group, by `penalty` nats, each time that a group before it
 * has chosen it at the same length (Hamming diversity). The penalty steers the choice of that moment
 * and is forgotten after it: texts are compared by their own log-probability.
 */
export function diverseBeam(
  width: number,
  { groups, penalty, ...options }: BeamOptions & { groups: number; penalty: number },
): Strategy {
  requireBeams(width, options);
  if (!(Number.isInteger(groups) && groups >= 1 && width % groups === 0)) {
    throw new RangeError(
      `Cannot divide ${width} beams into ${groups} groups: expected a divisor of ${width}`,
    );
  }
  if (!(penalty >= 0 && penalty < Infinity)) {
    throw new RangeError(`Cannot take off ${penalty} nats: expected a number of at least 0`);
  }
  const competing = { count: groups, width: width / groups, penalty };
  return (request) => beamSearch(request, competing, options);
}

function requireBeams(width: number, { nBest = 1, lengthPenalty = 0 }: BeamOptions): void {
  if (!(Number.isInteger(width) && width >= 1)) {
    throw new RangeError(
      `Cannot search with beam width ${width}: expected an integer of at least 1`,
    );
  }
  if (!(Number.isInteger(nBest) && nBest >= 1 && nBest <= width)) {
    throw new RangeError(
      `Cannot return the ${nBest} best of ${width} beams: expected an integer from 1 to ${width}`,
    );
  }
  if (!(lengthPenalty >= 0 && lengthPenalty < Infinity)) {
    throw new RangeError(
      `Cannot divide by length to the power ${lengthPenalty}: expected a number of at least 0`,
    );
  }
}
