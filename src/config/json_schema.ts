/**
 * The JSON Schema by which editors check and complete configs as people write them.
 *
 * @module
 */
import { valueAt } from "./path.ts";
import { allSettings, experimentJsonSchema } from "./schema.ts";

/** The text of `configs/schema.json`. */
export function configJsonSchemaText(): string {
  return `${linesOf(configJsonSchema(), "")}\n`;
}

/** The most characters of a line. */
const LINE_WIDTH = 100;

/** `value` as JSON, on one line where that fits behind `indent` and a key of `before` characters. */
function linesOf(value: unknown, indent: string, before = 0): string {
  const text = JSON.stringify(value);
  if (typeof value !== "object" || value === null || text === "{}") return text;
  const spaced = Array.isArray(value)
    ? `[${value.map((one) => linesOf(one, "")).join(", ")}]`
    : `{ ${
      Object.entries(value).map(([key, one]) => `"${key}": ${linesOf(one, "")}`).join(", ")
    } }`;
  if (!spaced.includes("\n") && indent.length + before + spaced.length < LINE_WIDTH) return spaced;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((one) => linesOf(one, inner))
    : Object.entries(value).map(([key, one]) => `"${key}": ${linesOf(one, inner, key.length + 4)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** A JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A range such as `0.5..1.5:0.25`, as far as a pattern can say it. */
const RANGE: JsonSchema = {
  type: "string",
  pattern: String.raw`^\s*[-+.\de]+\s*\.\.[-+.:\de\s]+$`,
};

/**
 * The JSON Schema of a config as a person writes it: a setting that may be swept may be a list, a
 * number may be a range, `zip` may be one group, and what a config may take over from the one that it
 * extends may be left out. What comes several times is in `$defs` once.
 */
export function configJsonSchema(): JsonSchema {
  const { $schema, title, ...schema } = asWritten(experimentJsonSchema(), []);
  return { $schema, title, ...withDefinitions(schema) };
}

function asWritten(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const name = path.join(".");
  // Editors show these for the whole, not for each choice.
  const { description, default: fallback, ...one } = schema;
  const shown = Object.entries({ description, default: fallback }).filter(([, text]) =>
    text !== undefined
  );
  const either = (...anyOf: unknown[]): JsonSchema => ({ ...Object.fromEntries(shown), anyOf });
  if (name === "zip") return either(one, valueAt(schema, ["items"]));
  const isNumber = schema["type"] === "integer" || schema["type"] === "number";
  if (isSweepable(name, schema)) {
    const value = isNumber ? { anyOf: [one, RANGE] } : one;
    return either({ anyOf: [value, { type: "array", items: value, minItems: 1 }] });
  }
  if (isNumber) return either(one, RANGE);
  const isOfOneFile = /^decoding\.(strategies|prompts)/.test(name);
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== "required" || isOfOneFile)
      .map(([key, part]) => [key, partAsWritten(key, part, path)]),
  );
}

/** The part of a schema under `key`, with every schema in it as written. */
function partAsWritten(key: string, part: unknown, path: readonly string[]): unknown {
  // The casts are sound since JSON Schema has such values under these keys.
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

/** Whether a list may take the place of the value of the setting called `name`. */
function isSweepable(name: string, schema: JsonSchema): boolean {
  if (name.startsWith("decoding.strategies.")) {
    const isOneValue = ["integer", "number", "string", "boolean"].includes(String(schema["type"]));
    // A strategy's name is the one setting that an entry has once.
    return isOneValue && name !== "decoding.strategies.strategy";
  }
  return allSettings().some(({ path, sweepable }) => sweepable && path.join(".") === name);
}

/** A shorter schema is written where it is used. */
const SHORTEST_DEFINITION = 60;

/** `schema` with each longer part that it has several times in `$defs`, by the name of a setting. */
function withDefinitions(schema: JsonSchema): JsonSchema {
  const counts = new Map<string, number>();
  countParts(schema, counts);
  const $defs: Record<string, unknown> = {};
  const names = new Map<string, string>();
  return { ...shortened(schema, "config"), $defs };

  function shortened(part: JsonSchema, name: string): JsonSchema {
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) => [
        key,
        mapParts(key, value, name, (inner, innerName) => reference(inner, innerName)),
      ]),
    );
  }

  function reference(part: JsonSchema, name: string): JsonSchema {
    const text = JSON.stringify(part);
    if ((counts.get(text) ?? 0) < 2 || text.length < SHORTEST_DEFINITION) {
      return shortened(part, name);
    }
    const known = names.get(text);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const wanted = definitionName(part) ?? name;
    const taken = new Set(names.values());
    const free = [wanted, ...Array.from(taken, (_, i) => `${wanted}_${i + 2}`)]
      .find((one) => !taken.has(one)) ?? wanted;
    names.set(text, free);
    $defs[free] = shortened(part, name);
    return { $ref: `#/$defs/${free}` };
  }
}

/** A name that says what `part` accepts, if it is a range, a number, or a list of either. */
function definitionName(part: JsonSchema): string | undefined {
  if (part === RANGE) return "range";
  // With a description it is a setting.
  if ("description" in part) return undefined;
  const [one] = Array.isArray(part["anyOf"]) ? part["anyOf"] : [];
  const name = typeof one === "object" && one !== null ? numberName(one) : undefined;
  if (name !== undefined) return name;
  const of = typeof one === "object" && one !== null ? definitionName(one) : undefined;
  return of && `${of}_or_list`;
}

/** `whole_number_from_1_to_65536`, of the schema of a number. */
function numberName(schema: JsonSchema): string | undefined {
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  if (type !== "integer" && type !== "number") return undefined;
  const limits = [["from", minimum], ["above", exclusiveMinimum], ["to", maximum], [
    "below",
    exclusiveMaximum,
  ]]
    .filter(([, limit]) => limit !== undefined && Math.abs(Number(limit)) < Number.MAX_SAFE_INTEGER)
    .map(([word, limit]) => `_${word}_${limit}`);
  return `${type === "integer" ? "whole_number" : "number"}${limits.join("")}`;
}

/** Counts the parts of `schema`, those of a part that comes several times once. */
function countParts(schema: JsonSchema, counts: Map<string, number>): void {
  for (const [key, value] of Object.entries(schema)) {
    mapParts(key, value, "", (part) => {
      const text = JSON.stringify(part);
      const count = counts.get(text) ?? 0;
      counts.set(text, count + 1);
      if (count === 0) countParts(part, counts);
      return part;
    });
  }
}

/** The value under `key` of a schema, with each schema that is directly in it changed. */
function mapParts(
  key: string,
  value: unknown,
  name: string,
  change: (part: JsonSchema, name: string) => JsonSchema,
): unknown {
  switch (key) {
    case "anyOf":
    case "oneOf":
      return (value as JsonSchema[]).map((part) => change(part, name));
    case "items":
      return change(value as JsonSchema, name);
    case "properties":
      return Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>)
          .map(([own, part]) => [own, change(part, own)]),
      );
    default:
      return value;
  }
}
