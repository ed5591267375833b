/**
 * The results of searches and their cost: the total log-prob of the best text, how far it is from the
 * mode, how many best texts are empty, how long they are, and how many rows of the target they took. Over
 * the setting that a search sweeps, or else as a row for each search.
 *
 * @module
 */
import { sweptValue } from "../../decode/cell.ts";
import { isGreedy } from "../../measure/compare_cells.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { isProved, unprovedMark } from "../../measure/searched.ts";
import type { ChartDefinition, ChartPlan } from "../chart.ts";
import type { RunRecord } from "../run/run_record.ts";
import { type Axis, doublingAxis, sweptAxis, valueAxis } from "./axis.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOfSeveral, type Picture } from "./frame.ts";
import { type LegendItem, legendPicture } from "./legend.ts";
import { shortNames } from "./names.ts";
import { chartOfRows, type RowPicture, type RowPoint } from "./rows.ts";
import { type Search, searchesOf, type SearchPanel, searchPanels } from "./search_measures.ts";
import { type Point, ruleLayer, type Series, seriesLayers } from "./series.ts";
import { type Look, lookOf, NEUTRAL } from "./theme.ts";

/** So many values of a setting make a line. */
const FEWEST_VALUES = 4;

/** Searches over what they sweep, and all searches beside one another, where the mode is known. */
export const searchCharts: ChartDefinition<RunRecord> = {
  name: "searches",
  section: "search",
  of: (run) => run.search === undefined ? [] : plansOf(run),
};

/** The same where no search has proved the mode, so that there is no section about searches. */
export const searchChartsWithoutMode: ChartDefinition<RunRecord> = {
  name: "searches without the mode",
  section: "likelihood",
  of: (run) => run.search === undefined ? plansOf(run) : [],
};

function plansOf(run: RunRecord): ChartPlan[] {
  const searches = searchesOf(run);
  if (searches.length < 2) return [];
  const sweeps = [...Map.groupBy(searches, sweptSetting)].flatMap(([key, own]) =>
    key !== undefined && valuesOf(own, key).length >= FEWEST_VALUES ? [{ key, own }] : []
  );
  const swept = new Set(sweeps.flatMap(({ own }) => own));
  const references = searches.filter((search) => !swept.has(search) && isReference(search));
  return [
    ...sweeps.map(({ key, own }) => sweepPlan(key, own, references)),
    ...swept.size + references.length < searches.length ? [besidePlan(searches)] : [],
  ];
}

/** The number that a search's entry sweeps. */
function sweptSetting({ measures: { cell } }: Search): string | undefined {
  const [key, ...others] = cell.swept;
  if (key === undefined || others.length > 0) return undefined;
  return typeof sweptValue(cell.settings, key) === "number" ? key : undefined;
}

function valuesOf(searches: readonly Search[], key: string): number[] {
  const values = searches.map(({ measures: { cell } }) => Number(sweptValue(cell.settings, key)));
  return [...new Set(values)];
}

/** Greedy search, and one that looks for the proof of a mode, are the ends between which others lie: levels, not points. */
function isReference(search: Search): boolean {
  return looksForProof(search) || isGreedy(search.measures);
}

function looksForProof({ measures: { searched = [] } }: Search): boolean {
  return searched.some(({ proof }) => proof !== undefined);
}

function provesMode({ measures: { searched = [] } }: Search): boolean {
  return searched.length > 0 && searched.every(isProved);
}

const SIZE = { width: 240, height: 150 };
/** Dashes of levels, in the order of searches. */
const DASHES: readonly (readonly [number, number])[] = [[7, 4], [2, 3], [10, 3]];

