// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Documents } from "../../src/data/documents.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { Windows } from "../../src/data/windows.ts";
import { documentCosts } from "../../src/measure/document_costs.ts";
import { bitsPer, scoreText, totalOf } from "../../src/measure/text_score.ts";
import { DivergedError } from "../../src/model/language_model.ts";
import { lawless } from "../decode/every_text.ts";
import { known } from "../decode/known_model.ts";
import { MockModel } from "../decode/mock_model.ts";

Deno.test("scoreText: the log-probability and rank of each token, and the most probable one", () => {
  const scores = scoreText(new MockModel(4, 16, known), [3, 1, 3]);
  assertEquals(scores.map(({ token, rank, best }) => [token, rank, best]), [[1, 2, 0], [3, 1, 3]]);
  assertAlmostEquals(totalOf(scores), Math.log(.4 * .9), 1e-12);
  assertAlmostEquals(scores[0]?.bestLogProb ?? NaN, Math.log(.6), 1e-12);
  assertAlmostEquals(bitsPer(scores, 1), -Math.log2(.4 * .9), 1e-12);
});

Deno.test("scoreText: long texts cost what they cost as documents, in the same windows (50 models)", () => {
  const vocabulary = new CharacterVocabulary([..."abcde"]);
  const text = "abcdeedcbaabcde";
  for (let seed = 0; seed < 50; seed++) {
    const block = 1 + seed % 8;
    const model = new MockModel(6, block, lawless(6, seed));
    const documents = Documents.of([text]);
    const windows = Windows.of(documents, vocabulary, {
      blockSize: block,
      longDocuments: "windows",
    });
    const { nats } = documentCosts(model, windows, {
      sizeOf: (tokens) => ({ characters: vocabulary.decode(tokens).length }),
    });
    const scores = scoreText(model, [...vocabulary.encodePrompt(text), vocabulary.bos]);
    assertEquals(scores.length, text.length + 1);
    const total = -totalOf(scores);
    if (total < Infinity) assertAlmostEquals(total, nats[0] ?? NaN, 1e-9);
    else assertEquals(nats[0], Infinity);
    const begins = scores.flatMap(({ beginsWindow }, i) => beginsWindow ? [i] : []);
    assertEquals(begins, scores.flatMap((_, i) => i > 0 && i % block === 0 ? [i] : []));
  }
});

Deno.test("scoreText: logits that are no numbers are a DivergedError", () => {
  const model = new MockModel(4, 16, () => [NaN, NaN, NaN, NaN]);
  assertThrows(
    () => scoreText(model, [3, 0, 3]),
    DivergedError,
    "the model's weights are too large",
  );
});
