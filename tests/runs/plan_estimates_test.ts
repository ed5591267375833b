// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import type { Nearest } from "../../src/runs/nearest_result.ts";
import { PlanEstimates } from "../../src/runs/plan_estimates.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import type { ResultId } from "../../src/store/stored_result.ts";

const data = await checkWithCorpus(readExperiment(
  "configs/tiny.yaml",
  `
name: estimated
corpus: { path: ../tests/data/few_names.txt }
models: { target: { n_embd: 8, n_head: 2, n_layer: 1 } }
training: { target: { steps: 100 } }
decoding:
  prompts: [a]
  samples: 40
  strategies: [{ strategy: temperature, temperature: 0.1..2:0.1 }, { strategy: beam, beam_width: [2, 8] }]
`,
));
const tasks = new ExperimentTasks(data).inOrderOfWork([]);

/** A store where everything took 3 ms for each of its units, and what was searched for in it. */
function measured() {
  const searches: string[] = [];
  const nearest = (id: ResultId): Promise<Nearest> => {
    searches.push(`${id.stage} ${id.name}`);
    const effort = { seconds: 0.03, count: 10, unit: "" };
    const head = { id, effort, bytes: 1, sha256: "" };
    return Promise.resolve({ head, differences: [], cost: 1 });
  };
  return { searches, known: { nearest } };
}

Deno.test("PlanEstimates: a task takes as long for each unit as a similar result did", async () => {
  const { searches, known } = measured();
  const of = new PlanEstimates([data], known).of(data);
  for (const task of tasks) {
    const { stage, name } = task.id;
    const seconds = await of.seconds(task);
    if (stage === "train") assertEquals(seconds, 0.003 * 100 * 32);
    if (stage === "decode") assertEquals(seconds, name.startsWith("beam") ? 0.003 : 0.12);
  }
  assertEquals(searches.length, tasks.length);
});

Deno.test("PlanEstimates: of many cells only some are searched for, and those after them take as long", async () => {
  const { searches, known } = measured();
  // 22 cells, which are decoded and measured: about every eleventh of a kind.
  const of = new PlanEstimates([data], known, 4).of(data);
  const seconds = new Set<number>();
  for (const task of tasks) {
    const one = await of.seconds(task);
    if (task.id.stage === "decode" && task.id.name.startsWith("temp")) seconds.add(one);
  }
  assertEquals([...seconds], [0.12]);
  const cells = searches.filter((search) => /^(decode|measure) /.test(search));
  assertEquals(cells.filter((search) => search.startsWith("decode")), [
    "decode temperature(0.1)",
    "decode temperature(1.2)",
    "decode beam(beam_width=2)",
  ]);
});

Deno.test("PlanEstimates: with nothing similar, sizes tell: more samples and wider beams take longer", async () => {
  const known = { nearest: () => Promise.resolve(undefined) };
  const of = new PlanEstimates([data], known).of(data);
  const seconds = new Map<string, number>();
  for (const task of tasks) {
    seconds.set(`${task.id.stage} ${task.id.name}`, await of.seconds(task));
  }
  for (const [what, one] of seconds) assert(one > 0 && one < 60, what);
  const ofBeam = (width: number) => seconds.get(`decode beam(beam_width=${width})`) ?? 0;
  assertEquals(Math.round(ofBeam(8) / ofBeam(2)), 4);
});
