/**
 * One sweep, computed in different ways: each with a store and an output folder of its own.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { exists, type Outcome, outcomeOf } from "../end_to_end/clean_clone.ts";
import { crash, difference, type Files } from "../torture/judge.ts";
import type { Slurm } from "./slurm.ts";

const project = fromFileUrl(new URL("../../", import.meta.url));
const config = fromFileUrl(new URL("sweep.yaml", import.meta.url));

/** What \`deno\` is given before the permissions. */
const DENO = ["run", "-q", "--no-prompt"];

/** A place for the sweep. */
export class SweepPlace {
  /** Its store. */
  readonly store: string;
  readonly #slurm: Slurm;
  readonly #folder: string;

  /** The place called `name`, in the folder of `slurm`. */
  constructor(slurm: Slurm, name: string) {
    this.#slurm = slurm;
    this.#folder = `${slurm.folder}/${name}`;
    this.store = `${this.#folder}/store`;
  }

  /** Starts `run` on the sweep, with those arguments; its results go to the folder called `output`. */
  start(args: readonly string[], output = "output"): Deno.ChildProcess {
    return this.#spawn("run", [config, ...this.#places(output), ...args]);
  }

  /** Runs the sweep, with those arguments. */
  async run(...args: string[]): Promise<Outcome> {
    return outcomeOf(await this.start(args).output());
  }

  /**
   * Computes the sweep as a person does who has nothing but `sbatch`: a plan, an array of `shards` for each
   * of its ranks, and a merge.
   */
  async byHand(shards: number): Promise<Outcome> {
    const { client } = this.#slurm;
    const plan = `${this.#folder}/plan.json`;
    const planned = this.#spawn("plan", [config, ...this.#places("output"), "--write", plan]);
    const { code, stderr } = outcomeOf(await planned.output());
    if (code !== 0) throw new Error(`Cannot write a plan: ${stderr}`);
    let last: string | undefined;
    // Trainings, what is computed with models, what is computed with that.
    for (const rank of [0, 1, 2]) {
      const share = `--plan ${plan} --shard $SLURM_ARRAY_TASK_ID/${shards} --rank ${rank}`;
      const command = `deno ${DENO.join(" ")} -P=run main.ts run ${share} --store ${this.store}`;
      const after = last === undefined ? "" : `--dependency=afterany:${last}`;
      const where = `--chdir=${project} --output=${this.#folder}/${rank}-%a.log`;
      last = await client(
        `sbatch --parsable --array=1-${shards} ${after} ${where} --wrap 'exec ${command} --workers 1'`,
      );
    }
    await this.#slurm.untilJobs((jobs) =>
      jobs.filter(({ id }) => id.split("_")[0] === last)
        .every(({ state }) => state === "COMPLETED" || state === "FAILED")
    );
    const merge = this.#spawn("merge", [plan, ...this.#places("output"), "--quiet"]);
    return outcomeOf(await merge.output());
  }

  /** How many results the store has. */
  async results(): Promise<number> {
    if (!exists(this.store)) return 0;
    const names = await filesBelow(this.store);
    return names.filter((name) => /\/[0-9a-f]{64}$/.test(name)).length;
  }

  /** The files of the folder called `output`. */
  async files(output = "output"): Promise<Files> {
    const folder = `${this.#folder}/${output}`;
    const files = new Map<string, Uint8Array>();
    for (const name of await filesBelow(folder)) {
      files.set(name, await Deno.readFile(`${folder}/${name}`));
    }
    return files;
  }

  #places(output: string): string[] {
    return ["--store", this.store, "--output", `${this.#folder}/${output}`];
  }

  #spawn(command: string, args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command("deno", {
      args: [...DENO, `-P=${command}`, "main.ts", command, ...args],
      cwd: project,
      env: { ...this.#slurm.env, NO_COLOR: "1", INIT_CWD: project },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

/** What came of a sweep. */
export interface SweepEnd {
  /** How its process ended. */
  readonly outcome: Outcome;
  /** The files of its folder. */
  readonly files: Files;
}

/**
 * How a sweep ended otherwise than a local run that nothing happened to: with another exit code, other
 * failures or other files; nothing if it did not.
 */
export function otherwise(found: SweepEnd, expected: SweepEnd): string | undefined {
  const { code, stderr } = found.outcome;
  if (code !== expected.outcome.code) return `exit code ${code}: ${stderr}`;
  if (!stderr.endsWith(expected.outcome.stderr)) return `other failures: ${stderr}`;
  return crash(found.outcome) ?? difference(found.files, expected.files);
}

/** The paths of the files below a folder, in the folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) names.push(name);
    else names.push(...(await filesBelow(`${folder}/${name}`)).map((own) => `${name}/${own}`));
  }
  return names;
}
