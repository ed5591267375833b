/** A Python program that runs a command on a terminal of a given width, by `pty`. */
const script = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
while True:
    try:
        seen = os.read(terminal, 65536)
    except OSError:
        break
    if not seen:
        break
    os.write(1, seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Whether there is a Python that can make a terminal. */
export const hasTerminal: boolean = await new Deno.Command("python3", {
  args: ["-c", "import pty"],
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/** Runs `deno …` on a terminal `width` cells wide, where nobody types; all that it shows. */
export async function onTerminal(
  width: number,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<{ code: number; shown: string }> {
  const command = new Deno.Command("python3", {
    args: ["-c", script, String(width), "deno", ...args],
    cwd,
    env: { INIT_CWD: cwd, TERM: "xterm", NO_COLOR: "", ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, shown: decoder.decode(stdout) + decoder.decode(stderr) };
}
