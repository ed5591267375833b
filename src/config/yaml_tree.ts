/**
 * YAML text → a {@linkcode Tree}. Whatever the text is, it ends in a tree or in one error: what YAML
 * can say that a config cannot mean is refused with its place.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
} from "yaml";
import { type ConfigError, configError, type Problem } from "./config_error.ts";
import { shown } from "../text/suggestions.ts";
import type { Entry, Place, Tree } from "./tree.ts";

/** The deepest that anything may be nested; a config needs seven levels. */
const MOST_LEVELS = 50;
/** The most values of one file, each alias counted with all that it stands for. */
const MOST_VALUES = 1_000_000;

/** The most items of a list. */
const MOST_ITEMS = 100_000;

/** How to read a text. */
export interface YamlSource {
  /** The file that it comes from. */
  readonly file: string;
  /** The config that cannot be used where the text is wrong: the file, or one that extends it. */
  readonly config?: string;
}

/** Reads YAML 1.2; throws a `ConfigError` for text that is not, or is no config's. */
export function yamlTree(text: string, { file, config = file }: YamlSource): Entry {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`, file };
  };
  const fail = (place: string, message: string): ConfigError =>
    configError(config, [{ location: place, path: "", message }]);
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // A directive must not bring back merge keys, dates and yes for true.
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      // It compares each key with every other; the reader below looks them up.
      uniqueKeys: false,
    });
  } catch {
    throw fail(file, "expected YAML, found it nested too deeply");
  }
  const problems = [...document.errors, ...document.warnings].map((error): Problem => ({
    location: at(error.pos[0]).text,
    path: "",
    message: `expected YAML, found an error: ${yamlMessage(error)}`,
  }));
  if (problems.length > 0) throw configError(config, problems);
  if (document.contents === null) return { place: { text: file, file }, tree: NULL };
  return new Reader(at, fail).read(document.contents, 0);
}

/** A tree and the number of values in it. */
interface Counted extends Entry {
  readonly count: number;
}

/** Turns the parser's nodes into trees. */
class Reader {
  readonly #at: (offset: number) => Place;
  readonly #fail: (place: string, message: string) => ConfigError;
  /** What the anchors stand for at this point of the text; nothing while it is being read. */
  readonly #anchors = new Map<string, Counted | undefined>();

  constructor(
    at: (offset: number) => Place,
    fail: (place: string, message: string) => ConfigError,
  ) {
    this.#at = at;
    this.#fail = fail;
  }

  read(node: unknown, level: number): Counted {
    if (isAlias(node)) return this.#alias(node.source, this.#at(node.range?.[0] ?? 0));
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) {
      return { place: this.#at(0), tree: NULL, count: 1 };
    }
    const place = this.#at(node.range?.[0] ?? 0);
    if (level > MOST_LEVELS) {
      throw this.#fail(place.text, `expected at most ${MOST_LEVELS} levels, found more`);
    }
    const { anchor } = node;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const read = isScalar(node)
      ? { place, tree: this.#scalar(node.value, place), count: 1 }
      : isMap(node)
      ? this.#map(node.items, place, level)
      : this.#list(node.items, place, level);
    if (read.count > MOST_VALUES) {
      const message =
        `expected at most ${MOST_VALUES} values with every alias replaced, found more`;
      throw this.#fail(place.text, message);
    }
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  #alias(name: string, place: Place): Counted {
    const meant = this.#anchors.get(name);
    if (meant !== undefined) return { ...meant, place };
    const found = this.#anchors.has(name) ? "one inside of what it stands for" : "none";
    throw this.#fail(place.text, `expected an anchor &${name} before *${name}, found ${found}`);
  }

  #scalar(value: unknown, place: Place): Tree {
    switch (typeof value) {
      case "number":
        // No −0, which would be another value with the same name.
        return { kind: "scalar", value: value === 0 ? 0 : value };
      case "string":
      case "boolean":
        return { kind: "scalar", value };
    }
    if (value === null) return NULL;
    throw this.#fail(place.text, `expected text, a number, true, false or null, found another`);
  }

  #list(nodes: readonly unknown[], place: Place, level: number): Counted {
    if (nodes.length > MOST_ITEMS) {
      const message = `expected at most ${MOST_ITEMS} items in a list, found ${nodes.length}`;
      throw this.#fail(place.text, message);
    }
    const items = nodes.map((node) => this.read(node, level + 1));
    return { place, tree: { kind: "list", items }, count: total(items) };
  }

  #map(pairs: readonly Pair[], place: Place, level: number): Counted {
    const entries = new Map<string, Counted>();
    for (const { key, value } of pairs) {
      const [name, keyPlace] = this.#key(key, place);
      const before = entries.get(name);
      if (before !== undefined) {
        const message = `expected each key once, found ${shown(name)} again, ` +
          `first at ${before.place.text}`;
        throw this.#fail(keyPlace.text, message);
      }
      const { tree, count } = value === null
        ? { tree: NULL, count: 1 }
        : this.read(value, level + 1);
      entries.set(name, { place: keyPlace, tree, count });
    }
    return { place, tree: { kind: "map", entries }, count: total([...entries.values()]) };
  }

  #key(key: unknown, map: Place): [string, Place] {
    const place = isScalar(key) || isMap(key) || isSeq(key) || isAlias(key)
      ? this.#at(key.range?.[0] ?? 0)
      : map;
    if (isScalar(key) && key.value !== null && key.anchor === undefined) {
      if (key.value === "<<") {
        const message = "expected a key, found <<, which YAML 1.2 does not have; " +
          "a config takes over another by extends";
        throw this.#fail(place.text, message);
      }
      return [String(key.value), place];
    }
    throw this.#fail(place.text, "expected a key that is text, found another");
  }
}

function total(items: readonly Counted[]): number {
  return items.reduce((sum, { count }) => sum + count, 1);
}

const NULL: Tree = { kind: "scalar", value: null };

/** What is wrong, where the parser's own words are for those who call it. */
function yamlMessage({ code, message }: YAMLError): string {
  return code === "MULTIPLE_DOCS" ? "more than one document (a line of ---)" : message;
}
