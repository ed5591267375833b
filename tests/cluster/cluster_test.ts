/**
 * A sweep on a real Slurm, and what happens to clusters.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { events } from "./events.ts";
import { slurmProblem, startSlurm } from "./slurm.ts";
import { otherwise, SweepPlace } from "./sweep_place.ts";

const problem = await slurmProblem();
const why = problem === undefined ? "" : ` (skipped: ${problem})`;

Deno.test({
  name: `run --launcher slurm: ends as a local run does, byte for byte${why}`,
  ignore: problem !== undefined,
  async fn(test) {
    await using slurm = await startSlurm({ nodes: 2 });
    const local = new SweepPlace(slurm, "local");
    const expected = { outcome: await local.run("--quiet"), files: await local.files() };
    assertEquals(expected.outcome.code, 1, expected.outcome.stderr);
    for (const { name, title, compute, said } of events) {
      await test.step(title, async () => {
        const place = new SweepPlace(slurm, name);
        const { outcome, happened } = await compute(slurm, place, 0);
        assert(happened, "it was over before");
        assertEquals(otherwise({ outcome, files: await place.files() }, expected), undefined);
        if (said !== undefined) assertMatch(outcome.stderr, said);
        const live = (await slurm.jobs()).filter(({ state }) => /RUNN|PEND/.test(state));
        assertEquals(live, []);
        await slurm.startNodes();
      });
    }
  },
});
