import { DivergedError } from "../model/diverged_error.ts";
import { Weights } from "../model/weights.ts";
import type { Progress } from "./progress.ts";
import { estimatedSeconds, type Training, type TrainingJob, trainModel } from "./train_model.ts";
import type { TrainingMessage, TrainingOrder } from "./train_worker.ts";

/** What it costs to have models train beside one another: a thread's start and its modules. */
const START_SECONDS = 0.3;

/**
 * Trains models on `threads` threads: side by side, each on its share of the threads, where that is
 * the sooner done, else in turn, each on all. The weights are the same either way.
 */
export function trainJobs(
  jobs: readonly TrainingJob[],
  threads: number,
  progress: Progress,
): Promise<Training[]> {
  return isSoonerSideBySide(jobs, threads)
    ? trainSideBySide(jobs, threads, progress)
    : Promise.resolve(trainInTurn(jobs, threads, progress));
}

/** Whether the longest training on its share of the threads ends before all in turn on all of them. */
export function isSoonerSideBySide(jobs: readonly TrainingJob[], threads: number): boolean {
  if (jobs.length < 2 || threads < 2) return false;
  const share = shareOf(threads, jobs);
  const inTurn = jobs.reduce((sum, job) => sum + estimatedSeconds(job, threads), 0);
  const sideBySide = Math.max(...jobs.map((job) => estimatedSeconds(job, share)));
  return sideBySide + START_SECONDS < inTurn;
}

/** Trains one after another on this thread and, where a model is large enough, others. */
export function trainInTurn(
  jobs: readonly TrainingJob[],
  threads: number,
  progress: Progress,
): Training[] {
  return jobs.map((job) => {
    progress.begin(`training ${job.name}`, job.settings.steps, "steps");
    try {
      return trainModel(job, threads, { onStep: (done) => progress.advance(done) });
    } finally {
      progress.end();
    }
  });
}

/** Trains all at once, on a thread each or on several. */
export async function trainSideBySide(
  jobs: readonly TrainingJob[],
  threads: number,
  progress: Progress,
): Promise<Training[]> {
  const names = jobs.map(({ name }) => name).join(", ");
  const steps = jobs.reduce((sum, job) => sum + job.settings.steps, 0);
  progress.begin(`training ${names}`, steps, "steps");
  const done = jobs.map(() => 0);
  const share = shareOf(threads, jobs);
  const workers: Worker[] = [];
  try {
    return await Promise.all(jobs.map((job, i) => {
      const worker = new Worker(new URL("./train_worker.ts", import.meta.url), { type: "module" });
      workers.push(worker);
      return trainIn(worker, job, share, (steps) => {
        done[i] = steps;
        progress.advance(done.reduce((sum, one) => sum + one, 0));
      });
    }));
  } finally {
    for (const worker of workers) worker.terminate();
    progress.end();
  }
}

function shareOf(threads: number, jobs: readonly TrainingJob[]): number {
  return Math.max(1, Math.floor(threads / jobs.length));
}

function trainIn(
  worker: Worker,
  { initial: { spec, data }, ...job }: TrainingJob,
  threads: number,
  onStep: (done: number) => void,
): Promise<Training> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: message }: MessageEvent<TrainingMessage>) => {
      if (message.kind === "progress") return onStep(message.done);
      if (message.kind === "diverged") return reject(new DivergedError(message.message));
      onStep(message.steps.length);
      const { weights, steps, seconds } = message;
      resolve({ weights: new Weights(weights.spec, weights.data), steps, seconds });
    };
    worker.onerror = (event) => {
      // Reported here, and not once more by the runtime.
      event.preventDefault();
      reject(new Error(`Cannot train ${job.name}: ${event.message}`));
    };
    const order: TrainingOrder = { ...job, initial: { spec, data }, threads };
    worker.postMessage(order);
  });
}
