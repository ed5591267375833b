/**
 * An observer changes nothing, and is told what happened: the tokens of the events are those of the
 * texts, and the distributions those that the trace has the log-probabilities of. For every strategy with
 * the settings of its table of cases, on models without a rule and texts that two tokens can end.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createStrategy, strategies } from "../../../src/decode/definitions.ts";
import { strategySchema } from "../../../src/decode/settings_schema.ts";
import type { Observation, TextSoFar } from "../../../src/decode/observation.ts";
import { schedule } from "../../../src/decode/scheduler.ts";
import type { DecodeResult } from "../../../src/decode/strategy.ts";
import { StopTokens, type Token } from "../../../src/model/language_model.ts";
import { CounterStream } from "../../../src/random/counter_stream.ts";
import { strategyCases } from "../cases/strategies.ts";
import { lawless } from "../every_text.ts";
import { draftsOf } from "../known_model.ts";
import { MockModel, type NextProbabilities } from "../mock_model.ts";

const SIZE = 6;
const PROMPT = [5, 0];
const STOPS = new StopTokens([2, 4], SIZE);

/** What one strategy gave and told; the arrays of the events are copies, as they were when it told. */
interface Told {
  readonly result: DecodeResult;
  readonly events: readonly Observation[];
}

for (const { name } of strategies) {
  for (const given of strategyCases[name]?.settings ?? []) {
    const settings = strategySchema.parse({ strategy: name, ...given });
    Deno.test(`observe: ${name} ${JSON.stringify(given)}: changes nothing, and is told the truth (20 models)`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const next = lawless(SIZE, seed);
        const run = (observe?: (event: Observation) => void): DecodeResult => {
          const drafts = [1000, 2000].map((other) =>
            new MockModel(SIZE, 9, lawless(SIZE, other + seed))
          );
          const strategy = createStrategy(settings, draftsOf(drafts[0], drafts[1]));
          const target = new MockModel(SIZE, 9, next);
          const random = CounterStream.fromSeed(seed);
          const request = {
            target,
            prompt: PROMPT,
            stops: STOPS,
            maxNewTokens: 6,
            random,
            observe,
          };
          return schedule([strategy(request)])[0] as DecodeResult;
        };
        const events: Observation[] = [];
        const result = run((event) => events.push(structuredClone(event)));
        assertEquals(result, run());
        assert(events.length > 0);
        assertTold({ result, events }, next);
      }
    });
  }
}

/** The tokens of a text with its stop. */
function whole({ tokens, stopToken }: DecodeResult): Token[] {
  return stopToken === undefined ? [...tokens] : [...tokens, stopToken];
}

function logProbOf(tokens: readonly Token[], next: NextProbabilities): number {
  return tokens.reduce(
    (sum, token, i) => sum + Math.log(chanceOf(token, next([...PROMPT, ...tokens.slice(0, i)]))),
    0,
  );
}

/** The probability of what `token` does: of a stop token, that the text ends. */
function chanceOf(token: Token, probabilities: ArrayLike<number>): number {
  const alike = STOPS.has(token) ? STOPS.tokens : [token];
  return alike.reduce((sum, one) => sum + (probabilities[one] as number), 0);
}

/** The events of the one decoding, of several, that was chosen. */
function chosenOf(events: readonly Observation[]): Observation[] {
  const best = events.find((event) => event.kind === "best");
  if (best === undefined) return [...events];
  return events.flatMap((event) =>
    event.kind === "one of several" && event.number === best.number ? [event.event] : []
  );
}

