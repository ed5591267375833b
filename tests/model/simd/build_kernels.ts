/**
 * Compiles the kernels, AssemblyScript, to WebAssembly: `deno task kernels`. A test compiles them, too, and
 * compares the bytes, so that what runs is what is written. The compiler is a package of the tests alone.
 *
 * @module
 */
import { main } from "assemblyscript/asc";

/** Kernels that are compiled together. */
export interface KernelModule {
  /** The folder of their sources, of which `mod.ts` is the entry. */
  readonly sources: URL;
  /** The compiled module. */
  readonly wasm: URL;
  /** Options of the compiler beside those of all. */
  readonly options: readonly string[];
}

/**
 * Little is optimised here, since V8 does that itself: the higher levels put all of a sum's steps one
 * after another, and V8 then runs out of registers.
 */
const SHARED = [
  "-O1",
  "--enable=threads",
  "--importMemory",
  "--sharedMemory",
  "--maximumMemory=65536",
];

/** Every module of kernels there is. */
export const kernelModules: readonly KernelModule[] = [
  {
    sources: new URL("../../../src/model/simd/kernels/", import.meta.url),
    wasm: new URL("../../../src/model/simd/kernels.wasm", import.meta.url),
    options: [...SHARED, "--enable=relaxed-simd"],
  },
  {
    sources: new URL("../../../src/model/simd/kernels/", import.meta.url),
    wasm: new URL("../../../src/model/simd/kernels_strict.wasm", import.meta.url),
    options: SHARED,
  },
  {
    sources: new URL("../../../src/decode/kernels/", import.meta.url),
    wasm: new URL("../../../src/decode/kernels.wasm", import.meta.url),
    options: ["-O3", "--converge"],
  },
];

const OPTIONS = [
  "--noAssert",
  "--runtime=stub",
  "--enable=simd",
  "--initialMemory=1",
  // A warning about 64-bit addresses, which there are none of here.
  "--disableWarning=201",
];

/** Compiles a module; throws with the compiler's messages if it cannot. */
export async function compileKernels({ sources, options }: KernelModule): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const words: string[] = [];
  const { error } = await main(["mod.ts", "--outFile=kernels.wasm", ...OPTIONS, ...options], {
    stderr: { write: (text) => void words.push(String(text)) },
    readFile: (name) => readSource(new URL(name, sources)),
    writeFile: (_name, contents) => {
      wasm = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`Cannot compile the kernels: ${words.join("")}`, { cause: error });
  }
  return wasm;
}

function readSource(file: URL): string | null {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return null;
  }
}

if (import.meta.main) {
  for (const module of kernelModules) {
    await Deno.writeFile(module.wasm, await compileKernels(module));
  }
}
