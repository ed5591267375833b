import process from "node:process";

let known: { readonly bytes: number | undefined } | undefined;

/**
 * The memory that this program can have at most, bytes: that of the machine, or of the control group
 * (a container, a batch job) that it runs in, where that has a limit below it. It is looked up by the
 * first call, which needs the permission `sys` for `systemMemoryInfo`; `undefined` without it.
 */
export function availableMemory(): number | undefined {
  known ??= { bytes: lookedUp() };
  return known.bytes;
}

function lookedUp(): number | undefined {
  try {
    const { total } = Deno.systemMemoryInfo();
    const limit = process.constrainedMemory();
    return limit > 0 ? Math.min(total, limit) : total;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
