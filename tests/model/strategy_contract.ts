// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { DecodeResources } from "../../src/decode/definition.ts";
import { createStrategy, strategies, strategyOf } from "../../src/decode/definitions.ts";
import { strategySchema } from "../../src/decode/settings_schema.ts";
import { schedule } from "../../src/decode/scheduler.ts";
import type { DecodeResult, Strategy } from "../../src/decode/strategy.ts";
import {
  type ForwardRequest,
  type LanguageModel,
  type Logits,
  type Sequence,
  StopTokens,
  type Token,
} from "../../src/model/language_model.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { strategyCases } from "../decode/cases/strategies.ts";

/** A model that knows its open sequences. */
class Watched implements LanguageModel {
  readonly spec;
  readonly #model: LanguageModel;
  readonly #open = new Set<Sequence>();

  constructor(model: LanguageModel) {
    this.spec = model.spec;
    this.#model = model;
  }

  /** Sequences that are open. */
  get sequences(): number {
    return this.#open.size;
  }

  open(): Sequence {
    return this.#watched(this.#model.open());
  }

  forward(batch: readonly ForwardRequest[]): Logits[] {
    return this.#model.forward(
      batch.map((one) => ({ ...one, sequence: (one.sequence as WatchedSequence).inner })),
    );
  }

  #watched(inner: Sequence): Sequence {
    const sequence = new WatchedSequence(
      this,
      inner,
      (fork) => this.#watched(fork),
      () => this.#open.delete(sequence),
    );
    this.#open.add(sequence);
    return sequence;
  }
}

class WatchedSequence implements Sequence {
  readonly model: LanguageModel;
  readonly inner: Sequence;
  readonly #watch: (fork: Sequence) => Sequence;
  readonly #closed: () => void;

  constructor(
    model: LanguageModel,
    inner: Sequence,
    watch: (fork: Sequence) => Sequence,
    closed: () => void,
  ) {
    this.model = model;
    this.inner = inner;
    this.#watch = watch;
    this.#closed = closed;
  }

  get length(): number {
    return this.inner.length;
  }

  truncate(length: number): void {
    this.inner.truncate(length);
  }

  fork(): Sequence {
    return this.#watch(this.inner.fork());
  }

  close(): void {
    this.inner.close();
    this.#closed();
  }
}

/** Models that strategies are run on. */
export interface StrategyModels {
  /** What is decoded from; its block has room for a dozen tokens. */
  readonly target: LanguageModel;
  /** What proposes. */
  readonly draft: LanguageModel;
}

/**
 * Every strategy with every setting of its cases, on an engine: that many texts at once are those of
 * each alone, that log-probabilities are the model's own, and that nothing is left open.
 */
export function testStrategies(
  name: string,
  models: StrategyModels,
  { isExact = true, texts = 5 }: { isExact?: boolean; texts?: number } = {},
): void {
  const [target, draft] = [new Watched(models.target), new Watched(models.draft)];
  const { vocabSize } = target.spec;
  const stops = new StopTokens([vocabSize - 1, 2], vocabSize);
  const resources: DecodeResources = { draftModel: draft, ngram: () => draft };
  const request = (i: number) => ({
    target,
    prompt: [vocabSize - 1, i % vocabSize],
    stops,
    maxNewTokens: 6,
    random: CounterStream.fromSeed(7).child(i),
  });
  const numbers = [...Array(texts).keys()];
  const decode = (
    strategy: Strategy,
    some: readonly number[],
  ): DecodeResult[] => [...schedule(some.map((i) => strategy(request(i))))];

  for (const { name: strategyName } of strategies) {
    const settings = strategyCases[strategyName]?.settings.map((one) =>
      strategySchema.parse({ strategy: strategyName, ...one })
    ) ?? [];
    Deno.test(`${name}: ${strategyName}: ${texts} texts at once are each alone, with the model's own log-probabilities (${isExact ? "to the bit; 1e-12" : "1e-4"})`, () => {
      for (const one of settings) {
        const strategy = createStrategy(one, resources);
        const together = decode(strategy, numbers);
        if (isExact) {
          const alone = numbers.flatMap((i) =>
            decode(strategy, [i])
          );
          assertEquals(JSON.stringify(together), JSON.stringify(alone), JSON.stringify(one));
        }
        together.forEach((result, i) => {
          for (const text of [result, ...result.others ?? []]) {
            checkLogProbs(target, request(i), text, isExact ? 1e-12 : 1e-4);
          }
        });
        const most = strategyOf(one).texts?.(one) ?? 1;
        assert(together.every(({ others = [] }) => 1 + others.length <= most));
        assertEquals([target.sequences, draft.sequences], [0, 0], "a sequence was left open");
      }
    });
  }

  if (!isExact) return;
  Deno.test(`${name}: speculation with top_k 1 is greedy decoding, draft_k 1 to 6 (to the bit)`, () => {
    const of = (settings: unknown): unknown[] =>
      decode(createStrategy(strategySchema.parse(settings), resources), numbers)
        .map(({ tokens, stop, logProbs }) => ({ tokens, stop, logProbs }));
    const expected = of({ strategy: "greedy" });
    for (const draft_k of [1, 2, 3, 6]) {
      const found = of({ strategy: "speculative", draft_k, warp: [{ top_k: 1 }] });
      assertEquals(found, expected, `draft_k ${draft_k}`);
    }
  });
}

/** Holds the log-probabilities of a text to what the model says when it reads the text at once. */
function checkLogProbs(
  model: LanguageModel,
  { prompt, stops }: { readonly prompt: readonly Token[]; readonly stops: StopTokens },
  { tokens, stopToken, logProbs }: DecodeResult,
  bound: number,
): void {
  const chosen = stopToken === undefined ? tokens : [...tokens, stopToken];
  if (chosen.length === 0) return;
  const { vocabSize } = model.spec;
  const sequence = model.open();
  const read = [...prompt, ...chosen.slice(0, -1)];
  const [logits = new Float64Array()] = model.forward([{
    sequence,
    tokens: read,
    rows: chosen.length,
  }]);
  sequence.close();
  chosen.forEach((token, i) => {
    const row = logits.slice(i * vocabSize, (i + 1) * vocabSize);
    const highest = Math.max(...row);
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
    // A text ends by either stop token.
    const alike = stops.has(token) ? stops.tokens : [token];
    const own = alike.reduce((sum, one) => sum + Math.exp((row[one] as number) - highest), 0);
    const expected = Math.log(own) - Math.log(sum);
    assert(Math.abs(expected - (logProbs[i] ?? NaN)) <= bound, `${expected}, got ${logProbs[i]}`);
  });
}
