import { linesOf } from "./lines.ts";

/** A library that is not there; the bench goes on without it. */
export class PeerAbsentError extends Error {
  /** Of the class. */
  override readonly name = "PeerAbsentError";
}

/** The first message of a peer: its name and version. */
export interface PeerIntroduction {
  /** The library. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Threads it computes with; 0 where it decides. */
  readonly threads: number;
}

/** How to start a peer. */
export interface PeerCommand {
  /** A program, by name or path. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Record<string, string>;
}

/** Exit code by which a peer says that its library is not there; a shell's for a missing program. */
const ABSENT = [3, 126, 127];

/**
 * Another library in a process of its own that stays: a JSON request a line to it, a JSON answer a
 * line from it, one at a time.
 */
export class Peer {
  /** Its first message. */
  readonly introduction: PeerIntroduction;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string, void>;

  private constructor(
    process: Deno.ChildProcess,
    lines: AsyncGenerator<string, void>,
    introduction: PeerIntroduction,
  ) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = lines;
    this.introduction = introduction;
  }

  /** Starts one; throws a {@linkcode PeerAbsentError} where there is no such program or library. */
  static async start({ program, args, env = {} }: PeerCommand): Promise<Peer> {
    const process = spawn(program, args, env);
    const lines = linesOf(process.stdout);
    const first = await lines.next();
    if (first.done) {
      await process.stdin.close().catch(() => {});
      const { code } = await process.status;
      if (ABSENT.includes(code)) throw new PeerAbsentError(`${program} does not have it`);
      throw new Error(`Cannot start "${program} ${args.join(" ")}": exit code ${code}`);
    }
    return new Peer(process, lines, JSON.parse(first.value));
  }

  /** Its answer to `request`. */
  async ask(request: object): Promise<Record<string, unknown>> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`Cannot measure ${this.introduction.name}: its process has ended`);
    return JSON.parse(value);
  }

  /** A number of its answer to `request`. */
  async askNumber(request: object, key: string): Promise<number> {
    const { [key]: value } = await this.ask(request);
    if (typeof value === "number") return value;
    throw new TypeError(`Cannot read "${key}": expected a number, got ${JSON.stringify(value)}`);
  }

  /** Ends the process, if it has not ended by itself. */
  async close(): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#lines.return();
    await this.#process.status;
  }
}

function spawn(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Deno.ChildProcess {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    });
    return command.spawn();
  } catch (error) {
    // A program that was not there when the process began is one that it may not run.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      // What such variables name would be loaded into it, so that Deno refuses it.
      const [, variable] = /with (\S+) environment variable/.exec(error.message) ?? [];
      throw new PeerAbsentError(
        variable === undefined
          ? `there is no ${program}`
          : `${program} cannot be started where ${variable} is set`,
      );
    }
    throw error;
  }
}
