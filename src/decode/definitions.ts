/**
 * The list of strategies: everything else about a strategy follows from its definition in this list.
 *
 * @module
 */
import type { DecodeResources, SettingsOf, StrategyDefinition } from "./definition.ts";
import { bestOfDefinition } from "./sample/best_of.ts";
import { greedyDefinition } from "./sample/greedy.ts";
import { mirostatDefinition } from "./sample/mirostat.ts";
import { sampleDefinition, warperStrategies } from "./sample/sample.ts";
import { beamDefinition, diverseBeamDefinition } from "./search/beam.ts";
import { exactDefinition } from "./search/exact.ts";
import { stochasticBeamDefinition } from "./search/stochastic_beam.ts";
import { speculativeDefinition } from "./speculative/speculative.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Every strategy, in the order of configs and tables.
 *
 * @internal
 */
export const strategies = [
  greedyDefinition,
  ...warperStrategies,
  sampleDefinition,
  beamDefinition,
  diverseBeamDefinition,
  stochasticBeamDefinition,
  bestOfDefinition,
  mirostatDefinition,
  exactDefinition,
  speculativeDefinition,
] as const;

/** One strategy with one value for each setting. */
export type StrategySettings = SettingsOf<(typeof strategies)[number]>;

const byName: ReadonlyMap<string, StrategyDefinition<StrategySettings>> = new Map(
  strategies.map((strategy) => [strategy.name, strategy]),
);

/** The definition of the strategy with `settings`. */
export function strategyOf(
  { strategy }: StrategySettings,
): StrategyDefinition<StrategySettings> {
  const definition = byName.get(strategy);
  if (definition !== undefined) return definition;
  throw new RangeError(
    `Cannot decode by "${strategy}": expected one of ${[...byName.keys()].join(", ")}`,
  );
}

/** The strategy that `settings` declare. */
export function createStrategy(settings: StrategySettings, resources: DecodeResources): Strategy {
  return strategyOf(settings).create(settings, resources);
}
