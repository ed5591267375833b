/**
 * The generated tables of `configs/README.md`: every setting, with type, default and meaning.
 *
 * @module
 */
import { strategies } from "../decode/definitions.ts";
import { drafts } from "../decode/speculative/drafts/definitions.ts";
import { warpers } from "../decode/warp/definitions.ts";
import { type GeneratedParts, pageTable, withGenerated } from "../text/generated_page.ts";
import { isMap, valueAt } from "./path.ts";
import { allSettings, constants, experimentJsonSchema, variantsAt } from "./schema.ts";

/** The text of the page with its tables brought up to date; see {@linkcode withGenerated}. */
export function settingsPage(current: string): string {
  return withGenerated(current, tables);
}

const tables: GeneratedParts = {
  settings: settingsTable,
  strategies: strategiesTable,
  "strategy settings": strategySettingsTable,
  warpers: warpersTable,
  drafts: draftsTable,
};

/** Every setting outside the strategies. */
function settingsTable(): string {
  const settings = allSettings();
  const leaves = settings.filter(({ path, schema }) =>
    // Prompts are a list or a map.
    valueAt(schema, ["anyOf"]) !== undefined || !settings.some((other) =>
      other.path.length > path.length && path.every((key, i) => other.path[i] === key)
    )
  );
  return pageTable(
    ["setting", "value", "default", "may be swept", "meaning"],
    // What a map gives by default stands beside the settings in it.
    leaves.map(({ path, schema, sweepable }) => [
      code(path.join(".")),
      path.join(".") === "decoding.strategies" ? "list of strategies" : kindOf(schema),
      isMap(valueAt(schema, ["default"])) ? "" : defaultAt(path) ?? fallbackOf(schema),
      sweepable ? "yes" : "",
      descriptionOf(schema),
    ]),
  );
}

/** The default that the map above gives a setting, such as that of `models.target`. */
function defaultAt(path: readonly string[]): string | undefined {
  let schema: unknown = experimentJsonSchema();
  let given: unknown;
  for (const key of path) {
    schema = valueAt(schema, ["properties", key]);
    given = valueAt(given, [key]) ?? valueAt(schema, ["default"]);
  }
  return given === undefined ? undefined : code(String(given));
}

function strategiesTable(): string {
  return pageTable(
    ["strategy", "how it chooses", "same texts every time", "search", "reference"],
    strategies.map(({ name, summary, isDeterministic, isSearch, reference = "" }) => [
      code(name),
      summary,
      isDeterministic ? "yes" : "",
      isSearch ? "yes" : "",
      reference,
    ]),
  );
}

/** Every setting of every strategy; of one that some variants have, which those are. */
function strategySettingsTable(): string {
  return pageTable(
    ["strategy", "setting", "value", "default", "meaning"],
    strategies.flatMap(({ name }) => {
      const variants = variantsOfStrategy(name);
      const keys = new Set(variants.flatMap(keysOf).filter((key) => key !== "strategy"));
      return [...keys].map((key) => {
        const having = variants.filter((variant) => keysOf(variant).includes(key));
        const schemas = having.map((variant) => valueAt(variant, ["properties", key]));
        const fallback = schemas.map(fallbackOf).find((one) => one !== "") ?? "";
        const kinds = [...new Set(schemas.map(kindOf))].join(" or ");
        const only = having.length < variants.length && !constants(having[0]).has(key)
          ? ` (with ${conditionsOf(having, variants)})`
          : "";
        const meanings = [...new Set(schemas.map(descriptionOf))].join("; ");
        return [code(name), code(key), kinds, fallback, `${meanings}${only}`];
      });
    }),
  );
}

function variantsOfStrategy(name: string): readonly unknown[] {
  return variantsAt({ decoding: { strategies: [{}] } }, ["decoding", "strategies", 0])
    .filter((variant) => constants(variant).get("strategy") === name);
}

function keysOf(variant: unknown): string[] {
  return Object.keys(valueAt(variant, ["properties"]) ?? {});
}

/** `draft: model or draft: ngram`: what tells the variants in `having` from the others. */
function conditionsOf(having: readonly unknown[], all: readonly unknown[]): string {
  const missing = all.filter((variant) => !having.includes(variant));
  const pairs = (variants: readonly unknown[]): string[] =>
    variants.flatMap((variant) =>
      [...constants(variant)].map(([key, value]) => `${key}: ${String(value)}`)
    );
  const others = new Set(pairs(missing));
  const own = new Set(pairs(having).filter((pair) => !others.has(pair)));
  // The rule implies its drafts.
  const [first] = [...own].filter((pair) => pairs(having).filter((p) => p === pair).length > 1);
  return first === undefined ? [...own].map(code).join(" or ") : code(first);
}

function warpersTable(): string {
  return pageTable(
    ["warper", "effect", "limits", "reference"],
    warpers.map(({ name, summary, edges, reference = "" }) => [
      code(name),
      summary,
      edges,
      reference,
    ]),
  );
}

function draftsTable(): string {
  return pageTable(
    ["draft", "what it proposes", "needs", "reference"],
    drafts.map(({ name, summary, needs, reference = "" }) => [
      code(name),
      summary,
      needs === "draft model" ? `a draft model (${code("models.draft")})` : needs,
      reference,
    ]),
  );
}

function fallbackOf(schema: unknown): string {
  const fallback = valueAt(schema, ["default"]);
  return fallback === undefined ? "" : code(
    typeof fallback === "object" ? JSON.stringify(fallback) : String(fallback),
  );
}

function descriptionOf(schema: unknown): string {
  return String(valueAt(schema, ["description"]) ?? "");
}

/** The values that a schema accepts, in words. */
function kindOf(schema: unknown): string {
  const choices = valueAt(schema, ["enum"]) ?? valueAt(schema, ["anyOf"]);
  if (Array.isArray(choices)) {
    const named = choices.some((one) => valueAt(one, ["enum"]) !== undefined);
    const kinds = choices.map((one) =>
      typeof one === "string" ? code(one) : named ? mapText(one) ?? kindOf(one) : kindOf(one)
    );
    return [...new Set(kinds)].join(" or ");
  }
  const constant = valueAt(schema, ["const"]);
  if (constant !== undefined) return code(String(constant));
  const type = String(valueAt(schema, ["type"]));
  if (type === "array") return `list of ${kindOf(valueAt(schema, ["items"]))}`;
  const limits = ([
    ["minimum", "≥"],
    ["exclusiveMinimum", ">"],
    ["maximum", "≤"],
    ["exclusiveMaximum", "<"],
  ] as const).flatMap(([key, sign]) => {
    const limit = valueAt(schema, [key]);
    return typeof limit === "number" && Math.abs(limit) < Number.MAX_SAFE_INTEGER
      ? [`${sign} ${limit}`]
      : [];
  });
  const words: Readonly<Record<string, string>> = {
    integer: "whole number",
    string: "text",
    boolean: "true or false",
    object: "map",
  };
  return `${words[type] ?? type}${limits.length === 0 ? "" : ` ${limits.join(", ")}`}`;
}

/** `{simd: strict}`: a map in place of a name, if it has one key whose values are listed. */
function mapText(schema: unknown): string | undefined {
  const [[key, property] = [], ...more] = Object.entries(valueAt(schema, ["properties"]) ?? {});
  const values = valueAt(property, ["enum"]);
  return key === undefined || more.length > 0 || !Array.isArray(values)
    ? undefined
    : code(`{${key}: ${values.join(" or ")}}`);
}

function code(text: string): string {
  return text === "" ? "*(empty)*" : `\`${text}\``;
}
