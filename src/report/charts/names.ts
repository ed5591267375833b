/**
 * Short names for the cells of a chart: the strategy, and only those settings in which it differs from
 * others there.
 *
 * @module
 */
import { type Cell, settingValues } from "../../decode/cell.ts";
import { strategyOf } from "../../decode/definitions.ts";
import { escapeControl, firstCharacters } from "../../text/characters.ts";

/** The longest name in a chart, in characters. */
const LONGEST = 30;

/**
 * A name for each of `cells`, such as `beam 10, length_penalty 1`, without the settings `but`. Where all
 * are of one strategy its name is left out.
 */
export function shortNames(
  cells: readonly Cell[],
  { but = [], withStrategy = true }: {
    readonly but?: readonly string[];
    readonly withStrategy?: boolean;
  } = {},
): string[] {
  const shown = cells.map((cell) => shownSettings(cell, but));
  return cells.map((cell, i) => {
    const { strategy } = cell.settings;
    const others = shown.filter((_, j) => cells[j]?.settings.strategy === strategy);
    const differing = [...shown[i] ?? []].filter(([key, value]) =>
      others.some((other) => other.get(key) !== value)
    );
    const texts = differing.map(([key, value], place) =>
      typeof value === "string" || place === 0 && withStrategy ? `${value}` : `${key} ${value}`
    );
    const chain = differing.length === 1 && differing[0]?.[0] === "warp" ? texts[0] : undefined;
    const name = chain ??
      (withStrategy ? [strategy, texts.join(", ")].join(" ") : texts.join(", "));
    return shortened(name.trim() === "" ? strategy : name.trim());
  });
}

/** The settings that a label says, but for those in `but`. */
function shownSettings(
  { settings }: Cell,
  but: readonly string[],
): ReadonlyMap<string, string | number> {
  const { unsaid = {} } = strategyOf(settings);
  const values = settingValues(settings);
  const defaults = settingValues({ ...settings, ...unsaid });
  return new Map(
    Object.entries(values).filter(([key, value]) =>
      key !== "strategy" && !but.includes(key) && !(key in unsaid && defaults[key] === value)
    ),
  );
}

/** `name` on one line, and no longer than a chart has room for. */
export function shortened(name: string, longest: number = LONGEST): string {
  const text = escapeControl(name);
  const first = firstCharacters(text, longest - 1);
  return first.length < text.length - 1 ? `${first.trimEnd()}…` : text;
}
