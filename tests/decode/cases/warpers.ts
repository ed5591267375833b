/**
 * A table of cases for each warper, by its name: all that the tests need to know of it.
 *
 * @module
 */
import type { WarperChain } from "../../../src/decode/definition.ts";

/** The cases of one warper. */
export interface WarperCases {
  /** Values that property tests draw, the limits among them. */
  readonly values: readonly [number, ...number[]];
  /** Whether the logits of the tokens that it keeps are unchanged. */
  readonly isTruncation: boolean;
  /** Whether applying it a second time changes nothing. */
  readonly isIdempotent: boolean;
  /** Probabilities (in any unit) before and after a chain, where the text is BOS alone. */
  readonly probabilities?: readonly (readonly [
    name: string,
    before: readonly number[],
    chain: WarperChain,
    after: readonly number[],
  ])[];
  /** Logits before and after a chain, and the text: BOS and the prompt, a space, what was generated. */
  readonly logits?: readonly (readonly [
    name: string,
    chain: WarperChain,
    before: readonly number[],
    text: string,
    after: readonly number[],
  ])[];
  /** Values that `create` refuses, and what it says. */
  readonly refused: readonly (readonly [value: number, message: string])[];
  /**
   * The strategy of its own: a value, the uniform numbers that are drawn, and the tokens that these make
   * of the probabilities .2, .5, .2, .1 after every text, in which token 0 stands already.
   */
  readonly draws: readonly (readonly [
    value: number,
    uniforms: readonly number[],
    tokens: readonly number[],
  ])[];
  /** A chain that begins with it, for which speculative decoding is shown to be lossless. */
  readonly chain: WarperChain;
}

/** BOS, which is the stop token too, as the texts of the tables write it; the others are 0, 1 and 2. */
export const E = 3;
const NO = -Infinity;
const mixed = [4, 4, -4, 1];
const fours = [4, 4, 4, 4];
const ones = [1, 1, 1, 1];
const two = [1, 2, NO, NO];
const threeLeft = [1, 2, 3, NO];

const four = [.1, .2, .3, .4];
/** Its entropy is .898 nats; the surprisals are .511, 1.204 and 2.303: .3 is the most typical. */
const three = [.6, .3, .1];
/** Logits 0, −1, −2, −3, with a deviation of √1.25 = 1.118 (1.291 over one less than their number). */
const steps = [0, -1, -2, -3].map(Math.exp);
const equal = [.25, .25, .25, .25];

