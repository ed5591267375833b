/**
 * YAML text ↔ plain data. Whatever the text is, it ends in data or in one error: what a config cannot
 * mean is refused, and so is what YAML 1.1 and YAML 1.2 read differently. `@std/yaml` reads some things
 * as the first and some as the second; what passes here is the same to both.
 *
 * @module
 */
// @ts-types="../declarations/yaml.d.ts"
import { parse, stringify, YamlSyntaxError } from "@std/yaml";
import { configError, type Where } from "./config_error.ts";
import type { ConfigPath } from "./path.ts";
import { messageOf } from "../text/message_of.ts";
import { shown } from "../text/suggestions.ts";

/** The deepest that anything may be nested; a config needs seven levels. */
const MOST_LEVELS = 50;
/** The most values of one file, each alias counted with all that it stands for. */
const MOST_VALUES = 1_000_000;
/** The most items of a list. */
const MOST_ITEMS = 100_000;

/** Why a text is not read, and where: at `:7:3`, at a path of its data, or neither. */
export interface Unreadable {
  /** Expected and found. */
  readonly message: string;
  /** Line and column. */
  readonly place?: string;
  /** The path of the value. */
  readonly path?: ConfigPath;
  /** Whether the text is YAML that is refused, and not none at all. */
  readonly isYaml: boolean;
}

/** The data of a YAML text, or why it has none. */
export function parseYaml(text: string): { readonly data: unknown } | Unreadable {
  const refused = refusedSyntax(text);
  if (refused !== undefined) return refused;
  let data: unknown;
  try {
    data = parse(text, { schema: "core" });
  } catch (error) {
    return syntaxError(error, text);
  }
  return new DataCheck().problemOf(data, []) ?? { data };
}

/** The data of the YAML file `file`; throws a `ConfigError` that says `config` cannot be used. */
export function readYaml(text: string, file: string, config = file): unknown {
  const read = parseYaml(text);
  if ("data" in read) return read.data;
  const { place, path } = read;
  // A file that another names may be no config, and is not for everyone's eyes.
  const message = file === config ? read.message : read.message.replace(/, found .*$/s, "");
  const where: Where = path === undefined ? `${file}${place ?? ""}` : { file, text, path };
  throw configError(config, [{ where, path: [], message }]);
}

/** `value` as YAML that {@linkcode parseYaml} reads as the same value. */
export function writeYaml(value: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(value).filter(([, part]) => part !== undefined)
    .map(([key, part]) => writePart({ [key]: part }));
  return parts.some((part) => part === undefined)
    // JSON, in which all text is quoted, is YAML too.
    ? `${JSON.stringify(value, null, 2)}\n`
    : parts.join("");
}

/** Parts that were written, by their JSON: the variants of a sweep have most of them in common. */
const written = new Map<string, string | undefined>();
const MOST_WRITTEN = 10_000;

/** A map with one key as YAML; `undefined` where YAML would be read as something else. */
function writePart(value: Readonly<Record<string, unknown>>): string | undefined {
  const json = JSON.stringify(value, null, 2);
  if (written.has(json)) return written.get(json);
  // What varies most in a sweep, seeds and sizes, and is nothing else to any parser.
  const [[key, only] = []] = Object.entries(value);
  if (/^\w+$/.test(key ?? "") && Number.isSafeInteger(only)) return `${key}: ${only}\n`;
  const text = stringify(value, {
    schema: "core",
    useAnchors: false,
    quoteStyle: '"',
    lineWidth: 100,
  });
  // 1.0e-8 for 1.e-8, which looks damaged.
  const usual = text.replaceAll(/((?:: |- )-?\d+)\.e(?=[-+]\d+$)/gm, "$1.0e");
  const isSame = (yaml: string): boolean => {
    const read = parseYaml(yaml);
    return "data" in read && JSON.stringify(read.data, null, 2) === json;
  };
  const part = [usual, text].find(isSame);
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(json, part);
  return part;
}

