// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { shareThreads } from "../../src/runs/jobs.ts";
import { PhaseCount, ShownPhases } from "../../src/runs/phase_count.ts";
import type { Progress } from "../../src/runs/progress.ts";
import { RunState } from "../../src/runs/run_state.ts";
import { ExperimentTasks, phases } from "../../src/stages/stages.ts";
import { Store } from "../../src/store/store.ts";
import { config, runOptions } from "./tiny_run.ts";

/** A progress that notes what it is told. */
function noted(): { told: string[]; progress: Progress } {
  const told: string[] = [];
  const progress: Progress = {
    begin: (phase, total) => void told.push(`begin ${phase} ${total}`),
    advance: (done) => void told.push(`advance ${done}`),
    end: () => void told.push("end"),
  };
  return { told, progress };
}

const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));
const state = new RunState(runOptions(new Store("a-store-that-nobody-asks")));

/** The count of the phase of that index, and its jobs. */
function counted(index: number) {
  const groups = new ExperimentTasks(data).groups(phases[index] ?? []);
  const [stage] = phases[index] ?? [];
  if (stage === undefined) throw new TypeError(`no phase ${index}`);
  const jobs = shareThreads(groups, 1);
  return { count: new PhaseCount(stage, groups, jobs, state), jobs };
}

Deno.test("ShownPhases: a phase is shown after the one beside it, from where it is then", () => {
  const { told, progress } = noted();
  const shown = new ShownPhases(progress);
  const [trainings, losses] = [counted(0), counted(2)];
  const [training, loss] = [trainings.jobs[0], losses.jobs[0]];
  if (training === undefined || loss === undefined) throw new TypeError("no jobs");
  const at = (count: PhaseCount) => shown.advance(count);
  shown.add(trainings.count);
  shown.add(losses.count);
  trainings.count.advance(training, 7);
  at(trainings.count);
  losses.count.end(loss, true);
  at(losses.count);
  assertEquals(told.splice(0), ["begin training target, draft 100", "advance 7"]);
  shown.end(trainings.count);
  assertEquals(told.splice(0), ["end", "begin predicting documents 7", "advance 1"]);
  shown.end(losses.count);
  shown.close();
  assertEquals(told, ["end"]);
});

Deno.test("ShownPhases: what has ended by then is shown at once; nothing of it where the other one does not end", () => {
  const lists = [
    [true, ["begin training target, draft 100", "end", "begin predicting documents 7", "end"]],
    [false, ["begin training target, draft 100", "end"]],
  ] as const;
  for (const [ends, expected] of lists) {
    const { told, progress } = noted();
    const shown = new ShownPhases(progress);
    const [first, second] = [counted(0).count, counted(2).count];
    shown.add(first);
    shown.add(second);
    shown.end(second);
    if (ends) shown.end(first);
    shown.close();
    assertEquals(told, [...expected]);
  }
});
