/**
 * Runs command lines as `main.ts` does, one after another in one process: for each line of stdin, JSON
 * of arguments, prints a line with the outcome. Whoever asks can tell a hang and a crash from outside.
 *
 * @module
 */
import { commands } from "../../main.ts";
import { runCommand } from "../../src/cli/command.ts";

const printed = { stdout: "", stderr: "" };
// deno-lint-ignore no-console
console.log = (text) => printed.stdout += `${text}\n`;
// deno-lint-ignore no-console
console.error = (text) => printed.stderr += `${text}\n`;

const encoder = new TextEncoder();
let rest = "";
for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + part).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    printed.stdout = printed.stderr = "";
    const code = await runCommand(commands, JSON.parse(line));
    const bytes = encoder.encode(`${JSON.stringify({ code, ...printed })}\n`);
    for (let written = 0; written < bytes.length;) {
      written += await Deno.stdout.write(bytes.subarray(written));
    }
  }
}
