/**
 * microbeam: a laboratory for decoding strategies. Finds the command; everything else is in
 * `src/cli/`.
 *
 * @module
 */
import type { Command } from "./src/cli/command.ts";

/** Every command, loaded when it is asked for. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./src/cli/run.ts")).run,
  diff: async () => (await import("./src/cli/diff.ts")).diff,
  compare: async () => (await import("./src/cli/compare.ts")).compare,
  plan: async () => (await import("./src/cli/plan.ts")).plan,
  merge: async () => (await import("./src/cli/merge.ts")).merge,
  cache: async () => (await import("./src/cli/cache.ts")).cache,
  export: async () => (await import("./src/cli/export.ts")).exportRun,
  sample: async () => (await import("./src/cli/sample.ts")).sample,
  schema: async () => (await import("./src/cli/schema.ts")).schema,
};

/** The oldest version of Deno that has everything that is used, `Deno.FsFile.tryLock` last of all. */
const OLDEST_DENO = { major: 2, minor: 7 };

/** Why microbeam cannot run on the Deno of this `version`; `undefined` if it can. */
export function versionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const { major: most, minor: least } = OLDEST_DENO;
  if (major > most || major === most && minor >= least) return undefined;
  return `expected Deno ${most}.${least} or newer, found ${version}; ` +
    "try: deno upgrade, or npx -y deno@latest task run configs/default.yaml";
}

if (import.meta.main) {
  // Before anything is loaded that an older Deno may not know.
  const problem = versionProblem(Deno.version.deno);
  if (problem !== undefined) {
    // deno-lint-ignore no-console
    console.error(`error: ${problem}`);
    Deno.exit(2);
  }
  const { runCommand } = await import("./src/cli/command.ts");
  Deno.exit(await runCommand(commands, Deno.args));
}
