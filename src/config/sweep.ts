/**
 * What a config sweeps outside `decoding.strategies`.
 *
 * @module
 */
import { configError, type Problem } from "./config_error.ts";
import { nearestPaths, shown } from "../text/suggestions.ts";
import { allSettings, type Setting } from "./settings.ts";
import { type ConfigSource, pathText } from "./source.ts";
import { childOf, type Entry, entryAt, plain, withEntry } from "./tree.ts";

/** A swept setting. */
export interface Swept {
  /** Where it is. */
  readonly path: readonly string[];
  /** Its place in the order of the schema. */
  readonly order: number;
  /** Its values. */
  readonly values: readonly Entry[];
}

/** Settings that vary together: one by itself, or those of a group of `zip`. */
export interface Axis {
  /** The settings, which have as many values each. */
  readonly settings: readonly Swept[];
  /** How many values they have. */
  readonly length: number;
}

/**
 * What varies, in the order of the schema, a group where its first setting is; throws a
 * `ConfigError` for sweeps that mean nothing.
 */
export function axesOf(source: ConfigSource): readonly Axis[] {
  const swept = allSettings().flatMap((setting, order) => sweptAt(source, setting, order));
  const problems = swept.filter(({ values }) => values.length === 0).map(({ path }) =>
    source.problem(path, "expected at least one value, found a list of 0")
  );
  const groups = zipped(source, swept, problems);
  const axes = swept.flatMap((setting): Axis[] => {
    const settings = groups.get(setting) ?? [setting];
    return settings[0] === setting ? [{ settings, length: setting.values.length }] : [];
  });
  if (problems.length > 0) throw configError(source.file, problems);
  const twice = axes.flatMap(repeated);
  if (twice.length > 0) throw configError(source.file, twice);
  return axes;
}

/** `source` with `zip: [[a, b]]` where it has `zip: [a, b]`: a list of paths is one group. */
export function withGroups(source: ConfigSource): ConfigSource {
  const zip = childOf(source.root, "zip");
  if (zip?.tree.kind !== "list" || zip.tree.items.some(({ tree }) => tree.kind !== "scalar")) {
    return source;
  }
  return source.with(
    withEntry(source.root, ["zip"], { ...zip, tree: { kind: "list", items: [zip] } }),
  );
}

function sweptAt({ root }: ConfigSource, { path, sweepable }: Setting, order: number): Swept[] {
  const tree = sweepable ? entryAt(root, path)?.tree : undefined;
  return tree?.kind === "list" ? [{ path, order, values: tree.items }] : [];
}

/** The groups of `zip` by each of their settings; adds what is wrong with them to `problems`. */
function zipped(
  source: ConfigSource,
  swept: readonly Swept[],
  problems: Problem[],
): ReadonlyMap<Swept, readonly Swept[]> {
  const groups = new Map<Swept, readonly Swept[]>();
  for (const group of itemsOf(childOf(source.root, "zip"))) {
    const members = new Set<Swept>();
    for (const named of itemsOf(group)) {
      const setting = settingNamed(named, swept);
      if (typeof setting === "string") problems.push(zipProblem(named, setting));
      else if (setting !== undefined && (members.has(setting) || groups.has(setting))) {
        problems.push(
          zipProblem(named, `expected each setting once, found ${nameOf(setting)} again`),
        );
      } else if (setting !== undefined) members.add(setting);
    }
    const counts = new Set([...members].map(({ values }) => values.length));
    if (counts.size > 1) {
      const found = [...members].map((setting) => `${setting.values.length} of ${nameOf(setting)}`);
      const message = `expected as many values of each setting, found ${found.join(" and ")}`;
      problems.push(zipProblem(group, message));
    }
    const inOrder = swept.filter((setting) => members.has(setting));
    for (const setting of inOrder) groups.set(setting, inOrder);
  }
  return groups;
}

/** The swept setting that an item of a group names, or what is wrong with it; the schema says more. */
function settingNamed({ tree }: Entry, swept: readonly Swept[]): Swept | string | undefined {
  if (tree.kind !== "scalar" || typeof tree.value !== "string") return undefined;
  const written = tree.value;
  const setting = swept.find((one) => nameOf(one) === written);
  if (setting !== undefined) return setting;
  if (written.startsWith("decoding.strategies")) {
    return `expected a setting outside decoding.strategies, found ${shown(written)}; ` +
      "there an entry for each pair says the same";
  }
  const sweepable = allSettings().filter((one) => one.sweepable);
  if (sweepable.some(({ path }) => path.join(".") === written)) {
    return `expected a setting that has a list of values, found ${shown(written)}, which has not`;
  }
  const near = nearestPaths(written.split("."), sweepable.map(({ path }) => path));
  return `expected the path of a setting that may be swept, found ${shown(written)}${near}`;
}

function zipProblem({ place }: Entry, message: string): Problem {
  return { location: place.text, path: "zip", message };
}

/** Values, or pairs of them, that come twice. */
function repeated({ settings, length }: Axis): Problem[] {
  const found = new Set<string>();
  return Array.from({ length }, (_, i) => i).flatMap((i): Problem[] => {
    const values = settings.map((setting) => setting.values[i]);
    const key = JSON.stringify(values.map((value) => value && plain(value.tree)));
    const [first] = settings;
    const [place] = values.map((value) => value?.place);
    if (!found.has(key) || first === undefined || place === undefined) {
      found.add(key);
      return [];
    }
    const what = values.map((value) => shown(value && plain(value.tree))).join(" with ");
    const message = `expected each value once, found ${what} again`;
    return [{ location: place.text, path: pathText(first.path), message }];
  });
}

function nameOf({ path }: Swept): string {
  return path.join(".");
}

function itemsOf(entry: Entry | undefined): readonly Entry[] {
  return entry?.tree.kind === "list" ? entry.tree.items : [];
}
