/**
 * Plain data by paths: what stands at one, the same data with another value there, a path as text.
 *
 * @module
 */
import { shown } from "../text/suggestions.ts";

/** A path into a config: keys and list indices. */
export type ConfigPath = readonly PropertyKey[];

/** A path as a person writes it: `decoding.strategies[2].k`. */
export function pathText(path: ConfigPath): string {
  return path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    // Quoted where a terminal would obey it or a reader take it for several steps; cut where it is long.
    return /^[\w-]{1,60}$/.test(name) ? `.${name}` : `[${shown(name)}]`;
  }).join("").replace(/^\./, "");
}

/** Whether `path` begins with `start`. */
export function startsWith(path: ConfigPath, start: ConfigPath): boolean {
  return path.length >= start.length && start.every((key, i) => path[i] === key);
}

/** Whether `value` is a map: neither a list nor a single value. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether there is something directly below `data` under `key`. */
export function hasKey(data: unknown, key: PropertyKey): boolean {
  if (Array.isArray(data)) return typeof key === "number" && key in data;
  return isMap(data) && Object.hasOwn(data, key);
}

/** The value at `path` in `data`; `undefined` where there is none. */
export function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    data,
  );
}

/**
 * A copy of `data` with `value` at `path`; maps on the way are created where there are none, and the
 * index after the last of a list adds an item.
 */
export function withValue(data: unknown, path: ConfigPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(data)) {
    if (key === data.length) return [...data, withValue(undefined, rest, value)];
    return data.map((item, i) => i === key ? withValue(item, rest, value) : item);
  }
  const changed = withValue(valueAt(data, [key]), rest, value);
  return { ...(isMap(data) ? data : {}), [key]: changed };
}

/** A copy of `data` without the key or list item at `path`. */
export function withoutValue(data: unknown, path: ConfigPath): unknown {
  const above = path.slice(0, -1);
  const key = path.at(-1);
  const parent = valueAt(data, above);
  if (Array.isArray(parent)) return withValue(data, above, parent.filter((_, i) => i !== key));
  const others = isMap(parent) ? Object.entries(parent).filter(([name]) => name !== key) : [];
  return withValue(data, above, Object.fromEntries(others));
}

/** Every way to take one of each of `choices`, the last varying fastest. */
export function product<Item>(choices: readonly (readonly Item[])[]): Item[][] {
  return choices.reduce<Item[][]>(
    (partial, items) => partial.flatMap((taken) => items.map((item) => [...taken, item])),
    [[]],
  );
}
