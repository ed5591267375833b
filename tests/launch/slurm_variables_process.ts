/**
 * A process that forgets what misleads a launcher, and prints what is left of Slurm in the environment of
 * a program that it starts.
 *
 * @module
 */
import { runProgram } from "../../src/launch/program.ts";
import { forgetMisleading } from "../../src/launch/slurm_variables.ts";

forgetMisleading();
const { stdout } = await runProgram("sh", ["-c", "env | grep -E '^S(QUEUE|BATCH|LURM)_' | sort"]);
await Deno.stdout.write(new TextEncoder().encode(stdout));
