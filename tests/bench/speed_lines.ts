import type { Result } from "./results.ts";
import type { SpeculationCell } from "./speculation.ts";
import { type Report, short } from "./table.ts";

/** Who is beside microbeam on one core, in the order of a legend. */
export const COMPARED = ["all cores", "strict", "before", "PyTorch", "jax-js", "bound"] as const;
/** One of them. */
export type Compared = typeof COMPARED[number];

/** One line of the chart: the speeds of others beside that of microbeam on one core. */
export interface SpeedLine {
  /** The work. */
  readonly name: string;
  /** What microbeam reached, with its unit. */
  readonly reached: string;
  /** 2 is twice as fast, or half as large. */
  readonly speeds: readonly { readonly who: Compared; readonly speed: number }[];
}

/** The lines of a section. */
export interface SpeedSection {
  /** Its heading. */
  readonly title: string;
  /** How to read the names of its lines, where they do not say it. */
  readonly subtitle?: string;
  /** Its lines. */
  readonly lines: readonly SpeedLine[];
}

/** Sections of the table that the chart shows, in its order; the others are about the machine alone. */
const TITLES = [
  ["training", "Training"],
  ["decoding", "Decoding"],
  ["warpers", "Choices from large vocabularies"],
  ["ngrams", "N-grams"],
  ["measures", "Measures"],
  ["planning", "Whole processes"],
  ["start", "Whole processes"],
  ["cold", "Whole processes"],
  ["first", "Whole processes"],
  ["memory", "Memory"],
] as const;

/** How to read names in sections of these titles. */
const SUBTITLES: ReadonlyMap<string, string> = new Map([
  ["Training", "width/heads/layers × documents"],
  ["Decoding", "width/heads/layers × texts at once"],
]);

/** The marks that speculation has beside it. */
const SPECULATION = {
  title: "Speculation, one text at a time",
  subtitle: "k tokens drafted; bound: passes alone",
} as const;

/** Everything of a report that has something beside it to be compared with, section by section. */
export function speedSections({ results, speculation }: Report): SpeedSection[] {
  const lines = TITLES.flatMap(([section, title]) =>
    results.filter((result) => result.section === section && !result.isDetail)
      .map(lineOf)
      .filter(({ speeds }) => speeds.length > 0)
      .map((line) => ({ title, line }))
  );
  const best = speculationLines(speculation?.cells ?? []);
  const sections = [...Map.groupBy(lines, ({ title }) => title)]
    .map(([title, own]): SpeedSection => {
      const subtitle = SUBTITLES.get(title);
      const lines = own.map(({ line }) => line);
      return { title, ...subtitle === undefined ? {} : { subtitle }, lines };
    });
  return best.length === 0 ? sections : [...sections, { ...SPECULATION, lines: best }];
}

function lineOf(result: Result): SpeedLine {
  const {
    name,
    label = name,
    unit,
    better,
    engine,
    allCores,
    strict,
    before,
    peers,
    bounds: [bound] = [],
  } = result;
  const speeds: { who: Compared; speed: number }[] = [];
  if (allCores !== undefined) {
    const speed = better === "lower"
      ? engine.median / allCores.median
      : allCores.median / engine.median;
    speeds.push({ who: "all cores", speed });
  }
  if (strict !== undefined) speeds.push({ who: "strict", speed: 1 / strict.ratio.median });
  if (before !== undefined) speeds.push({ who: "before", speed: 1 / before.ratio.median });
  for (const who of ["PyTorch", "jax-js"] as const) {
    const peer = peers[who];
    if (peer !== undefined) speeds.push({ who, speed: 1 / peer.ratio.median });
  }
  if (bound !== undefined) speeds.push({ who: "bound", speed: 1 / bound.reached.median });
  return { name: label, reached: `${short(engine.median)} ${unit}`, speeds };
}

/** Of each draft the `draft_k` that is fastest; what bounds it is what the model calls alone would bring. */
function speculationLines(cells: readonly SpeculationCell[]): SpeedLine[] {
  return [...Map.groupBy(cells, ({ draft }) => draft)].flatMap(([draft, own]) => {
    const [best] = own.toSorted((a, b) => b.speedUps.measured.value - a.speedUps.measured.value);
    if (best === undefined) return [];
    const { measured, ofPasses } = best.speedUps;
    return [{
      name: `${draft}, k ${best.draftK}`,
      reached: `${measured.value.toFixed(2)} × plain`,
      speeds: [{ who: "bound" as const, speed: ofPasses.value / measured.value }],
    }];
  });
}
