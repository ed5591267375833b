/**
 * The Slurm of these tests itself: what it promises to the tests that need one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "../end_to_end/clean_clone.ts";
import { slurmProblem, startSlurm } from "./slurm.ts";

const problem = await slurmProblem();

Deno.test({
  name: `slurm: nodes are machines of their own; nothing stays when it is stopped${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  async fn() {
    const slurm = await startSlurm({ nodes: 2 });
    const { folder, client } = slurm;
    const submit = (...args: string[]) => client(`sbatch --parsable ${args.join(" ")}`);
    const stateOf = async (job: string) => (await slurm.jobs()).find(({ id }) => id === job)?.state;
    const until = (job: string, state: string) =>
      slurm.untilJobs((jobs) => jobs.some((one) => one.id === job && one.state === state));
    const sleeping = ["--output=%j.out", "--wrap 'touch begun-$SLURM_JOB_ID; exec sleep 600'"];
    try {
      // A host's name of its own, a first process of its own, and the files that all see.
      for (const node of ["n1", "n2"]) {
        const job = await submit(
          `--nodelist=${node} --output=${node}.out`,
          '--wrap \'hostname; tr "\\\\0" " " </proc/1/cmdline; echo $$\'',
        );
        await until(job, "COMPLETED");
        const said = await client(`cat ${node}.out`);
        assert(said.startsWith(`${node}\nsh -c`), said);
      }

      // Killed behind its back, a job failed.
      const killed = await submit(...sleeping);
      await client(`until [ -e begun-${killed} ]; do sleep .05; done`);
      await slurm.killProcesses(killed);
      await until(killed, "FAILED");

      // Memory beyond what was asked for ends a job.
      const large = await submit(
        `--mem=20 --output=large.out --wrap 'x=$(yes | head -c 100M); sleep 600'`,
      );
      await until(large, "FAILED");
      assertStringIncludes(await client("cat large.out"), "exceeded memory limit");

      // Nodes cannot write what others can.
      await slurm.setReadOnly(folder, true);
      const write = ["--output=/dev/null", `--chdir=${folder}`, "--wrap 'touch written'"];
      await until(await submit(...write), "FAILED");
      await Deno.writeTextFile(`${folder}/by-others`, "");
      await slurm.setReadOnly(folder, false);
      await until(await submit(...write), "COMPLETED");
      assert(exists(`${folder}/written`));

      // What ran on a node that is gone waits for the next.
      const lost = await submit("--nodelist=n2", ...sleeping);
      await client(`until [ -e begun-${lost} ]; do sleep .05; done`);
      await slurm.stopNode("n2");
      await until(lost, "PENDING");
      await client(`scancel ${lost}`);
      await slurm.startNode("n2");

      // A controller that is gone is missed, and one that is back knows its jobs.
      const kept = await submit("--output=/dev/null", "--wrap 'sleep 600'");
      await until(kept, "RUNNING");
      await slurm.stopController();
      await slurm.startController();
      assertEquals(await stateOf(kept), "RUNNING");
    } finally {
      await slurm.stop();
    }
    assert(!exists(folder));
    const left = new Deno.Command("sh", {
      args: ["-c", `grep -lz '^SLURM_CONF=${slurm.env.SLURM_CONF}$' /proc/[0-9]*/environ`],
    });
    assertEquals(new TextDecoder().decode((await left.output()).stdout), "");
  },
});
