import type { Outcome } from "../end_to_end/clean_clone.ts";

/** The most memory that V8 may take for its objects, MiB: a command that needs more ends the process. */
const MEMORY = 1024;

/** Something did not end in time. */
export class HangError extends Error {
  /** The name of the class. */
  override readonly name = "HangError";
}

/** A process that runs command lines, one after another; one that hangs or dies is replaced. */
export class Server {
  readonly #folder: string;
  readonly #patience: number;
  #running: Running | undefined;

  /** In the clone `folder`; a command that takes more than `patience` seconds hangs. */
  constructor(folder: string, patience: number) {
    this.#folder = folder;
    this.#patience = patience;
  }

  /** The outcome of a command line; where it hangs or takes the process with it, one that says so. */
  async call(args: readonly string[]): Promise<Outcome> {
    const running = this.#running ??= start(this.#folder);
    try {
      const line = JSON.stringify(args);
      await running.input.write(new TextEncoder().encode(`${line}\n`));
      const kill = (): void => running.child.kill("SIGKILL");
      return JSON.parse(await within(this.#patience, running.nextLine(), line, kill));
    } catch (error) {
      this.#running = undefined;
      const { code } = await running.child.status;
      return { code, stdout: "", stderr: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Forgets how much memory it has taken, where the system can (Linux). */
  async resetPeak(): Promise<void> {
    const pid = this.#running?.child.pid;
    if (pid !== undefined) await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
  }

  /** The most memory that it has taken since, MiB; 0 where the system does not say. */
  async peak(): Promise<number> {
    const pid = this.#running?.child.pid;
    const status = pid === undefined
      ? ""
      : await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }

  /** Ends it. */
  async close(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    await running.input.close();
    await running.child.status;
  }
}

interface Running {
  readonly child: Deno.ChildProcess;
  readonly input: WritableStreamDefaultWriter<Uint8Array>;
  /** The next line that it prints; throws where it has died. */
  nextLine(): Promise<string>;
}

function start(folder: string): Running {
  const child = new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", "--config", "tests/deno.json", "-P=torture"],
      ...[`--v8-flags=--max-old-space-size=${MEMORY}`, "tests/torture/serve.ts"],
    ],
    cwd: folder,
    env: { NO_COLOR: "1", INIT_CWD: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = child.stderr.text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const nextLine = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf("\n");
      if (end >= 0) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        return line;
      }
      const { value, done } = await lines.read();
      if (done) {
        const { code } = await child.status;
        throw new Error(`the process died with ${code}: ${(await complaints).slice(-2000)}`);
      }
      rest += value;
    }
  };
  return { child, input: child.stdin.getWriter(), nextLine };
}

/** What `promise` gives; after so many seconds calls `end` and throws a {@linkcode HangError}. */
export async function within<Value>(
  seconds: number,
  promise: Promise<Value>,
  what: string,
  end: () => void,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new HangError(`${what} did not end within ${seconds} s`));
    end();
  }, 1000 * seconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
