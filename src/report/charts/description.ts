/**
 * Points of charts in words, with every digit that counts, for tooltips and for readers who hear a chart.
 *
 * @module
 */
import type { Estimate } from "../../measure/estimate.ts";
import type { MeasureFacts } from "../../measure/measure.ts";
import { escapeControl } from "../../text/characters.ts";

/** A measure as a chart shows it. */
export type Shown = Pick<MeasureFacts, "title" | "unit">;

/** `top_k(k=5): log-prob per token −1.93124 (95 % interval −1.95 to −1.91), unique share 52.1 %`. */
export function pointText(
  name: string,
  measured: readonly (readonly [measure: Shown, estimate: Estimate])[],
): string {
  const parts = measured.map(([measure, estimate]) =>
    `${measure.title} ${estimateIn(measure, estimate)}`
  );
  return `${escapeControl(name)}: ${parts.join(", ")}`;
}

function estimateIn({ unit }: Shown, { value, interval }: Estimate): string {
  const isShare = unit === "share";
  const text = (number: number): string => numberIn(isShare ? 100 * number : number);
  const own = isShare ? `${text(value)} %` : text(value);
  return interval === undefined
    ? own
    : `${own} (95 % interval ${text(interval.low)} to ${text(interval.high)})`;
}

/** Six digits, as files have them. */
function numberIn(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** `Log-prob per token, nats`: a measure as the title of an axis. */
export function axisTitle({ title, unit }: Shown): string {
  const text = title.slice(0, 1).toUpperCase() + title.slice(1);
  const own = UNITS[unit];
  return own === undefined || text.endsWith(`, ${own}`) ? text : `${text}, ${own}`;
}

/** Units that titles do not say; the others are shares, or stand in the title. */
const UNITS: Readonly<Partial<Record<MeasureFacts["unit"], string>>> = {
  nats: "nats",
  "nats per token": "nats",
  tokens: "tokens",
};
