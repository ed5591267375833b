/**
 * Runs that were never made: cells of exact tables of texts, with all that a comparison reads.
 *
 * @module
 */
import { judgedMeasures, RunCell } from "../../src/diff/cell_differences.ts";
import { type LoadedRun, loadRun } from "../../src/diff/load.ts";
import type { SampleRow } from "../../src/diff/samples_file.ts";
import { compareSearch, type Mode } from "../../src/measure/compare_search.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { searchMeasures } from "../../src/measure/search.ts";
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
  /** Whether its cells are searches, of which some other has proved the most probable texts. */
  readonly isSearched?: boolean;
}

const SETTINGS = ["strategy", "k", "draft_k", "temperature"];

/** Reads the run as if it lay in a folder. */
export async function madeUpRun(run: MadeUpRun): Promise<LoadedRun> {
  await loadQuantiles();
  const { name, cells, prompts, samples, population, seed = 1, config = "" } = run;
  const measures = judgedMeasures.map((measure) => measure.name)
    .flatMap((one) => [one, `${one}_low`, `${one}_high`]);
  const counts = ["prompts", "draws", "population", "samples"];
  const results = [["variant", "cell", ...SETTINGS, ...counts, ...measures]];
  const written: Parameters<typeof samplesCsv>[0][number][] = [];
  const rowsOf = new Map(
    Object.entries(cells).map(([label, { table }]) => {
      const random = CounterStream.fromSeed(seed).child(label);
      return [label, samplesOf(table, { prompts, samples, random })];
    }),
  );
  for (const [label, { settings }] of Object.entries(cells)) {
    const rows = rowsOf.get(label) ?? [];
    const measured = new RunCell(rows, {
      design: population === undefined ? { prompts: "listed" } : { prompts: "drawn", population },
      isDeterministic: isDeterministic(settings),
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
    ...(run.isOld ? {} : { "samples.csv": samplesCsv(written) }),
    ...(run.isSearched ? { "comparisons.csv": searchComparisons(run, rowsOf) } : {}),
  };
  return await loadRun(inMemory(name, withManifest(files)));
}

function isDeterministic(settings: MadeUpCell["settings"]): boolean {
  return ["greedy", "beam", "exact"].includes(settings["strategy"] ?? "");
}

/** The measures of searches beside the best text that any cell has, as `comparisons.csv` has them. */
function searchComparisons(
  { cells, population = 1 }: MadeUpRun,
  rowsOf: ReadonlyMap<string, readonly SampleRow[]>,
): string {
  const modes = new Map<string, Mode>();
  for (const { prompt, logProb, tokens } of [...rowsOf.values()].flat()) {
    if (logProb <= (modes.get(prompt)?.logProb ?? -Infinity)) continue;
    modes.set(prompt, { logProb, tokens, isEmpty: tokens === 0 });
  }
  const lines = Object.keys(cells).flatMap((label) => {
    const searched = (rowsOf.get(label) ?? []).map(({ prompt, logProb, tokens }) => ({
      prompt,
      logProbs: [logProb],
      empty: [tokens === 0],
    }));
    const design = { prompts: "drawn", population } as const;
    const search = compareSearch(searched, modes, { hasChance: false, design });
    return searchMeasures.map(({ name, of }) => {
      const { value, interval } = search === undefined ? {} : of(search);
      const ends = [interval?.low, interval?.high].map((end) => end?.toFixed(6) ?? "");
      return ["", label, name, value?.toFixed(6) ?? "", ...ends].join(",");
    });
  });
  return ["variant,cell,measure,value,low,high", ...lines].map((line) => `${line}\r\n`).join("");
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
