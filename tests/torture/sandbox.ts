/**
 * A clone of the project in which anything may be destroyed, with configs whose runs take no time.
 *
 * @module
 */
import { cleanClone, type Clone, type Outcome, outcomeOf } from "../end_to_end/clean_clone.ts";
import type { Files } from "./judge.ts";
import { Server, within } from "./server.ts";

/** The SHA-256 of `tests/data/few_names.txt`. */
const CORPUS = "0fa0acd116d91632a510d6712bbc30dd4b54febde2c3ee5cd5df139346d4eb2d";

const settings = (corpus: string): string => `
seed: 1
corpus: ${corpus}
models:
  target: { n_embd: 8, n_head: 2, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training: { target: { steps: 8, batch_size: 1 }, draft: { steps: 6, batch_size: 1 } }
decoding:
  prompts: [a, mar]
  samples: 3
  max_new_tokens: 8
  strategies:
    - strategy: greedy
    - { strategy: temperature, temperature: 0.8 }
    - { strategy: speculative, draft_k: 2 }
`;

/** The configs, by name. */
const configs: Readonly<Record<string, string>> = {
  tiny: settings("{ path: ../tests/data/few_names.txt }") + "report: { charts: false }\n",
  /** Its corpus is in the cache of downloads; there is no such host. */
  cached: settings(`{ url: "https://names.invalid/names.txt", sha256: ${CORPUS} }`) +
    "report: { charts: false }\n",
  /** Trains long enough to be stopped meanwhile. */
  long: settings("{ path: ../tests/data/few_names.txt }")
    .replace("n_embd: 8", "n_embd: 32").replace("steps: 8", "steps: 3000") +
    "report: { charts: false }\n",
  charts: settings("{ path: ../tests/data/few_names.txt }"),
  sweep: settings("{ path: ../tests/data/few_names.txt }")
    .replace("seed: 1", "seed: [1, 2]"),
};

/** The most seconds that a command may take before it counts as hanging. */
const PATIENCE = 100;
/** The same for one in a process that is running already. */
const LITTLE_PATIENCE = 40;

/** How a command is run as a process of its own. */
export interface ProcessOptions {
  /** A program and its arguments that run the command: `strace -f`. */
  readonly under?: readonly string[];
  /** Whether it is started by its task, as a person does. */
  readonly byTask?: boolean;
}

/** A clone, its commands and its files. */
export class Sandbox {
  /** The clone's folder. */
  readonly folder: string;
  /** Waits until `holds`, which is asked again at every change below `outputs/`. */
  readonly until: Clone["until"];
  /** The process that runs many commands. */
  readonly server: Server;

  private constructor({ folder, until }: Clone) {
    this.folder = folder;
    this.until = until;
    this.server = new Server(folder, LITTLE_PATIENCE);
  }

  /** A clone with the configs. */
  static async make(): Promise<Sandbox> {
    const sandbox = new Sandbox(await cleanClone());
    for (const [name, text] of Object.entries(configs)) {
      const file = `${sandbox.folder}/configs/${name}.yaml`;
      await Deno.writeTextFile(file, `name: ${name}${text}`);
    }
    const corpora = `${sandbox.folder}/outputs/.cache/corpora`;
    await Deno.mkdir(corpora, { recursive: true });
    await Deno.copyFile(
      new URL("../data/few_names.txt", import.meta.url),
      `${corpora}/${CORPUS}.txt`,
    );
    return sandbox;
  }

  /** The arguments that run the config called `name`; nothing is printed but what matters. */
  run(name: string): string[] {
    return ["run", `configs/${name}.yaml`, "--workers", "2", "--quiet"];
  }

  /** Runs a command line in a process that runs many. */
  async call(...args: string[]): Promise<Outcome> {
    return await this.server.call(args);
  }

  /** Runs a command line as a process of its own. */
  async process(args: readonly string[], options: ProcessOptions = {}): Promise<Outcome> {
    const child = this.spawn(args, options);
    return outcomeOf(
      await within(PATIENCE, child.output(), args.join(" "), () => child.kill("SIGKILL")),
    );
  }

  /** Starts a command line as a process of its own. */
  spawn(args: readonly string[], { under = [], byTask = false }: ProcessOptions = {}) {
    const [command = ""] = args;
    const [program = "", ...all] = [
      ...under,
      "deno",
      ...byTask
        ? ["task", "-q", ...args]
        : ["run", "-q", "--no-prompt", `-P=${command}`, "main.ts", ...args],
    ];
    return new Deno.Command(program, {
      args: all,
      cwd: this.folder,
      env: { NO_COLOR: "1", INIT_CWD: this.folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** The files below a folder of the clone, by their paths in it; none where it is not there. */
  files(below = "outputs"): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const path of pathsBelow(this.folder, below)) {
      try {
        files.set(path, Deno.readFileSync(`${this.folder}/${path}`));
      } catch (error) {
        // A run that goes on has renamed it.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return files;
  }

  /** Makes the files below `outputs/` those given, byte for byte. */
  restore(files: Files): void {
    this.putBack("outputs", files);
  }

  /** Puts back what was below `path`, whatever is there now. */
  putBack(path: string, files: Files): void {
    try {
      Deno.removeSync(`${this.folder}/${path}`, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    for (const [name, bytes] of files) {
      if (name !== path && !name.startsWith(`${path}/`)) continue;
      const file = `${this.folder}/${name}`;
      Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      Deno.writeFileSync(file, bytes);
    }
  }

  /** Ends the process that runs many commands. */
  async close(): Promise<void> {
    await this.server.close();
  }
}

function* pathsBelow(root: string, folder: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(`${root}/${folder}`)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isDirectory, isFile } of entries) {
    if (isDirectory) yield* pathsBelow(root, `${folder}/${name}`);
    else if (isFile) yield `${folder}/${name}`;
  }
}
