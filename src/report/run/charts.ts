/**
 * The kinds of charts of a run, in the order of its report. Each is Vega-Lite specifications, data that
 * `svg.ts` draws; its file in `charts/` says when it applies and what it shows.
 *
 * @module
 */
import { buildCharts, type Chart, type ChartDefinition } from "../chart.ts";
import { frontierChart } from "../charts/frontier.ts";
import { heatMaps } from "../charts/heat_maps.ts";
import { lengthsChart } from "../charts/lengths.ts";
import { samplerSweepCharts } from "../charts/sampler_sweeps.ts";
import { searchCharts, searchChartsWithoutMode } from "../charts/searches.ts";
import { speculationChart } from "../charts/speculation.ts";
import { lossChart } from "../charts/training.ts";
import { atEqualNumbers, type RunRecord } from "./run_record.ts";

/** The kinds of charts of a run, in the order of its report. */
export const runCharts: readonly ChartDefinition<RunRecord>[] = [
  lossChart,
  frontierChart,
  lengthsChart,
  speculationChart,
  searchCharts,
  searchChartsWithoutMode,
  samplerSweepCharts,
  heatMaps,
];

/** Every chart of a run; none where the config wants none. */
export function chartsOf(run: RunRecord): readonly Chart[] {
  return run.experiment.config.report.charts ? buildCharts(runCharts, atEqualNumbers(run)) : [];
}
