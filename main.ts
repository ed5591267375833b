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
  plan: async () => (await import("./src/cli/plan.ts")).plan,
  cache: async () => (await import("./src/cli/cache.ts")).cache,
  sample: async () => (await import("./src/cli/sample.ts")).sample,
  schema: async () => (await import("./src/cli/schema.ts")).schema,
};

if (import.meta.main) {
  const { runCommand } = await import("./src/cli/command.ts");
  Deno.exit(await runCommand(commands, Deno.args));
}
