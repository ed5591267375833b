/**
 * What `deno task sample --verbose` says of a decoding: the numbers are those of the trace, and the lines
 * fit a terminal whatever the vocabulary.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type ExactMode, exactMode, modeLines } from "../../src/cli/explanation/exact_mode.ts";
import { Explanation } from "../../src/cli/explanation/explanation.ts";
import { TokenNames } from "../../src/cli/explanation/token_names.ts";
import { percent } from "../../src/cli/explanation/top_tokens.ts";
import { explainedLines } from "../../src/cli/samples_output.ts";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { createStrategy, strategies } from "../../src/decode/definitions.ts";
import { strategySchema } from "../../src/decode/settings_schema.ts";
import type { Contender } from "../../src/decode/observation.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult } from "../../src/decode/strategy.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { escapeLines } from "../../src/text/characters.ts";
import { displayWidth } from "../../src/text/display_width.ts";
import { strategyCases } from "../decode/cases/strategies.ts";
import { lawless } from "../decode/every_text.ts";
import { draftsOf, known } from "../decode/known_model.ts";
import { MockModel, type NextProbabilities, scripted } from "../decode/mock_model.ts";

/** Columns that are left of 80 beside the indentation of the command. */
const WIDTH = 78;

interface Explained {
  readonly result: DecodeResult;
  readonly explanation: Explanation;
  readonly mode: ExactMode | undefined;
  readonly names: TokenNames;
}

/** One decoding by `next` over `characters`, explained; the draft is another model of the same size. */
function explained(
  characters: string,
  settings: Record<string, unknown>,
  { next, draft = next, random = CounterStream.fromSeed(1), prompt = "", maxNewTokens = 6 }: {
    next: NextProbabilities;
    draft?: NextProbabilities;
    random?: { next(): number };
    prompt?: string;
    maxNewTokens?: number;
  },
): Explained {
  const vocabulary = new CharacterVocabulary([...characters]);
  const model = (of: NextProbabilities): MockModel => new MockModel(vocabulary.size, 16, of);
  const request = {
    target: model(next),
    prompt: vocabulary.encodePrompt(prompt),
    stops: vocabulary.stops,
    maxNewTokens,
  };
  const mode = exactMode(request);
  const names = new TokenNames(vocabulary);
  const explanation = new Explanation(prompt, names, mode);
  const strategy = createStrategy(strategySchema.parse(settings), draftsOf(model(draft)));
  const [result] = schedule([strategy({ ...request, random, observe: explanation.observe })]);
  assert(result !== undefined);
  return { result, explanation, mode, names };
}

/** As far as the tests read it. */
interface Json {
  readonly kind: string;
  readonly token: string | null;
  readonly alternatives: readonly {
    readonly token: string | null;
    readonly probability: number;
    readonly warped: readonly number[];
  }[];
  readonly others: { readonly probability: number; readonly warped: readonly number[] };
  readonly proposed: readonly { token: string | null; p: number; accepted?: boolean }[];
  readonly added?: { readonly token: string | null; readonly kept: boolean };
  readonly [key: string]: unknown;
}

for (const { name } of strategies) {
  Deno.test(`explanation: ${name}: fits 80 columns, and its tokens and probabilities are the trace's (20 models)`, () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const settings of strategyCases[name]?.settings ?? []) {
        const { result, explanation } = explained("ab cd", { strategy: name, ...settings }, {
          next: lawless(6, seed),
          draft: lawless(6, 1000 + seed),
          prompt: "ba",
        });
        const lines = explanation.lines();
        for (const line of lines) assert(displayWidth(line) <= WIDTH, line);
        assertEquals(escapeLines(lines.join("\n")), lines.join("\n"));
        assertTrace(explanation.json() as unknown as Json[], result);
      }
    }
  });
}

/** The steps have the tokens of the text, in order, with the probabilities that they were drawn with. */
function assertTrace(steps: readonly Json[], { tokens, stopToken, warpedLogProbs }: DecodeResult) {
  const said: (string | null)[] = [];
  const assertDrawn = (p: number | undefined): void =>
    assertAlmostEquals(Math.log(p ?? NaN), warpedLogProbs[said.length] ?? NaN, 1e-12);
  let isTokenByToken = false;
  for (const { kind, token, alternatives, others, proposed, added, drawn } of steps) {
    if (kind === "token") {
      const chosen = alternatives.find((one) => one.token === token);
      if (drawn) assertDrawn(chosen?.warped.at(-1) ?? chosen?.probability);
      else assertEquals(alternatives[0]?.token, token);
      const total = alternatives.reduce((sum, one) => sum + one.probability, others.probability);
      assertAlmostEquals(total, 1, 1e-9);
      said.push(token);
      isTokenByToken = true;
    } else if (kind === "round") {
      for (const one of proposed.filter(({ accepted }) => accepted)) {
        assertDrawn(one.p);
        said.push(one.token);
      }
      if (added?.kept) said.push(added.token);
      isTokenByToken = true;
    }
  }
  if (!isTokenByToken) return;
  const names = [
    ...tokens.map((token) => "ab cd"[token] ?? "?"),
    ...stopToken === undefined ? [] : [null],
  ];
  assertEquals(said, names);
}