/** The measures over the setting `key`, one line for each entry of the grid. */
function sweepPlan(
  key: string,
  own: readonly Search[],
  references: readonly Search[],
): ChartPlan {
  const entries = [...Map.groupBy(own, ({ measures: { cell } }) => cell.entry).values()];
  const firsts = entries.flatMap(([first]) => first === undefined ? [] : [first.measures.cell]);
  const names = shortNames(firsts, { but: [key] });
  const levels = references.map((search, i) => ({
    search,
    name: (shortNames([search.measures.cell])[0] ?? "") + unprovedMark(search.measures.searched),
    dash: DASHES[i % DASHES.length] ?? [7, 4] as const,
  }));
  const pictures = searchPanels.flatMap((panel): Picture[] => {
    const series = entries.map((cells, i): Series => ({
      name: names[i] ?? "",
      look: lookOf(i),
      points: cells.flatMap(({ measures: { cell }, values }): Point[] => {
        const y = values.get(panel.name);
        if (y === undefined) return [];
        const x = Number(sweptValue(cell.settings, key));
        return [{ x, y, description: pointText(cell.label, [[panel, y]]) }];
      }),
    }));
    const lines = levels.flatMap(({ search, dash }) => {
      const level = search.values.get(panel.name);
      const { cell: { label }, searched } = search.measures;
      return level === undefined ? [] : [{ label: label + unprovedMark(searched), level, dash }];
    });
    const all = [
      ...series.flatMap(({ points }) => points.map(({ y }) => y)),
      ...lines.map(({ level }) => ({ value: level.value })),
    ];
    if (series.every(({ points }) => points.length === 0)) return [];
    const axes = {
      x: sweptAxis(key, valuesOf(own, key), SIZE.width),
      y: axisOf(panel, axisTitle(panel), all),
    };
    return [{
      title: axisTitle(panel),
      ...SIZE,
      layers: [
        ...lines.map(({ label, level, dash }) =>
          ruleLayer(level.value, pointText(label, [[panel, level]]), axes.y, dash)
        ),
        ...seriesLayers(series, axes),
      ],
    }];
  });
  const legend: LegendItem[] = [
    ...names.map((text, i) => ({ text, look: lookOf(i) })),
    ...levels.map(({ name, dash }) => ({ text: name, dash })),
  ];
  return {
    file: `charts/search-by-${fileName(key)}.svg`,
    description: `Searches by ${key}: ${pictures.map(({ title }) => title).join("; ")}`,
    spec: chartOfSeveral([...pictures, legendPicture(legend, SIZE)], 2),
  };
}

/** A setting as a part of a file's name: `warp[2].top_k` as `warp-2-top_k`. */
function fileName(key: string): string {
  return key.replace(/\W+/g, "-");
}

function axisOf(
  { scale, unit }: SearchPanel,
  title: string,
  found: readonly Estimate[],
  most?: number,
): Axis {
  const values = found.flatMap(({ value, interval }) =>
    interval === undefined ? [value] : [value, interval.low, interval.high]
  );
  if (scale === "log") return doublingAxis(title, values);
  return valueAxis(title, values, {
    from0: scale !== "own",
    ...(most === undefined ? {} : { most }),
    ...(unit === "share" ? { format: "percent" as const, within: [0, 1] as const } : {}),
  });
}

/** A row for each search, a picture for each measure. */
function besidePlan(searches: readonly Search[]): ChartPlan {
  const names = shortNames(searches.map(({ measures: { cell } }) => cell)).map((name, i) =>
    name + unprovedMark(searches[i]?.measures.searched)
  );
  const shown = searchPanels.filter(({ name }) => searches.some(({ values }) => values.has(name)));
  const pictures = shown.map((panel): RowPicture => {
    const points = searches.flatMap(({ measures: { cell, searched }, values }, row): RowPoint[] => {
      const at = values.get(panel.name);
      if (at === undefined) return [];
      const description = pointText(cell.label + unprovedMark(searched), [[panel, at]]);
      return [{ row, at, look: lookOfSearch(searches, row), description }];
    });
    const axis = axisOf(panel, "", points.map(({ at }) => at), 3);
    return { title: panel.brief, axis, points };
  });
  return {
    file: "charts/searches.svg",
    description: `Searches beside one another: ${shown.map(axisTitle).join("; ")}`,
    spec: chartOfRows(names, pictures),
  };
}

/** Each strategy has a colour and a shape; one that proves the mode, the truth, has the text's colour. */
function lookOfSearch(searches: readonly Search[], row: number): Look {
  const own = searches[row];
  if (own === undefined || provesMode(own)) return { colour: NEUTRAL, shape: "diamond" };
  const others = searches.filter((search) => !provesMode(search));
  const strategies = [...new Set(others.map(({ measures: { cell } }) => cell.settings.strategy))];
  return lookOf(strategies.indexOf(own.measures.cell.settings.strategy));
}
