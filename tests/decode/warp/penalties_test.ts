// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { frequencyPenalty } from "../../../src/decode/warp/frequency_penalty.ts";
import { noRepeatNgram } from "../../../src/decode/warp/no_repeat_ngram.ts";
import { presencePenalty } from "../../../src/decode/warp/presence_penalty.ts";
import { repetitionPenalty } from "../../../src/decode/warp/repetition_penalty.ts";
import { warp, type Warper } from "../../../src/decode/warp/warper.ts";

/** BOS, which is EOS too; the other tokens are 0, 1 and 2. */
const E = 3;
const NO = -Infinity;
const mixed = [4, 4, -4, 1];
const fours = [4, 4, 4, 4];
const ones = [1, 1, 1, 1];
const two = [1, 2, NO, NO];
const three = [1, 2, 3, NO];

const repetition = repetitionPenalty(2);
const presence = presencePenalty(.5);
const frequency = frequencyPenalty(.5);

/** The logits before, BOS and the prompt and, after a space, what was generated; the logits after. */
const cases: readonly [string, Warper, number[], string, number[]][] = [
  ["repetition_penalty: divides, multiplies", repetition, mixed, "E 02", [2, 4, -8, 1]],
  ["repetition_penalty: once, however often", repetition, mixed, "E 000", [2, 4, -4, 1]],
  ["repetition_penalty: the prompt counts", repetition, fours, "E1 ", [4, 2, 4, 4]],
  ["repetition_penalty: BOS does not", repetition, fours, "E ", fours],
  ["repetition_penalty: 0 and −∞ stay", repetition, [0, NO, 1, 1], "E 01", [0, NO, 1, 1]],
  ["repetition_penalty: ½ encourages", repetitionPenalty(.5), mixed, "E 02", [8, 4, -2, 1]],
  ["repetition_penalty: 1 changes nothing", repetitionPenalty(1), mixed, "E0 12", mixed],

  ["presence_penalty: once, however often", presence, ones, "E 002", [.5, 1, .5, 1]],
  ["presence_penalty: −∞ stays", presence, three, "E 33", [1, 2, 3, NO]],
  ["presence_penalty: the prompt does not count", presence, ones, "E0 1", [1, .5, 1, 1]],
  ["presence_penalty: generated after the prompt", presence, ones, "E0 0", [.5, 1, 1, 1]],
  ["presence_penalty: below 0 encourages", presencePenalty(-2), ones, "E 02", [3, 1, 3, 1]],
  ["presence_penalty: 0 changes nothing", presencePenalty(0), mixed, "E0 12", mixed],

  ["frequency_penalty: each time", frequency, ones, "E 002", [0, 1, .5, 1]],
  ["frequency_penalty: the prompt does not count", frequency, ones, "E00 0", [.5, 1, 1, 1]],
  ["frequency_penalty: below 0 encourages", frequencyPenalty(-2), ones, "E 020", [5, 1, 3, 1]],
  ["frequency_penalty: 0 changes nothing", frequencyPenalty(0), mixed, "E0 12", mixed],

  ["no_repeat_ngram 1: every token once", noRepeatNgram(1), ones, "E0 1", [NO, NO, 1, 1]],
  ["no_repeat_ngram 1: EOS is never forbidden", noRepeatNgram(1), ones, "E 012", [NO, NO, NO, 1]],
  ["no_repeat_ngram 2: what followed before", noRepeatNgram(2), ones, "E 010", [1, NO, 1, 1]],
  ["no_repeat_ngram 2: in the prompt too", noRepeatNgram(2), ones, "E01 20", [1, NO, 1, 1]],
  ["no_repeat_ngram 2: all that followed", noRepeatNgram(2), ones, "E 01020", [1, NO, NO, 1]],
  ["no_repeat_ngram 2: nothing followed", noRepeatNgram(2), ones, "E 012", ones],
  ["no_repeat_ngram 2: runs may overlap", noRepeatNgram(2), ones, "E 00", [NO, 1, 1, 1]],
  ["no_repeat_ngram 2: after one token", noRepeatNgram(2), ones, "E 0", ones],
  ["no_repeat_ngram 3: after the same two", noRepeatNgram(3), ones, "E 01201", [1, 1, NO, 1]],
  ["no_repeat_ngram 3: one of two is not enough", noRepeatNgram(3), ones, "E 01221", ones],
  ["no_repeat_ngram 9: longer than the text", noRepeatNgram(9), ones, "E 00", ones],
  ["no_repeat_ngram: all that is left stays", noRepeatNgram(1), two, "E 01", two],
  ["no_repeat_ngram: some that is left goes", noRepeatNgram(1), three, "E 01", [NO, NO, 3, NO]],
];

for (const [name, warper, logits, text, expected] of cases) {
  Deno.test(name, () => {
    const [prompt = [], generated = []] = text.split(" ").map((part) =>
      [...part].map((token) => token === "E" ? E : Number(token))
    );
    const actual = Float64Array.from(logits);
    warp([warper], actual, [...prompt, ...generated], prompt.length);
    assertEquals([...actual], expected);
  });
}

Deno.test("penalties: of one choice say nothing of the next", () => {
  const warper = repetitionPenalty(2);
  for (const [token, expected] of [[0, [1, 2, 2, 2]], [1, [2, 1, 2, 2]]] as const) {
    const logits = Float64Array.of(2, 2, 2, 2);
    warper.apply(logits, [E, token], 1);
    assertEquals([...logits], [...expected]);
  }
});

const refused: readonly [string, () => Warper, string][] = [
  ["repetition_penalty 0", () => repetitionPenalty(0), "a number above 0 (1 changes nothing)"],
  ["repetition_penalty −1", () => repetitionPenalty(-1), "a number above 0"],
  ["repetition_penalty ∞", () => repetitionPenalty(Infinity), "a number above 0"],
  ["presence_penalty NaN", () => presencePenalty(NaN), "a finite number"],
  ["frequency_penalty −∞", () => frequencyPenalty(-Infinity), "a finite number"],
  ["no_repeat_ngram 0", () => noRepeatNgram(0), "an integer of at least 1"],
  ["no_repeat_ngram 1.5", () => noRepeatNgram(1.5), "an integer of at least 1"],
];

for (const [name, make, message] of refused) {
  Deno.test(`penalties: ${name} is refused`, () => {
    assertThrows(make, RangeError, message);
  });
}
