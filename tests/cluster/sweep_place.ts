/**
 * One sweep, computed in different ways: each with a store and an output folder of its own.
 *
 * @module
 */
// @ts-types="../../src/declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { exists, type Outcome, outcomeOf } from "../end_to_end/clean_clone.ts";
import { crash, difference, type Files } from "../torture/judge.ts";
import type { Slurm } from "./slurm.ts";

const project = fromFileUrl(new URL("../../", import.meta.url));
const config = fromFileUrl(new URL("sweep.yaml", import.meta.url));

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
    const places = ["--store", this.store, "--output", `${this.#folder}/${output}`];
    return new Deno.Command("deno", {
      args: ["run", "-q", "--no-prompt", "-P=run", "main.ts", "run", config, ...places, ...args],
      cwd: project,
      env: { ...this.#slurm.env, NO_COLOR: "1", INIT_CWD: project },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs the sweep, with those arguments. */
  async run(...args: string[]): Promise<Outcome> {
    return outcomeOf(await this.start(args).output());
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
