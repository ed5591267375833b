/**
 * The rule that no finding says a number that was measured without its interval or the word exact.
 */
// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import type { Finding } from "../../../src/report/findings/finding.ts";
import { plainOf } from "../../../src/report/prose.ts";

/** The text of a finding with plain spaces. */
export function saidBy({ text }: Pick<Finding, "text">): string {
  return plainOf(text).replaceAll("\u00a0", " ");
}

/** A number with its interval, `−6.61 ± 0.58`, `76 % (62 to 87)`, or called exact. */
const SURE =
  /[+−]?[\d,.]+ ± [\d,.]+|[+−]?[\d,.]+(?: %)? \([+−]?[\d,.]+ to [+−]?[\d,.]+\)|exactly [+−]?[\d,.]+(?: %)?/g;
/**
 * Thresholds, which are computed and not measured: the smallest difference that can be told, the largest
 * that there can be, a standard error, and levels. Each needs the words that say which it is.
 */
const THRESHOLDS: readonly RegExp[] = [
  /(?<=must differ by (?:[^.;]|\.\d)*)about [\d.]+(?: to [\d.]+)?(?= [^;]*before they can be told apart)/g,
  /by at most [\d,.]+(?: to [\d,.]+)?(?= nats)/g,
  /no difference larger than [\d,.]+(?: %)?/g,
  /a standard error of [\d,.]+/g,
  /(?<=\()at 5 %(?= for )|below 5 %/g,
];
/** A number that was measured: it has decimals or is a percentage. Whole numbers are counts. */
const MEASURED = /\d\.\d|\d %/;

/** What of a finding's text has a measured number that is not sure; empty where the rule is kept. */
export function unsureIn(text: Finding["text"]): string {
  // Names of settings and cells are code, and no numbers of a finding.
  const spoken = saidBy({ text: text.filter(({ kind }) => kind !== "code") });
  const left = [SURE, ...THRESHOLDS].reduce((rest, one) => rest.replaceAll(one, "…"), spoken);
  return MEASURED.test(left) ? left : "";
}

/** Every finding has a number, and no measured number is without its interval or the word exact. */
export function checkNumbers(found: readonly Finding[]): void {
  for (const { text, kind } of found) {
    const whole = saidBy({ text });
    assertMatch(whole, /\d/, `${kind}: no number in: ${whole}`);
    assertEquals(unsureIn(text), "", `${kind}: a number without its interval in: ${whole}`);
  }
}
