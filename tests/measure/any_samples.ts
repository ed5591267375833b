import fc from "fast-check";
import type { Costs, DecodeResult, SearchProof, Speculation } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";

/** The parts of traces. */
interface Numbers {
  /** Log-probabilities and other real numbers. */
  readonly real: fc.Arbitrary<number>;
  /** Tokens and counts. */
  readonly whole: fc.Arbitrary<number>;
}

const ordinary: Numbers = { real: fc.double({ min: -20, max: 0, noNaN: true }), whole: fc.nat(99) };

/**
 * The samples of any cell, at least one, in the order of their prompts: some decodings find several
 * texts, and some stand for several samples.
 */
export function anySamples(numbers: Numbers = ordinary): fc.Arbitrary<Sample[]> {
  const times = fc.integer({ min: 1, max: 3 });
  const decodings = fc.array(fc.tuple(anyDecoding(numbers), times), { minLength: 1, maxLength: 4 });
  const prompts = fc.array(fc.tuple(anyString, decodings), { minLength: 1, maxLength: 4 });
  return prompts.map((all) => all.flatMap(([prompt, own], draw) => samplesOf(prompt, draw, own)));
}

/** Objects as literals make them. */
const plain = { noNullPrototype: true } as const;

const anyString = fc.string({ unit: "grapheme", maxLength: 4 });

/** A decoded result, the continuation of each of its texts, and how many samples it stands for. */
type Decoded = readonly [result: DecodeResult, times: number];

function samplesOf(prompt: string, draw: number, decodings: readonly Decoded[]): Sample[] {
  const results = decodings.flatMap(([result, times]) =>
    Array<readonly DecodeResult[]>(times).fill([result, ...result.others ?? []]).flat()
  );
  return results.map((result, number) => {
    const continuation = result.tokens.map((token) => String.fromCodePoint(97 + token % 26)).join(
      "",
    );
    return { prompt, draw, number, continuation, result };
  });
}

function anyDecoding(numbers: Numbers): fc.Arbitrary<DecodeResult> {
  const others = fc.array(anyText(numbers), { minLength: 1, maxLength: 3 });
  const more = { others, search: anyProof(numbers), speculation: anySpeculation(numbers) };
  return fc.tuple(anyText(numbers), fc.record(more, { requiredKeys: [], ...plain }))
    .map(([text, optional]) => ({ ...text, ...optional }));
}

function anyText({ real, whole }: Numbers): fc.Arbitrary<DecodeResult> {
  const texts = fc.record({
    tokens: fc.array(whole, { maxLength: 6 }),
    stop: fc.constantFrom("eos", "max_new_tokens", "block_size"),
    warpedLogProbs: fc.array(real, { maxLength: 6 }),
    logProbs: fc.array(real, { maxLength: 6 }),
    costs: anyCosts(whole),
  }, plain);
  // Where nothing is warped, both are the same.
  return fc.tuple(texts, fc.boolean()).map(([text, warped]) =>
    warped ? text : { ...text, warpedLogProbs: text.logProbs }
  );
}

function anyCosts(whole: fc.Arbitrary<number>): fc.Arbitrary<Costs> {
  const costs = fc.record({
    targetCalls: whole,
    targetRows: whole,
    draftCalls: whole,
    draftRows: whole,
    proposed: whole,
    tested: whole,
    accepted: whole,
    resampled: whole,
    bonus: whole,
    rounds: whole,
  }, plain);
  // No more are tested than were proposed, and no more are accepted than were tested.
  return costs.map(({ proposed, tested, accepted, ...others }) => {
    const [least = 0, middle = 0, most = 0] = [proposed, tested, accepted].sort((a, b) => a - b);
    return { ...others, proposed: most, tested: middle, accepted: least };
  });
}

function anyProof({ real }: Numbers): fc.Arbitrary<SearchProof> {
  return fc.record({ optimal: fc.boolean(), bound: fc.oneof(real, fc.constant(-Infinity)) }, plain);
}

function anySpeculation({ real, whole }: Numbers): fc.Arbitrary<Speculation> {
  const counts = fc.array(whole, { maxLength: 4 });
  return fc.record({
    proposedAt: counts,
    testedAt: counts,
    acceptedAt: counts,
    overlapAt: fc.array(real.map(Math.abs), { maxLength: 4 }),
  }, plain);
}
