/**
 * The names of the kinds of charts of a run, in the order of its report; their definitions, which take
 * long to load, are in `charts.ts`.
 */
export const RUN_CHARTS: readonly string[] = [
  "training loss",
  "likelihood and diversity",
  "lengths",
  "speculation",
  "searches",
  "searches without the mode",
  "sweep of an entry",
  "sweep of two settings",
];
