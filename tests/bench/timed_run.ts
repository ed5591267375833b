/**
 * `microbeam run` with a note of when each of its parts began and ended, which it prints as JSON, in
 * milliseconds since the moment that the first argument says. Threads tell of their tasks by the messages
 * that they are sent and send: the program itself needs to know nothing of it.
 *
 * @module
 */
import { commands } from "../../main.ts";
import type { Command } from "../../src/cli/command.ts";
import type { Request, Response } from "../../src/threads/protocol.ts";

/** A moment: of what, and when. */
export type Moment = readonly [what: string, at: number];

const [epoch, ...args] = Deno.args;
const moments: Moment[] = [];

/** Milliseconds since the process was asked for, of a reading of this process's clock. */
function sinceStart(reading: number): number {
  return performance.timeOrigin + reading - Number(epoch);
}

function note(what: string): void {
  moments.push([what, sinceStart(performance.now())]);
}

/** A thread that notes what it is asked and answers: `train target begins`, `step`, `train target ends`. */
class NotedWorker extends Worker {
  #task = "";

  constructor(url: string | URL, options?: WorkerOptions) {
    note("thread begins");
    super(url, options);
    this.addEventListener("message", ({ data: { kind } }: MessageEvent<Response>) => {
      if (kind === "step") note("step");
      if (kind === "done") note(`${this.#task} ends`);
    });
  }

  override postMessage(message: Request): void {
    if (message.kind === "task") {
      this.#task = message.task.id.stage;
      note(`${this.#task} begins`);
    }
    super.postMessage(message);
  }
}

/** Loads the command, and notes what it does until it returns. */
async function run(): Promise<number> {
  note("script begins");
  const load = commands["run"] as () => Promise<Command>;
  const command = await load();
  note("modules end");
  const { report } = await import("../../src/stages/report.ts");
  const { runCommand } = await import("../../src/cli/command.ts");
  const make = report.run.bind(report);
  report.run = async (task, inputs) => {
    note("report begins");
    const output = await make(task, inputs);
    note("report ends");
    return output;
  };
  const open = Deno.open;
  Deno.open = (path, options) => {
    if (String(path).endsWith("/names.txt")) note("corpus begins");
    return open(path, options);
  };
  globalThis.Worker = NotedWorker;
  const code = await runCommand({ run: () => Promise.resolve(command) }, ["run", ...args]);
  note("run ends");
  for (const { name, startTime } of performance.getEntriesByType("mark")) {
    moments.push([name, sinceStart(startTime)]);
  }
  return code;
}

const code = await run();
// deno-lint-ignore no-console
console.log(JSON.stringify(moments));
Deno.exit(code);
