/**
 * The kind of this machine's processor, as far as it decides the bits of what an onnxruntime computes.
 *
 * @module
 */
import type { RuntimeName } from "./runtime.ts";

/** The vector extensions that the kernels of onnxruntime choose by. */
const EXTENSIONS: ReadonlySet<string> = new Set([
  ...["avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl"],
  ...["avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"],
  ...["asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2", "sme"],
]);

/**
 * What decides the bits of a runtime's numbers here, such as `x86_64 avx avx2 fma`: the architecture,
 * and for the native one the vector extensions, as far as `/proc/cpuinfo` tells. WebAssembly has the
 * same vectors everywhere; but its relaxed ones may differ between architectures.
 */
export function processorKind(runtime: RuntimeName): string {
  const { arch, os } = Deno.build;
  if (runtime === "onnxruntime-web") return arch;
  if (os !== "linux") return `${arch} ${os}`;
  let text: string;
  try {
    text = Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return arch;
  }
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return [arch, ...flags.filter((flag) => EXTENSIONS.has(flag)).sort()].join(" ");
}
