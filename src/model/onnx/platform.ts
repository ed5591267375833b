/**
 * Where an onnxruntime computes, as far as it decides the bits of the numbers: the keys of such results
 * have it.
 *
 * @module
 */
import native from "./native/deno.json" with { type: "json" };
import { processorKind } from "./processor.ts";
import { onnxRuntime, type RuntimeName, runtimeNames, runtimeTasks } from "./runtime.ts";
import web from "./web/deno.json" with { type: "json" };

/** A runtime on a processor. */
export interface OnnxPlatform {
  /** The package. */
  readonly runtime: RuntimeName;
  /** Its version. */
  readonly version: string;
  /** The kind of processor, as {@linkcode processorKind} has it. */
  readonly processor: string;
}

/** The versions that this program starts the runtimes with. */
const versions: Readonly<Record<RuntimeName, string>> = {
  "onnxruntime-node": versionIn(native.imports["onnxruntime-node"]),
  "onnxruntime-web": versionIn(web.imports["onnxruntime-web"]),
};

/**
 * The platforms whose results this process can use: that of the runtime that it was started with; where
 * it has none those of both, since it can read the results of either. The native one comes first.
 */
export function onnxPlatforms(): readonly OnnxPlatform[] {
  const own = onnxRuntime();
  if (own !== undefined) return [platformOf(own.name, own.version)];
  return runtimeNames.map((name) => platformOf(name, versions[name]));
}

/** A platform as a manifest has it among its versions. */
export function platformVersions(
  { runtime, version, processor }: OnnxPlatform,
): { readonly onnxruntime: string; readonly processor: string } {
  return { onnxruntime: `${runtime} ${version}`, processor };
}

/** The tasks that compute with `engine: onnx`, for a message. */
export function tasksText(what: "run" | "sample"): string {
  return `${runtimeTasks["onnxruntime-node"][what]} (native, faster) or ` +
    `${runtimeTasks["onnxruntime-web"][what]} (WebAssembly, with no permission more)`;
}

function platformOf(runtime: RuntimeName, version: string): OnnxPlatform {
  return { runtime, version, processor: processorKind(runtime) };
}

/** The version in `npm:NAME@VERSION`. */
function versionIn(specifier: string): string {
  return specifier.slice(specifier.lastIndexOf("@") + 1);
}

/** Whether two platforms compute the same bits, as far as is known. */
export function isSamePlatform(one: OnnxPlatform, other: OnnxPlatform): boolean {
  return one.runtime === other.runtime && one.version === other.version &&
    one.processor === other.processor;
}

/**
 * Why this process cannot use results of `platform`, and what can; `undefined` if it can. `what` is the
 * kind of task that would.
 */
export function platformProblem(
  platform: OnnxPlatform,
  what: "run" | "sample",
): string | undefined {
  const usable = onnxPlatforms();
  if (usable.some((own) => isSamePlatform(own, platform))) return undefined;
  const like = usable.find(({ runtime }) => runtime === platform.runtime);
  if (like === undefined) {
    const [own] = usable;
    return `${platform.runtime}, and this task has ${own?.runtime}; use ` +
      runtimeTasks[platform.runtime][what];
  }
  return like.version === platform.version
    ? `the processor ${platform.processor}, and this is ${like.processor}`
    : `${platform.runtime} ${platform.version}, and this is ${like.version}`;
}
