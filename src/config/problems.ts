/**
 * Problems that the schema found, in words: expected, found, and the nearest valid choice.
 *
 * @module
 */
import type { StrategyDefinition } from "../decode/definition.ts";
import { strategies } from "../decode/definitions.ts";
import { refusalHint } from "../decode/warp/definitions.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { ENOUGH_PROBLEMS, type Problem } from "./config_error.ts";
import type { ConfigSource } from "./layers.ts";
import { type ConfigPath, isMap, startsWith, valueAt } from "./path.ts";
import { NAME_RULE, nameHint } from "./run_name.ts";
import {
  constants,
  propertiesOf,
  schemaAt,
  type SchemaIssue,
  STRATEGIES,
  variantsAt,
} from "./schema.ts";

/**
 * The problems behind `issues` of `data`, in the order of the schema. `written` gives where in `source`
 * what is at a path of `data` was written.
 */
export function problemsOf(
  source: ConfigSource,
  data: unknown,
  issues: readonly SchemaIssue[],
  written: (path: ConfigPath) => ConfigPath,
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const issue of issues) {
    // Entries that were expanded from one have its issues in common.
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    const size = seen.size;
    if (seen.add(JSON.stringify([issue.code, keys, written(issue.path)])).size === size) continue;
    for (const { path, message } of explain(data, issue, [])) {
      problems.push(source.problem([...written(path.at), ...path.below], message));
    }
    if (problems.length >= ENOUGH_PROBLEMS) break;
  }
  return problems;
}

/** A problem with the data. */
interface DataProblem {
  /** At a path of the data, or at a key of the map there that it should not have. */
  readonly path: { readonly at: ConfigPath; readonly below: ConfigPath };
  /** Expected and found. */
  readonly message: string;
}

function explain(data: unknown, issue: SchemaIssue, parent: ConfigPath): DataProblem[] {
  const path = [...parent, ...issue.path];
  const found = valueAt(data, path);
  const problemWith = (
    message: string,
  ): DataProblem[] => [{ path: { at: path, below: [] }, message }];
  const problem = (expected: string): DataProblem[] =>
    problemWith(`expected ${expected}, found ${shown(found)}`);
  const kind = kindAt(data, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, ENOUGH_PROBLEMS).map((key) => ({
        path: { at: path, below: [key] },
        message: `unknown key: ${expectedOneOf(key, keysAt(data, path))}` +
          (renaming(data, path, key) ?? belonging(data, path, key)),
      }));
    case "invalid_type": {
      const isName = typeof found === "string" && path.length === STRATEGIES.length + 1 &&
        startsWith(path, STRATEGIES) && strategies.some(({ name }) => name === found);
      const hint = isName ? `; write {strategy: ${found}}` : "";
      const expected = kind ?? kinds[issue.expected] ?? issue.expected;
      return problemWith(`expected ${expected}, found ${shown(found)}${hint}`);
    }
    case "too_small": {
      const limit = `${issue.inclusive ? "of at least" : "above"} ${issue.minimum}`;
      const hint = refusalHint(keyOf(path), found);
      return problem(`${kind ?? "a value"} ${limit}${hint === undefined ? "" : ` (${hint})`}`);
    }
    case "too_big":
      return problem(
        `${kind ?? "a value"} ${issue.inclusive ? "of at most" : "below"} ${issue.maximum}`,
      );
    case "invalid_value":
      return problemWith(
        expectedOneOf(found, [...issue.values.map(String), ...mapChoices(data, path)]) +
          valueHint(data, path),
      );
    case "invalid_format": {
      const key = keyOf(path);
      // It may have a password in it, which nobody can tell from the rest.
      if (key === "url" && /[@:?]/.test(String(found))) {
        return problemWith(
          `expected ${formats[key]}, such as https://host/names.txt, found another`,
        );
      }
      const hint = key === "name" ? nameHint(found) : "";
      return problemWith(`expected ${formats[key] ?? issue.format}, found ${shown(found)}${hint}`);
    }
    case "invalid_union": {
      if (issue.errors.length === 0) {
        const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
        // A choice that may be left out is one between nothing, too.
        const written = options.filter((option) => option !== undefined);
        return problemWith(expectedOneOf(found, written.map(String)));
      }
      const errors = issue.errors[branchOf(data, path)] ?? [];
      // A map in place of a name has one key: where it has another, it lacks none beside.
      const unknown = mapChoices(data, path).length === 0
        ? []
        : errors.filter(({ code }) => code === "unrecognized_keys");
      const branch = unknown.length === 0 ? errors : unknown;
      return branch.slice(0, ENOUGH_PROBLEMS).flatMap((inner) => explain(data, inner, path));
    }
    default:
      return problemWith(issue.message);
  }
}

