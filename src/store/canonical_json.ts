import { hash } from "node:crypto";

/** What JSON can say; a key whose value is `undefined` is not there. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * `value` as JSON in the one form that equal values share: keys sorted, no white space, numbers as
 * ECMAScript prints them (as RFC 8785 does). Throws a `RangeError` for a number that is not finite.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`Cannot write ${value} as JSON: expected a finite number`);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const pairs = Object.keys(value).sort().flatMap((key) => {
    const item = value[key];
    return item === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(item)}`];
  });
  return `{${pairs.join(",")}}`;
}

/** SHA-256, lower-case hexadecimal. */
export function digest(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
