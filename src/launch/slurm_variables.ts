/**
 * Variables of Slurm that a person has set for themselves, and that mislead a launcher.
 *
 * @module
 */

/**
 * What `squeue` does not show, although the launcher asks for it by name: such jobs would count as ended.
 * No argument takes these filters back, and an empty one shows no job at all.
 */
const FILTERS = ["SQUEUE_ACCOUNT", "SQUEUE_LICENSES", "SQUEUE_PARTITION", "SQUEUE_QOS"];
/**
 * What `sbatch` does beside its arguments: a job on another cluster or several instead of one, errors in
 * a file of their own, or waiting until the job has ended. The partition, the account and the like stay.
 */
const CHANGES = ["SBATCH_ARRAY_INX", "SBATCH_CLUSTERS", "SBATCH_ERROR", "SBATCH_WAIT"];

/** The environment of this process, and of the programs that it starts: the part that is used. */
export type Environment = Pick<typeof Deno.env, "delete">;

/** Takes out of `environment` what misleads a launcher. */
export function forgetMisleading(environment: Environment = Deno.env): void {
  for (const name of [...FILTERS, ...CHANGES]) environment.delete(name);
}
