/**
 * Runs that were never made: cells of exact tables of texts, with all that a comparison reads.
 *
 * @module
 */
import { judgedMeasures, RunCell } from "../../src/diff/cell_differences.ts";
import { type LoadedRun, loadRun } from "../../src/diff/load.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { inMemory, withManifest } from "../diff/example_run.ts";
import { samplesCsv } from "../diff/example_samples.ts";
import { samplesOf, type TableCell } from "../diff/exact_table.ts";

/** A cell by its label. */
export interface MadeUpCell {
  /** Its settings, `strategy` among them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What its texts are drawn from. */
  readonly table: TableCell;
}

/** A run without a sweep. */
export interface MadeUpRun {
  /** How it is named. */
  readonly name: string;
  readonly cells: Readonly<Record<string, MadeUpCell>>;
  readonly prompts: readonly string[];
  readonly samples: number;
  /** How many prompts there were to draw from, where they were drawn. */
  readonly population?: number;
  /** Its seed; 1 if left out. */
  readonly seed?: number;
  /** Further lines of its config. */
  readonly config?: string;
  /** Whether its samples are gone. */
  readonly isOld?: boolean;
}

const SETTINGS = ["strategy", "k", "draft_k", "temperature"];

/** Reads the run as if it lay in a folder. */
export async function madeUpRun(run: MadeUpRun): Promise<LoadedRun> {
  await loadQuantiles();
  const { name, cells, prompts, samples, population, seed = 1, config = "", isOld = false } = run;
  const measures = judgedMeasures.map((measure) => measure.name)
    .flatMap((one) => [one, `${one}_low`, `${one}_high`]);
  const counts = ["prompts", "draws", "population", "samples"];
  const results = [["variant", "cell", ...SETTINGS, ...counts, ...measures]];
  const written: Parameters<typeof samplesCsv>[0][number][] = [];
  for (const [label, { settings, table }] of Object.entries(cells)) {
    const random = CounterStream.fromSeed(seed).child(label);
    const rows = samplesOf(table, { prompts, samples, random });
    const measured = new RunCell(rows, {
      design: population === undefined ? { prompts: "listed" } : { prompts: "drawn", population },
      isDeterministic: settings["strategy"] === "greedy",
      drawsEachToken: true,
      draftK: Number(settings["draft_k"] ?? 0),
    });
    const values = judgedMeasures.flatMap(({ of }) => {
      const { value, interval } = of(measured) ?? {};
      return [value, interval?.low, interval?.high].map((one) => one?.toFixed(6) ?? "");
    });
    const sizes = [new Set(prompts).size, prompts.length, population ?? "", rows.length];
    const own = SETTINGS.map((setting) => settings[setting] ?? "");
    results.push(["", label, ...own, ...sizes.map(String), ...values]);
    written.push(...rows.map((row) => ({
      cell: label,
      prompt: row.prompt,
      draw: `${row.draw}`,
      decoding: `${row.decoding}`,
      continuation: row.continuation,
      tokens: `${row.tokens}`,
      choices: `${row.choices}`,
      log_prob: row.logProb.toFixed(6),
      warped_log_prob: row.warpedLogProb.toFixed(6),
      target_calls: `${row.targetCalls}`,
      proposed: `${row.proposed}`,
      tested: `${row.tested}`,
      accepted: `${row.accepted}`,
      overlap: row.overlap?.toFixed(6) ?? "",
      novel: row.isNovel ? "1" : "0",
      held_out: row.isHeldOut ? "1" : "0",
    })));
  }
  const field = (text: string): string =>
    /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const files = {
    "config.yaml": `name: ${name}\nseed: ${seed}\n${config}`,
    "results.csv": results.map((row) => `${row.map(field).join(",")}\r\n`).join(""),
    ...(isOld ? {} : { "samples.csv": samplesCsv(written) }),
  };
  return await loadRun(inMemory(name, withManifest(files)));
}

/** Cells that speculate, by `draft_k`, with the probability that a proposed token is accepted. */
export function speculative(
  acceptances: Readonly<Record<string, number>>,
): Readonly<Record<string, MadeUpCell>> {
  return Object.fromEntries(
    Object.entries(acceptances).map(([draftK, acceptance]): [string, MadeUpCell] => [
      `speculative(draft_k=${draftK})`,
      {
        settings: { strategy: "speculative", draft_k: draftK },
        table: { exponent: 0.8, texts: 500, acceptance },
      },
    ]),
  );
}

/** Cells that sample among so many texts, by `k`. */
export function topK(
  texts: Readonly<Record<string, number>>,
): Readonly<Record<string, MadeUpCell>> {
  return Object.fromEntries(
    Object.entries(texts).map(([k, count]): [string, MadeUpCell] => [
      `top_k(k=${k})`,
      { settings: { strategy: "top_k", k }, table: { exponent: 0.8, texts: count } },
    ]),
  );
}
