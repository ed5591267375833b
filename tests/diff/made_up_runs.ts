/**
 * Made-up runs of any size for what is printed of a diff: cells with chance and without, with as many
 * measures and variants as a case asks for.
 *
 * @module
 */
import { example, type Files, withManifest } from "./example_run.ts";

/** The measures of a made-up cell, each with how far its interval reaches to both sides. */
export type Values = Readonly<Record<string, readonly [value: number, reach: number | undefined]>>;

/** A cell of `results.csv`. */
export interface MadeUpCell {
  /** Its strategy: that of `beam` has no chance in it. */
  readonly strategy: "top_k" | "beam";
  /** What tells it from others: k, or the width of the beam. */
  readonly number: number;
  /** Its label; where nothing is said made from both. */
  readonly label?: string;
  /** How many samples it has; 100 where nothing is said. */
  readonly samples?: number;
  /** What was measured. */
  readonly values: Values;
}

function labelOf({ label, strategy, number }: MadeUpCell): string {
  return label ?? (strategy === "beam" ? `beam(beam_width=${number})` : `top_k(k=${number})`);
}

/** The rows of `results.csv` of the cells, under these columns of measures. */
function rowsOf(cells: readonly MadeUpCell[], measures: readonly string[], variant = ""): string {
  return cells.map((cell) => {
    const { strategy, number, values, samples = 100 } = cell;
    const settings = strategy === "beam" ? ["", number] : [number, ""];
    const numbers = measures.flatMap((name) => {
      const [value, reach] = values[name] ?? [];
      const ends = value === undefined || reach === undefined
        ? ["", ""]
        : [value - reach, value + reach];
      return [value ?? "", ...ends].map((one) => typeof one === "number" ? one.toFixed(6) : one);
    });
    return [variant, `"${labelOf(cell)}"`, strategy, ...settings, 20, "", samples, ...numbers]
      .join(",") + "\r\n";
  }).join("");
}

function resultsCsv(variants: ReadonlyMap<string, readonly MadeUpCell[]>): string {
  const all = [...variants.values()].flat();
  const measures = [...new Set(all.flatMap(({ values }) => Object.keys(values)))];
  const header = ["variant", "cell", "strategy", "k", "beam_width", "prompts", "population"]
    .concat("samples", measures.flatMap((name) => [name, `${name}_low`, `${name}_high`]));
  const rows = [...variants].map(([variant, cells]) => rowsOf(cells, measures, variant));
  return `${header.join(",")}\r\n${rows.join("")}`;
}

/** A finished run with these cells and, in its config, these lines. */
export function madeUpRun(cells: readonly MadeUpCell[], config = ""): Files {
  return withManifest({
    ...example,
    "config.yaml": `name: a\nseed: 1\n${config}`,
    "results.csv": resultsCsv(new Map([["", cells]])),
  });
}

/** A finished sweep over the seed, with these cells in each variant and these lines in each config. */
export function madeUpSweep(
  variants: ReadonlyMap<string, readonly MadeUpCell[]>,
  config = "",
): Files {
  const own = [...variants].flatMap(([variant, cells]) => {
    const files = {
      ...example,
      "config.yaml": `name: a\n${variant.replace("=", ": ")}\n${config}`,
      "results.csv": resultsCsv(new Map([["", cells]])),
    };
    return Object.entries(
      withManifest(files, { stages: { report: { example: `key ${variant}` } } }),
    ).map(([name, text]): [string, string] => [`${variant}/${name}`, text]);
  });
  const reports = [...variants.keys()].map((variant) => [variant, `key ${variant}`]);
  const settings = [...variants.keys()].map((variant) =>
    `${variant},seed,${variant.split("=")[1]}\r\n`
  );
  const summary = {
    "results.csv": resultsCsv(variants),
    "variants.csv": `variant,setting,value\r\n${settings.join("")}`,
  };
  return {
    ...withManifest(summary, { stages: { report: Object.fromEntries(reports) } }),
    ...Object.fromEntries(own),
  };
}
