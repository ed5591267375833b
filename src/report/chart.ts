import type { TopLevelSpec } from "vega-lite";

/** One picture. */
export interface Chart {
  /** Where it goes, below the run's folder. */
  readonly file: string;
  /** What it shows, for those who cannot see it. */
  readonly description: string;
  /**
   * How it is drawn.
   *
   * @internal
   */
  readonly spec: TopLevelSpec;
}

/** What all charts share. */
export const common = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  background: "white",
  padding: 12,
} as const;

/** The 95 % interval of a point, from a field `low` to a field `high`. */
export const intervalMark = { type: "rule", opacity: 0.6, strokeWidth: 1.5 } as const;
