/**
 * Which settings there are outside `decoding.strategies`.
 *
 * @module
 */
import { experimentJsonSchema } from "./schema.ts";
import { valueAt } from "./schema_at.ts";

/** A setting, or a map of settings. */
export interface Setting {
  /** Such as `models`, `target`, `n_embd`. */
  readonly path: readonly string[];
  /** Whether a config may have a list in its place, which makes a variant of each value. */
  readonly sweepable: boolean;
}

let found: readonly Setting[] | undefined;

/** Every setting and every map of settings outside `decoding.strategies`, in the schema's order. */
export function allSettings(): readonly Setting[] {
  found ??= settingsBelow(experimentJsonSchema(), []);
  return found;
}

/** What says where results go and how they are shown, and so changes none. */
const NEVER_SWEPT: readonly string[] = ["extends", "name", "report"];
const ONE_VALUE: readonly unknown[] = ["integer", "number", "string", "boolean"];

function settingsBelow(schema: unknown, above: readonly string[]): Setting[] {
  const properties = valueAt(schema, ["properties"]) ?? valueAt(schema, ["anyOf", 0, "properties"]);
  return Object.entries(properties ?? {}).flatMap(([key, property]) => {
    const path = [...above, key];
    const sweepable = ONE_VALUE.includes(valueAt(property, ["type"])) &&
      !NEVER_SWEPT.includes(path[0] ?? "");
    return [{ path, sweepable }, ...settingsBelow(property, path)];
  });
}
