import { type Cell, cellOf } from "../decode/cell.ts";
import type { StrategySettings } from "../decode/definitions.ts";

/** The cell of each of `entries`, in their order. */
export function cells(entries: readonly StrategySettings[]): Cell[] {
  return entries.map((settings, entry) => cellOf(settings, { entry }));
}
