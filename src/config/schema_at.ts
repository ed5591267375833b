/**
 * Which part of the schema a setting falls under.
 *
 * @module
 */
import { experimentJsonSchema } from "./schema.ts";
import type { ConfigPath } from "./tree.ts";

/** What stands at `path` in `data`, if anything does. */
export function valueAt(data: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    data,
  );
}

/** The part of the JSON Schema that is about the value at `path`, of variants the one that it is. */
export function schemaAt(data: unknown, path: ConfigPath): unknown {
  const variants = variantsAt(data, path);
  const value = valueAt(data, path);
  return variants.length === 1 ? variants[0] : variants.find((variant) => agrees(variant, value));
}

/** The part of the JSON Schema that is about the value at `path`: its variants if it has several. */
export function variantsAt(data: unknown, path: ConfigPath): readonly unknown[] {
  let variants: readonly unknown[] = [schemaOnce()];
  let value = data;
  for (const key of path) {
    const schema = variants.length === 1 ? variants[0] : variants.find((one) => agrees(one, value));
    value = valueAt(value, [key]);
    // A value or a list of values: the second is the list.
    const list = valueAt(schema, ["anyOf", 1]) ?? schema;
    variants = flattened(
      typeof key === "number"
        ? valueAt(list, ["items"])
        : valueAt(schema, ["properties", key]) ?? valueAt(schema, ["anyOf", 0, "properties", key]),
    );
  }
  return variants;
}

/** The variants of a map, and of each of those; the schema itself if it has none. */
function flattened(schema: unknown): readonly unknown[] {
  const variants = valueAt(schema, ["oneOf"]);
  return Array.isArray(variants) ? variants.flatMap(flattened) : [schema];
}

/** The properties of a map that can have one value only, by which its variants are told apart. */
export function constants(variant: unknown): Map<string, unknown> {
  const properties = valueAt(variant, ["properties"]) ?? {};
  return new Map(
    Object.entries(properties).flatMap(([key, property]) => {
      const constant = valueAt(property, ["const"]);
      return constant === undefined ? [] : [[key, constant]];
    }),
  );
}

/** Whether `value` has the constants of `variant`, or leaves out what has a default. */
function agrees(variant: unknown, value: unknown): boolean {
  return [...constants(variant)].every(([key, constant]) =>
    (valueAt(value, [key]) ?? valueAt(variant, ["properties", key, "default"])) === constant
  );
}

let schema: Readonly<Record<string, unknown>> | undefined;

/** The whole JSON Schema, which takes milliseconds to make. */
function schemaOnce(): Readonly<Record<string, unknown>> {
  schema ??= experimentJsonSchema();
  return schema;
}
