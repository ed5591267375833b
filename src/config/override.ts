/**
 * What a `--set path=value[,value…]` says, before it is known which settings there are.
 *
 * @module
 */
import { ConfigError } from "./config_error.ts";
import { shown } from "../text/suggestions.ts";
import type { Entry, Place, Tree } from "./tree.ts";
import { yamlTree } from "./yaml_tree.ts";

/** A `--set` taken apart. */
export interface Override {
  /** Keys, indices and names, none of them empty. */
  readonly steps: readonly string[];
  /** A value, a list of several, or `null` to take the setting out. */
  readonly value: Tree;
  /** The `--set` itself. */
  readonly place: Place;
}

/** Reads `assignment`; throws a {@linkcode ConfigError} for what is no path and value. */
export function readOverride(assignment: string): Override {
  const equals = assignment.indexOf("=");
  const path = assignment.slice(0, Math.max(equals, 0));
  const steps = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  if (equals < 1 || equals === assignment.length - 1 || steps.includes("")) {
    throw new ConfigError(
      `cannot read --set ${assignment}: expected path=value, such as decoding.samples=100`,
    );
  }
  const place = { text: `--set ${assignment}` };
  return { steps, value: overrideValue(assignment, place), place };
}

/**
 * The paths, from a list, of what `step` means in it: an item by its index, every strategy of that
 * name, or the value of every warper of that name. None where it means nothing; `names` are those
 * that would mean something.
 */
export function itemsMeant(
  items: readonly unknown[],
  step: string,
): { readonly paths: (string | number)[][]; readonly names: readonly string[] } {
  const names = items.map(nameOf);
  const paths = /^\d+$/.test(step) && Number(step) < items.length
    ? [[Number(step)]]
    : items.flatMap((item, index): (string | number)[][] =>
      names[index] !== step ? [] : [isStrategy(item) ? [index] : [index, step]]
    );
  return { paths, names: [...new Set(names.filter((name) => name !== ""))] };
}

/** A strategy's name, or a warper's, which is the only key of its map. */
function nameOf(item: unknown): string {
  if (isStrategy(item)) return String(item.strategy);
  const keys = typeof item === "object" && item !== null ? Object.keys(item) : [];
  return keys.length === 1 ? keys.join() : "";
}

function isStrategy(item: unknown): item is { readonly strategy: unknown } {
  return typeof item === "object" && item !== null && "strategy" in item;
}

function overrideValue(assignment: string, place: Place): Tree {
  const text = assignment.slice(assignment.indexOf("=") + 1);
  const fail = (): ConfigError =>
    new ConfigError(
      `cannot read --set ${assignment}: expected a value or values divided by commas, found ${
        shown(text)
      }`,
    );
  let values: Tree;
  try {
    values = yamlTree(`[${text}]`, { file: place.text }).tree;
  } catch (error) {
    throw error instanceof ConfigError ? fail() : error;
  }
  if (values.kind !== "list") throw fail();
  const [first, ...others] = values.items;
  if (first === undefined) throw fail();
  return placed(others.length === 0 ? first.tree : values, place);
}

/** `tree` with everything in it at `place`. */
function placed(tree: Tree, place: Place): Tree {
  const entry = (inner: Entry): Entry => ({ place, tree: placed(inner.tree, place) });
  switch (tree.kind) {
    case "list":
      return { kind: "list", items: tree.items.map(entry) };
    case "map":
      return {
        kind: "map",
        entries: new Map([...tree.entries].map(([key, inner]) => [key, entry(inner)])),
      };
    default:
      return tree;
  }
}
