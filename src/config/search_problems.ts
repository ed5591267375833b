import type { Problem } from "./config_error.ts";
import type { Cell } from "./grid.ts";
import type { StrategySettings } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** The most texts that one decoding returns. */
export function textsOf(settings: StrategySettings): number {
  if (settings.strategy === "stochastic_beam") return settings.beam_width;
  return "n_best" in settings ? settings.n_best : 1;
}

/** Beams that cannot be divided so, and more texts than there are beams. */
export function beamProblems(source: ConfigSource, grid: readonly Cell[]): Problem[] {
  return grid.flatMap(({ settings, entry }) => {
    const problem = (key: string, message: string): Problem =>
      source.problem(["decoding", "strategies", entry, key], message);
    const problems: Problem[] = [];
    if (settings.strategy !== "beam" && settings.strategy !== "diverse_beam") return problems;
    const { beam_width: width, n_best: texts } = settings;
    if (texts > width) {
      problems.push(problem("n_best", `expected at most beam_width (${width}), found ${texts}`));
    }
    if (settings.strategy === "diverse_beam" && width % settings.groups !== 0) {
      const message = `expected a divisor of beam_width (${width}), found ${settings.groups}`;
      problems.push(problem("groups", message));
    }
    return problems;
  });
}