/** The cases, by the warper's name. */
export const warperCases: Readonly<Record<string, WarperCases>> = {
  temperature: {
    values: [0.8, 1e-100, 0.1, 1, 3, 1e100],
    isTruncation: false,
    isIdempotent: false,
    probabilities: [
      ["1 changes nothing", four, [{ temperature: 1 }], four],
      ["½ squares", four, [{ temperature: .5 }], [1 / 30, 4 / 30, 9 / 30, 16 / 30]],
      ["keeps what is impossible so", [0, .5, .5], [{ temperature: 2 }], [0, .5, .5]],
      ["next to 0 is the argmax", four, [{ temperature: 1e-100 }], [0, 0, 0, 1]],
      ["after min_p", [.1, .2, .4, .3], [{ min_p: .5 }, { temperature: .5 }], [
        0,
        4 / 29,
        16 / 29,
        9 / 29,
      ]],
    ],
    refused: [[0, "above 0 (0 would be greedy)"], [-1, "above 0"], [NaN, "above 0"], [
      Infinity,
      "above 0",
    ]],
    draws: [
      [1, [.75], [2]],
      [.1, [.75], [1]],
    ],
    chain: [{ temperature: 0.6 }],
  },
  top_k: {
    values: [5, 1, 2, 40, 1000],
    isTruncation: true,
    isIdempotent: true,
    probabilities: [
      ["1 is the argmax", four, [{ top_k: 1 }], [0, 0, 0, 1]],
      ["3", four, [{ top_k: 3 }], [0, 2 / 9, 3 / 9, 4 / 9]],
      ["of the whole vocabulary", four, [{ top_k: 4 }], four],
      ["past the vocabulary", four, [{ top_k: 9 }], four],
      ["of equal ones the lower ids", equal, [{ top_k: 2 }], [.5, .5, 0, 0]],
      ["a tie at the boundary", [.2, .4, .2, .2], [{ top_k: 2 }], [1 / 3, 2 / 3, 0, 0]],
      ["past what is left", [0, .5, 0, .5], [{ top_k: 3 }], [0, .5, 0, .5]],
      ["after top_p", four, [{ top_p: .55 }, { top_k: 2 }], [0, 0, 3 / 7, 4 / 7]],
    ],
    refused: [[0, "integer of at least 1"], [1.5, "integer of at least 1"], [
      Infinity,
      "integer of at least 1",
    ]],
    draws: [
      [2, [.75], [1]],
      [4, [.75], [2]],
    ],
    chain: [{ top_k: 3 }, { temperature: 1.4 }],
  },
  top_p: {
    values: [0.9, 1e-9, 0.5, 1],
    isTruncation: true,
    isIdempotent: false,
    probabilities: [
      ["the crossing token is in", four, [{ top_p: .5 }], [0, 0, 3 / 7, 4 / 7]],
      ["reached exactly, the next is out", [.125, .125, .25, .5], [{ top_p: .5 }], [0, 0, 0, 1]],
      ["just past it, the next is in", [.125, .125, .25, .5], [{ top_p: .51 }], [
        0,
        0,
        1 / 3,
        2 / 3,
      ]],
      ["at least one token", four, [{ top_p: 1e-9 }], [0, 0, 0, 1]],
      ["1 keeps everything", four, [{ top_p: 1 }], four],
      ["of equal ones the lower ids", equal, [{ top_p: .4 }], [.5, .5, 0, 0]],
      ["after top_k: the renormalised mass", four, [{ top_k: 2 }, { top_p: .55 }], [0, 0, 0, 1]],
    ],
    refused: [[0, "above 0, at most 1"], [1.1, "above 0, at most 1"]],
    draws: [
      [.6, [.75], [1]],
      [1, [.75], [2]],
    ],
    chain: [{ top_p: 0.8 }],
  },
  min_p: {
    values: [0.1, 0, 0.5, 1],
    isTruncation: true,
    isIdempotent: true,
    probabilities: [
      ["0 keeps everything", four, [{ min_p: 0 }], four],
      ["half the largest is in", [.125, .125, .25, .5], [{ min_p: .5 }], [0, 0, 1 / 3, 2 / 3]],
      ["just below it is out", [.125, .125, .24, .51], [{ min_p: .5 }], [0, 0, 0, 1]],
      ["1 is the argmax", four, [{ min_p: 1 }], [0, 0, 0, 1]],
      ["1 with equals keeps them", [.2, .4, .4], [{ min_p: 1 }], [0, .5, .5]],
      ["of equal ones", equal, [{ min_p: 1 }], equal],
      ["keeps what is impossible so", [0, .5, .5], [{ min_p: 0 }], [0, .5, .5]],
      ["after temperature", [.1, .2, .4, .3], [{ temperature: .5 }, { min_p: .5 }], [
        0,
        0,
        .64,
        .36,
      ]],
    ],
    refused: [[-.1, "from 0 to 1"], [1.1, "from 0 to 1"]],
    draws: [
      [.5, [.75], [1]],
      [0, [.75], [2]],
    ],
    chain: [{ min_p: 0.3 }],
  },
  typical_p: {
    values: [0.9, 1e-9, 0.5, 1],
    isTruncation: true,
    isIdempotent: false,
    probabilities: [
      ["drops the argmax", three, [{ typical_p: .2 }], [0, 1, 0]],
      ["the crossing token is in", three, [{ typical_p: .5 }], [2 / 3, 1 / 3, 0]],
      ["nearly all", three, [{ typical_p: .95 }], three],
      ["1 keeps everything", three, [{ typical_p: 1 }], three],
      ["at least one token", three, [{ typical_p: 1e-9 }], [0, 1, 0]],
      ["of equal ones the lower ids", equal, [{ typical_p: .4 }], [.5, .5, 0, 0]],
      ["does not count the impossible", [0, .6, .3, .1], [{ typical_p: .2 }], [0, 0, 1, 0]],
      ["after temperature", three, [{ temperature: .5 }, { typical_p: .2 }], [1, 0, 0]],
    ],
    refused: [[0, "above 0, at most 1"], [NaN, "above 0, at most 1"]],
    draws: [
      // Of surprisal near to the entropy, 1.22, are those of .2: 1.61.
      [.3, [.45], [0]],
      [1, [.45], [1]],
    ],
    chain: [{ typical_p: 0.7 }],
  },
  top_n_sigma: {
    values: [1, 1e-9, 0.5, 1e308],
    isTruncation: true,
    isIdempotent: false,
    probabilities: [
      ["1", steps, [{ top_n_sigma: 1 }], [Math.E / (1 + Math.E), 1 / (1 + Math.E), 0, 0]],
      ["divides by the number", steps, [{ top_n_sigma: .8 }], [1, 0, 0, 0]],
      ["does not count the impossible", [...steps, 0], [{ top_n_sigma: .8 }], [1, 0, 0, 0, 0]],
      ["past the smallest", four, [{ top_n_sigma: 100 }], four],
      ["past what f64 holds", four, [{ top_n_sigma: 1e308 }], four],
      ["of equal ones", equal, [{ top_n_sigma: 1e-9 }], equal],
      ["is the same at any temperature", steps, [{ temperature: 9 }, { top_n_sigma: .8 }], [
        1,
        0,
        0,
        0,
      ]],
    ],
    refused: [[0, "a number above 0"], [Infinity, "a number above 0"]],
    draws: [
      [1, [.75], [1]],
      [3, [.75], [2]],
    ],
    chain: [{ top_n_sigma: 1.5 }],
  },
  epsilon: {
    values: [0.02, 0, 0.3, 1],
    isTruncation: true,
    isIdempotent: true,
    probabilities: [
      ["0 keeps everything", four, [{ epsilon: 0 }], four],
      ["that much is in", equal, [{ epsilon: .25 }], equal],
      ["less is out", four, [{ epsilon: .25 }], [0, 0, 3 / 7, 4 / 7]],
      ["past the argmax keeps it", four, [{ epsilon: .9 }], [0, 0, 0, 1]],
      ["past equal ones keeps them", equal, [{ epsilon: .9 }], equal],
      ["1 is the argmax", four, [{ epsilon: 1 }], [0, 0, 0, 1]],
      ["after top_k: renormalised", four, [{ top_k: 2 }, { epsilon: .43 }], [0, 0, 0, 1]],
      [".35, to compare", three, [{ epsilon: .35 }], [1, 0, 0]],
    ],
    refused: [[1.1, "from 0 to 1"]],
    draws: [
      [.3, [.75], [1]],
      [.1, [.75], [2]],
    ],
    chain: [{ epsilon: 0.12 }],
  },
  eta: {
    values: [0.02, 0, 0.3, 1],
    isTruncation: true,
    isIdempotent: false,
    probabilities: [
      ["0 keeps everything", three, [{ eta: 0 }], three],
      ["ε below e^−2H = .166 stands", three, [{ eta: .09 }], three],
      ["above, √ε·e^−H = .182 and not ε", three, [{ eta: .2 }], [2 / 3, 1 / 3, 0]],
      [".241 keeps what epsilon .35 drops", three, [{ eta: .35 }], [2 / 3, 1 / 3, 0]],
      ["1 of equal ones is their probability", equal, [{ eta: 1 }], equal],
      ["1 is e^−H, here .86", [.97, .01, .02], [{ eta: 1 }], [1, 0, 0]],
    ],
    refused: [[-.1, "from 0 to 1"], [NaN, "from 0 to 1"]],
    draws: [
      [1, [.75], [1]],
      // √.3·e^−1.22 is .16, where epsilon would leave one token.
      [.3, [.8], [2]],
    ],
    chain: [{ eta: 0.4 }],
  },
  repetition_penalty: {
    values: [1.2, 1e-6, 1, 1e6],
    isTruncation: false,
    isIdempotent: false,
    logits: [
      ["divides, multiplies", [{ repetition_penalty: 2 }], mixed, "E 02", [2, 4, -8, 1]],
      ["once, however often", [{ repetition_penalty: 2 }], mixed, "E 000", [2, 4, -4, 1]],
      ["the prompt counts", [{ repetition_penalty: 2 }], fours, "E1 ", [4, 2, 4, 4]],
      ["BOS does not", [{ repetition_penalty: 2 }], fours, "E ", fours],
      ["0 and −∞ stay", [{ repetition_penalty: 2 }], [0, NO, 1, 1], "E 01", [0, NO, 1, 1]],
      ["½ encourages", [{ repetition_penalty: .5 }], mixed, "E 02", [8, 4, -2, 1]],
      ["1 changes nothing", [{ repetition_penalty: 1 }], mixed, "E0 12", mixed],
    ],
    refused: [[0, "a number above 0 (1 changes nothing)"], [-1, "a number above 0"], [
      Infinity,
      "a number above 0",
    ]],
    draws: [
      [100, [.1], [1]],
      [1, [.1], [0]],
    ],
    chain: [{ repetition_penalty: 2 }],
  },
  presence_penalty: {
    values: [0.5, -1e6, 0, 1e6],
    isTruncation: false,
    isIdempotent: false,
    logits: [
      ["once, however often", [{ presence_penalty: .5 }], ones, "E 002", [.5, 1, .5, 1]],
      ["−∞ stays", [{ presence_penalty: .5 }], threeLeft, "E 33", [1, 2, 3, NO]],
      ["the prompt does not count", [{ presence_penalty: .5 }], ones, "E0 1", [1, .5, 1, 1]],
      ["generated after the prompt", [{ presence_penalty: .5 }], ones, "E0 0", [.5, 1, 1, 1]],
      ["below 0 encourages", [{ presence_penalty: -2 }], ones, "E 02", [3, 1, 3, 1]],
      ["0 changes nothing", [{ presence_penalty: 0 }], mixed, "E0 12", mixed],
    ],
    refused: [[NaN, "a finite number"]],
    draws: [
      [100, [.1, .1], [0, 1]],
      [.6, [.1, .1, .1], [0, 0, 0]],
    ],
    chain: [{ presence_penalty: 1 }, { top_k: 4 }],
  },
  frequency_penalty: {
    values: [0.5, -1e6, 0, 1e6],
    isTruncation: false,
    isIdempotent: false,
    logits: [
      ["each time", [{ frequency_penalty: .5 }], ones, "E 002", [0, 1, .5, 1]],
      ["the prompt does not count", [{ frequency_penalty: .5 }], ones, "E00 0", [.5, 1, 1, 1]],
      ["below 0 encourages", [{ frequency_penalty: -2 }], ones, "E 020", [5, 1, 3, 1]],
      ["0 changes nothing", [{ frequency_penalty: 0 }], mixed, "E0 12", mixed],
    ],
    refused: [[-Infinity, "a finite number"]],
    draws: [
      [.6, [.1, .1, .1], [0, 0, 1]],
      [.1, [.1, .1, .1], [0, 0, 0]],
    ],
    chain: [{ frequency_penalty: 1 }],
  },
  no_repeat_ngram: {
    values: [2, 1, 3, 40],
    isTruncation: true,
    isIdempotent: true,
    logits: [
      ["1: every token once", [{ no_repeat_ngram: 1 }], ones, "E0 1", [NO, NO, 1, 1]],
      ["1: EOS is never forbidden", [{ no_repeat_ngram: 1 }], ones, "E 012", [NO, NO, NO, 1]],
      ["2: what followed before", [{ no_repeat_ngram: 2 }], ones, "E 010", [1, NO, 1, 1]],
      ["2: in the prompt too", [{ no_repeat_ngram: 2 }], ones, "E01 20", [1, NO, 1, 1]],
      ["2: all that followed", [{ no_repeat_ngram: 2 }], ones, "E 01020", [1, NO, NO, 1]],
      ["2: nothing followed", [{ no_repeat_ngram: 2 }], ones, "E 012", ones],
      ["2: runs may overlap", [{ no_repeat_ngram: 2 }], ones, "E 00", [NO, 1, 1, 1]],
      ["2: after one token", [{ no_repeat_ngram: 2 }], ones, "E 0", ones],
      ["3: after the same two", [{ no_repeat_ngram: 3 }], ones, "E 01201", [1, 1, NO, 1]],
      ["3: one of two is not enough", [{ no_repeat_ngram: 3 }], ones, "E 01221", ones],
      ["9: longer than the text", [{ no_repeat_ngram: 9 }], ones, "E 00", ones],
      ["all that is left stays", [{ no_repeat_ngram: 1 }], two, "E 01", two],
      ["some that is left goes", [{ no_repeat_ngram: 1 }], threeLeft, "E 01", [NO, NO, 3, NO]],
    ],
    refused: [[0, "an integer of at least 1"], [1.5, "an integer of at least 1"]],
    draws: [
      [2, [.1, .1], [0, 1]],
      [3, [.1, .1], [0, 0]],
    ],
    chain: [{ no_repeat_ngram: 2 }],
  },
};
