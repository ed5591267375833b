// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { serializeCheckpoint } from "../../src/train/checkpoint.ts";
import { DivergedError, type ModelSpec, type Token } from "../../src/model/language_model.ts";
import { shardCount } from "../../src/model/simd/training_plan.ts";
import { Interrupted } from "../../src/stages/stage.ts";
import {
  parseTrainingProgress,
  serializeTrainingProgress,
  type Training,
  type TrainingJob,
  type TrainingProgress,
  trainModel,
} from "../../src/stages/train_model.ts";
import { trainingCsv } from "../../src/report/training_csv.ts";
import { randomWeights } from "../model/small_model.ts";

const small = { vocabSize: 5, blockSize: 6, nEmbd: 4, nHead: 2, nLayer: 2 };
/** Widths that no vector of four divides. */
const odd = { vocabSize: 27, blockSize: 9, nEmbd: 6, nHead: 3, nLayer: 1 };
/** Large enough that a batch of 15 is divided into parts, for threads of their own. */
const wide = { vocabSize: 27, blockSize: 16, nEmbd: 64, nHead: 4, nLayer: 1 };

function job(engine: TrainingJob["engine"], spec: ModelSpec, batchSize: number): TrainingJob {
  return {
    name: "target",
    engine,
    initial: randomWeights(spec, 3, 0.1),
    // Seven are gone through more than once, and no batch ends with them.
    documents: Array.from(
      { length: 7 },
      (_, i): Token[] =>
        Array.from({ length: 2 + i % spec.blockSize }, (_, t) => (i + 3 * t) % spec.vocabSize),
    ),
    settings: { steps: 12, batchSize, learningRate: 0.01, beta1: 0.85, beta2: 0.99, epsilon: 1e-8 },
  };
}

/** The files that a run writes of a training. */
function filesOf({ name, initial: { spec } }: TrainingJob, { weights, steps }: Training): string[] {
  return [
    serializeCheckpoint({ vocabulary: new CharacterVocabulary([]), training: {}, weights }),
    trainingCsv([{ name, spec, parameters: 0, steps }]),
  ];
}

/** Trains until step `last` of all, and gives the bytes that were saved there. */
function stoppedAt(
  job: TrainingJob,
  threads: number,
  last: number,
  resume?: TrainingProgress,
): Uint8Array {
  let done = 0;
  let saved: Uint8Array | undefined;
  assertThrows(
    () =>
      trainModel(job, threads, {
        onStep: (steps) => done = steps,
        stopped: () => done === last,
        save: (progress) => saved = serializeTrainingProgress(progress),
        resume,
      }),
    Interrupted,
    `training target: stopped after ${last} of 12 steps`,
  );
  assert(saved !== undefined);
  return saved;
}

function parsed({ initial: { spec }, settings }: TrainingJob, bytes: Uint8Array): TrainingProgress {
  return parseTrainingProgress("p", bytes, { spec, steps: settings.steps });
}

const simd = job("simd", small, 2);
const onStep = (): void => {};

const jobs: readonly [what: string, TrainingJob, runs: number][] = [
  ["reference 4/2/2", job("reference", small, 2), 20],
  ["simd 4/2/2", simd, 100],
  ["simd 6/3/1", job("simd", odd, 3), 100],
  ["simd 64/4/1 in two parts", job("simd", wide, 15), 10],
];

/** Steps after which a training is stopped, in order, and the threads of each of its pieces. */
const interruptions = fc.record({
  stops: fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 3 }),
  threads: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
});

for (const [what, job, numRuns] of jobs) {
  Deno.test(`trainModel: ${what}: interrupted, it ends with the bytes of one never stopped (${numRuns} runs)`, () => {
    const expected = filesOf(job, trainModel(job, 1, { onStep }));
    fc.assert(
      fc.property(interruptions, ({ stops, threads: [last = 1, ...threads] }) => {
        let progress: TrainingProgress | undefined;
        stops.sort((a, b) => a - b).forEach((stop, i) => {
          progress = parsed(job, stoppedAt(job, threads[i] ?? 1, stop, progress));
        });
        const training = trainModel(job, last, { onStep, resume: progress });
        assertEquals(filesOf(job, training), expected);
      }),
      { numRuns, seed: 1 },
    );
  });
}

Deno.test("trainModel: the model of two parts is divided for threads", () => {
  assertEquals(shardCount(wide, 15), 2);
});

/** Runs `body` with a clock that moves on by `seconds` each time it is read. */
function withClock<T>(seconds: number, body: () => T): T {
  const { now } = performance;
  let time = 0;
  performance.now = () => time += 1000 * seconds;
  try {
    return body();
  } finally {
    performance.now = now;
  }
}

for (const [what, job] of jobs.slice(0, 2)) {
  Deno.test(`trainModel: ${what}: its saved progress never changes, and it resumes from there`, () => {
    const saved: TrainingProgress[] = [];
    const save = (progress: TrainingProgress): void => void saved.push(progress);
    const training = withClock(1, () => trainModel(job, 1, { onStep, save }));
    // In the sixth of twelve seconds; and the second that it took stands for fifty.
    assertEquals(saved.map(({ steps }) => steps.length), [5]);
    for (const resume of [...saved, ...saved]) {
      assertEquals(filesOf(job, trainModel(job, 1, { onStep, resume })), filesOf(job, training));
    }
  });
}

Deno.test("trainModel: told to stop at its last step, it is done", () => {
  let done = 0;
  const control = { onStep: (steps: number) => void (done = steps), stopped: () => done === 12 };
  assertEquals(trainModel(simd, 1, control).steps.length, 12);
});

Deno.test("trainModel: its seconds are those of all runs", () => {
  const resume = { ...parsed(simd, stoppedAt(simd, 1, 3)), seconds: 1e6 };
  const { seconds } = trainModel(simd, 1, { onStep, resume });
  assert(seconds > 1e6 && seconds < 2e6);
});

Deno.test("trainModel: a training that diverges says so at the same step, stopped before or not", () => {
  const wild = { ...simd, settings: { ...simd.settings, learningRate: 1e30 } };
  const message = "the target diverged: expected a finite loss, found NaN at step 2 of 12";
  assertThrows(() => trainModel(wild, 1, { onStep }), DivergedError, message);
  const resume = parsed(wild, stoppedAt(wild, 1, 1));
  assertThrows(() => trainModel(wild, 1, { onStep, resume }), DivergedError, message);
});

for (const engine of ["simd", "reference"] as const) {
  Deno.test(`trainModel: on ${engine}, a model that is far worse than guessing has diverged`, () => {
    const calm = job(engine, small, 2);
    const wild = { ...calm, settings: { ...calm.settings, learningRate: 1 } };
    assertThrows(
      () => trainModel(wild, 1, { onStep }),
      DivergedError,
      "the target diverged: the loss rose from ",
    );
  });
}

for (const learningRate of [1e30, 1e300]) {
  Deno.test(`trainModel: a model that says no numbers after its only step has diverged (${learningRate})`, () => {
    const wild = { ...simd, settings: { ...simd.settings, learningRate, steps: 1 } };
    const message = "the target diverged: expected finite weights and logits after the last step";
    assertThrows(() => trainModel(wild, 1, { onStep }), DivergedError, message);
  });
}

Deno.test("trainModel: where it cannot save, it ends with the reason", () => {
  const save = (): never => {
    throw new Error("no space");
  };
  assertThrows(() => trainModel(simd, 1, { onStep, save, stopped: () => true }), Error, "no space");
});
