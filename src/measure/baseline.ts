/**
 * The cell that others are compared with, and those whose samples have the same distribution as its own.
 *
 * @module
 */
import { type Cell, chainText } from "../decode/cell.ts";
import { strategyOf, type StrategySettings } from "../decode/definitions.ts";
import { effectiveChain } from "../decode/warp/definitions.ts";

/**
 * The cell of `grid` labelled `wanted`; where none is wanted that of `sample` without warpers, or else
 * the first.
 */
export function baselineOf(grid: readonly Cell[], wanted: string | undefined): Cell | undefined {
  return wanted === undefined
    ? grid.find(isUnwarped) ?? grid[0]
    : grid.find(({ label }) => label === wanted);
}

/** Whether a cell samples from the target as it is. */
function isUnwarped({ settings }: Cell): boolean {
  return strategyOf(settings).samplesAfter?.(settings).length === 0;
}

/**
 * Whether both draw from the same distribution of texts, so that what is measured of their samples
 * differs by chance alone: lossless speculation and sampling after the same warpers, those that change
 * nothing left aside.
 */
export function haveSameDistribution(one: StrategySettings, other: StrategySettings): boolean {
  const chain = chainOf(one);
  return chain !== undefined && chain === chainOf(other);
}

/** The warpers of the target's distribution that a strategy samples from; none where it does otherwise. */
function chainOf(settings: StrategySettings): string | undefined {
  const { samplesAfter, speculation } = strategyOf(settings);
  const profile = speculation?.(settings);
  const chain = profile?.isLossless ? profile.warp : samplesAfter?.(settings);
  return chain && chainText(effectiveChain(chain));
}
