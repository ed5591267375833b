/**
 * The kinds of findings, in the order in which a report tells them.
 *
 * @module
 */
import { beamWidth } from "./beam_width.ts";
import { frontier } from "./frontier.ts";
import { speculation } from "./speculation.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { SweepSummary } from "../sweep/sweep_summary.ts";
import type { FindingDefinition } from "./finding.ts";
import { howSure, sweepHowSure } from "./how_sure.ts";
import { runSetting } from "./run_setting.ts";
import { seeds } from "./seeds.ts";
import { standing } from "./standing.ts";
import { unproved } from "./unproved.ts";
import { sweptSetting } from "./swept_setting.ts";

/** The kinds of findings about runs, the most important first. */
export const runFindings: readonly FindingDefinition<RunRecord>[] = [
  beamWidth,
  unproved,
  speculation,
  frontier,
  sweptSetting,
  standing,
  howSure,
];

/** The kinds of findings about sweeps, the most important first. */
export const sweepFindings: readonly FindingDefinition<SweepSummary>[] = [
  runSetting,
  seeds,
  sweepHowSure,
];
