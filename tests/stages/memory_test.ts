// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { inFolder } from "../temporary_folder.ts";
import { memoryParts, totalBytes } from "../../src/stages/memory.ts";

const config = `
corpus: { path: data/names.txt }
decoding: { prompts: [a], samples: 100, strategies: [{ strategy: sample }, { strategy: top_k }] }
`;
const checked = (assignments: readonly string[], memory: number | undefined) =>
  checkWithCorpus(readExperiment("configs/tiny.yaml", config, assignments), undefined, {
    threads: 2,
    memory,
  });
const partsOf = async (threads: number, ...assignments: string[]) =>
  memoryParts(await checked(assignments, undefined), threads);

Deno.test("memoryParts: the corpus is the bytes of its documents and of their places", async () => {
  const data = await checked(["corpus.held_out=0"], undefined);
  const corpus = memoryParts(data, 1).find(({ what }) => what === "the corpus");
  const { text, bounds } = data.split.training.data;
  assertEquals(corpus?.bytes, text.buffer.byteLength + 4 * bounds.length);
});

const larger: readonly [string, string[], string][] = [
  [
    "a million parameters",
    ["models.target={n_embd: 288, n_head: 4, n_layer: 1}"],
    "training the target",
  ],
  ["a million samples", ["decoding.samples=1000000"], "samples"],
];
for (const [name, assignments, what] of larger) {
  Deno.test(`memoryParts: ${name} are the largest part that a setting says (100 MB to 1.5 GB)`, async () => {
    const parts = await partsOf(1, ...assignments);
    const part = parts.find((part) => part.what === what);
    assert(part !== undefined && part.setting !== undefined);
    assert(parts.every(({ bytes, setting }) => setting === undefined || bytes <= part.bytes));
    assert(part.bytes > 100e6 && part.bytes < 1.5e9, `${part.bytes}`);
  });
}

Deno.test("memoryParts: each thread adds to it", async () => {
  const [one, four] = [await partsOf(1), await partsOf(4)];
  assert(totalBytes(four) > totalBytes(one) + 2e8);
});

Deno.test("checkWithCorpus: a run that takes more memory than there is is refused, with both numbers", async () => {
  const message =
    /decoding\.samples: expected a run that fits in 1 GiB, which is what this machine or its control group has, found one that takes about [12]\.\d GiB on 2 threads: samples /;
  const assignments = ["decoding.samples=1000000"];
  const error = await assertRejects(() => checked(assignments, 2 ** 30), ConfigError);
  assert(message.test(error.message), error.message);
  await checked(assignments, 2 ** 33);
});

Deno.test("checkWithCorpus: a model that cannot hold a corpus's 30,000 characters is refused, and says so", () =>
  inFolder(async (folder) => {
    // One document of 250,000 characters, 30,000 of them different.
    const characters = Array.from({ length: 250_000 }, (_, i) => {
      const code = i * 7919 % 30_000;
      return String.fromCharCode((code < 20_000 ? 0x4e00 : 0xac00 - 20_000) + code);
    });
    await Deno.writeTextFile(`${folder}/c.txt`, characters.join(""));
    const config = `corpus: { path: c.txt, held_out: 0 }
models: { target: { n_embd: 1024, n_head: 4, n_layer: 1 } }
decoding: { prompts: [""], strategies: [{ strategy: greedy }] }`;
    await assertRejects(
      () => checkWithCorpus(readExperiment(`${folder}/c.yaml`, config)),
      ConfigError,
      "61,442,048 of its 74,041,344 parameters are for the corpus's 30,001 tokens",
    );
  }));
