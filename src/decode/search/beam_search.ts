import type { Sequence } from "../../model/language_model.ts";
import { numbers } from "../../model/pooled_arrays.ts";
import {
  type Beam,
  BeamGroup,
  type BeamOptions,
  type Groups,
  type Survivor,
} from "./beam_group.ts";
import { searchResult } from "./search_result.ts";
import { NO_LOGITS, passOn, read } from "./live_beams.ts";
import { type Complete, emptyPrefix, tokensOf } from "./prefix.ts";
import {
  type DecodeRequest,
  type DecodeResult,
  type Decoding,
  limitReached,
  noCosts,
} from "../strategy.ts";

/**
 * Beam search: at each length every beam is continued in every way and the best live on; all are read
 * in one pass. Every group begins with the one beam that there is, and the best texts of all groups
 * are returned.
 */
export function* beamSearch(
  request: DecodeRequest,
  groups: Groups,
  options: BeamOptions,
): Decoding<DecodeResult> {
  const { target, prompt, eos } = request;
  const costs = noCosts();
  const prefix = emptyPrefix(eos);
  const stop = limitReached(request, 0);
  if (stop !== undefined) return searchResult([{ ...prefix, stop }], costs);
  const competitors = Array.from(
    { length: groups.count },
    () => new BeamGroup(request, groups, options),
  );
  const first: Beam = { prefix, sequence: target.open(), logits: NO_LOGITS };
  let beams: readonly (readonly Beam[])[] = competitors.map(() => [first]);
  try {
    yield* read([first], [prompt], costs);
    for (;;) {
      const penalties = numbers(target.spec.vocabSize);
      const survivors = competitors.map((group, i) =>
        group.select(beams[i] as readonly Beam[], penalties)
      );
      beams = grown(beams, survivors);
      const living = beams.flat();
      if (living.length === 0) return searchResult(bestTexts(competitors, options), costs);
      yield* read(living, living.map(({ prefix }) => [prefix.token]), costs);
    }
  } finally {
    for (const { sequence } of beams.flat()) sequence.close();
  }
}

/** The survivors as beams that have not been read. */
function grown(
  beams: readonly (readonly Beam[])[],
  survivors: readonly (readonly Survivor[])[],
): Beam[][] {
  const parents = survivors.flat().map(({ parent }) => parent.sequence);
  const sequences = passOn(beams.flat().map(({ sequence }) => sequence), parents);
  let next = 0;
  return survivors.map((own) =>
    own.map(({ prefix }) => (
      { prefix, sequence: sequences[next++] as Sequence, logits: NO_LOGITS }
    ))
  );
}

/** The best texts of all groups, each once. */
function bestTexts(groups: readonly BeamGroup[], { nBest = 1 }: BeamOptions): Complete[] {
  const ranked = groups.flatMap(({ best }) => best).sort((a, b) => b.rank - a.rank);
  const different = new Map<string, Complete>();
  for (const { text } of ranked) {
    const key = `${tokensOf(text)} ${text.stop}`;
    if (!different.has(key)) different.set(key, text);
  }
  return [...different.values()].slice(0, nBest);
}
