/**
 * What a `--set path=value[,value…]` says, before it is known which settings there are.
 *
 * @module
 */
import { parseDocument } from "yaml";
import { ConfigError } from "./config_error.ts";
import { shown } from "./nearest.ts";

/** A `--set` taken apart. */
export interface Override {
  /** Keys, indices and names, none of them empty. */
  readonly steps: readonly string[];
  /** A value, a list of several, or `null` to take the setting out. */
  readonly value: unknown;
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
  return { steps, value: overrideValue(assignment, assignment.slice(equals + 1)) };
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

function overrideValue(assignment: string, text: string): unknown {
  const fail = (): ConfigError =>
    new ConfigError(
      `cannot read --set ${assignment}: expected a value or values divided by commas, found ${
        shown(text)
      }`,
    );
  const document = parseDocument(`[${text}]`, { prettyErrors: false });
  if (document.errors.length > 0) throw fail();
  let values: unknown;
  try {
    values = document.toJS();
  } catch {
    throw fail();
  }
  if (!Array.isArray(values) || values.length === 0) throw fail();
  return values.length === 1 ? values[0] : values;
}
