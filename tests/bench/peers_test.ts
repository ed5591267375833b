/**
 * That the peers of the bench do the same work: the reference engine's loss before and after updates
 * from the same weights, the simd engine's greedy texts. Without a library its tests are ignored.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { untrained } from "../../src/model/engine.ts";
import { ReferenceTrainingModel } from "../../src/model/reference/training_model.ts";
import { decoder } from "./engine.ts";
import { PeerAbsentError } from "./peer.ts";
import {
  closeLibrary,
  type Library,
  prepareWork,
  startJax,
  startPyTorch,
  writeWeights,
} from "./peers.ts";
import {
  ADAM,
  benchCorpus,
  benchWeights,
  decodingWorks,
  type TrainingWork,
  trainingWorks,
} from "./work.ts";

const corpus = await benchCorpus();

/** One batch, small enough for the reference engine, of documents of different lengths. */
const training: TrainingWork = {
  kind: "training",
  name: "small",
  spec: { vocabSize: corpus.vocabulary.size, blockSize: 16, nEmbd: 12, nHead: 3, nLayer: 2 },
  batches: [(trainingWorks(corpus)[0] as TrainingWork).batches[0]?.slice(0, 8) ?? []],
};

/** The reference engine's loss before each of `updates`, and after the last. */
function referenceLosses(updates: number): number[] {
  const model = new ReferenceTrainingModel(untrained(benchWeights(training.spec)));
  const [batch = []] = training.batches;
  return Array.from({ length: updates + 1 }, (_, update) => {
    const loss = model.lossAndGradient(batch);
    model.update({ ...ADAM, step: update + 1 });
    return loss;
  });
}

async function present(start: () => Promise<Library>): Promise<Library | undefined> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof PeerAbsentError) return undefined;
    throw error;
  }
}

const weightsFolder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(weightsFolder, { recursive: true }));

const starts = { PyTorch: () => startPyTorch([1]), "jax-js": startJax };

for (const [name, start] of Object.entries(starts)) {
  const library = await present(start);
  const ignore = library === undefined;

  Deno.test({
    name: `${name}: trains as the reference engine does (losses of 5 updates 1e-4)`,
    ignore,
    // The process was started outside.
    sanitizeResources: false,
    async fn() {
      const weights = await writeWeights(weightsFolder, training.spec);
      const { peer, measure } = await prepareWork(library as Library, training, weights);
      for (const loss of referenceLosses(5)) {
        assertAlmostEquals(await peer.askNumber({ loss: training.name }, "loss"), loss, 1e-4);
        await measure(0);
      }
    },
  });

  if (name === "PyTorch") {
    Deno.test({
      name: "PyTorch: chooses the simd engine's tokens in greedy decoding",
      ignore,
      sanitizeResources: false,
      async fn() {
        for (const work of decodingWorks(corpus).filter(({ kind }) => kind === "greedy")) {
          const weights = await writeWeights(weightsFolder, work.spec);
          const { peer } = await prepareWork(library as Library, work, weights);
          const { tokens } = await peer.ask({ greedy: work.name });
          const ours = decoder(work)().map(({ tokens, stopToken }) =>
            stopToken === undefined ? tokens : [...tokens, stopToken]
          );
          assertEquals(tokens, ours);
        }
      },
    });
  }

  Deno.test({
    name: `${name}: ends when it is closed`,
    ignore,
    sanitizeResources: false,
    fn: () => closeLibrary(library as Library),
  });
}
