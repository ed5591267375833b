/**
 * Rows that can only be measured from outside a process: how long a whole run takes, and how much memory
 * a training.
 *
 * @module
 */
// @ts-types="../../src/declarations/path.d.ts"
import { fromFileUrl, join } from "@std/path";
import { closeLibrary, type Library, prepareIn, startPyTorch, writeWeights } from "./peers.ts";
import type { Row } from "./rows.ts";
import type { TrainingWork } from "./work.ts";

const project = fromFileUrl(new URL("../../", import.meta.url));
const CONFIG = "configs/default.yaml";

/**
 * The default run from the start of its process to the end: from nothing, with charts and without, and with
 * every result cached.
 */
export function coldStartRows(scratch: string): Row[] {
  const row = (name: string, flags: readonly string[]): Row => ({
    section: "cold",
    name,
    unit: "s",
    better: "lower",
    peers: {},
    async engine() {
      const output = join(scratch, "cold-start");
      await Deno.remove(output, { recursive: true }).catch(() => {});
      const began = performance.now();
      await deno("task", "-q", "run", CONFIG, "--quiet", "--output", output, ...flags);
      return (performance.now() - began) / 1000;
    },
  });
  return [
    row(`run ${CONFIG}`, ["--fresh"]),
    row(`run ${CONFIG}, no charts`, ["--fresh", "--set", "report.charts=false"]),
    row(`run ${CONFIG}, all cached`, []),
  ];
}

/**
 * The peak of a process that trains `work`, and of PyTorch's if `withPyTorch`. Measured at once: the
 * system counts a process from the size that its parent had, so this one must still be small.
 */
export async function memoryRow(
  work: TrainingWork,
  scratch: string,
  withPyTorch: boolean,
): Promise<Row> {
  const probe = fromFileUrl(new URL("./memory_probe.ts", import.meta.url));
  const engine = Number(
    await deno(
      ...["run", "-q", "--config", "tests/deno.json", "-P=bench", probe, work.name],
    ),
  ) / 1e6;
  const pyTorch = withPyTorch ? await pyTorchMemory(work, scratch) : undefined;
  return {
    section: "memory",
    name: `peak memory of ${work.name}`,
    unit: "MB",
    better: "lower",
    once: true,
    engine: () => engine,
    peers: pyTorch === undefined ? {} : { PyTorch: () => pyTorch },
  };
}

async function pyTorchMemory(work: TrainingWork, scratch: string): Promise<number> {
  const library: Library = await startPyTorch([1]);
  try {
    const [peer] = library.processes;
    if (peer === undefined) throw new RangeError("Cannot measure memory: there is no process");
    await prepareIn(peer, work, await writeWeights(scratch, work.spec));
    return await peer.askNumber({ memory: work.name }, "bytes") / 1e6;
  } finally {
    await closeLibrary(library);
  }
}

/** The output of `deno`, run in the project. */
async function deno(...args: string[]): Promise<string> {
  const command = new Deno.Command("deno", {
    args,
    cwd: project,
    env: { INIT_CWD: project },
    stdin: "null",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const [printed, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`Cannot measure "deno ${args.join(" ")}": ${errors}`);
  return printed ?? "";
}
