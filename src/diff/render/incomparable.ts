import type { RunDiff } from "../compare.ts";

/**
 * The reason why two runs cannot be compared, and what to compare in their place: where one is a
 * single run and the other a sweep, and where sweeps have no run in common. Nothing where there is
 * something to compare. Names are `quoted`.
 */
export function incomparable(
  { names, variants, settings }: Pick<RunDiff, "names" | "variants" | "settings">,
  quoted: (name: string) => string = String,
): string | undefined {
  // What both have has settings, equal or not.
  const lone = variants.old.length + variants.new.length;
  if (settings.length > 0 || lone === 0) return undefined;
  const [old, current] = [quoted(names.old), quoted(names.new)];
  const [isOldSingle, isNewSingle] = [isSingle(variants.old), isSingle(variants.new)];
  if (isOldSingle === isNewSingle) {
    return `${old} and ${current} are sweeps with no run in common: nothing of them can be compared`;
  }
  const [single, sweep] = isOldSingle ? [names.old, names.new] : [names.new, names.old];
  const runs = isOldSingle ? variants.new : variants.old;
  const [first = ""] = runs;
  return `${quoted(single)} is a single run and ${
    quoted(sweep)
  } a sweep of ${runs.length}: nothing of ` +
    `them can be compared; compare ${quoted(single)} with a run of the sweep, such as ` +
    quoted(runIn(sweep, first));
}

/** Whether the labels are those of a run that is no sweep. */
function isSingle(labels: readonly string[]): boolean {
  return labels.every((label) => label === "");
}

/** The folder of one run of a sweep, of the same revision if it is one. */
function runIn(sweep: string, label: string): string {
  const at = sweep.lastIndexOf("@");
  return at < 0 ? `${sweep}/${label}` : `${sweep.slice(0, at)}/${label}${sweep.slice(at)}`;
}
