// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import type { Progress } from "../../src/runs/progress.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto } from "./tiny_run.ts";

/** What a run tells of its phases: each as it began and as it ended, `done of total, before` units. */
function told(phases: string[]): Progress {
  let [phase, of, last] = ["", 0, ""];
  const at = (done: number, before: number): string => `${done} of ${of}, ${before} before`;
  return {
    begin(name, total, unit, before = 0) {
      [phase, of] = [`${name} (${unit})`, total];
      last = at(before, before);
    },
    advance(done, before) {
      last = at(done, before);
    },
    end: () => void phases.push(`${phase}: ${last}`),
  };
}

Deno.test("progress: what is cached counts as done by an earlier run, in steps and in cells", async () => {
  await inFolder(async (folder) => {
    const store = new Store(`${folder}/store`);
    const ran = async (...overrides: string[]): Promise<string[]> => {
      const phases: string[] = [];
      const experiment = readExperiment("configs/tiny.yaml", config, overrides);
      await runInto(`${folder}/run`, experiment, { store, progress: told(phases) });
      return phases;
    };
    const [trained = "", , decoded = ""] = await ran();
    assertEquals([trained, decoded], [
      "training target, draft (steps): 100 of 100, 0 before",
      "decoding (cells): 9 of 9, 0 before",
    ]);
    // Only the draft is trained again, and only what drafts with it decoded again.
    const [draft = "", , speculative = ""] = await ran("training.draft.steps=50");
    assertEquals([draft, speculative], [
      "training target, draft (steps): 110 of 110, 60 before",
      "decoding (cells): 9 of 9, 7 before",
    ]);
  });
});
