/**
 * Regular expressions of strangers, which divide texts: one whose repetitions hold others can take a time that
 * doubles with each character of a text. Such ones are refused before they are used, by their form alone.
 *
 * @module
 */

/** The longest expression that is read, in UTF-16 units; those of known tokenizers have some hundreds. */
const LONGEST = 10_000;
/** The most repetitions without a limit that follow one another: each may make the time a power more. */
const MOST_IN_A_ROW = 4;

/** The part of an expression that a bracket opens, or the whole. */
interface Part {
  /** Whether it matches in more than one way: it has a repetition, an option or alternatives. */
  varies: boolean;
  /** Repetitions without a limit in its current alternative. */
  unlimited: number;
}

/**
 * Why `pattern` may take forever: `a repetition of a part that varies itself`; `undefined` where its form
 * rules that out. What is accepted takes at most a time that is a small power of a text's length.
 */
export function patternRisk(pattern: string): string | undefined {
  if (pattern.length > LONGEST) return `more than ${LONGEST} characters`;
  const whole: Part = { varies: false, unlimited: 0 };
  const open: Part[] = [];
  for (let at = 0; at < pattern.length;) {
    const part = open.at(-1) ?? whole;
    let own: Part = { varies: false, unlimited: 0 };
    const opening = /^\((?:\?(?:<?[=!]|<\w+>|>|[a-z-]*:|[a-z-]+\)))?/i.exec(pattern.slice(at))?.[0];
    if (opening !== undefined) {
      at += opening.length;
      if (!opening.endsWith(")")) open.push(own);
      continue;
    }
    const character = pattern[at];
    if (character === "|") {
      part.varies = true;
      part.unlimited = 0;
      at++;
      continue;
    }
    // A bracket that closes none is a character.
    if (character === ")" && open.length > 0) {
      own = open.pop() ?? own;
      at++;
    } else at = afterOne(pattern, at);
    const quantifier = /^(?:[*+?]|\{\d*(?:,\d*)?\})[?+]?/.exec(pattern.slice(at))?.[0];
    at += quantifier?.length ?? 0;
    const most = mostTimes(quantifier);
    if (own.varies && most > 1) return "a repetition of a part that varies itself";
    const outer = open.at(-1) ?? whole;
    outer.varies ||= own.varies || quantifier !== undefined;
    outer.unlimited += own.unlimited + (most === Infinity ? 1 : 0);
    if (outer.unlimited > MOST_IN_A_ROW) return `more than ${MOST_IN_A_ROW} repetitions in a row`;
  }
  return undefined;
}

/** The place after the character, escape or class that begins at `at`. */
function afterOne(pattern: string, at: number): number {
  if (pattern[at] === "\\") {
    return at + (/^\\[pP]\{[^}]*\}/.exec(pattern.slice(at))?.[0].length ?? 2);
  }
  if (pattern[at] !== "[") return at + 1;
  const inside = /^\[\^?\]?(?:\\[^]|[^\]\\])*\]/.exec(pattern.slice(at))?.[0];
  return at + (inside?.length ?? 1);
}

/** How often a quantifier lets a part stand at most. */
function mostTimes(quantifier: string | undefined): number {
  if (quantifier === undefined || quantifier.startsWith("?")) return 1;
  const [, least, comma, most] = /^\{(\d*)(,?)(\d*)\}/.exec(quantifier) ?? [];
  if (least === undefined) return Infinity;
  if (comma === "") return Number(least);
  return most === undefined || most === "" ? Infinity : Number(most);
}
