/**
 * The message of `error`, which may be anything: that is what JavaScript lets a program throw. An error
 * without one is called by its name. Where Deno refuses a permission it has no advice to start with more
 * of them.
 */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(
    /Requires (\w+) access to (.*?), run again with the --allow-\S+ flag/s,
    (_, kind, what) => `this task has no ${kind === "all" ? "" : `${kind} `}access to ${what}`,
  );
}
