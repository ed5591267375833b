/**
 * The loss of models in training, smoothed, with their loss on held-out documents, and that of the best
 * n-gram model for scale.
 *
 * @module
 */
import { ngramsAmong } from "../../measure/standing.ts";
import type { ChartDefinition, ChartPlan } from "../chart.ts";
import type { ModelRun, RunRecord } from "../run/run_record.ts";
import { positionOf, valueAt, valueAxis } from "./axis.ts";
import { pointText } from "./description.ts";
import { chartOf, horizontal, type Layer, MARGINS, MOST_WIDTH, vertical } from "./frame.ts";
import { spreadLabels } from "./label_placement.ts";
import { type Axes, looks } from "./series.ts";
import { type Look, lookOf, NEUTRAL, textWidth } from "./theme.ts";

/** Points on a loss curve: enough for its shape, few enough to average out single documents. */
const LOSS_POINTS = 35;
const HEIGHT = 230;

/** Training loss over the steps, each point the mean of a stretch of them. */
export const lossChart: ChartDefinition<RunRecord> = {
  name: "training loss",
  section: "models",
  of: (run) => run.models.length === 0 ? [] : [planOf(run)],
};

/** A line of the chart: a curve, or a level that is the same at every step. */
interface LossLine {
  readonly name: string;
  readonly look: Look;
  /** Its dashes; a curve has none. */
  readonly dash?: readonly [number, number];
  readonly points: readonly { readonly step: number; readonly loss: number }[];
  readonly description: string;
}

function planOf(run: RunRecord): ChartPlan {
  const steps = Math.max(...run.models.map(({ steps }) => steps.length));
  const lines = [...curvesOf(run), ...levelsOf(run, steps)];
  const texts = lines.map(({ name, points }) => `${name} ${points.at(-1)?.loss.toFixed(2)}`);
  const right = 26 + Math.max(...texts.map(textWidth));
  const width = MOST_WIDTH - MARGINS.left - right;
  const axes = {
    x: valueAxis("Step", [0, steps], { from0: true }),
    y: valueAxis("Loss", lines.flatMap(({ points }) => points.map(({ loss }) => loss))),
  };
  const held = lines.filter(({ dash }) => dash !== undefined).map(({ description }) => description);
  return {
    file: "charts/training-loss.svg",
    description: `Training loss over the steps, nats per token${
      held.length === 0 ? "" : `, and on held-out documents: ${held.join("; ")}`
    }`,
    spec: chartOf({
      title: "Loss, nats per token",
      width,
      height: HEIGHT,
      layers: [
        ...lines.map((line) => lineLayer(line, axes)),
        ...endLayers(lines, texts, axes, width),
      ],
    }, { ...MARGINS, right }),
  };
}

/** The smoothed loss of each model. */
function curvesOf({ models }: RunRecord): LossLine[] {
  return models.map((model, i) => ({
    name: `${model.name}, training`,
    look: lookOf(i),
    points: lossPoints(model),
    description: `${model.name}: training loss by step`,
  }));
}

/** The means of stretches of steps. */
function lossPoints({ steps }: ModelRun): { step: number; loss: number }[] {
  const stretch = Math.max(1, Math.ceil(steps.length / LOSS_POINTS));
  const count = Math.ceil(steps.length / stretch);
  return Array.from({ length: count }, (_, i) => {
    const part = steps.slice(i * stretch, (i + 1) * stretch);
    const loss = part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    return { step: i * stretch + (part.length + 1) / 2, loss };
  });
}

/** The held-out loss of each trained model, and of the n-gram model that has the lowest. */
function levelsOf({ models, losses }: RunRecord, steps: number): LossLine[] {
  const [best] = ngramsAmong(losses).toSorted((a, b) =>
    (a.heldOut?.natsPerToken.value ?? Infinity) - (b.heldOut?.natsPerToken.value ?? Infinity)
  );
  const trained = losses.filter(({ name }) => models.some((model) => model.name === name));
  return [...trained, ...best === undefined ? [] : [best]].flatMap(({ name, heldOut }) => {
    if (heldOut === undefined) return [];
    const { natsPerToken } = heldOut;
    const model = models.findIndex((one) => one.name === name);
    return [{
      name: `${name}, held out`,
      look: model < 0 ? { colour: NEUTRAL, shape: "circle" } : lookOf(model),
      dash: model < 0 ? [2, 3] as const : [7, 4] as const,
      points: [{ step: 0, loss: natsPerToken.value }, { step: steps, loss: natsPerToken.value }],
      description: pointText(name, [[
        { title: "held-out loss", unit: "nats per token" },
        natsPerToken,
      ]]),
    }];
  });
}

function lineLayer({ look, dash, points, description }: LossLine, { x, y }: Axes): Layer {
  return {
    data: { values: [...points] },
    mark: {
      type: "line",
      color: look.colour,
      ...(dash === undefined ? {} : { strokeDash: [...dash], strokeWidth: 1.5 }),
    },
    encoding: {
      x: horizontal(x, "step"),
      y: vertical(y, "loss"),
      description: { value: description },
    },
  };
}

/** The name and the last value of each line at its right end, with a piece of the line before it. */
function endLayers(
  lines: readonly LossLine[],
  texts: readonly string[],
  { x, y }: Axes,
  width: number,
): Layer[] {
  const wanted = lines.map(({ points }) =>
    HEIGHT - positionOf(points.at(-1)?.loss ?? 0, y, HEIGHT)
  );
  const heights = spreadLabels(wanted, { top: 0, bottom: HEIGHT });
  const values = lines.map(({ look }, i) => ({
    text: texts[i] ?? "",
    ...look,
    y: valueAt(HEIGHT - (heights[i] ?? 0), y, HEIGHT),
    begin: valueAt(width + 4, x, width),
    end: valueAt(width + 18, x, width),
    after: valueAt(width + 22, x, width),
    dash: lines[i]?.dash ?? [1, 0],
  }));
  return [
    {
      data: { values },
      mark: { type: "rule", strokeWidth: 2, aria: false },
      encoding: {
        x: horizontal(x, "begin"),
        x2: { field: "end" },
        y: vertical(y, "y"),
        color: looks.color,
        strokeDash: { field: "dash", type: "nominal", scale: null },
      },
    },
    {
      data: { values },
      mark: { type: "text" },
      encoding: { x: horizontal(x, "after"), y: vertical(y, "y"), text: { field: "text" } },
    },
  ];
}
