/**
 * Times of speculation by a clock on which only passes take time, and as long as it is written here.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { sample } from "../../src/decode/sample/sample.ts";
import { modelDraft } from "../../src/decode/speculative/drafts/model.ts";
import { promptLookup } from "../../src/decode/speculative/drafts/prompt_lookup.ts";
import type { Draft } from "../../src/decode/speculative/draft.ts";
import { speculative } from "../../src/decode/speculative/rejection_sampling.ts";
import { type LanguageModel, NO_LOGITS } from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import type { RandomStream } from "../../src/random/random_stream.ts";
import { timeSpeculation, type WorkTime } from "../../src/stages/speculation_times.ts";
import { EOS, STOPS } from "../decode/known_model.ts";
import { MockModel, type NextProbabilities } from "../decode/mock_model.ts";
import { FakeClock } from "./fake_clock.ts";

/** What the models know, and how many microseconds a pass of each takes that reads so many tokens. */
interface Made {
  readonly target: NextProbabilities;
  readonly draft: NextProbabilities;
  readonly pass: Readonly<Record<"target" | "draft", (tokens: number) => number>>;
  /** Where the target draws tokens itself, always the first: how long that takes it. */
  readonly drawing?: number;
}

/** Texts that end, and models that agree most of the time. */
const usual: Made = {
  target: (prefix) => prefix.length < 3 ? [0.6, 0.2, 0.2, 0] : [0.5, 0.2, 0.2, 0.1],
  draft: (prefix) => prefix.length < 3 ? [0.5, 0.3, 0.2, 0] : [0.3, 0.4, 0.2, 0.1],
  pass: { target: (tokens) => 10 + 2 * tokens, draft: (tokens) => 1 + tokens },
};

/** Microseconds to draw a number, by which a token is chosen or tested. */
const CHANCE = 3;

/** A source of which every number takes {@linkcode CHANCE}, but those by which rounds are drawn. */
function slowChance(stream: RandomStream, clock: FakeClock): RandomStream {
  return {
    next: () => {
      clock.take(1e-6 * CHANCE);
      return stream.next();
    },
    child: (...path) =>
      path[0] === "drawn rounds" ? stream.child(...path) : slowChance(stream.child(...path), clock),
  };
}

/** Times speculation by these drafts and numbers of tokens. */
function time(
  { target, draft, pass, drawing }: Made,
  drafts: readonly { readonly kind: "model" | "lookup"; readonly draftK: number }[],
  streams: readonly [1, ...number[]] = [1],
): Map<string, WorkTime> {
  const clock = new FakeClock();
  const models = { target: new MockModel(4, 12, target), draft: new MockModel(4, 12, draft) };
  for (const name of ["target", "draft"] as const) {
    const model = models[name];
    const forward = model.forward.bind(model);
    model.forward = (batch) => {
      clock.take(1e-6 * pass[name](batch.reduce((sum, { tokens }) => sum + tokens.length, 0)));
      return forward(batch).map((logits, i) => {
        const draw = batch[i]?.draw;
        if (draw === undefined || drawing === undefined) return logits;
        clock.take(1e-6 * drawing);
        Object.assign(draw, { token: 0, logProb: 0, warpedLogProb: 0 });
        return NO_LOGITS;
      });
    };
  }
  const draftOf = (kind: "model" | "lookup", model: LanguageModel): Draft =>
    kind === "lookup"
      ? promptLookup
      : modelDraft(model, { choice: "sample", warpers: [], confidence: 0 });
  const plain = { label: "plain", strategy: () => sample([]) };
  const times = timeSpeculation(
    drafts.map(({ kind, draftK }) => ({
      own: {
        label: `${kind} ${draftK}`,
        strategy: (replaced) =>
          speculative({ draft: draftOf(kind, replaced(models.draft)), draftK, warpers: [] }),
      },
      plain,
    })),
    {
      beginnings: [[EOS], [EOS, 0, 1]].map((prompt) => ({
        target: models.target,
        prompt,
        stops: STOPS,
        maxNewTokens: 9,
      })),
      nameOf: (model) => model === models.target ? "target" : "draft",
      random: slowChance(CounterStream.fromSeed(5), clock),
      streams,
      seconds: 0.5,
      clock: clock.now,
    },
  );
  const nameOf = ({ streams, what }: WorkTime): string =>
    streams === 1 ? what : `${streams} streams: ${what}`;
  return new Map(times.map((own) => [nameOf(own), own]));
}

const timesOf = time(usual, [
  { kind: "model", draftK: 1 },
  { kind: "model", draftK: 3 },
  { kind: "lookup", draftK: 2 },
]);

