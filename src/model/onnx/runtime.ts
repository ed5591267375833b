/**
 * The onnxruntime that this process was started with. It is a package that the main `deno.json` lacks:
 * `web/deno.json` and `native/deno.json` have it in their import maps, and the tasks `run:onnx`,
 * `run:native`, `sample:onnx` and `sample:native` start with one of these. Nothing else downloads it.
 *
 * @module
 */
import { messageOf } from "../../text/message_of.ts";
import type { OrtModule } from "./ort.ts";

/** The packages of onnxruntime: native code and WebAssembly. */
export const runtimeNames = ["onnxruntime-node", "onnxruntime-web"] as const;

/** The name of a package of onnxruntime. */
export type RuntimeName = typeof runtimeNames[number];

/** An onnxruntime. */
export interface OnnxRuntime {
  /** Its package. */
  readonly name: RuntimeName;
  /** The version of the package, such as `1.30.0`. */
  readonly version: string;
}

/** The tasks that start with each runtime: to run a config, and to sample from a run. */
export const runtimeTasks: Readonly<Record<RuntimeName, { run: string; sample: string }>> = {
  "onnxruntime-node": { run: "deno task run:native", sample: "deno task sample:native" },
  "onnxruntime-web": { run: "deno task run:onnx", sample: "deno task sample:onnx" },
};

/** An onnxruntime that is not there, or cannot be loaded. */
export class OnnxRuntimeError extends Error {
  /** The name of the class. */
  override readonly name = "OnnxRuntimeError";
}

/**
 * The runtime that the import map of this process has, without loading it; `undefined` where it has
 * none, as under `deno task run`.
 */
export function onnxRuntime(): OnnxRuntime | undefined {
  for (const name of runtimeNames) {
    const place = placeOf(name);
    // The place of a package has its version: `npm:NAME@1.30.0`, `…/NAME@1.30.0/…` or `…/NAME/1.30.0/…`.
    const version = place?.split(name).map((rest) => /^[@/](\d+\.\d+\.\d+[^/]*)/.exec(rest)?.[1])
      .findLast((found) => found !== undefined);
    if (version !== undefined) return { name, version };
  }
  return undefined;
}

/** The runtime of this process; throws an {@linkcode OnnxRuntimeError} that names the tasks that have one. */
export function requiredRuntime(): OnnxRuntime {
  const runtime = onnxRuntime();
  if (runtime !== undefined) return runtime;
  throw new OnnxRuntimeError(
    'Cannot compute with "engine: onnx": onnxruntime is not part of this task; use ' +
      `"${runtimeTasks["onnxruntime-node"].run}" (native, faster) or ` +
      `"${runtimeTasks["onnxruntime-web"].run}" (WebAssembly, no permission more)`,
  );
}

/** Loads the runtime of this process; throws as {@linkcode requiredRuntime}, and where it cannot be loaded. */
export async function loadOnnxRuntime(): Promise<{ runtime: OnnxRuntime; ort: OrtModule }> {
  const runtime = requiredRuntime();
  // A name in a variable: the main import map lacks it, and no other task must ask for it.
  const specifier: string = runtime.name;
  try {
    const { default: whole, ...own } = await import(specifier);
    return { runtime, ort: "InferenceSession" in own ? own : whole };
  } catch (error) {
    throw new OnnxRuntimeError(
      `Cannot load ${runtime.name} ${runtime.version}, which "${
        runtimeTasks[runtime.name].run
      }" downloads when it first needs it: ${reasonOf(error)}`,
    );
  }
}

/** The first two lines of a message, in one: Deno's next ones say it again in other words. */
function reasonOf(error: unknown): string {
  return messageOf(error).split("\n").slice(0, 2).map((line) => line.trim().replace(/^\d+: /, ""))
    .join(": ");
}

function placeOf(name: RuntimeName): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}
