// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  checkModelFolder,
  type ModelFolder,
  ModelFolderError,
  openModelFolder,
} from "../../../src/model/hugging_face/model_folder.ts";
import type { Tensor } from "../../../src/model/transformer.ts";
import { inFolder } from "../../temporary_folder.ts";
import {
  type FolderVariation,
  safetensors,
  type StoredNumbers,
  tensorsOf,
  writeModelFolder,
} from "./write_model_folder.ts";

/** Opens a folder with `variation`, in which `change` may do something. */
async function opened(
  variation: FolderVariation,
  check: (model: ModelFolder, folder: string) => void | Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await writeModelFolder(folder, variation);
    await check(await openModelFolder(folder), folder);
  });
}

/** The numbers that `tensor` says stand at its place, as they are stored. */
function mapped({ place, shape }: Tensor): number[] {
  if (place === undefined) return [];
  const bytes = Deno.readFileSync(place.file)
    .slice(place.offset, place.offset + place.bytes);
  const stored = place.type === "f32"
    ? [...new Float32Array(bytes.buffer)]
    : place.type === "f16"
    ? [...new Float16Array(bytes.buffer)]
    : [...new Uint16Array(bytes.buffer)].map((half) =>
      new Float32Array(Uint32Array.of(half << 16).buffer)[0] ?? NaN
    );
  const [outputs = 0, inputs = 1] = shape;
  if (!place.isTransposed) return stored;
  return Array.from(
    { length: outputs * inputs },
    (_, i) => stored[(i % inputs) * outputs + Math.floor(i / inputs)] ?? NaN,
  );
}

for (const architecture of ["llama", "gpt2"] as const) {
  for (const type of ["F32", "F16", "BF16"] as const) {
    Deno.test(`openModelFolder: ${architecture} in ${type}: places have the numbers that are read (exact)`, () =>
      opened({ architecture, type, shards: 2 }, ({ transformer }) => {
        let places = 0;
        for (const name of transformer.tensorNames) {
          const tensor = transformer.tensor(name);
          assert(tensor !== undefined);
          const numbers = [...tensor.numbers()];
          assertEquals(numbers.length, tensor.shape.reduce((a, b) => a * b), name);
          if (tensor.place === undefined) {
            assert(/^layers\.\d\.(query|key|value)\.weight$/.test(name) && architecture === "gpt2");
          } else {
            assertEquals(numbers, mapped(tensor), name);
            places++;
          }
        }
        assert(places > 20);
      }));
  }
}

const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);

Deno.test("numbers(): every f16 is what the engine reads it as (65,536 numbers, exact)", () =>
  readBack("F16", [...new Float16Array(halves.buffer)]));

Deno.test("numbers(): every bf16 is the upper half of an f32 (65,536 numbers, exact)", () =>
  readBack("BF16", [...new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)]));

Deno.test("numbers(): an f64 loses nothing, and has no place", () =>
  opened({ type: "F64" }, ({ transformer }) => {
    const tensor = transformer.tensor("embedding.weight");
    assertEquals(
      [...tensor?.numbers() ?? []],
      tensorsOf({}).get("model.embed_tokens.weight")?.numbers,
    );
    assertEquals(tensor?.place, undefined);
  }));

async function readBack(type: StoredNumbers["type"], numbers: readonly number[]): Promise<void> {
  const embedding = { type, shape: [2 ** 13, 8], numbers };
  const variation: FolderVariation = {
    vocabSize: 2 ** 13,
    isTied: true,
    tensors: { "model.embed_tokens.weight": embedding },
  };
  await opened(variation, ({ transformer }) => {
    assertEquals([...transformer.tensor("embedding.weight")?.numbers() ?? []], numbers);
  });
}

Deno.test("numbers(): a tensor of more numbers than are converted at a time is whole", () => {
  const numbers = Array.from({ length: 2 ** 21 + 8 }, (_, i) => i % 2048);
  const embedding = { type: "F16", shape: [numbers.length / 8, 8], numbers } as const;
  return opened({
    vocabSize: numbers.length / 8,
    isTied: true,
    tensors: { "model.embed_tokens.weight": embedding },
  }, ({ transformer }) => {
    const read = transformer.tensor("embedding.weight")?.numbers() ?? [];
    assert(numbers.every((number, i) => read[i] === number));
  });
});

Deno.test("openModelFolder: a model may be read for shorter sequences than it is made for", async () => {
  for (const architecture of ["llama", "gpt2"] as const) {
    await opened({ architecture }, async (model, folder) => {
      assertEquals([model.transformer.spec.blockSize, model.maxPositions], [16, 16]);
      const short = await openModelFolder(folder, { blockSize: 5 });
      assertEquals([short.transformer.spec.blockSize, short.maxPositions], [5, 16]);
      assertEquals(short.digest, model.digest);
      const table = short.transformer.tensor("position_embedding.weight");
      const whole = model.transformer.tensor("position_embedding.weight");
      if (architecture === "llama") assertEquals([table, whole], [undefined, undefined]);
      else {
        assertEquals(table?.shape, [5, 8]);
        assertEquals(table?.numbers(), whole?.numbers().slice(0, 40));
        assertEquals(table?.place?.bytes, 160);
      }
      await assertRejects(
        () => openModelFolder(folder, { blockSize: 17 }),
        ModelFolderError,
        "expected at least the block size asked for, 17, found 16",
      );
    });
  }
});

