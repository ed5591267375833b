import { DiffError } from "./diff_error.ts";

/** What a call of git gave. */
export interface GitResult {
  /** Whether it exited with 0. */
  readonly ok: boolean;
  /** What it printed. */
  readonly stdout: Uint8Array;
  /** The first line of what it complained of. */
  readonly complaint: string;
}

/** Runs `git` in the folder `cwd`; throws a {@linkcode DiffError} where there is no git. */
export async function git(cwd: string, ...args: string[]): Promise<GitResult> {
  const command = new Deno.Command("git", {
    args: ["-C", cwd, ...args],
    // Its words are for those who read the rest of ours.
    env: { LC_ALL: "C" },
    stdin: "null",
  });
  try {
    const { success, stdout, stderr } = await command.output();
    const [complaint = ""] = new TextDecoder().decode(stderr).split("\n");
    return { ok: success, stdout, complaint: complaint.replace(/^fatal: /, "") };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DiffError("cannot read a revision: expected git, found no such program");
  }
}

/** What git printed, without the last line's end. */
export function textOf({ stdout }: GitResult): string {
  return new TextDecoder().decode(stdout).replace(/\n$/, "");
}

/** What git printed with `-z`, item by item. */
export function itemsOf({ stdout }: GitResult): string[] {
  return new TextDecoder().decode(stdout).split("\0").filter((item) => item !== "");
}
