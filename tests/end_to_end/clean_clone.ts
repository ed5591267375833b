/** How a process ended and what it printed. */
export interface Outcome {
  /** Its exit code. */
  readonly code: number;
  /** Its stdout. */
  readonly stdout: string;
  /** Its stderr. */
  readonly stderr: string;
}

/** The project as a fresh clone would hold it, and its command line. */
export interface Clone {
  /** Where it is. */
  readonly folder: string;
  /** Whether there is something at a path in the clone. */
  exists(path: string): boolean;
  /** The text of a file in the clone. */
  file(path: string): string;
  /** Runs `deno …` in `cwd` (default: the clone), without colours and with nothing on stdin. */
  deno(
    args: readonly string[],
    options?: { cwd?: string; env?: Env },
  ): Promise<Outcome>;
  /** Runs `deno task --quiet …`. */
  task(...args: string[]): Promise<Outcome>;
  /**
   * The outcomes of several command lines of one command, in one process, which spares starting as
   * many. For those that end before they change anything, such as mistakes.
   */
  outcomes(
    command: string,
    lines: readonly (readonly string[])[],
  ): Promise<Outcome[]>;
  /** Starts `main.ts run …` itself: a task would be a shell, which a signal does not pass through. */
  start(...args: string[]): Deno.ChildProcess;
  /** Waits until `holds`, which is asked again at every change below `outputs/`. */
  until(holds: () => boolean): Promise<void>;
}

type Env = Readonly<Record<string, string>>;

const project = new URL("../../", import.meta.url);

/**
 * The flags that make `configs/default.yaml` tiny: all its cells and tables, after a second, with four
 * of its prompts. A test that needs a full-sized run says why. The corpus is the first, then the prompts.
 */
export const tiny: readonly string[] = settings(
  "corpus.path=../tests/data/few_names.txt",
  "decoding.prompts=[a,m,j,s]",
  "training.target.steps=5",
  "training.target.batch_size=1",
  "training.draft.steps=5",
  "training.draft.batch_size=1",
  "decoding.samples=2",
  "report.charts=false",
);

/** `--set` before each. */
export function settings(...all: readonly string[]): string[] {
  return all.flatMap((setting) => ["--set", setting]);
}

/** A copy of what is under version control or would be, which is gone when the tests are over. */
export async function cleanClone(): Promise<Clone> {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener(
    "unload",
    () => Deno.removeSync(folder, { recursive: true }),
  );
  const git = new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: project,
  });
  const names = new TextDecoder().decode((await git.output()).stdout).split(
    "\0",
  );
  for (const name of names.filter((name) => name !== "")) {
    await Deno.mkdir(`${folder}/${name.split("/").slice(0, -1).join("/")}`, {
      recursive: true,
    });
    await Deno.copyFile(new URL(name, project), `${folder}/${name}`);
  }
  return cloneIn(folder);
}

function cloneIn(folder: string): Clone {
  const deno: Clone["deno"] = async (args, { cwd = folder, env = {} } = {}) => {
    const command = new Deno.Command("deno", {
      args: [...args],
      cwd,
      // INIT_CWD as from a shell: these tests run inside a task, which has set it already.
      env: { NO_COLOR: "1", INIT_CWD: cwd, ...env },
      stdin: "null",
    });
    return outcomeOf(await command.output());
  };
  return {
    folder,
    exists: (path) => exists(`${folder}/${path}`),
    file: (path) => Deno.readTextFileSync(`${folder}/${path}`),
    deno,
    task: (...args) => deno(["task", "--quiet", ...args]),
    async outcomes(command, lines) {
      const { code, stdout, stderr } = await deno([
        ...[
          "run",
          "-q",
          "--no-prompt",
          "--config",
          "deno.json",
          `-P=${command}`,
        ],
        ...[
          "tests/end_to_end/outcomes.ts",
          JSON.stringify(lines.map((args) => [command, ...args])),
        ],
      ]);
      if (code !== 0) {
        throw new Error(`Cannot run the command lines: ${stderr}`);
      }
      return JSON.parse(stdout);
    },
    start: (...args) =>
      new Deno.Command("deno", {
        args: ["run", "-q", "--no-prompt", "-P=run", "main.ts", "run", ...args],
        cwd: folder,
        env: { NO_COLOR: "1", INIT_CWD: folder },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    async until(holds) {
      const watcher = Deno.watchFs(`${folder}/outputs`);
      try {
        if (holds()) return;
        for await (const _ of watcher) if (holds()) return;
      } finally {
        watcher.close();
      }
    },
  };
}

/** Whether there is something at `path`. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The outcome of a process, as text. */
export function outcomeOf({ code, stdout, stderr }: Deno.CommandOutput): Outcome {
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