/** `eos_token_id` and `bos_token_id` of both files, and what comes of them. */
const tokens: readonly [
  string,
  FolderVariation,
  { stops: readonly number[]; bos: number | undefined },
][] = [
  ["config.json's", {}, { stops: [10], bos: 0 }],
  ["none", { config: { bos_token_id: null, eos_token_id: undefined } }, {
    stops: [],
    bos: undefined,
  }],
  ["several", { config: { eos_token_id: [3, 1] } }, { stops: [3, 1], bos: 0 }],
  ["generation_config.json's before config.json's", {
    generation: { eos_token_id: [7, 8], bos_token_id: 2 },
  }, { stops: [7, 8], bos: 2 }],
  ["config.json's where generation_config.json has none", { generation: { top_k: 50 } }, {
    stops: [10],
    bos: 0,
  }],
];
for (const [name, variation, expected] of tokens) {
  Deno.test(`openModelFolder: tokens that end and begin a text: ${name}`, () =>
    opened(variation, ({ stops, bos }) => assertEquals({ stops, bos }, expected)));
}

Deno.test("openModelFolder: the digest changes with each file that is read, and with no other", () =>
  opened({ generation: {}, shards: 2 }, async ({ digest, files }, folder) => {
    assertEquals(files, [
      "config.json",
      "generation_config.json",
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ]);
    const digests = new Set([digest]);
    const now = async (): Promise<string> => (await openModelFolder(folder)).digest;
    await Deno.writeTextFile(`${folder}/README.md`, "another");
    assertEquals(await now(), digest);
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "{}");
      digests.add(await now());
    }
    for (const name of files) {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      // A space more after the JSON, or the last bit of the last number.
      const changed = name.endsWith(".json") ? Uint8Array.of(...bytes, 32) : bytes.slice();
      if (!name.endsWith(".json")) changed[bytes.length - 4] = (bytes.at(-4) ?? 0) ^ 1;
      await Deno.writeFile(`${folder}/${name}`, changed);
      digests.add(await now());
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    assertEquals(digests.size, 1 + 2 + files.length);
  }));

Deno.test("checkModelFolder: no weights are read", () =>
  inFolder(async (folder) => {
    await writeModelFolder(folder);
    const file = `${folder}/model.safetensors`;
    const bytes = await Deno.readFile(file);
    const { transformer, stops } = await checkModelFolder(folder);
    assertEquals(stops, [10]);
    await Deno.writeFile(file, bytes.slice(0, -1));
    // What is asked for later is read later: the last tensor is cut off by now.
    const error = await assertRejects(
      () => Promise.resolve().then(() => transformer.tensor("head.weight")?.numbers()),
      ModelFolderError,
    );
    assertStringIncludes(error.message, "model.safetensors: it became shorter while it was used");
    assertEquals(transformer.tensor("embedding.weight")?.numbers().length, 88);
    await Deno.remove(file);
    await assertRejects(
      () => Promise.resolve().then(() => transformer.tensor("embedding.weight")?.numbers()),
      ModelFolderError,
      "model.safetensors: it was removed while it was used",
    );
  }));

Deno.test("openModelFolder: links inside the folder are followed, those that lead out where that is allowed", () =>
  inFolder(async (folder) => {
    const [model, blobs] = [`${folder}/model`, `${folder}/blobs`];
    await Deno.mkdir(model);
    await Deno.mkdir(blobs);
    await writeModelFolder(model);
    const { digest } = await openModelFolder(model);
    await Deno.symlink(model, `${folder}/link`);
    const linked = await openModelFolder(`${folder}/link`);
    assertEquals([linked.digest, linked.folder], [digest, await Deno.realPath(model)]);
    await Deno.rename(`${model}/model.safetensors`, `${model}/weights`);
    await Deno.symlink("weights", `${model}/model.safetensors`);
    assertEquals((await openModelFolder(model)).digest, digest);
    await Deno.remove(`${model}/model.safetensors`);
    await Deno.rename(`${model}/weights`, `${blobs}/a1b2`);
    await Deno.symlink("../blobs/a1b2", `${model}/model.safetensors`);
    await assertRejects(
      () => openModelFolder(model),
      ModelFolderError,
      `/model.safetensors: it is a link that leads out of the folder, to ${blobs}/a1b2`,
    );
    const allowed = await openModelFolder(model, { mayRead: (path) => path.startsWith(blobs) });
    assertEquals(allowed.digest, digest);
  }));

Deno.test("safetensors: the helper of these tests writes what PyTorch's library does: 8 bytes, JSON, numbers", () => {
  const bytes = safetensors(new Map([["a", { type: "F32", shape: [1], numbers: [1] }]]));
  assertEquals(bytes[0], bytes.length - 12);
  assertEquals([...bytes.slice(-4)], [0, 0, 0x80, 0x3f]);
});
