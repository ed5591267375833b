/**
 * Judges what a command left and said.
 *
 * @module
 */
import type { Outcome } from "../end_to_end/clean_clone.ts";

/** Files by their paths. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What no command may ever print, whatever happens to it. */
const CRASHES = /this is a bug|^\s+at .*[(:]\d+|panicked|Uncaught|Segmentation|core dumped/m;

/** Why an outcome is not one that a person can be given; `undefined` if it is. */
export function crash({ code, stderr }: Outcome): string | undefined {
  if (![0, 1, 2, 129, 130, 143].includes(code)) return `exit code ${code}\n${stderr}`;
  if (CRASHES.test(stderr)) return stderr;
  if (code !== 0 && stderr.trim() === "") return `exit code ${code}, and not a word`;
  return undefined;
}

/** Names of files that are left over: half-written ones, locks and marks of runs that have ended. */
const LEFT_OVER = /\.part$|^(?!.*\.cache\/).*\.lock$|\.(writing|begun)$/;

/** Files with times in them. */
const TIMES = /(^|\/)timings\.csv$/;

/**
 * How files differ from those of a run that nothing happened to, the times aside; `undefined` if they do
 * not.
 */
export function difference(found: Files, expected: Files): string | undefined {
  const differing: string[] = [];
  for (const [path, bytes] of expected) {
    const now = found.get(path);
    if (now === undefined) differing.push(`${path} is missing`);
    else if (!TIMES.test(path) && !equal(now, bytes)) differing.push(`${path} differs`);
  }
  for (const path of found.keys()) {
    // No manifest has the digest of times, so that no later run removes them.
    if (!expected.has(path) && !TIMES.test(path)) differing.push(`${path} is left over`);
  }
  return differing.length === 0 ? undefined : differing.join("\n");
}

/** Of files, the names of those that are left over after a run. */
export function leftOver(files: Files): string | undefined {
  const names = [...files.keys()].filter((path) => LEFT_OVER.test(path));
  return names.length === 0 ? undefined : `left over: ${names.join(", ")}`;
}

/** Whether two files have the same bytes. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The most words of a message that tell its kind. */
const WORDS = 24;

/**
 * The kind of message that stderr begins with: names, numbers and what is quoted from a file are left
 * out.
 */
export function shapeOf(stderr: string): string {
  const [first = ""] = stderr.trim().split("\n");
  return first
    .replaceAll(/"[^"]*"|“[^”]*”|'[^']*'|`[^`]*`/g, "…")
    .replaceAll(/(\/|\b)[\w.()=+~-]*\/[\w.()=,+~/-]*/g, "PATH")
    .replaceAll(/\b[0-9a-f]{8,}\b/g, "HASH")
    .replaceAll(/\d+/g, "N")
    .split(/\s+/).slice(0, WORDS).join(" ");
}

/**
 * Whether a text names the file at `path`: by its path, by a folder and its name in it, or by its key in
 * the store.
 */
export function mentions(text: string, path: string): boolean {
  const [key] = /\b[0-9a-f]{64}\b/.exec(path) ?? [];
  if (text.includes(path) || key !== undefined && text.includes(key.slice(0, 12))) return true;
  const parts = path.split("/");
  return parts.some((_, i) =>
    i >= 2 && text.includes(parts.slice(0, i).join("/")) &&
    text.includes(` ${parts.slice(i).join("/")}`)
  );
}
