// deno-lint-ignore-file no-console -- This file stands in src/README.md, from its first import on.
import { loadCorpus } from "../src/data/corpus.ts";
import { CharacterVocabulary } from "../src/data/character_vocabulary.ts";
import { Windows } from "../src/data/windows.ts";
import { createStrategy } from "../src/decode/definitions.ts";
import { schedule } from "../src/decode/scheduler.ts";
import { untrained } from "../src/model/engine.ts";
import { engines } from "../src/model/engines.ts";
import { initialWeights } from "../src/model/weights.ts";
import { CounterStream } from "../src/random/counter_stream.ts";
import { PythonRandom } from "../src/random/python_random.ts";
import { train } from "../src/train/trainer.ts";

const { documents } = await loadCorpus({ path: "tests/data/few_names.txt" });
const vocabulary = CharacterVocabulary.of(documents);
const texts = Windows.of(documents, vocabulary, { blockSize: 16, longDocuments: "windows" });
const spec = { vocabSize: vocabulary.size, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };
const weights = initialWeights(spec, new PythonRandom(1n), 0.08);
const training = engines.simd.trainingModel(untrained(weights), 16, 1);
const adam = { learningRate: 0.01, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 };
const losses = [...train(training, texts, { steps: 200, batchSize: 16, ...adam })];
console.log(`trained to ${losses.at(-1)?.loss.toFixed(2)} nats per token`);

const target = engines.simd.languageModel(training.weights(), 1);
const strategy = createStrategy({ strategy: "top_p", p: 0.9 }, {
  draftModel: undefined,
  ngram: () => target,
});
const prompt = vocabulary.encodePrompt("ma");
const random = CounterStream.fromSeed(1);
const request = { target, prompt, stops: vocabulary.stops, maxNewTokens: 12, random };
for (const { tokens, logProbs } of schedule([strategy(request)])) {
  const logProb = logProbs.reduce((sum, one) => sum + one, 0);
  console.log(`ma${vocabulary.decode(tokens)}: ${logProb.toFixed(2)} nats`);
}
