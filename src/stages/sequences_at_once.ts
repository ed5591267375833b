/**
 * How many texts are decoded at once, and the memory that they take. A pass over many rows is the faster
 * for it, but each sequence has a cache of all its positions, and each row logits of the whole vocabulary:
 * of a model as others train them, hundreds of them would take more than there is.
 *
 * @module
 */
import type { TextSpec } from "../model/language_model.ts";
import { cacheBytes } from "../model/onnx/caches.ts";
import type { TransformerSpec } from "../model/transformer.ts";

/** Sequences that are read in one pass, about. */
const MOST = 256;
/** Logits of one pass, about: 32 MiB. Large vocabularies are read in smaller passes. */
const MOST_LOGITS = 2 ** 22;
/** Bytes that caches and logits of the sequences of one pass take, at most, unless one alone takes more. */
const MOST_BYTES = 2 ** 30;
/** An engine that computes in f64 has caches twice as large as an onnxruntime. */
const IN_F64 = 2;
/** Bytes of a logit: as it is computed, and as it is given. */
const PER_LOGIT = 16;

/** What a text takes while it is decoded. */
export interface TextSizes {
  /** Its tokens, prompt included, at most. */
  readonly tokens: number;
  /** Rows of logits in a pass. */
  readonly rows: number;
  /** Sequences that its strategy reads at once. */
  readonly sequences: number;
}

/**
 * Texts that are decoded at once with a model of these sizes. It depends on sizes alone, and not on the
 * machine: an engine that is not batch-invariant gives the same bits again.
 */
export function textsAtOnce(spec: TextSpec, sizes: TextSizes): number {
  const most = Math.min(MOST, MOST_LOGITS / spec.vocabSize) / sizes.sequences;
  if (!isTransformer(spec)) return Math.max(1, Math.floor(most));
  const fitting = MOST_BYTES / textBytes(spec, sizes);
  return Math.max(1, Math.floor(Math.min(most, fitting)));
}

/** Bytes of the caches and the logits of one text. */
export function textBytes(spec: TransformerSpec, { tokens, rows, sequences }: TextSizes): number {
  const caches = IN_F64 * cacheBytes(spec, Math.min(spec.blockSize, tokens));
  return sequences * (caches + PER_LOGIT * rows * spec.vocabSize);
}

/** Whether the sizes are those of a transformer as others train them; our own models say less. */
function isTransformer(spec: TextSpec): spec is TransformerSpec {
  return "keyValueHeads" in spec;
}
