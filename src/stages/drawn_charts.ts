import type { Chart } from "../report/chart.ts";

/** Begins to load what draws charts, which takes a while. */
export function preloadDrawing(): void {
  // Whoever draws loads it too, and hears of what goes wrong.
  import("../report/svg.ts").catch(() => {});
}

/** Charts as SVG, by their files; the library for it is loaded only if there are any. */
export async function drawn(charts: readonly Chart[]): Promise<Record<string, string>> {
  if (charts.length === 0) return {};
  const { drawSvg } = await import("../report/svg.ts");
  return Object.fromEntries(
    await Promise.all(
      charts.map(async (chart): Promise<[string, string]> => [chart.file, await drawSvg(chart)]),
    ),
  );
}
