/**
 * The kind of this machine's processor, as far as it decides the bits of what an onnxruntime computes.
 *
 * @module
 */
import { cpus } from "node:os";
import type { RuntimeName } from "./runtime.ts";

/**
 * What decides the bits of a runtime's numbers here, such as `x86_64 AMD EPYC 7763 64-Core Processor`.
 * WebAssembly has the same vectors on every processor of an architecture. The kernels of the native one
 * are chosen by vector extensions, of which Deno tells nothing without all permissions (`/proc/cpuinfo`
 * is closed); the name of the processor, which needs `sys` for `cpus`, stands for them. A virtual
 * machine may hide all but the maker's name: then two kinds look like one.
 */
export function processorKind(runtime: RuntimeName): string {
  const { arch } = Deno.build;
  if (runtime === "onnxruntime-web") return arch;
  try {
    const model = cpus()[0]?.model.replace(/[^\x20-\x7e]+/g, " ").trim().replace(/ +/g, " ");
    return model === undefined || model === "" ? arch : `${arch} ${model}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return arch;
    throw error;
  }
}
