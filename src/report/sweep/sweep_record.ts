import type { Variant } from "../../config/sweep.ts";
import type { Failure, ModelLosses } from "../run/run_record.ts";
import type { VariantCell } from "./measures.ts";

/** What one variant's run has found out, as far as the summary of the sweep shows it. */
export interface VariantRun {
  /** Its values of the swept settings; its folder bears their label. */
  readonly variant: Variant;
  /** The cells that it has. */
  readonly cells: readonly VariantCell[];
  /** How well its models predict the corpus. */
  readonly losses: readonly ModelLosses[];
  /** What it lacks, and why. */
  readonly failures: readonly Failure[];
}

/** A whole sweep: what its summary is a view of. */
export interface SweepRecord {
  /** The experiment. */
  readonly name: string;
  /** What steps, samples and drawn prompts were capped at, in a smoke run. */
  readonly limit?: number | undefined;
  /** A run for each variant, at least one, in the order of the product. */
  readonly variants: readonly VariantRun[];
}
