/**
 * The gain and the cost of speculation by the number of tokens proposed, all drafts in one chart: tokens per
 * pass of the target and operations, with theory beside them, and how acceptance falls by position.
 *
 * @module
 */
import { strategyOf } from "../../decode/definitions.ts";
import { tokensPerTargetCall } from "../../measure/cost.ts";
import type { Estimate } from "../../measure/estimate.ts";
import { type CellMeasures, estimateIn, type MeasureFacts } from "../../measure/measure.ts";
import {
  operations,
  theoryOperations,
  theoryTokensPerTargetCall,
} from "../../measure/speculation.ts";
import type { ChartDefinition } from "../chart.ts";
import type { RunRecord } from "../run/run_record.ts";
import { type Axis, countAxis, positionOf, sweptAxis, valueAt, valueAxis } from "./axis.ts";
import { axisTitle, pointText } from "./description.ts";
import { chartOfSeveral, horizontal, type Layer, type Picture, vertical } from "./frame.ts";
import { type LegendItem, legendPicture } from "./legend.ts";
import { shortened, shortNames } from "./names.ts";
import { type Axes, type Point, type Series, seriesLayers } from "./series.ts";
import { type Look, lookOf } from "./theme.ts";

const SIZE = { width: 240, height: 180 };
/** The dashes of theory. */
const THEORY = [5, 4] as const;
/** Positions where fewer tokens were tested are left out: their share is chance. */
const FEWEST_TESTED = 30;

/** Tokens per pass, operations, and acceptance by position. */
export const speculationChart: ChartDefinition<RunRecord> = {
  name: "speculation",
  section: "speculation",
  of: ({ cells }) => {
    const drafts = draftsOf(cells);
    const pictures = [
      measurePicture(drafts, tokensPerTargetCall, theoryTokensPerTargetCall),
      measurePicture(drafts, operations, theoryOperations),
      acceptancePicture(drafts),
    ].flatMap((picture) => picture ?? []);
    if (pictures.length === 0) return [];
    const hasTheory = drafts.some(({ cells }) =>
      theoryPoints(cells, theoryTokensPerTargetCall).length > 1
    );
    const legend: LegendItem[] = [
      ...drafts.map(({ name, look }) => ({ text: shortened(name, 26), look })),
      ...hasTheory ? [{ text: "theory", dash: THEORY }] : [],
    ];
    return [{
      file: "charts/speculation.svg",
      description:
        "Tokens per target pass and operations by draft_k, and the share of tested tokens " +
        `that are accepted by their position in a proposal, of ${drafts.length} ` +
        `${drafts.length === 1 ? "draft" : "drafts"}: ${drafts.map(({ name }) => name).join("; ")}`,
      spec: chartOfSeveral([...pictures, legendPicture(legend, SIZE)], 2),
    }];
  },
};

/** Speculative cells that differ in `draft_k` alone. */
interface DraftCells {
  readonly name: string;
  readonly look: Look;
  readonly cells: readonly { readonly draftK: number; readonly measures: CellMeasures }[];
}

function draftsOf(cells: readonly CellMeasures[]): DraftCells[] {
  const speculative = cells.flatMap((measures) => {
    const { settings } = measures.cell;
    const profile = strategyOf(settings).speculation?.(settings);
    return profile === undefined ? [] : [{ draftK: profile.draftK, measures }];
  });
  const groups = [
    ...Map.groupBy(
      speculative,
      ({ measures: { cell } }) => JSON.stringify({ ...cell.settings, draft_k: undefined }),
    ).values(),
  ];
  const firsts = groups.flatMap(([first]) => first === undefined ? [] : [first.measures.cell]);
  const names = shortNames(firsts, { but: ["draft_k"], withStrategy: false });
  return groups.map((cells, i) => ({
    name: names[i] ?? "",
    look: lookOf(i),
    cells: cells.toSorted((a, b) => a.draftK - b.draftK),
  }));
}