Deno.test("timeSpeculation: passes by how many tokens they read, then strategies and what choosing takes of them", () => {
  assertEquals([...timesOf.keys()].filter((what) => !what.includes("pass of")), [
    "plain",
    "choosing tokens: plain",
    ...["model 1", "model 3", "lookup 2"].flatMap((label) => [label, `choosing tokens: ${label}`]),
  ]);
  assertEquals([...timesOf.keys()].filter((what) => what.startsWith("pass of")), [
    "pass of the draft, 1 token",
    "pass of the draft, 2 tokens",
    "pass of the target, 1 token",
    "pass of the target, 2 tokens",
    "pass of the target, 3 tokens",
    "pass of the target, 4 tokens",
  ]);
  for (const { what, each: { value, low, high }, count } of timesOf.values()) {
    const [, name, tokens] = /^pass of the (target|draft), (\d) tokens?$/.exec(what) ?? [];
    if (name !== "target" && name !== "draft") continue;
    for (const seconds of [value, low, high]) {
      assertAlmostEquals(seconds, 1e-6 * usual.pass[name](Number(tokens)), 1e-12, what);
    }
    assert(count > 100, what);
  }
});

Deno.test("timeSpeculation: passes of both models in those of the target over one token", () => {
  for (const [what, { inPasses }] of timesOf) {
    const [, name, tokens] = /^pass of the (target|draft), (\d) tokens?$/.exec(what) ?? [];
    assertEquals(inPasses === undefined, !what.includes("pass of the"), what);
    if (name !== "target" && name !== "draft") continue;
    const expected = usual.pass[name](Number(tokens)) / usual.pass.target(1);
    assertAlmostEquals(inPasses?.value ?? NaN, expected, 1e-6, what);
    assert(inPasses !== undefined && inPasses.low <= inPasses.high, what);
  }
});

Deno.test("timeSpeculation: a first pass reads prompts of the lengths that occur, and proposals", () => {
  // Prompts of 1 and 3 tokens take turns.
  for (const tokens of [0, 1, 2]) {
    const what = `first pass of the target, prompt${
      tokens === 0 ? "" : ` and ${tokens} token${tokens === 1 ? "" : "s"}`
    }`;
    const seconds = timesOf.get(what)?.each.value ?? NaN;
    assertAlmostEquals(seconds, 1e-6 * usual.pass.target(2 + tokens), 2e-7, what);
  }
});

for (const label of ["model 1", "model 3", "lookup 2"]) {
  Deno.test(`timeSpeculation: ${label}: predicted is what is measured, within 3 % and its interval`, () => {
    const { measured, predicted, ofPasses } = timesOf.get(label)?.speedUps ?? {};
    assert(measured !== undefined && predicted !== undefined && ofPasses !== undefined);
    assertAlmostEquals(predicted.value / measured.value, 1, 0.03);
    assert(measured.low <= predicted.value && predicted.value <= measured.high);
    // Speculation draws more random numbers for a token, which theory leaves out.
    assert(ofPasses.value > predicted.value);
  });
}

Deno.test("timeSpeculation: passes alone are theory's speed-up where a text never ends and all is accepted", () => {
  // With α = 1, γ = 2, c = .1, v = 1: 3 tokens for 2 passes of the draft and one of the target.
  const forever: NextProbabilities = () => [1, 0, 0, 0];
  const pass = { target: () => 10, draft: () => 1 };
  const times = time({ target: forever, draft: forever, pass }, [{ kind: "model", draftK: 2 }]);
  const speedUps = times.get("model 2")?.speedUps;
  assertAlmostEquals(speedUps?.ofPasses.value ?? NaN, 3 / (2 * 0.1 + 1), 1e-6);
  // 2 draws and 2 tests, and a bonus, in place of one draw for each token.
  const predicted = 3 * (10 + CHANCE) / (2 + 10 + 5 * CHANCE);
  assertAlmostEquals(speedUps?.predicted.value ?? NaN, predicted, 1e-6);
  assertAlmostEquals(speedUps?.measured.value ?? NaN, predicted, 1e-6);
  // It would take as long as token by token with passes of 3 · (10 + 3) − 2 − 5 · 3.
  const { taken, breakEven } = times.get("model 2")?.verification ?? {};
  assertAlmostEquals(taken?.value ?? NaN, 1, 1e-6);
  assertAlmostEquals(breakEven?.value ?? NaN, (3 * (10 + CHANCE) - 2 - 5 * CHANCE) / 10, 1e-6);
});

Deno.test("timeSpeculation: drawing by the engine is choosing, counted in predictions and not in passes", () => {
  const forever: NextProbabilities = () => [1, 0, 0, 0];
  const pass = { target: () => 10, draft: () => 1 };
  const made = { target: forever, draft: forever, pass, drawing: 4 };
  const times = time(made, [{ kind: "model", draftK: 2 }]);
  assertAlmostEquals(times.get("pass of the target, 1 token")?.each.value ?? NaN, 10e-6, 1e-12);
  const drawing = times.get("pass of the target, 1 token, drawing");
  assertAlmostEquals(drawing?.each.value ?? NaN, 14e-6, 1e-12);
  const { measured, predicted, ofPasses } = times.get("model 2")?.speedUps ?? {};
  // The engine draws for the draft, too, but not what a test decides on.
  const expected = 3 * (10 + 4 + CHANCE) / (2 * (1 + 4) + 10 + 5 * CHANCE);
  assertAlmostEquals(measured?.value ?? NaN, expected, 1e-6);
  assertAlmostEquals(predicted?.value ?? NaN, expected, 1e-6);
  assertAlmostEquals(ofPasses?.value ?? NaN, 3 / (2 * 0.1 + 1), 1e-6);
});

