// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { DivergedError } from "../../src/model/diverged_error.ts";
import { initialWeights } from "../../src/model/weights.ts";
import type { Progress } from "../../src/pipeline/progress.ts";
import { isSoonerSideBySide, trainInTurn, trainSideBySide } from "../../src/pipeline/train_jobs.ts";
import type { Training, TrainingJob } from "../../src/pipeline/train_model.ts";
import { PythonRandom } from "../../src/random/python_random.ts";

const documents = Array.from({ length: 12 }, (_, i) => [4, i % 4, (i * i) % 4, i % 3, 4]);

function job(name: TrainingJob["name"], nEmbd: number, steps: number): TrainingJob {
  const spec = { vocabSize: 5, blockSize: 8, nEmbd, nHead: 2, nLayer: 1 };
  return {
    name,
    engine: "simd",
    initial: initialWeights(spec, new PythonRandom(nEmbd), 0.08),
    documents,
    settings: { steps, batchSize: 2, learningRate: 0.01, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 },
  };
}

/** A progress that writes down what it is told. */
function recorded(): { progress: Progress; told: string[] } {
  const told: string[] = [];
  const progress = {
    begin: (stage: string, total: number) => void told.push(`${stage}: of ${total}`),
    advance: (done: number) => void (told[1] = `${done}`),
    end: () => void told.push("end"),
  };
  return { progress, told };
}

const jobs = [job("target", 8, 30), job("draft", 4, 20)];
const weightsAndSteps = ({ weights, steps }: Training): object => ({ weights, steps });

Deno.test("trainSideBySide: gives the weights and losses of training in turn, to the bit", async () => {
  const { progress, told } = recorded();
  const together = await trainSideBySide(jobs, 4, progress);
  assertEquals(told, ["training target, draft: of 50", "50", "end"]);
  const inTurn = trainInTurn(jobs, 1, recorded().progress);
  assertEquals(together.map(weightsAndSteps), inTurn.map(weightsAndSteps));
});

Deno.test("trainSideBySide: a training that diverges is named, and the others end", async () => {
  const wild = job("draft", 4, 20);
  const bad = { ...wild, settings: { ...wild.settings, learningRate: 1e30 } };
  const { progress, told } = recorded();
  await assertRejects(
    () => trainSideBySide([job("target", 8, 30), bad], 2, progress),
    DivergedError,
    "training draft: expected a finite loss",
  );
  assertEquals(told.at(-1), "end");
});

/** Steps of a target 128 wide, whose parts two threads can share, and of a draft 16 wide. */
const plans: readonly [what: string, target: number, draft: number, threads: number, boolean][] = [
  ["two long ones on one thread", 100_000, 100_000, 1, false],
  ["two that are over before a thread has begun", 10, 10, 2, false],
  ["a short one beside one that would miss its second thread", 100_000, 100, 2, false],
  ["two long ones of equal length", 3_000, 190_000, 2, true],
];

for (const [what, targetSteps, draftSteps, threads, expected] of plans) {
  Deno.test(`isSoonerSideBySide: ${what}: ${expected}`, () => {
    const settings = { ...job("target", 4, 1).settings, batchSize: 64 };
    const plan = [
      { ...job("target", 128, 1), settings: { ...settings, steps: targetSteps } },
      { ...job("draft", 16, 1), settings: { ...settings, steps: draftSteps } },
    ];
    assertEquals(isSoonerSideBySide(plan, threads), expected);
  });
}
