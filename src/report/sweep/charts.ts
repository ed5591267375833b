/**
 * The kinds of charts of a sweep, in the order of its report.
 *
 * @module
 */
import { buildCharts, type Chart, type ChartDefinition } from "../chart.ts";
import { runSweepCharts } from "../charts/run_sweeps.ts";
import { seedsChart } from "../charts/seeds.ts";
import type { SweepSummary } from "./sweep_summary.ts";

/** The kinds of charts of a sweep. */
export const sweepChartDefinitions: readonly ChartDefinition<SweepSummary>[] = [
  runSweepCharts,
  seedsChart,
];

/** Every chart of a sweep. */
export function sweepCharts(sweep: SweepSummary): readonly Chart[] {
  return buildCharts(sweepChartDefinitions, sweep);
}
