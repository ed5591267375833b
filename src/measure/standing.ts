/**
 * Where a model stands among n-gram models, which only count: by the loss on the same documents held
 * out, document by document.
 *
 * @module
 */
import { type Difference, differenceBetween, holm, LEVEL } from "./comparison.ts";
import type { DocumentLosses, ModelLosses } from "./corpus_loss.ts";
import { type Estimate, quotient } from "./estimate.ts";
import { estimateOf } from "./intervals.ts";
import { ratioPseudoValues } from "./sampling.ts";

/** The loss of a model less that of an n-gram model. */
export interface BesideNgram {
  /** The n-gram model's name, such as `3-gram`. */
  readonly name: string;
  /** Its own loss, nats per token. */
  readonly loss: number;
  /** The model's loss less that, nats per token, of documents that both predicted. */
  readonly difference?: Difference;
}

/** A model's loss beside those of n-gram models. Each group is in order of its distance, nearest first. */
export interface Standing {
  /** The model's loss, nats per token. */
  readonly loss: number;
  /** N-gram models whose loss is higher: the model is better than they are. */
  readonly beaten: readonly BesideNgram[];
  /** Those that cannot be told apart from it. */
  readonly open: readonly BesideNgram[];
  /** Those whose loss is lower. */
  readonly ahead: readonly BesideNgram[];
}

/** The n-gram models among `losses`. */
export function ngramsAmong(losses: readonly ModelLosses[]): ModelLosses[] {
  return losses.filter(({ name }) => /^\d+-gram$/.test(name));
}

/** A model beside each n-gram model, before anything is judged. */
export interface BesideNgrams {
  /** The model's loss on the documents held out. */
  readonly loss: Estimate;
  /** The n-gram models, in their order; of one at least the difference is known. */
  readonly ngrams: readonly BesideNgram[];
}

/**
 * `name` beside each n-gram model of `losses`; `undefined` where fewer than two documents were held out,
 * or one of both is missing.
 */
export function besideNgrams(
  name: string,
  losses: readonly ModelLosses[],
): BesideNgrams | undefined {
  const own = losses.find((one) => one.name === name);
  if (own?.heldOut === undefined) return undefined;
  const ngrams = ngramsAmong(losses).flatMap(({ name, heldOut, byDocument }): BesideNgram[] => {
    if (heldOut === undefined) return [];
    const difference = lossDifference(own.byDocument, byDocument);
    const beside = { name, loss: heldOut.natsPerToken.value };
    return [difference === undefined ? beside : { ...beside, difference }];
  });
  return ngrams.every(({ difference }) => difference === undefined)
    ? undefined
    : { loss: own.heldOut.natsPerToken, ngrams };
}

/**
 * Where `name` stands among the n-gram models of `losses`; `undefined` where {@linkcode besideNgrams}
 * knows nothing. Verdicts are Holm's (1979) over all n-gram models, from the t of differences document by
 * document.
 */
export function standingOf(name: string, losses: readonly ModelLosses[]): Standing | undefined {
  const beside = besideNgrams(name, losses);
  if (beside === undefined) return undefined;
  const adjusted = holm(beside.ngrams.flatMap(({ difference }) => difference?.p ?? []));
  return judgedStanding(beside, adjusted.map((p) => p < LEVEL));
}

/** The same, told which of the differences that are known are differences. */
export function judgedStanding(
  { loss: { value: loss }, ngrams }: BesideNgrams,
  areDifferences: readonly boolean[],
): Standing {
  let next = 0;
  const judged = ngrams
    .map((beside) => ({
      beside,
      isSure: beside.difference !== undefined && areDifferences[next++] === true,
    }))
    .toSorted((a, b) => Math.abs(a.beside.loss - loss) - Math.abs(b.beside.loss - loss));
  const those = (holds: (beside: BesideNgram, isSure: boolean) => boolean): BesideNgram[] =>
    judged.flatMap(({ beside, isSure }) => holds(beside, isSure) ? [beside] : []);
  return {
    loss,
    beaten: those((beside, isSure) => isSure && loss < beside.loss),
    open: those((_, isSure) => !isSure),
    ahead: those((beside, isSure) => isSure && loss > beside.loss),
  };
}

/**
 * The loss of one model less that of another on the same documents, nats per token, with its t over the
 * documents; `undefined` where they are fewer than two, nothing differs, or their own losses are not
 * known.
 */
export function lossDifference(
  of: DocumentLosses | undefined,
  than: DocumentLosses | undefined,
): Difference | undefined {
  const [one, other] = [overDocuments(of), overDocuments(than)];
  return one === undefined || other === undefined ? undefined : differenceBetween(one, other);
}

/**
 * The loss per token with its spread over documents; `undefined` where they are fewer than two, or not
 * known.
 */
export function overDocuments(losses: DocumentLosses | undefined): Estimate | undefined {
  if (losses === undefined || losses.nats.length < 2) return undefined;
  const [nats, tokens] = [Float64Array.from(losses.nats), Float64Array.from(losses.tokens)];
  const total = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0);
  const value = quotient(total(nats), total(tokens));
  const pseudoValues = ratioPseudoValues(value, nats, tokens);
  return estimateOf(value, { kind: "draws", pseudoValues, fraction: 0 });
}