Deno.test("explanation: a vocabulary of thousands, some wide, some not to be seen, is cut to 80 columns", () => {
  const characters = [
    ..."\u{1b}\n \t\u0301\u202e\u{e0001}😀",
    ...Array.from({ length: 400 }, (_, i) => String.fromCodePoint(0x4e00 + i)),
  ].join("");
  const size = 409;
  const next: NextProbabilities = (prefix) => {
    const last = prefix.at(-1) ?? 0;
    const weights = Array.from({ length: size }, (_, token) => 1 / (1 + (token + 7 * last) % size));
    const total = weights.reduce((sum, one) => sum + one);
    return weights.map((one) => one / total);
  };
  const warp = [
    ...[{ repetition_penalty: 1.2 }, { temperature: 0.30000000000000004 }, { top_k: 300 }],
    ...[{ no_repeat_ngram: 2 }, { top_p: 0.9 }, { min_p: 1e-9 }],
  ];
  const cases = [
    { strategy: "sample", warp },
    { strategy: "speculative", draft: "ngram", ngram_order: 2, draft_k: 60, warp },
    { strategy: "diverse_beam", beam_width: 30, beam_groups: 2 },
    { strategy: "stochastic_beam", beam_width: 20, warp },
    { strategy: "best_of", n: 50 },
  ];
  for (const settings of cases) {
    const { explanation, result, mode, names } = explained(characters, settings, {
      next,
      maxNewTokens: 14,
    });
    const lines = [...explanation.lines(), ...modeLines(result, mode, "", names)];
    for (const line of lines) assert(displayWidth(line) <= WIDTH, line);
    assertEquals(escapeLines(lines.join("\n")), lines.join("\n"));
    assert(lines.length < 600, `${settings.strategy}: ${lines.length} lines`);
  }
});

const letters = "abc";

Deno.test("explanation: a chain shows each alternative after each warper, and how many tokens are kept", () => {
  const { explanation } = explained(letters, {
    strategy: "sample",
    warp: [{ temperature: 0.5 }, { top_k: 1 }],
  }, { next: known, maxNewTokens: 1, random: scripted([.3]) });
  // .6² and .4² of their sum, .52.
  assertEquals(explanation.lines(), [
    '1. after "": a, drawn with 100 % (target 60.0 %)',
    "                           temperature  top_k",
    "                   target          0.5      1",
    "   →  a            60.0 %       69.2 %  100 %  █████████████████",
    "      b            40.0 %       30.8 %      –",
    "      tokens kept       2            2      1",
  ]);
});

Deno.test("explanation: a round shows what was accepted, refused, and drawn in its place", () => {
  // The draft proposes a with .9, for which the target has .6; then b with .1, which has .4.
  const { explanation } = explained(letters, {
    strategy: "speculative",
    draft: "model",
    draft_k: 1,
  }, {
    next: () => [.6, .4, 0, 0],
    draft: () => [.9, .1, 0, 0],
    maxNewTokens: 2,
    // A draw of a, a test that fails, a draw of the residual; one token is left, which is a bonus.
    random: scripted([.5, .7, .5, .99]),
  });
  assertEquals(explanation.lines(), [
    "a proposed token is accepted if u, drawn from 0 to 1, is below min(1, p/q)",
    "",
    'round 1 after "": proposed: a',
    "      target p  draft q  min(1, p/q)      u",
    "   a    60.0 %   90.0 %        0.667  0.700  refused",
    "   in its place, drawn from max(0, p − q): b",
    "     → b 100 %",
    "",
    'round 2 after "b": nothing is proposed',
    "   bonus, drawn from p: b",
    "     a 60.0 %   → b 40.0 %",
  ]);
});

