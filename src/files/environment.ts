/** The value of a variable of the environment; `undefined` where it has none, or may not be asked. */
export function environmentVariable(name: string): string | undefined {
  // Deno would ask at the terminal for what this process does not have.
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** Whether this process may not use the network, or has given it up. */
export async function isOffline(): Promise<boolean> {
  return (await Deno.permissions.query({ name: "net" })).state !== "granted";
}
