/**
 * Simulates all cases on several threads, and describes what was found.
 *
 * @module
 */
import { table } from "../../src/report/markdown.ts";
import {
  type Case,
  cases,
  type Coverage,
  exactly99,
  isKnown,
  unshown,
  verdictOf,
} from "./coverage.ts";
import type { Simulation } from "./coverage_worker.ts";

/** How many cells to draw of each case, on how many threads, and a callback for each case. */
export interface CoverageOptions {
  readonly replicates: number;
  readonly threads: number;
  readonly onCase?: (done: number, of: number) => void;
}

/** The coverage of every interval in every case, in the order of the cases. */
export async function simulateAll(
  { replicates, threads, onCase }: CoverageOptions,
): Promise<Coverage[]> {
  const found: Coverage[][] = [];
  const waiting = [...cases.entries()];
  let done = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./coverage_worker.ts", import.meta.url), { type: "module" });
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [i, one] = next;
        found[i] = await answer(worker, { one, replicates });
        onCase?.(++done, cases.length);
      }
    } finally {
      worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return found.flat();
}

function answer(worker: Worker, simulation: Simulation): Promise<Coverage[]> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Coverage[]>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot simulate coverage: ${event.message}`));
    };
    worker.postMessage(simulation);
  });
}

/** Whether exactly those sizes fall short that the list of limits has. */
export function isAsListed(found: readonly Coverage[]): boolean {
  return unlisted(found).length === 0 && unshown(found).length === 0;
}

/** Intervals that do not cover as they say, at sizes that the list lacks. */
function unlisted(found: readonly Coverage[]): Coverage[] {
  return found.filter((one) => verdictOf(one) !== "covers" && !isKnown(one));
}

/** A table of all that was found, and what is not as it must be. */
export function describeCoverage(found: readonly Coverage[], replicates: number): string {
  const rows = found.map((one) => {
    const [low, high] = exactly99(one.covered, one.intervals).map((share) => share.toFixed(3));
    const verdict = verdictOf(one);
    const known = verdict === "covers" || !isKnown(one) ? "" : ", as listed";
    return [
      one.name,
      sizeText(one),
      one.size.prompts === "listed" ? "given the prompts" : "over the population",
      one.truth.toPrecision(5),
      one.intervals === 0 ? "" : (one.covered / one.intervals).toFixed(3),
      one.intervals === 0 ? "no interval" : `${low} to ${high}`,
      one.intervals === 0 ? "" : `${verdict}${known}`,
    ];
  });
  const wrong = [
    ...unlisted(found).map((one) => `- ${one.name}, ${sizeText(one)}: ${verdictOf(one)}`),
    ...unshown(found).map((limit) => `- listed, but nothing shows it: ${JSON.stringify(limit)}`),
  ];
  return [
    `## 95 % intervals: ${cases.length} sizes, ${replicates} cells each`,
    "",
    table(["estimate", "cells", "estimand", "truth", "covers", "99 %", "verdict"], rows),
    "",
    ...(wrong.length === 0
      ? ["All as src/measure/coverage_limits.ts lists it."]
      : ["NOT as src/measure/coverage_limits.ts lists it:", "", ...wrong]),
  ].join("\n");
}

function sizeText({ size: { prompts, count, samples, population }, warp }: Case): string {
  const each = samples === 0 ? "a search" : `${samples} samples`;
  const from = prompts === "drawn" ? ` of ${population}` : "";
  return `${count} ${prompts}${from}, ${each}, ${warp}`;
}
