import { defineStrategy, type SettingProblem, type Zod } from "../definition.ts";
import type { Strategy } from "../strategy.ts";
import { type BeamOptions, beamSearch } from "./beam_search.ts";

/**
 * Beam search with `width` beams, canonically: it starts with one, a stop token finishes a text only
 * if it is among the best `width` candidates, and the beams are refilled from the others. A text that
 * is cut competes as it is.
 */
export function beam(width: number, options: BeamOptions = {}): Strategy {
  requireBeams(width, options);
  return (request) => beamSearch(request, { count: 1, width, penalty: 0 }, options);
}

/**
 * Diverse beam search (Vijayakumar et al., 2018): `width` beams in groups, which choose one after the
 * other. For a group, a token loses `penalty` nats for each time that an earlier group has chosen it at
 * the same length (Hamming diversity). The penalty affects that choice alone: texts are compared by
 * their own log-probability. The texts returned are taken group by group, and returned best first.
 */
export function diverseBeam(
  width: number,
  { groups, penalty, ...options }: BeamOptions & { groups: number; penalty: number },
): Strategy {
  requireBeams(width, options);
  if (!(Number.isInteger(groups) && groups >= 1 && width % groups === 0)) {
    throw new RangeError(
      `Cannot divide ${width} beams into ${groups} groups: expected a divisor of ${width}`,
    );
  }
  if (!(penalty >= 0 && penalty < Infinity)) {
    throw new RangeError(`Cannot subtract ${penalty} nats: expected a number of at least 0`);
  }
  const competing = { count: groups, width: width / groups, penalty };
  return (request) => beamSearch(request, competing, options);
}

function requireBeams(width: number, { nBest = 1, lengthPenalty = 0 }: BeamOptions): void {
  if (!(Number.isInteger(width) && width >= 1)) {
    throw new RangeError(
      `Cannot search with beam width ${width}: expected an integer of at least 1`,
    );
  }
  if (!(Number.isInteger(nBest) && nBest >= 1 && nBest <= width)) {
    throw new RangeError(
      `Cannot return the ${nBest} best of ${width} beams: expected an integer from 1 to ${width}`,
    );
  }
  if (!(lengthPenalty >= 0 && lengthPenalty < Infinity)) {
    throw new RangeError(
      `Cannot divide by length to the power ${lengthPenalty}: expected a number of at least 0`,
    );
  }
}

const width = (z: Zod) => z.int().min(1).max(10_000);

/** The settings that both kinds of beam search have. */
const commonSettings = (z: Zod) => ({
  length_penalty: z.number().min(0).max(100).default(0).describe(
    "α in log-probability / length^α, by which finished texts are compared; 0 compares " +
      "log-probabilities",
  ),
  early_stopping: z.boolean().default(false).describe(
    "true: stop when as many texts have ended as there are beams; false: when no beam can still " +
      "become one of the best",
  ),
  n_best: width(z).default(1).describe("Texts returned, at most beam_width"),
});

/** The part of a cell's settings that {@linkcode commonSettings} describes. */
interface CommonSettings {
  readonly beam_width: number;
  readonly length_penalty: number;
  readonly early_stopping: boolean;
  readonly n_best: number;
}

const unsaid = { length_penalty: 0, early_stopping: false, n_best: 1 };

function optionsOf(settings: CommonSettings): BeamOptions {
  return {
    nBest: settings.n_best,
    lengthPenalty: settings.length_penalty,
    earlyStopping: settings.early_stopping,
  };
}

function commonProblems({ beam_width, n_best }: CommonSettings): SettingProblem[] {
  if (n_best <= beam_width) return [];
  const message = `expected at most beam_width (${beam_width}), found ${n_best}`;
  return [{ setting: "n_best", message }];
}

/**
 * The strategy `beam`.
 *
 * @internal
 */
export const beamDefinition = defineStrategy({
  name: "beam",
  summary: "Beam search",
  reference: "Graves, 2012; Sutskever, Vinyals and Le, 2014",
  settings: (z: Zod) => ({
    beam_width: width(z).default(3).describe("Partial texts kept at each length"),
    ...commonSettings(z),
  }),
  unsaid,
  isDeterministic: true,
  isSearch: true,
  drawsEachToken: () => true,
  sequences: ({ beam_width }) => beam_width,
  texts: ({ n_best }) => n_best,
  problems: commonProblems,
  create: (settings) => beam(settings.beam_width, optionsOf(settings)),
});

/**
 * The strategy `diverse_beam`.
 *
 * @internal
 */
export const diverseBeamDefinition = defineStrategy({
  name: "diverse_beam",
  summary: "Beam search in groups that avoid each other's tokens",
  reference: "Vijayakumar et al., 2018, Diverse Beam Search",
  settings: (z: Zod) => ({
    beam_width: width(z).default(4).describe(
      "Partial texts kept at each length, in all groups together",
    ),
    beam_groups: width(z).default(2).describe(
      "Groups that the beams are divided into, which choose one after the other; divides beam_width",
    ),
    diversity_penalty: z.number().min(0).max(1e6).default(0.5).describe(
      "Nats subtracted from a token's score each time that a group before has chosen it at the same " +
        "length",
    ),
    ...commonSettings(z),
    n_best: commonSettings(z).n_best.describe(
      "Texts returned, at most beam_width; they are taken group by group",
    ),
  }),
  unsaid,
  // As SQL's keyword, which no column of a file may be.
  streamNames: { beam_groups: "groups" },
  isDeterministic: true,
  isSearch: true,
  drawsEachToken: () => true,
  sequences: ({ beam_width }) => beam_width,
  texts: ({ n_best }) => n_best,
  // Several texts were once the best of all groups together, which may all be of one group.
  revision: ({ beam_groups, n_best }) => beam_groups > 1 && n_best > 1 ? 1 : undefined,
  problems: (settings) => {
    const { beam_width, beam_groups } = settings;
    const problems = commonProblems(settings);
    if (beam_width % beam_groups !== 0) {
      const message = `expected a divisor of beam_width (${beam_width}), found ${beam_groups}`;
      problems.push({ setting: "beam_groups", message });
    }
    return problems;
  },
  create: (settings) =>
    diverseBeam(settings.beam_width, {
      groups: settings.beam_groups,
      penalty: settings.diversity_penalty,
      ...optionsOf(settings),
    }),
});
