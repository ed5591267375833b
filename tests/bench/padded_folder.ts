/**
 * A padded model as a folder in Hugging Face's form.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { type LlamaConfig, paddedConfig, type PaddedSizes, paddedTensors } from "./padded_model.ts";

/** The files that are the same for a large model as for the small one, where it has them. */
const COPIED = ["tokenizer.json", "tokenizer_config.json", "generation_config.json"];
/** Noise is between minus and plus this: such as weights are. */
const NOISE = 0.05;

/**
 * Writes the model in `small`, padded to `sizes`, to `folder`; its number of parameters. The small one
 * is a Llama in one file of f32.
 */
export async function writePaddedFolder(
  small: string,
  sizes: PaddedSizes,
  folder: string,
): Promise<number> {
  const config: LlamaConfig = JSON.parse(await Deno.readTextFile(join(small, "config.json")));
  const read = tensorsOf(await Deno.readFile(join(small, "model.safetensors")));
  const random = CounterStream.fromSeed(1);
  const noise = (): number => NOISE * (2 * random.next() - 1);
  const header: Record<string, unknown> = {};
  await Deno.mkdir(folder, { recursive: true });
  const body = join(folder, "tensors");
  let end = 0;
  const numbers = await Deno.open(body, { write: true, create: true, truncate: true });
  try {
    for (const { name, shape, data } of paddedTensors(config, sizes, read, noise)) {
      header[name] = { dtype: "F32", shape, data_offsets: [end, end += data.byteLength] };
      await writeAll(numbers, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  } finally {
    numbers.close();
  }
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = await Deno.open(join(folder, "model.safetensors"), { write: true, create: true });
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(head.length), true);
  await writeAll(file, length);
  await writeAll(file, head);
  await (await Deno.open(body)).readable.pipeTo(file.writable);
  await Deno.remove(body);
  await Deno.writeTextFile(
    join(folder, "config.json"),
    JSON.stringify(paddedConfig(config, sizes)),
  );
  for (const name of COPIED) {
    await Deno.copyFile(join(small, name), join(folder, name)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  return end / Float32Array.BYTES_PER_ELEMENT;
}

/** The numbers of each tensor in the bytes of a file of f32. */
function tensorsOf(bytes: Uint8Array<ArrayBuffer>): (name: string) => Float32Array {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return (name) => {
    const [first, end] = header[name].data_offsets;
    return new Float32Array(bytes.slice(8 + length + first, 8 + length + end).buffer);
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