/** A problem with the syntax, as far as it shows before the text is parsed. */
function refusedSyntax(text: string): Unreadable | undefined {
  const structure = withoutQuotes(text);
  for (const { pattern, message } of REFUSED) {
    const found = structure.matchAll(pattern).find((match) => match[0] !== "");
    if (found !== undefined) {
      return { message: message(found[0].trim()), place: placeAt(text, found.index), isYaml: true };
    }
  }
  return ambiguousNumber(text, structure);
}

/** Behind what begins a key, a value or an item. */
const AT_START = String.raw`(?<=(?:^|[[{,]|[:?-][ \t]|["'\]}]:)[ \t]*`;

/** `pattern` where a key, a value or an item begins. */
function atStart(first: string, rest: string): RegExp {
  // The first character comes first, since looking back from every one would take long.
  return new RegExp(`${first}${AT_START}${first})${rest}`, "gm");
}

/** Quoted text and comments, either of which can hold anything. */
const QUOTED = new RegExp(
  String.raw`${atStart('"', String.raw`(?:[^"\\]|\\[^])*"`).source}|` +
    String.raw`${atStart("'", String.raw`(?:[^']|'')*'`).source}|#(?<=(?:^|\s)#)[^\r\n]*`,
  "gm",
);

/** `text` with other characters in place of quoted text and blanks in place of comments. */
function withoutQuotes(text: string): string {
  return text.replaceAll(
    QUOTED,
    (part) => (part.startsWith("#") ? " " : "q").repeat(part.length),
  );
}

/** Parts of YAML that no config has. */
const REFUSED: readonly {
  readonly pattern: RegExp;
  readonly message: (found: string) => string;
}[] = [{
  pattern: /^ *\t[ \t]*(?=[^\s])/gm,
  message: () => "expected spaces before the first character of a line, found a tab",
}, {
  pattern: atStart("!", String.raw`[^\s,\]}]*`),
  message: (tag) => `expected a value without a tag, found ${tag}`,
}, {
  pattern: atStart(String.raw`\?`, String.raw`(?=\s)`),
  message: () => "expected a key that is text, followed by a colon, found a question mark",
}, {
  pattern: atStart(String.raw`[[{]`, String.raw`[^[\]{}\n]*[\]}][ \t]*:(?=\s)`),
  message: (found) =>
    `expected a key that is text, found a ${found.startsWith("[") ? "list" : "map"}`,
}, {
  pattern: atStart(":", String.raw`(?=\s)`),
  message: () => "expected a key before the colon, found none",
}, {
  pattern: atStart("<", String.raw`<[ \t]*:(?=\s)`),
  message: () =>
    "expected a key, found <<, which YAML 1.2 does not have; a config takes over another by extends",
}];

/** A key, value or item that may be a number. */
const NUMBER = atStart(String.raw`[-+.\d]`, String.raw`[\w.+]*(?=[ \t]*(?:$|[,\]}\r]|:\s))`);
/** A number that all parsers read alike. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[-+]?\d+)?$/i;

/** The first number that parsers read differently, if there is one. */
function ambiguousNumber(text: string, structure: string): Unreadable | undefined {
  let written: ReadonlySet<string> | undefined;
  for (const { 0: token, index } of structure.matchAll(NUMBER)) {
    if (PLAIN_NUMBER.test(token)) continue;
    const [one, other] = [readByStd(token), readByYaml12(token)];
    if (Object.is(one, other)) continue;
    // Within a longer text it is none.
    written ??= new Set(scalarsOf(text));
    if (!written.has(token)) continue;
    const kind = (value: unknown): string => typeof value === "number" ? `${value}` : "text";
    const message = `expected a number written plainly, or text in quotes, found ${token}, ` +
      `which some YAML parsers read as ${kind(one)} and others as ${kind(other)}`;
    return { message, place: placeAt(text, index), isYaml: true };
  }
  return undefined;
}

function readByStd(token: string): unknown {
  try {
    return parse(token, { schema: "core" });
  } catch {
    return token;
  }
}

/** A plain scalar in the core schema of YAML 1.2 (chapter 10.3.2), as far as it can be a number. */
function readByYaml12(token: string): number | string {
  if (/^0o[0-7]+$|^0x[\da-f]+$/i.test(token)) return Number(token);
  const isNumber = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i.test(token);
  return isNumber || /^[-+]?\.inf$|^\.nan$/i.test(token) ? Number(readFloat(token)) : token;
}

function readFloat(token: string): number {
  if (/nan$/i.test(token)) return NaN;
  return /inf$/i.test(token) ? (token.startsWith("-") ? -Infinity : Infinity) : Number(token);
}

/** Every key and single value of a text, as they are written, without quotes. */
function scalarsOf(text: string): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") found.push(value);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (!Array.isArray(value)) found.push(...Object.keys(value));
    Object.values(value).forEach(collect);
  };
  try {
    collect(parse(text, { schema: "failsafe", allowDuplicateKeys: true }));
  } catch {
    // That is said when the text is read.
  }
  return found;
}

/** `:7:3` for an offset in `text`. */
function placeAt(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function syntaxError(error: unknown, text: string): Unreadable {
  if (error instanceof RangeError) {
    return { message: "expected YAML, found it nested too deeply", isYaml: false };
  }
  const message = messageOf(error);
  const [first = ""] = message.replace(/ at line \d+, column \d+:[^]*$/, "").split("\n");
  if (!(error instanceof YamlSyntaxError)) return { message: inWords(first, ""), isYaml: false };
  const place = `:${error.line}:${error.column}`;
  return { message: inWords(first, text.slice(error.offset)), place, isYaml: false };
}

/** The parser's message before `rest` of the text, in words for those who do not know YAML's specification. */
function inWords(message: string, rest: string): string {
  if (message.includes("duplicated key")) {
    const [, key] = /^["']?([^:"'\n{},]+)["']?[ \t]*:/.exec(rest) ?? [];
    return `expected each key once, found ${key === undefined ? "one" : shown(key)} again`;
  }
  if (message.includes("more than 1 document")) {
    return "expected YAML, found more than one document (a line of ---)";
  }
  const [, alias] = /unidentified alias "(.*)"/.exec(message) ?? [];
  if (alias !== undefined) return `expected an anchor before its alias, found *${alias} alone`;
  return `expected YAML, found an error: ${message}`;
}

/** Looks for data that no config has: cycles, and more than memory should hold. */
class DataCheck {
  readonly #above = new Set<unknown>();
  readonly #counts = new Map<unknown, number>();
  #problem: Unreadable | undefined;

  /** The first problem with `data`; makes every −0 in it 0, which has the same name. */
  problemOf(data: unknown, path: ConfigPath): Unreadable | undefined {
    this.#count(data, path);
    return this.#problem;
  }

  /** How many values there are in `data`, with every alias replaced. */
  #count(data: unknown, path: ConfigPath): number {
    if (typeof data !== "object" || data === null || this.#problem !== undefined) return 1;
    const known = this.#counts.get(data);
    if (known !== undefined) return known;
    if (this.#above.has(data)) {
      return this.#fail(
        path,
        "expected an alias of what is before it, found one inside of what it stands for",
      );
    }
    if (path.length > MOST_LEVELS) {
      return this.#fail(path, `expected at most ${MOST_LEVELS} levels, found more`);
    }
    if (Array.isArray(data) && data.length > MOST_ITEMS) {
      return this.#fail(
        path,
        `expected at most ${MOST_ITEMS} items in a list, found ${data.length}`,
      );
    }
    this.#above.add(data);
    let count = 1;
    const entries: Iterable<[PropertyKey, unknown]> = Array.isArray(data)
      ? data.entries()
      : Object.entries(data);
    for (const [key, value] of entries) {
      if (Object.is(value, -0)) Object.defineProperty(data, key, { value: 0 });
      count += this.#count(value, [...path, key]);
      if (count > MOST_VALUES) {
        return this.#fail(
          path,
          `expected at most ${MOST_VALUES} values with every alias replaced, found more`,
        );
      }
    }
    this.#above.delete(data);
    this.#counts.set(data, count);
    return count;
  }

  #fail(path: ConfigPath, message: string): number {
    this.#problem ??= { message, path, isYaml: true };
    return 1;
  }
}
