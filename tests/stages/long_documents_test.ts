/**
 * Documents that are longer than the block, from the config to the report.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { readExperiment } from "../../src/config/experiment.ts";
import { vocabularyOf } from "../../src/data/vocabularies.ts";
import { InferenceGpt } from "../../src/model/reference/inference_gpt.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import type { ExperimentData } from "../../src/stages/experiment_data.ts";
import { loss } from "../../src/stages/loss.ts";
import { memoryParts, totalBytes } from "../../src/stages/memory.ts";
import { ExperimentTasks } from "../../src/stages/stages.ts";
import { train, trainingStart } from "../../src/stages/train.ts";
import { Store } from "../../src/store/store.ts";
import { LoadedModels } from "../../src/threads/loaded_models.ts";
import { readResult, TaskRunner } from "../../src/threads/run_task.ts";
import { parseCheckpoint } from "../../src/train/checkpoint.ts";
import { inFolder } from "../temporary_folder.ts";

/** Two long documents, a short one, and one that has no room for EOS in a block of 4. */
const LINES = ["abcdefgh-", "éé", "bé-cabbabc-dh", "abcd"];
const LONG = { documents: 3, tokens: 10 + 14 + 5, pastBlock: 6 + 10 + 1, windows: 3 + 4 + 2 };

const text = (path: string): string => `
name: long
seed: 1
corpus: { path: ${path}, held_out: 0 }
models: { block_size: 4, target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 30, batch_size: 2 } }
decoding: { prompts: [a], samples: 2, strategies: [{ strategy: sample }] }
report: { ngram_orders: [2, 4], charts: false }
`;

