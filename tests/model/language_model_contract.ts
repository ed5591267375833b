// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { LanguageModel, ModelSpec, Sequence, Token } from "../../src/model/language_model.ts";
import type { Weights } from "../../src/model/weights.ts";
import { randomWeights, smallSpec } from "./small_model.ts";

/** Reads `tokens` and gives the logits after each, `[rows, V]`. */
function read(model: LanguageModel, sequence: Sequence, tokens: readonly Token[]): Float64Array {
  const [logits] = model.forward([{ sequence, tokens, rows: tokens.length }]);
  return logits as Float64Array;
}

/** Sizes with and without remainders, one head and several, one layer and several. */
export const contractSpecs: readonly ModelSpec[] = [
  smallSpec,
  { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 },
  { vocabSize: 8, blockSize: 9, nEmbd: 6, nHead: 3, nLayer: 2 },
  { vocabSize: 13, blockSize: 11, nEmbd: 40, nHead: 5, nLayer: 2 },
];

/** The contract of every engine with decoding: promise 2, and refusals that say why. */
export function testLanguageModel(name: string, make: (weights: Weights) => LanguageModel): void {
  for (const spec of contractSpecs) {
    const { vocabSize: V, blockSize, nEmbd, nHead, nLayer } = spec;
    const test = (what: string, action: (model: LanguageModel) => void): void =>
      Deno.test(`${name} ${nEmbd}/${nHead}/${nLayer}: ${what}`, () =>
        action(make(randomWeights(spec))));
    const text = Array.from({ length: blockSize }, (_, i) => (7 * i + 3) % V);

    test("logits are the same bits however the tokens are divided among calls", (model) => {
      const whole = read(model, model.open(), text);
      for (const size of [1, 2, 3, 5]) {
        const sequence = model.open();
        const parts: number[] = [];
        for (let i = 0; i < text.length; i += size) {
          parts.push(...read(model, sequence, text.slice(i, i + size)));
        }
        assertEquals(parts, [...whole], `${size} at a time`);
      }
    });

    test("logits are the same bits alone and in batches of 1 to 300", (model) => {
      const alone = read(model, model.open(), text).slice(-V);
      for (const size of [1, 2, 3, 4, 5, 7, 64, 300]) {
        const batch = Array.from({ length: size }, (_, i) => ({
          sequence: model.open(),
          tokens: i === (size >> 1) ? text : text.slice(0, 1 + i % blockSize),
          rows: 1,
        }));
        assertEquals(model.forward(batch)[size >> 1], alone, `in a batch of ${size}`);
        for (const { sequence } of batch) sequence.close();
      }
    });

    test("rows asks for the last positions alone", (model) => {
      const all = read(model, model.open(), text);
      for (const rows of [0, 1, 3]) {
        const [logits] = model.forward([{ sequence: model.open(), tokens: text, rows }]);
        assertEquals(logits, all.slice(all.length - rows * V));
      }
    });

    test("after truncate, logits are as if the rest had never been read", (model) => {
      const sequence = model.open();
      read(model, sequence, [text[0] as Token, text[1] as Token, 0, 0]);
      sequence.truncate(2);
      assertEquals(sequence.length, 2);
      const expected = read(model, model.open(), text).slice(2 * V);
      assertEquals(read(model, sequence, text.slice(2)), expected);
    });

    test("a fork goes on from what its origin had read, whoever reads first", (model) => {
      const origin = model.open();
      read(model, origin, text.slice(0, 3));
      const fork = origin.fork();
      assertEquals(fork.length, 3);
      const other = (text[3] as Token) === 0 ? 1 : 0;
      read(model, fork, [other]);
      const own = read(model, origin, text.slice(3, 5));
      assertEquals(own, read(model, model.open(), text).slice(3 * V, 5 * V));
      const forked = read(model, model.open(), [...text.slice(0, 3), other, 1]).slice(-V);
      assertEquals(read(model, fork, [1]), forked);
    });

    test("a batch that is refused changes nothing", (model) => {
      const sequence = model.open();
      const good = { sequence, tokens: [0, 1], rows: 1 };
      assertThrows(() => model.forward([good, { sequence: model.open(), tokens: [V], rows: 1 }]));
      assertEquals(sequence.length, 0);
    });

    test("a sequence opened where another was closed starts empty", (model) => {
      const first = model.open();
      read(model, first, text);
      first.close();
      const second = model.open();
      assertEquals(second.length, 0);
      assertEquals(read(model, second, [1]), read(model, model.open(), [1]));
    });
  }

  const refused: readonly [string, (model: LanguageModel) => unknown, string][] = [
    ["no tokens", (model) => read(model, model.open(), []), "there are no tokens"],
    ["past the block", (model) => read(model, model.open(), Array(7).fill(0)), "the block is 6"],
    ["a token past the vocabulary", (model) => read(model, model.open(), [5]), "has 5"],
    ["a token below 0", (model) => read(model, model.open(), [-1]), "has 5"],
    [
      "more rows than tokens",
      (model) => model.forward([{ sequence: model.open(), tokens: [4], rows: 2 }]),
      "there are 1 tokens",
    ],
    ["truncating to more", (model) => model.open().truncate(1), "has 0 tokens"],
    [
      "another model's sequence",
      (model) => read(model, make(randomWeights(smallSpec)).open(), [4]),
      "another model",
    ],
    [
      "a closed sequence",
      (model) => {
        const sequence = model.open();
        sequence.close();
        read(model, sequence, [4]);
      },
      "it is closed",
    ],
  ];
  for (const [what, action, message] of refused) {
    Deno.test(`${name}: ${what} is refused`, () => {
      assertThrows(() => action(make(randomWeights(smallSpec))), Error, message);
    });
  }
}
