import { parse, resetSVGDefIds, View } from "vega";
import { compile } from "vega-lite";
import type { Chart } from "./chart.ts";
import { FILE_STYLE } from "./charts/theme.ts";

/**
 * Draws a chart, without a browser. Its module takes a tenth of a second to load: import it only
 * where charts are drawn. Draw one chart after the other: ids in it are counted from 0.
 */
export async function drawSvg({ spec, description }: Chart): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  resetSVGDefIds();
  const svg = await view.toSVG();
  view.finalize();
  const role = `role="graphics-document" aria-roledescription="chart" aria-label="${
    attributeText(description)
  }"`;
  return svg.replace(
    /^<svg ([^>]*)>/,
    (_, attributes: string) => `<svg ${role} ${attributes}><style>${FILE_STYLE}</style>`,
  ) + "\n";
}

/** A text as the value of an attribute in double quotes. */
function attributeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