/** The checked experiment on `lines`, and what it gives. */
async function checked(
  settings: readonly string[],
  lines: readonly string[] = LINES,
  end = "\n",
): Promise<ExperimentData> {
  let data: ExperimentData | undefined;
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/lines.txt`, lines.join(end) + end);
    const config = text(`${folder}/lines.txt`);
    data = await checkWithCorpus(readExperiment(`${folder}/long.yaml`, config, [...settings]));
  });
  assert(data !== undefined);
  return data;
}

const cut = ["corpus.long_documents=cut"];
const keys = (data: ExperimentData): string[] => {
  const tasks = new ExperimentTasks(data);
  return [...tasks.of(train), ...tasks.of(loss)].map(({ id }) => id.key);
};

Deno.test("long documents: what is read of them changes every key, and where none is long it changes none", async () => {
  // A block of 14 has room for all of them, one of 13 for all but one.
  for (const [blockSize, isLong] of [[4, true], [13, true], [14, false]] as const) {
    const block = `models.block_size=${blockSize}`;
    const windows = keys(await checked([block]));
    const others = keys(await checked([block, ...cut]));
    assertEquals(windows.map((key, i) => key !== others[i]), windows.map(() => isLong));
    if (!isLong) {
      assertEquals(keys(await checked([block, "corpus.long_documents=error"])), windows);
    }
  }
});

for (const seeding of ["independent", "sequential"]) {
  Deno.test(`trainingStart, ${seeding}: of long documents every token is learned once in a round`, async () => {
    const data = await checked([`seeding=${seeding}`]);
    const { windows } = trainingStart(data);
    assertEquals(windows.length, 1 + LONG.windows);
    const vocabulary = vocabularyOf(data.vocabulary);
    const tokens = Array.from({ length: windows.length }, (_, i) => windows.at(i) ?? []);
    const learned = tokens.flatMap((window) => window.slice(1)).sort();
    const all = LINES.flatMap((line) => [...vocabulary.encode(line), ...vocabulary.stops.tokens]);
    assertEquals(learned, all.sort());
    assertEquals(tokens.filter(([first]) => first === vocabulary.bos).length, LINES.length);
  });
}

for (const engine of ["simd", "reference"]) {
  Deno.test(`long documents, ${engine}: the loss is that of all windows, added by hand with the reference engine (1e-5)`, async () => {
    const data = await checked([`engine=${engine}`]);
    const vocabulary = vocabularyOf(data.vocabulary);
    await inFolder(async (folder) => {
      const store = new Store(folder);
      const runner = new TaskRunner(data, store, new LoadedModels());
      const tasks = new ExperimentTasks(data);
      const [training] = tasks.of(train);
      assert(training !== undefined);
      const watch = { onStep() {}, stopped: () => false };
      await runner.run(training, 1, watch);
      const { checkpoint, steps } = await readResult(store, train, training.id);
      const { weights, training: settings } = parseCheckpoint("target", checkpoint);
      assertEquals(settings["long_documents"], "windows");
      assertEquals(steps.length, 30);
      const found = new Map<string, { tokens: number; natsPerToken: { value: number } }>();
      for (const task of tasks.of(loss)) {
        await runner.run(task, 1, watch);
        found.set(task.name, (await readResult(store, loss, task.id)).training);
      }
      const model = new InferenceGpt(weights);
      let nats = 0;
      let count = 0;
      for (const line of LINES) {
        const whole = [...vocabulary.encodePrompt(line), vocabulary.bos];
        for (let start = 0; start < whole.length - 1; start += 4) {
          const window = whole.slice(start, start + 5);
          const sequence = model.open();
          window.slice(1).forEach((token, i) => {
            const [logits] = model.forward([{ sequence, tokens: [window[i] ?? NaN], rows: 1 }]);
            const all = [...logits ?? []].reduce((sum, logit) => sum + Math.exp(logit), 0);
            nats += Math.log(all) - (logits?.[token] ?? NaN);
            count++;
          });
        }
      }
      assertEquals(count, 3 + LONG.tokens);
      assertEquals(new Set([...found.values()].map(({ tokens }) => tokens)), new Set([count]));
      assertAlmostEquals(found.get("target")?.natsPerToken.value ?? NaN, nats / count, 1e-5);
    });
  });
}

for (
  const [name, end, line] of [
    ["LF", "\n", 4],
    ["CRLF", "\r\n", 4],
    ["CR", "\r", 4],
    ["CRLF and blank lines", "\r\n \r\n", 7],
  ] as const
) {
  Deno.test(`long_documents: error names the line of the first long document (${name})`, async () => {
    const lines = ["a", "é", "bcd", "abcd", "abcde"];
    const error = await assertRejects(
      () => checked(["corpus.long_documents=error"], lines, end),
      ConfigError,
    );
    assertStringIncludes(
      error.message,
      "corpus.long_documents: expected documents of at most 4 tokens with EOS (models.block_size), " +
        `found one of 5 on line ${line} of `,
    );
    assertStringIncludes(
      error.message,
      "lines.txt, the first of 2 that are longer; --set models.block_size=6 has room, " +
        "--set corpus.long_documents=windows reads all of them in pieces",
    );
    await checked(["corpus.long_documents=error", "models.block_size=6"], lines, end);
  });
}

Deno.test("long_documents: error offers no block that is larger than there may be", async () => {
  const error = await assertRejects(
    () => checked(["corpus.long_documents=error"], ["a".repeat(70_000)]),
    ConfigError,
  );
  assertStringIncludes(error.message, "found one of 70001 on line 1 of ");
  assertStringIncludes(error.message, "lines.txt; --set corpus.long_documents=windows");
});

Deno.test("long documents: a line of 2,000,000 characters is planned by its windows, not as one document", async () => {
  const lines = ["ab".repeat(1_000_000)];
  const [data, other] = [await checked([], lines), await checked(cut, lines)];
  const [task] = new ExperimentTasks(data).of(loss);
  assert(task !== undefined);
  assertEquals([loss.count(task, data), loss.count(task, other)], [500_001, 1]);
  const [all, beginning] = [data, other].map((one) => totalBytes(memoryParts(one, 1)));
  assert(all !== undefined && beginning !== undefined && all > beginning + 5e7);
});
