/**
 * The ways to give a model: its sizes, the folder that it is read from, or how many layers of the target
 * it has. Each model has one of them, that which was said last.
 *
 * @module
 */
import { shown } from "../text/suggestions.ts";
import type { ConfigSource } from "./layers.ts";
import { isMap, valueAt } from "./path.ts";

/** The settings of each way; of a draft alone the last. */
const KINDS: readonly (readonly string[])[] = [
  ["n_embd", "n_head", "n_layer"],
  ["from", "sha256"],
  ["layers"],
];

/**
 * `source` with one way for each model: what a `--set`, or a config that extends another, says takes the
 * place of another way that is said below it. Throws a `ConfigError` for two ways in one place.
 */
export function withOneKind(source: ConfigSource): ConfigSource {
  return withKindOf(withKindOf(source, "target"), "draft");
}

function withKindOf(source: ConfigSource, model: "target" | "draft"): ConfigSource {
  const at = ["models", model];
  const map = valueAt(source.data, at);
  if (!isMap(map)) return source;
  if (model === "target" && Object.hasOwn(map, "layers")) {
    const message =
      "expected sizes, or from: FOLDER; layers is of a draft that is the first layers of " +
      "the target (models.draft)";
    throw source.error([...at, "layers"], message);
  }
  const kinds = KINDS.map((keys) => keys.filter((key) => Object.hasOwn(map, key)))
    .filter((keys) => keys.length > 0);
  if (kinds.length < 2) return source;
  const paths = (keys: readonly string[]): string[][] => keys.map((key) => [...at, key]);
  const last = kinds.find((keys) =>
    kinds.every((others) =>
      others === keys || paths(others).every((path) => source.isBelow(path, paths(keys)))
    )
  );
  if (last === undefined) {
    const [first = [], ...others] = kinds;
    throw source.errorOf(others.map(([key = ""]) =>
      source.problem(
        [...at, key],
        `expected one way to give the model (sizes, from${
          model === "draft" ? " or layers" : ""
        }), ` +
          `found ${shown(key)} beside ${first.join(", ")}`,
      )
    ));
  }
  const taken = new Set(kinds.filter((keys) => keys !== last).flat());
  const value = Object.fromEntries(Object.entries(map).filter(([key]) => !taken.has(key)));
  return source.taking([{ path: at, value, written: at }]);
}