/** A measure by `draft_k`, and `theory` of it as dashed lines; none where no cell has it. */
function measurePicture(
  drafts: readonly DraftCells[],
  measure: MeasureFacts,
  theory: MeasureFacts,
): Picture | undefined {
  const series = drafts.map(({ name, look, cells }): Series => ({
    name,
    look,
    points: cells.flatMap(({ draftK, measures }): Point[] => {
      const y = estimateIn(measures, measure);
      if (y === undefined) return [];
      const expected = estimateIn(measures, theory);
      const beside = expected === undefined ? [] : [[theory, expected] as const];
      const description = pointText(measures.cell.label, [[measure, y], ...beside]);
      return [{ x: draftK, y, description }];
    }),
  }));
  const expected = drafts.map(({ look, cells }) => ({ look, points: theoryPoints(cells, theory) }));
  if (series.every(({ points }) => points.length === 0)) return undefined;
  const ys = [
    ...series.flatMap(({ points }) => points.flatMap(({ y }) => endsOf(y))),
    ...expected.flatMap(({ points }) => points.map(({ y }) => y)),
  ];
  const ks = series.flatMap(({ points }) => points.map(({ x }) => x));
  const axes = {
    x: sweptAxis("draft_k", ks, SIZE.width),
    // Token by token both are 1.
    y: valueAxis(axisTitle(measure), [1, ...ys]),
  };
  return {
    title: measure === operations ? "Operations (token by token = 1)" : axisTitle(measure),
    ...SIZE,
    layers: [...theoryLayers(expected, axes), ...seriesLayers(apart(series, axes.x), axes)],
  };
}

/** How many pixels points beside one another are apart. */
const APART = 9;

/** Drafts with a single `draft_k` a few pixels beside it, so that none lies on another. */
function apart(series: readonly Series[], x: Axis): Series[] {
  const alone = series.filter(({ points }) => points.length === 1);
  return series.map((one): Series => {
    const [point, ...others] = one.points;
    if (point === undefined || others.length > 0) return one;
    const place = alone.filter(({ points }) => points[0]?.x === point.x).indexOf(one);
    // To the right, to the left, further to the right, …
    const steps = place % 2 === 0 ? 1 + place / 2 : -(place + 1) / 2;
    const pixels = positionOf(point.x, x, SIZE.width) + APART * steps;
    const inside = Math.min(SIZE.width - 2, Math.max(2, pixels));
    return { ...one, points: [{ ...point, x: valueAt(inside, x, SIZE.width) }] };
  });
}

function endsOf({ value, interval }: Estimate): number[] {
  return interval === undefined ? [value] : [value, interval.low, interval.high];
}

function theoryPoints(cells: DraftCells["cells"], theory: MeasureFacts) {
  return cells.flatMap(({ draftK, measures }) => {
    const expected = estimateIn(measures, theory);
    return expected === undefined ? [] : [{ x: draftK, y: expected.value }];
  });
}

function theoryLayers(
  expected: readonly { readonly look: Look; readonly points: ReturnType<typeof theoryPoints> }[],
  { x, y }: Axes,
): Layer[] {
  return expected.flatMap(({ look, points }): Layer[] =>
    points.length < 2 ? [] : [{
      data: { values: points },
      mark: {
        type: "line",
        color: look.colour,
        strokeDash: [...THEORY],
        strokeWidth: 1.5,
        aria: false,
      },
      encoding: { x: horizontal(x, "x"), y: vertical(y, "y") },
    }]
  );
}

/** The share of tested tokens that are accepted at each position, where the most are proposed. */
function acceptancePicture(drafts: readonly DraftCells[]): Picture | undefined {
  const series = drafts.map(({ name, look, cells }): Series => {
    const largest = cells.at(-1);
    const { testedAt = [], acceptedAt = [] } = largest?.measures.positions ?? {};
    const label = largest?.measures.cell.label ?? name;
    const points = testedAt.flatMap((tested, i): Point[] => {
      if (tested < FEWEST_TESTED) return [];
      const value = (acceptedAt[i] ?? 0) / tested;
      const share = pointText(`${label}, position ${i + 1}`, [[
        { title: "accepted / tested", unit: "share" },
        { value },
      ]]);
      const counts = `${acceptedAt[i] ?? 0} of ${tested} tested`;
      return [{ x: i + 1, y: { value }, description: `${share}, ${counts}` }];
    });
    return { name, look, points };
  });
  const points = series.flatMap(({ points }) => points);
  if (points.length === 0) return undefined;
  const last = Math.max(...points.map(({ x }) => x));
  const axes = {
    x: countAxis("Position in the proposal", 1, last, SIZE.width),
    // As far as a share can reach: no interval says which small differences are chance.
    y: valueAxis("Accepted / tested", [0, 1], { from0: true, format: "percent", within: [0, 1] }),
  };
  return { title: "Accepted / tested by position", ...SIZE, layers: seriesLayers(series, axes) };
}
