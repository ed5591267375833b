/**
 * The variants of a config: one for each way to take one value of each setting that it sweeps outside
 * `decoding.strategies`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { product } from "./product.ts";
import type { ConfigSource } from "./source.ts";
import type { Axis } from "./sweep.ts";
import { type Entry, type Scalar, withEntry } from "./tree.ts";

/** One value for each setting that a config sweeps outside `decoding.strategies`. */
export interface Variant {
  /** `seed=1,models.target.n_embd=16`: fit for a folder's name, and no other variant's. */
  readonly label: string;
  /** The swept settings with the values they have here, in the order of the schema. */
  readonly settings: readonly VariantSetting[];
}

/** A swept setting with one of its values. */
export interface VariantSetting {
  /** Such as `models.target.n_embd`. */
  readonly path: string;
  /** What the config has at that path in this variant. */
  readonly value: Scalar;
}

/** The most characters of a label, which has to be a folder's name. */
const LONGEST_LABEL = 200;

/** A variant, and what the config says in it. */
export interface VariantSource {
  /** Which one. */
  readonly variant: Variant;
  /** One value for each swept setting. */
  readonly source: ConfigSource;
}

/** Every variant along `axes`, the last varying fastest. */
export function variantsAlong(axes: readonly Axis[], source: ConfigSource): VariantSource[] {
  const indices = axes.map(({ length }) => Array.from({ length }, (_, i) => i));
  return product(indices).map((taken) => {
    const chosen = axes.flatMap(({ settings }, axis) =>
      settings.flatMap(({ path, order, values }): Chosen[] => {
        const entry = values[taken[axis] ?? 0];
        return entry === undefined ? [] : [{ path, order, entry }];
      })
    ).sort((a, b) => a.order - b.order);
    const root = chosen.reduce(
      (tree, { path, entry }) => withEntry(tree, path, entry),
      source.root,
    );
    const settings = chosen.map(({ path, entry: { tree } }): VariantSetting => ({
      path: path.join("."),
      // Anything else is refused with the rest of the variant.
      value: tree.kind === "scalar" ? tree.value : null,
    }));
    return { variant: { label: labelOf(settings), settings }, source: source.with(root) };
  });
}

/** A swept setting with the value that a variant has. */
interface Chosen {
  readonly path: readonly string[];
  readonly order: number;
  readonly entry: Entry;
}

/** The settings as a folder's name; where that cannot say them as they are, their hash makes it unique. */
function labelOf(settings: readonly VariantSetting[]): string {
  const said = (value: Scalar): boolean => /^[\w.+-]*$/.test(String(value));
  const label = settings
    .map(({ path, value }) => `${path}=${String(value).replaceAll(/[^\w.+-]/g, "_")}`)
    .join(",");
  const whole = label.length <= LONGEST_LABEL && !label.endsWith(".");
  if (whole && settings.every(({ value }) => said(value))) return label;
  const hash = createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);
  return `${label.slice(0, LONGEST_LABEL)}~${hash}`;
}
