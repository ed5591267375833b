/**
 * Which chance two runs are judged by: pairs where the files of both allow it, and else what is printed.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { judgedMeasures, RunCell } from "../../src/diff/cell_differences.ts";
import type { RunDiff } from "../../src/diff/compare.ts";
import { DiffError } from "../../src/diff/run_files.ts";
import { loadQuantiles } from "../../src/measure/quantiles.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { diffOf, type Files } from "./example_run.ts";
import { samplesCsv } from "./example_samples.ts";
import { samplesOf, type TableCell } from "./exact_table.ts";

await loadQuantiles();

/** A run of one cell on exact tables. */
interface TableRun {
  readonly cell: TableCell;
  readonly seed: number;
  readonly prompts: readonly string[];
  readonly samples: number;
  /** How many prompts there were to draw from, where they were drawn. */
  readonly population?: number;
  /** The strategy, which decides whether there is chance. */
  readonly strategy?: string;
}

const listed: TableRun = {
  cell: { exponent: 0.8, texts: 1000, acceptance: 0.7 },
  seed: 1,
  prompts: ["a", "b", "c", "d"],
  samples: 50,
};

/** The files of a run, as far as they matter here. */
function filesOf(
  { cell, seed, prompts, samples, population, strategy = "sample" }: TableRun,
): Files {
  const rows = samplesOf(cell, { prompts, samples, random: CounterStream.fromSeed(seed) });
  const measured = new RunCell(rows, {
    design: population === undefined ? { prompts: "listed" } : { prompts: "drawn", population },
    isDeterministic: strategy === "greedy",
    drawsEachToken: true,
    draftK: 4,
  });
  const columns = ["variant", "cell", "strategy", "prompts", "population"];
  const values = ["", strategy, strategy, `${prompts.length}`, `${population ?? ""}`];
  for (const { name, of } of judgedMeasures) {
    const value = of(measured);
    if (value === undefined || !("value" in value)) continue;
    columns.push(name, `${name}_low`, `${name}_high`);
    const { interval } = value;
    values.push(
      ...[value.value, interval?.low, interval?.high].map((one) => one?.toFixed(6) ?? ""),
    );
  }
  const samplesText = samplesCsv(rows.map((row) => ({
    cell: strategy,
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
  return {
    "config.yaml": `name: a\nseed: ${seed}\n`,
    "results.csv": `${columns.join(",")}\r\n${values.join(",")}\r\n`,
    "samples.csv": samplesText,
  };
}

/** A metric of the only cell of two runs. */
function metricOf({ cells }: RunDiff, name: string) {
  return cells.rows[0]?.metrics.find(({ metric }) => metric === name);
}

function pairingOf(diff: RunDiff, name: string) {
  return metricOf(diff, name)?.judgement?.pairing;
}

const better = { ...listed, cell: { ...listed.cell, acceptance: 0.73 } };

Deno.test("diffRuns: runs of one seed are paired by sample number, which sees what the printed intervals do not", async () => {
  const [old, current] = [filesOf(listed), filesOf(better)];
  const diff = await diffOf(old, current);
  assertEquals(pairingOf(diff, "acceptance_rate"), "sample number");
  assertEquals([diff.shortcomings, metricOf(diff, "acceptance_rate")?.judgement?.isOutside], [
    [],
    true,
  ]);
  const { "samples.csv": _, ...less } = current;
  const printed = await diffOf(old, less);
  assertEquals(pairingOf(printed, "acceptance_rate"), "printed intervals");
  assertEquals(printed.shortcomings, ["new has no samples.csv of this version"]);
  const widths = [diff, printed].map((one) => {
    const { low, high } = metricOf(one, "acceptance_rate")?.judgement?.difference.interval ??
      { low: NaN, high: NaN };
    return high - low;
  });
  assert((widths[0] ?? NaN) < 0.5 * (widths[1] ?? NaN), `${widths}`);
});

Deno.test("diffRuns: runs of two seeds are independent given listed prompts", async () => {
  const diff = await diffOf(filesOf(listed), filesOf({ ...listed, seed: 2 }));
  assertEquals(pairingOf(diff, "acceptance_rate"), "none");
  assertEquals(pairingOf(diff, "mean_length"), "none");
});

Deno.test("diffRuns: drawn prompts are paired draw by draw where both drew the same", async () => {
  const drawn = { ...listed, prompts: ["a", "b", "b", "c", "d", "e"], population: 50 };
  const [old, same] = [filesOf(drawn), filesOf({ ...drawn, seed: 2 })];
  assertEquals(pairingOf(await diffOf(old, same), "mean_length"), "draw");
  const others = filesOf({ ...drawn, seed: 2, prompts: ["a", "b", "c", "c", "d", "e"] });
  assertEquals(pairingOf(await diffOf(old, others), "mean_length"), "none");
});

Deno.test("diffRuns: what differs without chance differs, and there is no verdict on it", async () => {
  const greedy = { ...listed, strategy: "greedy", samples: 1 };
  const diff = await diffOf(filesOf(greedy), filesOf({ ...greedy, seed: 2 }));
  assertEquals(metricOf(diff, "mean_log_prob")?.differs, true);
  assertEquals(metricOf(diff, "mean_log_prob")?.judgement, undefined);
  assertEquals(diff.family.metrics, 0);
});

Deno.test("diffRuns: values that samples.csv does not give are judged by the printed intervals", async () => {
  const old = filesOf(listed);
  const results = (old["results.csv"] ?? "").split("\r\n");
  const columns = (results[0] ?? "").split(",");
  const values = (results[1] ?? "").split(",");
  const place = columns.indexOf("mean_length");
  const other = values.with(place, `${Number(values[place]) + 0.01}`).join(",");
  const diff = await diffOf(old, {
    ...filesOf(better),
    "results.csv": `${results[0]}\r\n${other}\r\n`,
  });
  assertEquals(pairingOf(diff, "mean_length"), "printed intervals");
  assertEquals(pairingOf(diff, "mean_log_prob"), "sample number");
  assertEquals(
    diff.shortcomings.includes(
      "results.csv has another mean_length than this version finds in samples.csv",
    ),
    true,
  );
});

Deno.test("diffRuns: samples.csv of an older version is told by the column that it lacks, a damaged one refused", async () => {
  const old = filesOf(listed);
  const current = filesOf(better);
  const text = current["samples.csv"] ?? "";
  const older = { ...current, "samples.csv": text.replace("overlap", "laps") };
  const { shortcomings } = await diffOf(old, older);
  assertEquals(shortcomings, ["samples.csv of new lacks the column overlap"]);
  const damaged = { ...current, "samples.csv": text.replace(",eos,", ",oes,") };
  await assertRejects(
    () => diffOf(old, damaged),
    DiffError,
    "cannot use samples.csv of new: line 2: stop: expected eos",
  );
});

Deno.test("diffRuns: where results are equal, samples are not read", async () => {
  const old = filesOf(listed);
  const damaged = { ...old, "samples.csv": "cell\r\n1,2\r\n" };
  const diff = await diffOf(old, damaged);
  assertEquals(diff.family.metrics, 0);
});

Deno.test("diffRuns: measures of comparisons.csv, which depend on other cells, are judged by their intervals", async () => {
  const withGap = (run: TableRun, gap: string): Files => ({
    ...filesOf(run),
    "comparisons.csv": `cell,measure,value,low,high\r\nsample,search_gap,${gap}\r\n`,
  });
  const diff = await diffOf(
    withGap(listed, "0.500000,0.400000,0.600000"),
    withGap(better, "0.900000,0.800000,1.000000"),
  );
  const gap = metricOf(diff, "search_gap");
  assertEquals([gap?.change, gap?.judgement?.pairing], [0.4, "printed intervals"]);
  // That is all that is known of them in any run, and nothing to complain of.
  assertEquals(diff.shortcomings, []);
});

Deno.test("diffRuns: the entropy of texts from the target's own distribution is its log-prob, and judged once", async () => {
  const diff = await diffOf(filesOf(listed), filesOf({ ...listed, seed: 2 }));
  const [entropy, logProb] = ["entropy_per_token", "log_prob_per_token"].map((name) =>
    metricOf(diff, name)
  );
  assertEquals(entropy?.change, -(logProb?.change ?? NaN));
  assertEquals([entropy?.judgement, entropy?.sameAs], [undefined, "log_prob_per_token"]);
  assert(logProb?.judgement !== undefined && logProb.sameAs === undefined);
  const metrics = diff.cells.rows[0]?.metrics ?? [];
  assertEquals(
    metrics.filter(({ sameAs }) => sameAs !== undefined).map(({ metric }) => metric),
    ["entropy_per_token"],
  );
  assertEquals(
    diff.family.metrics,
    metrics.filter(({ judgement }) => judgement !== undefined).length,
  );
});

Deno.test("diffRuns: nats per token and bits per character of as many tokens are one comparison", async () => {
  const models = (nats: string, bits: string, tokens: string): Files => ({
    ...filesOf(listed),
    "models.csv": "model,held_out_tokens,held_out_nats_per_token,held_out_nats_per_token_low," +
      "held_out_nats_per_token_high,held_out_bits_per_character,held_out_bits_per_character_low," +
      `held_out_bits_per_character_high\r\ntarget,${tokens},${nats},${bits}\r\n`,
  });
  const old = models("2.2,2.1,2.3", "3.7,3.6,3.8", "1000");
  const judgedIn = async (current: Files): Promise<unknown[]> => {
    const { models, family } = await diffOf(old, current);
    const metrics = models.rows[0]?.metrics ?? [];
    return [
      family.metrics,
      ...metrics.filter(({ judgement }) => judgement !== undefined).map(({ metric }) => metric),
    ];
  };
  assertEquals(await judgedIn(models("2.3,2.2,2.4", "3.9,3.8,4.0", "1000")), [
    1,
    "held_out_nats_per_token",
  ]);
  // Of other tokens they may well differ in opposite directions.
  assertEquals(await judgedIn(models("2.3,2.2,2.4", "3.6,3.5,3.7", "900")), [
    2,
    "held_out_nats_per_token",
    "held_out_bits_per_character",
  ]);
});
