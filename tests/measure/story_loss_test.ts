/**
 * The loss of a real model on documents, against sums of its log-probabilities one token after the other.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Documents } from "../../src/data/documents.ts";
import { loadTokenizer } from "../../src/data/vocabularies.ts";
import { Windows } from "../../src/data/windows.ts";
import { corpusLoss } from "../../src/measure/corpus_loss.ts";
import { documentCosts } from "../../src/measure/document_costs.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { openModelFolder } from "../../src/model/hugging_face/model_folder.ts";
import { ReferenceTransformer } from "../../src/model/reference/reference_transformer.ts";
import { byteCount, charactersBegun } from "../../src/text/bytes.ts";
import { sharedModel } from "../shared_models.ts";

const stories = sharedModel("stories260K");
const texts = ["Once upon a time, there was a dog.", "The end.", "A tiny café 你好 🙂"];

Deno.test({
  name:
    "documentCosts: stories260K in windows of 8 tokens, as summed one by one, in bits per byte (1e-9)",
  ignore: stories === undefined,
  fn: async () => {
    await loadQuantiles();
    const folder = await openModelFolder(stories ?? "", { blockSize: 8 });
    const { stops, bos, transformer } = folder;
    const { vocabSize } = transformer.spec;
    const vocabulary = await loadTokenizer(stories ?? "", { vocabSize, stops, bos });
    const model = new ReferenceTransformer(transformer);
    const ends = vocabulary.stops.tokens;
    const expected = texts.map((text) => {
      const tokens = [1, ...vocabulary.encode(text), 2];
      let nats = 0;
      for (let i = 1; i < tokens.length; i++) {
        // Windows begin at tokens 0, 8, 16, …, each with the last one before.
        const sequence = model.open();
        const given = tokens.slice(Math.floor((i - 1) / 8) * 8, i);
        const [logits = new Float64Array(0)] = model.forward([{
          sequence,
          tokens: given,
          rows: 1,
        }]);
        sequence.close();
        const all = logits.reduce((sum, one) => sum + Math.exp(one), 0);
        const wanted = i === tokens.length - 1 ? ends : [tokens[i] ?? NaN];
        const some = wanted.reduce((sum, one) => sum + Math.exp(logits[one] ?? NaN), 0);
        nats -= Math.log(some / all);
      }
      return nats;
    });
    const windows = Windows.of(Documents.of(texts), vocabulary, {
      blockSize: 8,
      longDocuments: "windows",
    });
    const costs = documentCosts(model, windows, {
      sizeOf(tokens, isFirst) {
        const text = isFirst ? vocabulary.continuation("", tokens) : vocabulary.decode(tokens);
        return { characters: charactersBegun(text), bytes: byteCount(text) };
      },
      stops: ends,
    });
    expected.forEach((nats, i) => assertAlmostEquals(costs.nats[i] ?? NaN, nats, 1e-9));
    // However windows cut the bytes of a character.
    const utf8 = texts.map((text) => new TextEncoder().encode(text).length);
    assertEquals([...costs.bytes ?? []], utf8);
    assertEquals([...costs.characters], texts.map((text) => [...text].length));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const { bitsPerByte } = corpusLoss(costs);
    assertAlmostEquals(bitsPerByte?.value ?? NaN, sum(expected) / Math.LN2 / sum(utf8), 1e-9);
  },
});
