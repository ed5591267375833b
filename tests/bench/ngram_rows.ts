import { Windows } from "../../src/data/windows.ts";
import { Documents } from "../../src/data/documents.ts";
import { documentCosts } from "../../src/measure/document_costs.ts";
import { NgramModel } from "../../src/model/ngram/ngram_model.ts";
import type { TextSpec, Token } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { type Duration, repeat, secondsEach } from "../../src/stages/interleaved_rounds.ts";
import type { Bound, Row } from "./rows.ts";
import type { BenchCorpus } from "./work.ts";

/** Tokens of a text are so many at most; names are shorter. */
const BLOCK = 16;
/** Of a made-up vocabulary, with so many texts of so many tokens. */
const LARGE = { vocabSize: 50_000, texts: 2_000, length: 100 } as const;

const nanoseconds = (duration: Duration): number => 1e9 * secondsEach(duration);

/** Counting n-grams of names and of tokens of a large vocabulary, and the loss of the names by them. */
export function ngramRows(corpus: BenchCorpus): Row[] {
  const { vocabulary, names } = corpus;
  const documents = names.map((name) => vocabulary.encodeDocument(name, BLOCK));
  const spec = { vocabSize: vocabulary.size, blockSize: BLOCK };
  return [
    ...[3, 5].map((order) =>
      countingRow(documents, {
        name: `${order}-grams of ${names.length.toLocaleString("en")} names`,
        label: `${order}-grams, names`,
        order,
        spec,
      })
    ),
    countingRow(manyTokens(), {
      name: `3-grams of ${LARGE.vocabSize.toLocaleString("en")} different tokens`,
      label: `3-grams, ${LARGE.vocabSize.toLocaleString("en")} tokens`,
      order: 3,
      spec: { vocabSize: LARGE.vocabSize, blockSize: LARGE.length },
    }),
    lossRow(corpus, documents, spec),
  ];
}

function countingRow(
  documents: readonly (readonly Token[])[],
  { name, label, order, spec }: {
    readonly name: string;
    readonly label: string;
    readonly order: number;
    readonly spec: TextSpec;
  },
): Row {
  const predicted = predictedOf(documents);
  return {
    section: "ngrams",
    name: `counting ${name}`,
    label,
    unit: "ns/token",
    better: "lower",
    peers: {},
    engine: (seconds) =>
      nanoseconds(repeat(() => {
        NgramModel.count(documents, order, spec);
        return predicted;
      }, seconds)),
    bounds: [incrementBound(documents, order)],
  };
}

/** That every n-gram of each length adds one to a number somewhere in a table. */
function incrementBound(documents: readonly (readonly Token[])[], order: number): Bound {
  const table = new Int32Array(2 ** 18);
  const mask = table.length - 1;
  const predicted = predictedOf(documents);
  return {
    kind: "memory",
    what: "an increment for each n-gram, wherever a hash says",
    measure: (seconds) =>
      nanoseconds(repeat(() => {
        for (const text of documents) {
          for (let i = 1; i < text.length; i++) {
            let hash = 0;
            for (let at = i; at > i - order && at >= 0; at--) {
              hash = Math.imul(hash ^ (text[at] as number), 0x9e3779b1);
              const place = hash >>> 8 & mask;
              table[place] = (table[place] as number) + 1;
            }
          }
        }
        return predicted;
      }, seconds)),
  };
}

/** What the stage of losses does with an n-gram model: the loss of every name, token by token. */
function lossRow(
  { vocabulary, names }: BenchCorpus,
  documents: readonly (readonly Token[])[],
  spec: TextSpec,
): Row {
  const model = NgramModel.count(documents, 5, spec);
  const texts = Windows.of(
    Documents.of(names.map((name) => new TextDecoder().decode(name))),
    vocabulary,
    { blockSize: BLOCK, longDocuments: "windows" },
  );
  const predicted = predictedOf(documents);
  const stops = vocabulary.stops.tokens;
  const sizeOf = ({ length }: readonly Token[]) => ({ characters: length });
  return {
    section: "ngrams",
    name: `5-gram loss of ${names.length.toLocaleString("en")} names`,
    label: "5-gram loss, names",
    unit: "ns/token",
    better: "lower",
    peers: {},
    engine: (seconds) =>
      nanoseconds(repeat(() => {
        documentCosts(model, texts, { sizeOf, stops });
        return predicted;
      }, seconds)),
    bounds: [logarithmBound(predicted)],
  };
}

/** That each token's probability becomes a logarithm. */
function logarithmBound(predicted: number): Bound {
  const probabilities = Float64Array.from({ length: predicted }, (_, i) => (i + 1) / predicted);
  let sum = 0;
  return {
    kind: "JavaScript",
    what: "a logarithm for each token",
    measure: (seconds) =>
      nanoseconds(repeat(() => {
        for (const probability of probabilities) sum += Math.log(probability);
        return Number.isFinite(sum) ? predicted : 0;
      }, seconds)),
  };
}

/** Texts whose tokens are as unevenly frequent as words: the square of a uniform number. */
function manyTokens(): Token[][] {
  const random = CounterStream.fromSeed(3);
  const { vocabSize, texts, length } = LARGE;
  return Array.from(
    { length: texts },
    () => Array.from({ length }, () => Math.floor(vocabSize * random.next() ** 4)),
  );
}

function predictedOf(documents: readonly (readonly Token[])[]): number {
  return documents.reduce((sum, text) => sum + text.length - 1, 0);
}