Deno.test("explanation: a beam shows where the exact mode is lost, and by how much", () => {
  // Greedy goes a b EOS; the best text is b EOS, .4 · .9.
  const { explanation, result, mode, names } = explained(letters, {
    strategy: "beam",
    beam_width: 1,
  }, { next: known });
  assertEquals([...explanation.lines(), ...modeLines(result, mode, "", names)], [
    "length 1",
    "            log P",
    '   live    -0.511  "a"',
    '   pruned  -0.916  "b"  0.405 too little',
    '   the exact mode is lost here, by 0.405: "b"',
    "",
    "length 2",
    "            log P",
    '   live    -1.204  "ab"',
    '   pruned  -2.120  "aa"  0.916 too little',
    "",
    "length 3",
    "              log P",
    '   given up  -4.200  "aba"',
    '   ended     -1.309  "ab" EOS',
    "   the search ends here: what is live can no longer win",
    'the exact mode is "b" EOS, log P -1.022, 0.288 nats more',
    "they part at token 1: b (40.0 %) there, a (60.0 %) here",
  ]);
});

Deno.test("explanation: a mode that is complete is not lost while the search goes on for more texts", () => {
  const { explanation } = explained(letters, { strategy: "beam", beam_width: 3, n_best: 3 }, {
    next: () => [.4, .05, .05, .5],
  });
  const lines = explanation.lines();
  assert(lines.includes("length 2"));
  assertEquals(lines.filter((line) => line.includes("exact mode")), [
    '   ended  -0.693  "" EOS  the exact mode',
  ]);
});

Deno.test("explanation: a beam that holds the exact mode says so until the end", () => {
  const { explanation, result, mode, names } = explained(letters, {
    strategy: "beam",
    beam_width: 2,
  }, { next: known });
  const lines = explanation.lines();
  assertEquals(lines.filter((line) => line.includes("exact mode")), [
    '   live  -0.916  "b"  begins the exact mode',
    '   ended     -1.022  "b" EOS  the exact mode',
  ]);
  assertEquals(modeLines(result, mode, "", names), [
    "this is the exact mode: no text is more probable",
  ]);
});

Deno.test("explanation: what a text lacks of a place is told from the last that has one, complete or not", () => {
  const vocabulary = new CharacterVocabulary([...letters]);
  const contender = (text: string, rank: number, eos = false): Contender => ({
    tokens: [...vocabulary.encode(text), ...eos ? vocabulary.stops.tokens : []],
    logProb: rank - 1,
    rank,
  });
  const explanation = new Explanation("", new TokenNames(vocabulary));
  explanation.observe({
    ...{ kind: "selection", group: 0, groups: 1, width: 2 },
    kept: [contender("aa", 0)],
    ended: [contender("b", -1.5, true)],
    dropped: [contender("ab", -4)],
    ...{ holdsEnded: true, areCut: false, isOver: false },
  });
  assert(
    explanation.lines().some((line) => line.endsWith('"ab"     2.500 too little')),
    explanation.lines().join("\n"),
  );
});

Deno.test("explanation: groups of beams: one that lost the exact mode does not speak for all, and one that is over says nothing", () => {
  const { explanation } = explained(letters, {
    strategy: "diverse_beam",
    beam_width: 2,
    beam_groups: 2,
    diversity_penalty: 3,
  }, { next: known });
  const lines = explanation.lines();
  assert(!lines.some((line) => line.includes("lost here")), lines.join("\n"));
  assert(lines.some((line) => line.includes("this group loses the exact mode")), lines.join("\n"));
  const heads = lines.flatMap((line, i) => line.trim().startsWith("log P") ? [i] : []);
  for (const head of heads) {
    assert(/live|cut|given up|ended/.test(lines[head + 1] ?? ""), lines.join("\n"));
  }
});

Deno.test("percent: small ones in decimals as long as three have a digit to show", () => {
  assertEquals([0.5, 0.0017, 6.1e-5, 6e-6, 1e-6, 0].map(percent), [
    "50.0 %",
    "0.17 %",
    "0.006 %",
    "0.001 %",
    "1e-4 %",
    "–",
  ]);
});

Deno.test("explainedLines: a further text of a search says where its explanation is", () => {
  const { result, explanation, mode } = explained(letters, { strategy: "beam", beam_width: 2 }, {
    next: known,
  });
  const sample = { prompt: "", draw: 0, number: 0, continuation: "b", result };
  const search = { mode };
  const vocabulary = new CharacterVocabulary([...letters]);
  const linesOf = (explanation?: Explanation): string[] =>
    explainedLines({ sample, explanation, search }, vocabulary);
  const said = "  of the same search as the text before it";
  assertEquals(linesOf().slice(1), [said, "  ended with EOS", ""]);
  assert(!linesOf(explanation).includes(said));
});

Deno.test("TokenNames: a comma is in quotes, since commas are between tokens", () => {
  const names = new TokenNames(new CharacterVocabulary([",", ";"]));
  assertEquals([names.shown(0), names.shown(1)], ['","', ";"]);
});