Deno.test("timeSpeculation: in batches passes read a token of each stream, and predictions hold where streams stay in step", () => {
  const forever: NextProbabilities = () => [1, 0, 0, 0];
  const pass = {
    target: (tokens: number) => 10 + 2 * tokens,
    draft: (tokens: number) => 1 + tokens,
  };
  const made = { target: forever, draft: forever, pass };
  const times = time(made, [{ kind: "model", draftK: 2 }], [1, 2, 4]);
  for (const streams of [1, 2, 4]) {
    const at = (what: string): WorkTime | undefined =>
      times.get(streams === 1 ? what : `${streams} streams: ${what}`);
    const single = pass.target(streams);
    assertAlmostEquals(at("pass of the target, 1 token")?.inPasses?.value ?? NaN, 1, 1e-6);
    assertAlmostEquals(
      at("pass of the target, 3 tokens")?.inPasses?.value ?? NaN,
      pass.target(3 * streams) / single,
      1e-6,
    );
    assertAlmostEquals(
      at("pass of the draft, 1 token")?.inPasses?.value ?? NaN,
      pass.draft(streams) / single,
      1e-6,
    );
    const { measured, predicted, ofPasses } = at("model 2")?.speedUps ?? {};
    assert(measured !== undefined && predicted !== undefined && ofPasses !== undefined);
    assertAlmostEquals(predicted.value / measured.value, 1, 0.03, `${streams} streams`);
    assert(predicted.value < ofPasses.value);
  }
  const speedUp = (what: string): number => times.get(what)?.speedUps?.measured.value ?? NaN;
  // The more streams, the less a pass is a matter of its constant part.
  assert(speedUp("model 2") > speedUp("2 streams: model 2"));
  assert(speedUp("2 streams: model 2") > speedUp("4 streams: model 2"));
  // Choosing is the same work, and timed once.
  assert(![...times.keys()].some((what) => what.includes("streams: choosing")));
});

for (
  const [name, microseconds, sizes] of <[string, number, number[]][]> [
    ["fast: all batches", 10, [1, 2, 4, 8]],
    ["slow: one text at a time", 20_000, [1]],
    ["far too slow: nothing", 1e6, []],
  ]
) {
  Deno.test(`timeSpeculation: with passes that are ${name}, within the limit and a piece of work`, () => {
    const clock = new FakeClock();
    const model = new MockModel(4, 12, () => [1, 0, 0, 0]);
    const forward = model.forward.bind(model);
    model.forward = (batch) => {
      clock.take(1e-6 * microseconds * batch.length);
      return forward(batch);
    };
    const began = clock.now();
    let asked = began;
    let longest = 0;
    const times = timeSpeculation(
      [2, 3].map((draftK) => ({
        family: "lookup",
        own: {
          label: `lookup ${draftK}`,
          strategy: () => speculative({ draft: promptLookup, draftK, warpers: [] }),
        },
        plain: { label: "plain", strategy: () => sample([]) },
      })),
      {
        beginnings: [{ target: model, prompt: [EOS], stops: STOPS, maxNewTokens: 9 }],
        nameOf: () => "target",
        random: slowChance(CounterStream.fromSeed(5), clock),
        streams: [1, 2, 4, 8],
        seconds: 1,
        limit: 6,
        clock: clock.now,
        between: () => {
          longest = Math.max(longest, clock.now() - asked);
          asked = clock.now();
        },
      },
    );
    longest = Math.max(longest, clock.now() - asked);
    assertEquals([...new Set(times.map(({ streams }) => streams))], sizes);
    if (sizes.length > 0) assert(clock.now() - began <= 6 + longest);
    // Texts of nine tokens, or the share of the time for recording.
    assert(longest <= Math.max(0.05, 11e-6 * microseconds), `${longest}`);
    // Of a family only the fastest is timed in batches.
    for (const [streams, own] of Map.groupBy(times, ({ streams }) => streams)) {
      assertEquals(own.filter(({ speedUps }) => speedUps).length, streams === 1 ? 2 : 1);
    }
  });
}

Deno.test("timeSpeculation: ends where what is called between works throws", () => {
  const model = new MockModel(4, 12, () => [1, 0, 0, 0]);
  const clock = new FakeClock();
  let calls = 0;
  assertThrows(
    () =>
      timeSpeculation([{
        own: {
          label: "lookup",
          strategy: () => speculative({ draft: promptLookup, draftK: 2, warpers: [] }),
        },
        plain: { label: "plain", strategy: () => sample([]) },
      }], {
        beginnings: [{ target: model, prompt: [EOS], stops: STOPS, maxNewTokens: 9 }],
        nameOf: () => "target",
        random: CounterStream.fromSeed(5),
        seconds: 1,
        clock: () => {
          clock.take(1e-5);
          return clock.now();
        },
        between: () => {
          if (++calls === 20) throw new Error("stop");
        },
      }),
    Error,
    "stop",
  );
  assertEquals(calls, 20);
});