function assertTold({ result, events }: Told, next: NextProbabilities): void {
  const texts = [result, ...result.others ?? []].map(whole);
  const assertText = ({ tokens, logProb }: TextSoFar): void =>
    assertAlmostEquals(logProb, logProbOf(tokens, next), 1e-9);
  const proved: (readonly Token[])[] = [];
  const complete = new Set<string>();
  let said: Token[] = [];
  let proposal: readonly Token[] = [];
  /** By group. */
  const live = new Map<number, Set<string>>();

  /** Holds that `token` comes next in the text, with the probability that it was drawn with. */
  const assertNext = (token: Token, from: Float64Array | undefined, isEvery = true): void => {
    assertEquals(token, texts[0]?.[said.length]);
    const warped = result.warpedLogProbs[said.length] as number;
    if (from !== undefined && isEvery) {
      assertAlmostEquals(Math.log(chanceOf(token, from)), warped, 1e-12);
    }
    said = [...said, token];
  };

  for (const event of chosenOf(events)) {
    switch (event.kind) {
      case "token": {
        const own = event.logits.map(Math.exp);
        const expected = next([...PROMPT, ...said]);
        own.forEach((one, i) => assertAlmostEquals(one, expected[i] as number, 1e-12));
        const last = event.steps.at(-1)?.probabilities;
        for (const { probabilities } of event.steps) {
          assertAlmostEquals(probabilities.reduce((sum, one) => sum + one), 1, 1e-12);
        }
        if (!event.isDrawn) assertEquals(own.indexOf(Math.max(...own)), event.token);
        assertNext(event.token, event.isDrawn ? last ?? own : undefined);
        break;
      }
      case "proposal":
        proposal = event.tokens;
        break;
      case "test": {
        const { token, p, q, acceptance, uniform, isAccepted } = event;
        assertEquals(token, proposal[0]);
        proposal = proposal.slice(1);
        const ratio = (p[token] as number) / (q[token] as number);
        assertAlmostEquals(acceptance, Math.min(1, ratio), 1e-12);
        assertEquals(isAccepted, uniform < acceptance);
        if (isAccepted) assertNext(token, p);
        break;
      }
      case "addition":
        if (event.why === "no refusal") assertEquals(proposal, []);
        assert((event.weights[event.token] as number) > 0);
        if (event.isKept) {
          assertNext(event.token, event.weights, event.why === "no refusal");
        }
        break;
      case "selection": {
        const { group, width, kept, ended, dropped, areCut, holdsEnded } = event;
        const before = live.get(group) ?? new Set([""]);
        const isNew = ({ tokens }: TextSoFar): boolean => before.has(`${tokens.slice(0, -1)}`);
        for (const one of [...kept, ...ended, ...dropped]) {
          assertText(one);
          assert(holdsEnded || isNew(one), "the parent of a beam was not live");
        }
        for (const list of [kept, ended, dropped]) {
          assertEquals(list, list.toSorted((a, b) => b.rank - a.rank));
        }
        assert(kept.length <= width);
        const worst = kept.at(-1)?.rank ?? -Infinity;
        for (const { tokens, rank } of dropped) {
          const isStop = STOPS.has(tokens.at(-1) as Token);
          assert(isStop || kept.length < width || rank <= worst, "a better one was dropped");
        }
        for (const { tokens } of areCut ? [...kept, ...ended] : ended) complete.add(`${tokens}`);
        live.set(group, new Set(kept.map(({ tokens }) => `${tokens}`)));
        break;
      }
      case "search":
        if (event.proved !== undefined) {
          assertText(event.proved);
          proved.push(event.proved.tokens);
          assert(event.proved.logProb >= Math.max(event.complete, event.open) - 1e-12);
        }
        break;
      default:
        throw new TypeError(`unexpected event ${event.kind}`);
    }
  }
  for (const event of events) {
    if (event.kind !== "best") continue;
    event.texts.forEach(assertText);
    assertEquals([...event.texts[event.number]?.tokens ?? []], texts[0]);
    const best = Math.max(...event.texts.map(({ logProb }) => logProb));
    assertEquals(event.texts[event.number]?.logProb, best);
  }
  if (said.length > 0) assertEquals(said, texts[0]);
  if (live.size > 0) { for (const text of texts) assert(complete.has(`${text}`), `${text}`); }
  if (result.search?.optimal) assertEquals(proved, texts);
}
