/**
 * Variables of Slurm that a person has set for themselves, and that mislead a launcher.
 *
 * @module
 */

/**
 * Filters of `squeue` that hide jobs, although the launcher asks for them by name: such jobs would count as
 * ended. No argument takes these filters back, and an empty one shows no job at all.
 */
const FILTERS = ["SQUEUE_ACCOUNT", "SQUEUE_LICENSES", "SQUEUE_PARTITION", "SQUEUE_QOS"];
/**
 * Options of `sbatch` that the launcher does not expect: several jobs instead of one, errors in a file of
 * their own, or waiting until the job has ended. The partition, the account and the like stay.
 */
const CHANGES = ["SBATCH_ARRAY_INX", "SBATCH_ERROR", "SBATCH_WAIT"];
/** Names of other clusters: `sbatch` reads both variables, `squeue` the second. */
const CLUSTERS = ["SBATCH_CLUSTERS", "SLURM_CLUSTERS"];

/** The variables that {@linkcode forgetMisleading} takes out. */
export const MISLEADING: readonly string[] = [...FILTERS, ...CHANGES, ...CLUSTERS];

/** The environment of this process, and of the programs that it starts: the part that is used. */
export type Environment = Pick<typeof Deno.env, "delete">;

/** Takes out of `environment` what misleads a launcher. */
export function forgetMisleading(environment: Environment = Deno.env): void {
  for (const name of MISLEADING) environment.delete(name);
}
