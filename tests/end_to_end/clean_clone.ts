/** What a process left. */
export interface Outcome {
  /** Its exit code. */
  readonly code: number;
  /** What it printed to stdout. */
  readonly stdout: string;
  /** What it printed to stderr. */
  readonly stderr: string;
}

/** The project as a fresh clone would hold it, and its command line. */
export interface Clone {
  /** Where it is. */
  readonly folder: string;
  /** Runs `deno …` in `cwd` (default: the clone), without colours and with nothing on stdin. */
  deno(args: readonly string[], options?: { cwd?: string; env?: Env }): Promise<Outcome>;
  /** Runs `deno task --quiet …`. */
  task(...args: string[]): Promise<Outcome>;
}

type Env = Readonly<Record<string, string>>;

const project = new URL("../../", import.meta.url);

/** A copy of what is under version control or would be, which is gone when the tests are over. */
export async function cleanClone(): Promise<Clone> {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const git = new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: project,
  });
  const names = new TextDecoder().decode((await git.output()).stdout).split("\0");
  for (const name of names.filter((name) => name !== "")) {
    await Deno.mkdir(`${folder}/${name.split("/").slice(0, -1).join("/")}`, { recursive: true });
    await Deno.copyFile(new URL(name, project), `${folder}/${name}`);
  }
  const deno: Clone["deno"] = async (args, { cwd = folder, env = {} } = {}) => {
    const command = new Deno.Command("deno", {
      args: [...args],
      cwd,
      // INIT_CWD as from a shell: these tests run inside a task, which has set it already.
      env: { NO_COLOR: "1", INIT_CWD: cwd, ...env },
      stdin: "null",
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  return { folder, deno, task: (...args) => deno(["task", "--quiet", ...args]) };
}
