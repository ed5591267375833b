/**
 * Compiles `kernels/` to `kernels.wasm`: `deno task kernels`. A test does the same and compares the
 * bytes, so that what runs is what is written.
 *
 * @module
 */
import { main } from "assemblyscript/asc";

const folder = new URL("./", import.meta.url);
const OPTIONS = [
  "-O3",
  "--converge",
  "--noAssert",
  "--runtime=stub",
  "--enable=simd",
  "--enable=threads",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=1",
  "--maximumMemory=65536",
  // A warning about 64-bit addresses, which there are none of here.
  "--disableWarning=201",
];

/** The bytes of `kernels.wasm`, compiled anew; throws with the compiler's words if it cannot. */
export async function compileKernels(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const words: string[] = [];
  const { error } = await main(["mod.ts", "--outFile=kernels.wasm", ...OPTIONS], {
    stderr: { write: (text) => void words.push(String(text)) },
    readFile: (name) => readSource(name),
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

function readSource(name: string): string | null {
  try {
    return Deno.readTextFileSync(new URL(`kernels/${name}`, folder));
  } catch {
    return null;
  }
}

if (import.meta.main) {
  await Deno.writeFile(new URL("kernels.wasm", folder), await compileKernels());
}
