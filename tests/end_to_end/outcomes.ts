/**
 * Runs the command lines that its argument lists, one after another, as `main.ts` does, and prints
 * their outcomes as JSON. For tables of mistakes, where most of the time would go into starting.
 *
 * @module
 */
import { commands } from "../../main.ts";
import { runCommand } from "../../src/cli/command.ts";

const lines: readonly (readonly string[])[] = JSON.parse(Deno.args[0] ?? "[]");
const outcomes = [];
// Each command line begins with what its task has, whatever the one before has given up.
Deno.permissions.revoke = (permission) => Deno.permissions.query(permission);
for (const line of lines) {
  const printed = { stdout: "", stderr: "" };
  // deno-lint-ignore no-console
  console.log = (text) => printed.stdout += `${text}\n`;
  // deno-lint-ignore no-console
  console.error = (text) => printed.stderr += `${text}\n`;
  outcomes.push({ code: await runCommand(commands, line), ...printed });
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcomes)));
