import type { Logits, Sequence, Token } from "../../model/language_model.ts";
import { type Costs, counted, type Decoding } from "../strategy.ts";

/** What is being continued in more than one way. */
export interface Live {
  /** The target's cache of it. */
  readonly sequence: Sequence;
  /** The target's logits after it, `[V]`. */
  logits: Logits;
}

/** The logits of what has not been read. */
export const NO_LOGITS: Logits = new Float64Array();

/** Reads the `tokens` that each of `beams` lacks, in one pass. */
export function* read(
  beams: readonly Live[],
  tokens: readonly (readonly Token[])[],
  costs: Costs,
): Decoding<void> {
  const requests = beams.map(({ sequence }, i) => (
    { sequence, tokens: tokens[i] as readonly Token[], rows: 1 }
  ));
  const answers = yield counted(costs, "target", requests);
  beams.forEach((beam, i) => beam.logits = answers[i] as Logits);
}

/**
 * A sequence for each child, of which `parents` has the parent's: that itself for the last child, forks
 * of it for those before. Of `sequences`, those that are no child's parent are closed.
 */
export function passOn(
  sequences: Iterable<Sequence>,
  parents: readonly Sequence[],
): Sequence[] {
  const children = new Map<Sequence, number>();
  for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  for (const sequence of sequences) if (!children.has(sequence)) sequence.close();
  return parents.map((parent) => {
    const left = (children.get(parent) ?? 0) - 1;
    children.set(parent, left);
    return left === 0 ? parent : parent.fork();
  });
}
