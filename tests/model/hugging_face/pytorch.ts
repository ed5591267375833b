// @ts-types="../../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";

/** Where Debian's `python3-torch` is, whatever `python3` is. */
const PYTHONS = ["/usr/bin/python3", "python3"];

/** A Python that has PyTorch; `undefined` where none has: what needs it skips, visibly. */
export async function pythonWithTorch(): Promise<string | undefined> {
  for (const program of PYTHONS) {
    try {
      const { success } = await new Deno.Command(program, {
        args: ["-c", "import torch"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return program;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Runs `script`, a file beside this one, with `lines` as its input; what it prints, line by line. */
export async function runPython(
  python: string,
  script: string,
  lines: readonly string[],
): Promise<string[]> {
  const process = new Deno.Command(python, {
    args: [fromFileUrl(new URL(script, import.meta.url))],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error(`${script} failed`);
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}
