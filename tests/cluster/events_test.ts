/**
 * A sweep on a real Slurm: whatever happens, it ends as a local run does.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { testedEvents } from "./events.ts";
import { slurmProblem, startSlurm } from "./slurm.ts";
import { otherwise, SweepPlace } from "./sweep_place.ts";

const problem = await slurmProblem();
const why = problem === undefined ? "" : ` (skipped: ${problem})`;

Deno.test({
  name: `run --launcher slurm: whatever happens, files are those of a local run${why}`,
  ignore: problem !== undefined,
  async fn(test) {
    await using slurm = await startSlurm({ nodes: 2 });
    const local = new SweepPlace(slurm, "local");
    const expected = { outcome: await local.run("--quiet"), files: await local.files() };
    assertEquals(expected.outcome.code, 1, expected.outcome.stderr);
    for (const event of testedEvents) {
      await test.step(event.title, async () => {
        const place = new SweepPlace(slurm, event.name);
        const { outcome, happened } = await event.compute(slurm, place, 0);
        assert(happened, "the sweep was over before");
        assertEquals(otherwise({ outcome, files: await place.files() }, expected), undefined);
        if (event.said !== undefined) assertMatch(outcome.stderr, event.said);
        const live = (await slurm.jobs()).filter(({ state }) => /RUNN|PEND/.test(state));
        assertEquals(live, []);
        await slurm.startNodes();
      });
    }
  },
});
