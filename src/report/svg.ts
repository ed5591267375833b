import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Chart } from "./chart.ts";

/**
 * Draws a chart, without a browser. Its module takes a tenth of a second to load: import it only
 * where charts are drawn.
 */
export async function drawSvg({ spec }: Chart): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg + "\n";
}
