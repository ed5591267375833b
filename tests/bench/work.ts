/**
 * The work that is measured: the same for the engine and for its peers, which get it as JSON and the
 * initial weights as a file.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { loadCorpus } from "../../src/data/corpus.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import type { ModelSpec, StopTokens, Token } from "../../src/model/language_model.ts";
import { initialWeights, parameterCount, type Weights } from "../../src/model/weights.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { PythonRandom } from "../../src/random/python_random.ts";

/** Updates on batches of documents: forward, backward and Adam. */
export interface TrainingWork {
  /** Which kind of work. */
  readonly kind: "training";
  /** For people, and unique. */
  readonly name: string;
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** One update each; they come round again. */
  readonly batches: readonly (readonly (readonly Token[])[])[];
}

/** Texts from prompts: drawn, `batch` of each prompt at once, or greedy, one after another. */
export interface DecodingWork {
  /** Which kind of work. */
  readonly kind: "sampling" | "greedy";
  /** For people, and unique. */
  readonly name: string;
  /** Sizes of the model. */
  readonly spec: ModelSpec;
  /** BOS and the prompt's characters. */
  readonly prompts: readonly (readonly Token[])[];
  /** Samples at once. */
  readonly batch: number;
  /** The most tokens to generate. */
  readonly maxNewTokens: number;
  /** The divisor of logits; greedy decoding ignores it. */
  readonly temperature: number;
  /** The tokens that end a text. */
  readonly stops: StopTokens;
}

/** Anything a peer can be given. */
export type Work = TrainingWork | DecodingWork;

/** Sizes as people write them. */
export type Sizes = readonly [nEmbd: number, nHead: number, nLayer: number];

/** Sizes, documents an update, and updates before the documents come round again. */
const TRAININGS: readonly (readonly [sizes: Sizes, batch: number, updates: number])[] = [
  [[16, 4, 1], 16, 256],
  [[32, 4, 1], 16, 128],
  [[64, 4, 1], 16, 64],
  [[128, 4, 1], 16, 32],
  [[128, 4, 4], 64, 2],
  [[256, 8, 6], 32, 2],
];
const SAMPLINGS: readonly Sizes[] = [[16, 4, 1], [128, 4, 4]];
const GREEDIES: readonly Sizes[] = [[16, 4, 1], [256, 8, 6]];

/** Adam's settings everywhere; the largest model learns with them from {@linkcode benchWeights}. */
export const ADAM = { learningRate: 0.001, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 } as const;

/** The file of the names that all work is on. */
export const CORPUS: string = fromFileUrl(new URL("../../configs/data/names.txt", import.meta.url));

/** A shuffled corpus, as tokens and by its vocabulary. */
export interface BenchCorpus {
  /** Tokens of the names. */
  readonly vocabulary: CharacterVocabulary;
  /** All names in UTF-8, in an order of their own. */
  readonly names: readonly Uint8Array[];
}

/** Reads the names that all work is on. */
export async function benchCorpus(): Promise<BenchCorpus> {
  const { documents } = await loadCorpus({ path: CORPUS });
  const names = Array.from({ length: documents.length }, (_, i) => documents.bytes(i));
  new PythonRandom(1).shuffle(names);
  return { vocabulary: CharacterVocabulary.of(documents), names };
}

/** Training of six models, from the smallest to the largest. */
export function trainingWorks({ vocabulary, names }: BenchCorpus): TrainingWork[] {
  return TRAININGS.map(([sizes, batch, updates]) => {
    const spec = specOf(sizes, vocabulary);
    const documents = names.slice(0, batch * updates)
      .map((name) => vocabulary.encodeDocument(name, spec.blockSize));
    const batches = Array.from(
      { length: updates },
      (_, update) => documents.slice(update * batch, (update + 1) * batch),
    );
    return { kind: "training", name: `training ${sizes.join("/")}, batch ${batch}`, spec, batches };
  });
}

/** Sampling in batches, and greedy decoding of one text at a time. */
export function decodingWorks({ vocabulary }: BenchCorpus): DecodingWork[] {
  const shared = { maxNewTokens: 12, temperature: 0.8, stops: vocabulary.stops };
  return [
    ...SAMPLINGS.map((sizes): DecodingWork => ({
      ...shared,
      kind: "sampling",
      name: `sampling ${sizes.join("/")}, batch 256`,
      spec: specOf(sizes, vocabulary),
      prompts: [vocabulary.encodePrompt("a")],
      batch: 256,
    })),
    ...GREEDIES.map((sizes): DecodingWork => ({
      ...shared,
      kind: "greedy",
      name: `greedy ${sizes.join("/")}, one stream`,
      spec: specOf(sizes, vocabulary),
      // Each letter: one text alone could be very short or very long.
      prompts: vocabulary.characters.map((letter) => vocabulary.encodePrompt(letter)),
      batch: 1,
    })),
  ];
}

/** A model of these sizes that reads what the vocabulary writes, up to 16 tokens. */
export function specOf(
  [nEmbd, nHead, nLayer]: Sizes,
  { size: vocabSize }: CharacterVocabulary,
): ModelSpec {
  return { vocabSize, blockSize: 16, nEmbd, nHead, nLayer };
}

/**
 * The weights that work on a model of these sizes begins with: random, in f32. With four times the
 * deviation the largest model diverges, its gradient vanishes, and what is then measured is
 * arithmetic on denormal numbers, at a third of the speed.
 */
export function benchWeights(spec: ModelSpec): Weights {
  const random = CounterStream.fromSeed(1);
  // As wide as a normal distribution with this deviation, and drawn in a fifth of the time.
  const uniform = {
    gauss: (mu: number, sigma: number) => mu + sigma * Math.sqrt(12) * (random.next() - 0.5),
  };
  const weights = initialWeights(spec, uniform, 0.02);
  for (let i = 0; i < weights.data.length; i++) {
    weights.data[i] = Math.fround(weights.data[i] as number);
  }
  return weights;
}

/** Arithmetic operations of an update, per document: 6 × parameters × positions. */
export function operationsPerDocument({ spec, batches }: TrainingWork): number {
  const documents = batches.flat();
  const positions = documents.reduce((sum, document) => sum + document.length - 1, 0);
  return 6 * parameterCount(spec) * positions / documents.length;
}
