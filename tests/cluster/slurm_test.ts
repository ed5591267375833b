/**
 * The Slurm of these tests itself: what it promises to the tests that need one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "../end_to_end/clean_clone.ts";
import { type Slurm, slurmProblem, startSlurm } from "./slurm.ts";

const problem = await slurmProblem();
const why = problem === undefined ? "" : ` (skipped: ${problem})`;

Deno.test({
  name: `slurm: nodes are machines of their own; nothing stays when it is over${why}`,
  ignore: problem !== undefined,
  async fn() {
    const { folder, conf } = await tried();
    assert(!exists(folder));
    const left = new Deno.Command("sh", {
      args: ["-c", `grep -lz '^SLURM_CONF=${conf}$' /proc/[0-9]*/environ`],
    });
    assertEquals(new TextDecoder().decode((await left.output()).stdout), "");
  },
});

/** Tries all that a Slurm promises while it is there; where it was. */
async function tried(): Promise<{ readonly folder: string; readonly conf: string | undefined }> {
  await using slurm = await startSlurm({ nodes: 2 });
  const { folder, env, client } = slurm;
  const submit = (...args: string[]) => client(`sbatch --parsable ${args.join(" ")}`);
  const begun = (job: string) => client(`until [ -e begun-${job} ]; do sleep .05; done`);
  const sleeping = ["--output=%j.out", "--wrap 'touch begun-$SLURM_JOB_ID; exec sleep 600'"];

  // A host's name of its own, a first process of its own, and the files that all see.
  const onNodes = ["n1", "n2"].map(async (node) => {
    const said = 'hostname; tr "\\\\0" " " </proc/1/cmdline';
    await until(slurm, await submit(`-w ${node} -o ${node}.out --wrap '${said}'`), "COMPLETED");
    assert((await client(`cat ${node}.out`)).startsWith(`${node}\nsh -c`));
  });

  // Killed behind its back, a job has failed; and so has one beyond the memory that it asked for.
  const killed = async () => {
    const job = await submit(...sleeping);
    await begun(job);
    await slurm.killProcesses(job);
    await until(slurm, job, "FAILED");
  };
  const large = async () => {
    const filling = "x=$(yes | head -c 100M); sleep 600";
    await until(slurm, await submit(`--mem=20 -o large.out --wrap '${filling}'`), "FAILED");
    assertStringIncludes(await client("cat large.out"), "exceeded memory limit");
  };
  await Promise.all([...onNodes, killed(), large()]);

  // Nodes cannot write what others can.
  await slurm.setReadOnly(folder, true);
  const write = `-o /dev/null --chdir=${folder} --wrap 'touch written'`;
  await until(slurm, await submit(write), "FAILED");
  await Deno.writeTextFile(`${folder}/by-others`, "");
  await slurm.setReadOnly(folder, false);
  await until(slurm, await submit(write), "COMPLETED");
  assert(exists(`${folder}/written`));

  // What ran on a node that is gone waits for the next.
  const lost = await submit("-w n2", ...sleeping);
  await begun(lost);
  await slurm.stopNode("n2");
  await until(slurm, lost, "PENDING");
  await client(`scancel ${lost}`);
  await slurm.startNodes();

  // A controller that is gone and comes back knows its jobs.
  const kept = await submit(...sleeping);
  await begun(kept);
  await slurm.stopController();
  await slurm.startController();
  assertEquals((await slurm.jobs()).find(({ id }) => id === kept)?.state, "RUNNING");
  return { folder, conf: env["SLURM_CONF"] };
}

/** Waits for a state of a job. */
async function until(slurm: Slurm, job: string, wanted: string): Promise<void> {
  await slurm.untilJobs((jobs) => jobs.some(({ id, state }) => id === job && state === wanted));
}
