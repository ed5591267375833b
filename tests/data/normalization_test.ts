// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import { Documents } from "../../src/data/documents.ts";
import { normalizations, normalizedDocuments } from "../../src/data/normalization.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { train } from "../../src/stages/train.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { inFolder } from "../temporary_folder.ts";

const [composed, decomposed] = ["Zo\u00e9", "Zoe\u0301"];

Deno.test("normalizedDocuments: are each document's normal form (any texts)", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "e", "\u0301", "\u00e9", "가", "😀") });
  fc.assert(
    fc.property(fc.array(text), fc.constantFrom(...normalizations), (texts, form) => {
      const expected = form === "none" ? texts : texts.map((text) => text.normalize(form));
      assertEquals([...normalizedDocuments(Documents.of(texts), form)], expected);
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("normalizedDocuments: documents that are in the form already are not copied", () => {
  const documents = Documents.of(["ann", composed]);
  assert(normalizedDocuments(documents, "NFC") === documents);
  assert(normalizedDocuments(documents, "NFD") !== documents);
});

/** An experiment on a corpus of one name, with `prompts` and a normal form. */
async function checked(name: string, prompt: string, normalize: string) {
  let data: Awaited<ReturnType<typeof checkWithCorpus>> | undefined;
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/c.txt`, `${name}\n`);
    const config = `corpus: { path: c.txt, held_out: 0, normalize: ${normalize} }
decoding: { prompts: ["${prompt}"], max_new_tokens: 4, strategies: [{ strategy: greedy }] }
report: { compare_prompts: ["${prompt}"] }`;
    data = await checkWithCorpus(readExperiment(`${folder}/c.yaml`, config));
  });
  assert(data !== undefined);
  return data;
}

for (
  const [name, prompt, has] of [
    [decomposed, composed, "NFD: (U+005A U+006F U+0065 U+0301)"],
    [composed, decomposed, "NFC: (U+005A U+006F U+00E9)"],
  ] as const
) {
  const found = prompt === composed ? '"\u00e9" (U+00E9)' : '"e"';
  Deno.test(`corpus.normalize: a prompt in another form is explained, with none, where the corpus has ${has}`, async () => {
    await assertRejects(
      () => checked(name, prompt, "none"),
      ConfigError,
      `found ${found} in ${
        JSON.stringify(prompt)
      }; the corpus has that in another normal form, ${has}; ` +
        "set corpus.normalize to NFC",
    );
  });

  for (const form of ["NFC", "NFD"] as const) {
    Deno.test(`corpus.normalize: ${form} brings documents and prompts together, where the corpus has ${has}`, async () => {
      const { prompts, split, experiment: { config } } = await checked(name, prompt, form);
      const expected = prompt.normalize(form);
      assertEquals([prompts, [...split.training]], [[expected], [expected]]);
      assertEquals(config.report.compare_prompts, [expected]);
    });
  }
}

Deno.test("corpus.normalize: is part of the keys, and none is as before there was the setting", async () => {
  const [none, form] = [await checked("Zoe", "Z", "none"), await checked("Zoe", "Z", "NFC")];
  const inputs = (data: typeof none) => new ExperimentTasks(data).of(train)[0]?.id.inputs["corpus"];
  const sha256 = none.corpus?.sha256;
  assertEquals(JSON.stringify(inputs(none)), JSON.stringify({ sha256, held_out: 0 }));
  assertNotEquals(inputs(form), inputs(none));
});