/** The types of JSON Schema in words. */
const kinds: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  string: "text (quote it if it looks like a number)",
  array: "a list",
  object: "a map",
  boolean: "true or false",
};

/** The form of a setting of that name, in words. */
const formats: Readonly<Record<string, string>> = {
  name: NAME_RULE,
  url: "an http or https address",
  sha256: "64 lower-case hexadecimal digits",
};

function keyOf(path: ConfigPath): string {
  return String(path.findLast((key) => typeof key === "string") ?? "");
}

/** `; it is called ngram_order now` where the strategy at `path` once had a setting called `key`. */
function renaming(data: unknown, path: ConfigPath, key: string): string | undefined {
  const strategy = constants(schemaAt(data, path)).get("strategy");
  const { streamNames = {} }: Pick<StrategyDefinition, "streamNames"> =
    strategies.find(({ name }) => name === strategy) ?? {};
  const present = Object.keys(streamNames).find((name) => streamNames[name] === key);
  if (present === undefined) return undefined;
  const where = keysAt(data, path).includes(present) ? "" : belonging(data, path, present);
  return `; it is called ${present} now${where.replace("; it", " and")}`;
}

/** `; it goes with draft: ngram` where another variant of the map at `path` has that key. */
function belonging(data: unknown, path: ConfigPath, key: string): string {
  const own = constants(schemaAt(data, path));
  const others = variantsAt(data, path).filter((variant) =>
    constants(variant).get("strategy") === own.get("strategy") &&
    valueAt(variant, ["properties", key]) !== undefined
  );
  const choices = others.map((variant) =>
    [...constants(variant)]
      .filter(([name, constant]) => own.has(name) && own.get(name) !== constant)
      .map(([name, constant]) => `${name}: ${constant}`).join(", ")
  );
  return choices.length === 0 ? "" : `; it goes with ${[...new Set(choices)].join(" or ")}`;
}

/** The keys that the map at `path` may have. */
function keysAt(data: unknown, path: ConfigPath): string[] {
  return Object.keys(propertiesOf(schemaAt(data, path)));
}

/** The kind of value that is expected at `path`, in words. */
function kindAt(data: unknown, path: ConfigPath): string | undefined {
  const schema = schemaAt(data, path);
  // Of a map or a list it is the one that was written.
  const found = valueAt(data, path);
  const choices = valueAt(schema, ["anyOf"]);
  const mayBeList = Array.isArray(choices) &&
    choices.some((choice) => valueAt(choice, ["type"]) === "array");
  if (mayBeList && typeof found !== "object") return "a list or a map";
  const branch = mayBeList && Array.isArray(found) ? 1 : 0;
  const type = valueAt(schema, ["type"]) ?? valueAt(schema, ["anyOf", branch, "type"]);
  return kinds[String(type)];
}

/** What to write in place of the value at `path`, where it is one of another place or of none. */
function valueHint(data: unknown, path: ConfigPath): string {
  const found = valueAt(data, path);
  const map = mapChoices(data, path).find((choice) => choice.endsWith(`: ${String(found)}}`));
  if (map !== undefined) return `; did you mean ${map}?`;
  return keyOf(path) === "simd" && found === "fused"
    ? "; leave it out: engine: simd is fused where the processor can"
    : "";
}

/** `{simd: strict}` for each map of one choice that may stand in place of a name at `path`. */
function mapChoices(data: unknown, path: ConfigPath): string[] {
  const choices = valueAt(schemaAt(data, path), ["anyOf"]);
  return (Array.isArray(choices) ? choices : []).flatMap((choice) =>
    Object.entries(propertiesOf(choice)).flatMap(([key, property]) => {
      const values = valueAt(property, ["enum"]);
      return Array.isArray(values) ? values.map((value) => `{${key}: ${value}}`) : [];
    })
  );
}

/**
 * Which of the choices at `path` was written: prompts are a map or a list, an engine is a name or a map;
 * a model is one of several maps, and is taken for the one that has most of its keys.
 */
function branchOf(data: unknown, path: ConfigPath): number {
  const found = valueAt(data, path);
  const choices = valueAt(schemaAt(data, path), ["anyOf"]);
  if (!Array.isArray(choices) || Array.isArray(found)) return Array.isArray(found) ? 1 : 0;
  const keys = Object.keys(isMap(found) ? found : {});
  const counts = choices.map((choice) => {
    // A map is none of the names that may stand in its place.
    if (isMap(found) && valueAt(choice, ["type"]) !== "object") return -1;
    return keys.filter((key) => valueAt(choice, ["properties", key]) !== undefined).length;
  });
  return Math.max(0, counts.indexOf(Math.max(...counts)));
}
