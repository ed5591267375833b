// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { beam } from "../../src/decode/search/beam.ts";
import { RewindableSequence } from "../../src/decode/speculative/rewindable_sequence.ts";
import { sample } from "../../src/decode/sample/sample.ts";
import { speculativeOriginal } from "../../src/decode/speculative/original.ts";
import { noCosts } from "../../src/decode/strategy.ts";
import { topP } from "../../src/decode/warp/top_p.ts";
import { assertLogProbs, decode, EOS, known } from "./known_model.ts";
import { MockModel, type NextProbabilities, scripted } from "./mock_model.ts";

Deno.test("warpers: top-p 1 keeps a token so improbable that the others' mass rounds to 1", () => {
  const logits = Float64Array.of(-690, 0);
  topP(1).apply(logits, [], 0);
  assertEquals([...logits], [-690, 0]);
});

Deno.test("sample: a warper sees all that the model has read, prompt included", () => {
  const histories: number[][] = [];
  const spy = {
    name: "spy",
    value: 0,
    apply: (_: Float64Array, history: readonly number[]) => void histories.push([...history]),
  };
  decode(sample([spy]), { prompt: [EOS, 0], random: scripted([.3, .99]) });
  assertEquals(histories, [[3, 0], [3, 0, 1]]);
});

Deno.test("speculative original: the logs are the target's own, the costs count rows", () => {
  const draft = new MockModel(4, 16, known);
  const { logProbs, warpedLogProbs, costs } = decode(speculativeOriginal(draft, 4), {
    prompt: [EOS, 0],
    random: scripted([.99]),
  });
  assertLogProbs(logProbs, [.5, .9]);
  assertEquals(warpedLogProbs, logProbs);
  // The prompt of two, then 1.
  assertEquals([costs.draftCalls, costs.draftRows], [2, 3]);
});

Deno.test("speculative original: a token of target probability 0 is refused even by a draw of 0", () => {
  const draft = new MockModel(4, 16, () => [.01, .01, .97, .01]);
  const { tokens, costs } = decode(speculativeOriginal(draft, 1), {
    random: scripted([0, 0]),
    maxNewTokens: 1,
  });
  assertEquals({ tokens, accepted: costs.accepted }, { tokens: [0], accepted: 0 });
});

Deno.test("speculative original: the replacement of a refused token is drawn from p − q", () => {
  const draft = new MockModel(4, 16, () => [.8, .1, .1, 0]);
  // p = [.6, .4, 0, 0]: .8 refuses (p/q = .75); p − q is only at 1, so the lowest draw gives 1, not 0.
  const { tokens } = decode(speculativeOriginal(draft, 1), {
    random: scripted([.8, 0]),
    maxNewTokens: 1,
  });
  assertEquals(tokens, [1]);
});

Deno.test("speculative original: nothing after a refusal is looked at, and both models read on from it", () => {
  const next: NextProbabilities = (prefix) =>
    prefix.at(-1) === 0 ? [.1, .8, .1, 0] : [.5, 0, .5, 0];
  const target = new MockModel(4, 16, next);
  const draft = new MockModel(4, 16, () => [.6, .2, .2, 0]);
  // Round 1: proposes 0 0; 0 passes (p/q = .83), the second 0 does not (.17): 1 is drawn.
  // Round 2: proposes 0 0; 0 passes, the second 0 does not: 1 again.
  const { tokens, logProbs, costs } = decode(speculativeOriginal(draft, 2), {
    target,
    random: scripted([.5, .5, 0, .5, .5, 0]),
    maxNewTokens: 4,
  });
  assertEquals(tokens, [0, 1, 0, 1]);
  assertLogProbs(logProbs, [.5, .8, .5, .8]);
  assertEquals({ ...costs }, {
    targetCalls: 2,
    targetRows: 6,
    draftCalls: 4,
    draftRows: 4,
    proposed: 4,
    tested: 4,
    accepted: 2,
    resampled: 2,
    bonus: 0,
    rounds: 2,
  });
});

Deno.test("speculative original: each proposal is tested with the draft's own distribution there", () => {
  const draft = new MockModel(
    4,
    16,
    (prefix) => prefix.length === 1 ? [.6, .4, 0, 0] : [0, 1, 0, 0],
  );
  // At 0 the target gives 1 probability .5, the draft 1: .45 passes, .55 would not.
  const pass = (draw: number): number =>
    decode(speculativeOriginal(draft, 2), { random: scripted([0, draw, 0]), maxNewTokens: 2 }).costs
      .accepted;
  assertEquals([pass(.45), pass(.55)], [2, 1]);
});

Deno.test("beam: of equal texts the first, by beam and then by token", () => {
  const { tokens, warpedLogProbs } = decode(beam(2), {
    next: () => [.3, .3, .3, .1],
    maxNewTokens: 2,
  });
  assertEquals(tokens, [0, 0]);
  assertEquals(warpedLogProbs, [0, 0]);
});

Deno.test("beam: continues after as many texts as it is wide have ended", () => {
  // EOS is offered at each length; 0 0 0 still wins, with .8 · .6 · .9 against .2 and .8 · .4.
  const next: NextProbabilities = ({ length }) => {
    const more = [.8, .6, .9][length - 1] ?? 0;
    return [more, 0, 0, 1 - more];
  };
  const { tokens, stop } = decode(beam(2), { next, maxNewTokens: 3 });
  assertEquals({ tokens, stop }, { tokens: [0, 0, 0], stop: "max_new_tokens" });
});

Deno.test("speculative original: a refusal discards the proposals after it, untested", () => {
  // The target gives 2 nothing, wherever it stands: the first is refused, 0 drawn in its place.
  const draft = new MockModel(4, 16, () => [0, 0, 1, 0]);
  const { tokens, costs } = decode(speculativeOriginal(draft, 3), {
    next: () => [1, 0, 0, 0],
    random: scripted([.5, .5, .5, .5, .5, .5]),
    maxNewTokens: 3,
  });
  assertEquals(tokens, [0, 0, 0]);
  assertEquals([costs.rounds, costs.proposed, costs.tested, costs.resampled], [3, 6, 3, 3]);
});

Deno.test("RewindableSequence: reads each token once, and after a rollback only the new ones", () => {
  const model = new MockModel(4, 16, (prefix) => [prefix.length, prefix.at(-1) ?? 0, 1, 1]);
  const reader = new RewindableSequence(model, "target");
  const costs = noCosts();
  const asked: number[][] = [];
  const rows = (text: number[], proposal: number[]) => {
    const pass = reader.ask(text, proposal, costs);
    asked.push(...(pass ?? []).map(({ tokens }) => [...tokens]));
    return reader.take(pass && model.forward(pass)).map((row) =>
      [...row].slice(0, 2).map(Math.exp).map(Math.round)
    );
  };
  assertEquals(rows([3], [0, 1]), [[1, 3], [2, 0], [3, 1]]);
  // 1 is taken back, 2 stands there instead.
  assertEquals(rows([3, 0, 2], []), [[3, 2]]);
  // Back to what is known: nothing is read.
  assertEquals(rows([3, 0], []), [[2, 0]]);
  assertEquals(rows([3, 0], [1]), [[2, 0], [3, 1]]);
  assertEquals(asked, [[3, 0, 1], [2], [1]]);
  assertEquals([costs.targetCalls, costs.targetRows], [3, 5]);
});
