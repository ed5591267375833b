import { experimentJsonSchema } from "./schema.ts";
import { valueAt } from "./schema_at.ts";
import { allSettings } from "./settings.ts";

/** A JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A range such as `0.5..1.5:0.25`, as far as a pattern can say it. */
const RANGE: JsonSchema = {
  type: "string",
  pattern: String.raw`^\s*[-+.\de]+\s*\.\.[-+.:\de\s]+$`,
};

/**
 * The JSON Schema of a config as a person writes it, for editors: a setting that may be swept may be a
 * list, a number may be a range, `zip` may be one group, and whatever a config may take over from the
 * one that it extends may be left out.
 */
export function configJsonSchema(): JsonSchema {
  return asWritten(experimentJsonSchema(), []);
}

function asWritten(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const name = path.join(".");
  // What an editor shows stays outside of the choices.
  const { description, default: fallback, ...one } = schema;
  const said = Object.entries({ description, default: fallback }).filter(([, text]) =>
    text !== undefined
  );
  const either = (...anyOf: unknown[]): JsonSchema => ({ ...Object.fromEntries(said), anyOf });
  if (name === "zip") return either(one, valueAt(schema, ["items"]));
  const number = schema.type === "integer" || schema.type === "number";
  const inStrategies = /^decoding\.strategies\./.test(name) && !("const" in schema) &&
    (number || schema.type === "string" || schema.type === "boolean");
  if (isSweepable(name) || inStrategies) {
    const items = number ? { anyOf: [one, RANGE] } : one;
    return either(...(number ? [one, RANGE] : [one]), { type: "array", items, minItems: 1 });
  }
  if (number) return either(one, RANGE);
  const inOneFile = /^decoding\.(strategies|prompts)/.test(name);
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== "required" || inOneFile)
      .map(([key, part]) => [key, partAsWritten(key, part, path)]),
  );
}

/** The part of a schema under `key`, with every schema in it as written. */
function partAsWritten(key: string, part: unknown, path: readonly string[]): unknown {
  // Sound since these are what JSON Schema has under these keys.
  switch (key) {
    case "anyOf":
    case "oneOf":
      return (part as JsonSchema[]).map((one) => asWritten(one, path));
    case "items":
      return asWritten(part as JsonSchema, path);
    case "properties":
      return Object.fromEntries(
        Object.entries(part as Record<string, JsonSchema>)
          .map(([name, one]) => [name, orNull(asWritten(one, [...path, name]), path)]),
      );
    default:
      return part;
  }
}

/** `schema`, or `null` where a config may take a setting of another out. */
function orNull(schema: JsonSchema, above: readonly string[]): JsonSchema {
  if (above[0] === "decoding" && above.length > 1) return schema;
  const { anyOf, type } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  return typeof type === "string" && !("enum" in schema)
    ? { ...schema, type: [type, "null"] }
    : schema;
}

function isSweepable(name: string): boolean {
  return allSettings().some(({ path, sweepable }) => sweepable && path.join(".") === name);
}
