// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";

/** The root of this checkout. */
export const PROJECT: string = fromFileUrl(new URL("../../", import.meta.url));

/** A process that failed, with what it said. */
export class ProcessError extends Error {
  /** Of `deno` with these `args`; `errors` is what it wrote to stderr. */
  constructor(readonly args: readonly string[], readonly errors: string) {
    super(`Cannot measure "deno ${args.join(" ")}": ${errors}`);
  }
}

/** What runs in a checkout, and how. */
export interface ProcessOptions {
  /** The root of the checkout; this one if left out. */
  readonly checkout?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The output of `deno` with `args`, run in a checkout; throws a {@linkcode ProcessError}. */
export async function outputOf(
  args: readonly string[],
  { checkout = PROJECT, env = {} }: ProcessOptions = {},
): Promise<string> {
  const command = new Deno.Command("deno", {
    args: [...args],
    cwd: checkout,
    env: { INIT_CWD: checkout, ...env },
    stdin: "null",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const [printed = "", errors = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (code !== 0) throw new ProcessError(args, errors);
  return printed;
}

/** How long that takes, seconds. */
export async function secondsOf(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<number> {
  const began = performance.now();
  await outputOf(args, options);
  return (performance.now() - began) / 1000;
}
