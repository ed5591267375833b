/** Two entries of `decoding.strategies` that are taken for the same, or one that has no other. */
export interface MatchedEntry {
  /** Its path in the list: the strategy's name, and which of that name where there are several. */
  readonly step: readonly PropertyKey[];
  /** What it was, if it was there. */
  readonly old: unknown;
  /** What it is, if it is there. */
  readonly new: unknown;
}

/**
 * Matches the entries of two configs: each with the one of the same strategy that it shares the most
 * settings with. Their order means nothing.
 */
export function matchEntries(old: readonly unknown[], current: readonly unknown[]): MatchedEntry[] {
  const names = new Set([...old, ...current].map(strategyOf));
  return [...names].flatMap((name) => {
    const ofName = (entries: readonly unknown[]): readonly unknown[] =>
      entries.filter((entry) => strategyOf(entry) === name);
    const pairs = pairsOf(ofName(old), ofName(current));
    return pairs.map((pair, index): MatchedEntry => ({
      step: pairs.length === 1 ? [name] : [name, index],
      ...pair,
    }));
  });
}

/** The entries in pairs, the most alike first taken; in the order of `old`, then what is new. */
function pairsOf(
  old: readonly unknown[],
  current: readonly unknown[],
): Pick<MatchedEntry, "old" | "new">[] {
  const candidates = old.flatMap((from, i) =>
    current.map((to, j) => ({ i, j, likeness: likeness(from, to) }))
  ).sort((a, b) => b.likeness - a.likeness);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { i, j } of candidates) {
    if (partners.has(i) || taken.has(j)) continue;
    partners.set(i, j);
    taken.add(j);
  }
  return [
    ...old.map((from, i) => ({ old: from, new: current[partners.get(i) ?? -1] })),
    ...current.filter((_, j) => !taken.has(j)).map((to) => ({ old: undefined, new: to })),
  ];
}

/** How many settings two entries share, less those that they do not. */
function likeness(a: unknown, b: unknown): number {
  const [from, to] = [settingsOf(a), settingsOf(b)];
  const keys = new Set([...from.keys(), ...to.keys()]);
  const shared = [...keys].filter((key) => from.get(key) === to.get(key)).length;
  return 2 * shared - keys.size;
}

function settingsOf(entry: unknown): ReadonlyMap<string, string> {
  const settings = typeof entry === "object" && entry !== null ? Object.entries(entry) : [];
  return new Map(settings.map(([key, value]) => [key, JSON.stringify(value)]));
}

function strategyOf(entry: unknown): string {
  return typeof entry === "object" && entry !== null && "strategy" in entry
    ? String(entry.strategy)
    : "";
}
