/**
 * The definition of a chart, which is listed once, built once, and shown in its section.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { config } from "./charts/theme.ts";

/** A kind of chart of a run, or of a sweep. */
export interface ChartDefinition<Run> {
  /** Its name among the kinds of charts. */
  readonly name: string;
  /** The section of the report that shows it. */
  readonly section: ChartSection;
  /** The charts of this kind: none where it does not apply. */
  readonly of: (run: Run) => readonly ChartPlan[];
}

/** Sections of reports that show charts. */
export type ChartSection =
  | "models"
  | "likelihood"
  | "diversity"
  | "speculation"
  | "search"
  | "sweeps"
  | "cells";

/** A chart before it is drawn. */
export interface ChartPlan {
  /** Its file, below the run's folder. */
  readonly file: string;
  /** A description for those who cannot see it. */
  readonly description: string;
  /** The entry of the grid that it is of, if it is of one. */
  readonly entry?: number;
  /**
   * How it is drawn.
   *
   * @internal
   */
  readonly spec: TopLevelSpec;
}

/** A chart and where it is shown. */
export interface Chart extends ChartPlan {
  /** The section of the report that shows it. */
  readonly section: ChartSection;
}

/** The charts of `definitions` that apply to `run`. */
export function buildCharts<Run>(
  definitions: readonly ChartDefinition<Run>[],
  run: Run,
): readonly Chart[] {
  return definitions.flatMap(({ section, of }) => of(run).map((plan) => ({ ...plan, section })));
}

/** The part of a specification that all charts share. */
export const common = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  background: "transparent",
  config,
} as const;

/** The specification of a chart as a file beside its picture, which the Vega editor opens. */
export function specText({ spec, description }: ChartPlan): string {
  return JSON.stringify({ ...spec, description }, null, 1) + "\n";
}

/** The file of the specification of a chart. */
export function specFile({ file }: ChartPlan): string {
  return file.replace(/\.svg$/, ".vl.json");
}
