const project = new URL("../", import.meta.url);

/** Runs `deno task -q …` in the project itself, without colours; how it ended and what it printed. */
export async function runTask(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command("deno", {
    args: ["task", "-q", ...args],
    cwd: project,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
