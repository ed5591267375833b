// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { shareThreads } from "../../src/runs/jobs.ts";
import { isAlone } from "../../src/threads/task_scheduler.ts";
import { ExperimentTasks, phases } from "../../src/stages/stages.ts";

/** Steps of a target 128 wide, whose parts threads can share, and of a draft 16 wide, which is in one. */
const cases: readonly [what: string, target: number, draft: number, threads: number, string][] = [
  ["one thread", 1000, 1000, 1, "target 1, draft 1"],
  ["a short one beside a long one leaves it both threads", 100_000, 100, 2, "target 2, draft 1"],
  ["two that take as long have one each", 3_000, 500_000, 2, "target 1, draft 1"],
  ["a long one first, whichever it is", 10, 1_000_000, 2, "draft 1, target 1"],
  ["no more than there are parts", 100_000, 100, 64, "target 4, draft 1"],
];
for (const [what, target, draft, threads, expected] of cases) {
  Deno.test(`shareThreads: ${what}: ${expected}`, async () => {
    const experiment = readExperiment(
      "configs/shares.yaml",
      `
corpus: { path: data/names.txt }
models:
  target: { n_embd: 128, n_head: 4, n_layer: 4 }
  draft: { n_embd: 16, n_head: 4, n_layer: 1 }
training:
  target: { steps: ${target}, batch_size: 64 }
  draft: { steps: ${draft}, batch_size: 64 }
decoding: { prompts: [a], strategies: [{ strategy: greedy }] }
`,
    );
    const tasks = new ExperimentTasks(await checkWithCorpus(experiment));
    const [training = []] = phases;
    const jobs = shareThreads(tasks.groups(training), threads);
    const shown = jobs.map(({ tasks: [{ id }], threads }) => `${id.name} ${threads}`);
    assertEquals(shown.join(", "), expected);
  });
}

Deno.test("shareThreads: what measures time has all threads, and a thread of its own", async () => {
  const experiment = readExperiment(
    "configs/shares.yaml",
    `
corpus: { path: data/names.txt }
models: { target: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a]
  strategies: [{ strategy: greedy }, { strategy: speculative, draft: prompt_lookup, draft_k: 2 }]
`,
  );
  const tasks = new ExperimentTasks(await checkWithCorpus(experiment));
  const jobs = phases.flatMap((phase) => shareThreads(tasks.groups(phase), 3));
  const alone = jobs.filter(isAlone);
  assertEquals(alone.map(({ tasks: [{ id }], threads }) => `${id.stage} ${threads}`), ["time 3"]);
});
