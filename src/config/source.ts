import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLError,
} from "yaml";
import { ConfigError, configError, type Problem } from "./config_error.ts";
import { expectedOneOf, shown } from "./nearest.ts";
import { itemsMeant, readOverride } from "./override.ts";

/** A path into a config: keys and list indices. */
export type ConfigPath = readonly PropertyKey[];

/** A path as a person writes it: `decoding.strategies[2].k`. */
export function pathText(path: ConfigPath): string {
  return path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    // What a terminal would obey, or a reader take for several steps, is quoted.
    return /^[\w-]+$/.test(name) ? `.${name}` : `[${shown(name)}]`;
  }).join("").replace(/^\./, "");
}

/** A config's text with the overrides laid over it, which knows where each value was written. */
export class ConfigSource {
  /** The file, as the user named it. */
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  /** The `--set` arguments by the paths that they set. */
  readonly #overrides = new Map<string, string>();

  /** Parses YAML 1.2; throws a {@linkcode ConfigError} for text that is not. */
  constructor(file: string, text: string) {
    this.file = file;
    try {
      this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    } catch {
      throw configError(file, [{ location: file, path: "", message: "nested too deeply" }]);
    }
    const { errors, warnings } = this.#document;
    const problems = [...errors, ...warnings].map((error): Problem => ({
      location: this.#at(error.pos[0]),
      path: "",
      message: `expected YAML, found an error: ${yamlMessage(error)}`,
    }));
    if (problems.length > 0) throw configError(file, problems);
  }

  /** The values, overrides included. */
  data(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      const message = error instanceof RangeError
        ? "it is nested too deeply"
        : error instanceof Error
        ? error.message
        : String(error);
      throw configError(this.file, [{
        location: this.file,
        path: "",
        message: `expected YAML that can be read, found: ${message}`,
      }]);
    }
  }

  /**
   * Applies a `--set path=value[,value…]`; `null` takes the setting out. A step of the path is a key,
   * an index (`.0` or `[0]`), or a name: in the list of strategies a strategy's, in a chain of warpers
   * a warper's, which means every entry of that name.
   */
  override(assignment: string): void {
    const { steps, value } = readOverride(assignment);
    // From the end, since what is taken out of a list moves what stands after it.
    for (const path of this.#resolve(steps, assignment).reverse()) {
      this.#makeRoom(path, assignment);
      if (value === null) this.#document.deleteIn(this.#isWarper(path) ? path.slice(0, -1) : path);
      else this.#document.setIn(path, this.#document.createNode(value));
      this.#overrides.set(pathText(path), assignment);
    }
  }

  /** Where the value at `path` was written; where its nearest parent was, if it was not. */
  locate(path: ConfigPath): string {
    const below = `${pathText(path)}.`;
    for (const [overridden, assignment] of this.#overrides) {
      if (path.length > 0 && overridden.startsWith(below)) return `--set ${assignment}`;
    }
    for (let length = path.length; length >= 0; length--) {
      const parent = path.slice(0, length);
      const assignment = this.#overrides.get(pathText(parent));
      if (assignment !== undefined) return `--set ${assignment}`;
      const offset = this.#offset(parent);
      if (offset !== undefined) return this.#at(offset);
    }
    return this.file;
  }

  /** The problem `message` with the value at `path`. */
  problem(path: ConfigPath, message: string): Problem {
    return { location: this.locate(path), path: pathText(path), message };
  }

  /** The error of that one problem. */
  error(path: ConfigPath, message: string): ConfigError {
    return configError(this.file, [this.problem(path, message)]);
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  #node(path: ConfigPath): unknown {
    return path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
  }

  /** Where the key of the pair, or the item of the list, at `path` begins. */
  #offset(path: ConfigPath): number | undefined {
    const key = path.at(-1);
    const parent = path.length === 0 ? undefined : this.#node(path.slice(0, -1));
    if (isMap(parent)) {
      const pair = parent.items.find((item) =>
        isScalar(item.key) && String(item.key.value) === String(key)
      );
      return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node = this.#node(path);
    return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
  }

  /** Makes the parents of `path` maps where there is nothing yet; refuses where there is a value. */
  #makeRoom(path: ConfigPath, assignment: string): void {
    for (let length = 0; length < path.length; length++) {
      const parent = path.slice(0, length);
      const node = this.#node(parent);
      if (isScalar(node) && node.value === null && length > 0) this.#document.deleteIn(parent);
      else if (isScalar(node) && node.value !== null || isAlias(node)) {
        const where = length === 0 ? "" : `${pathText(parent)}: `;
        const found = isAlias(node) ? `the alias *${node.source}` : shown(node.value);
        throw new ConfigError(
          `cannot use --set ${assignment} with ${this.file}\n  ${where}expected a map, found ${found}`,
        );
      }
    }
  }

  /** Whether `path` is that of the one setting of a map in a list, which without it is empty. */
  #isWarper(path: ConfigPath): boolean {
    const parent = this.#node(path.slice(0, -1));
    return typeof path.at(-2) === "number" && isMap(parent) && parent.items.length === 1;
  }

  /** The paths that the written `steps` mean: more than one where a name has several entries. */
  #resolve(steps: readonly string[], assignment: string): (string | number)[][] {
    let paths: (string | number)[][] = [[]];
    for (const step of steps) {
      paths = paths.flatMap((path) => {
        const node = this.#node(path);
        if (!isSeq(node)) return [[...path, step]];
        return this.#items(node.toJS(this.#document), step, path, assignment)
          .map((item) => [...path, ...item]);
      });
    }
    return paths;
  }

  /** The paths, from a list, of what `step` means in it: an item, or the value of a warper. */
  #items(
    items: readonly unknown[],
    step: string,
    path: ConfigPath,
    assignment: string,
  ): (string | number)[][] {
    const { paths, names } = itemsMeant(items, step);
    if (paths.length > 0) return paths;
    const expected = names.length > 0 && !/^\d+$/.test(step)
      ? expectedOneOf(step, names)
      : `expected an index below ${items.length}, found ${step}`;
    throw new ConfigError(
      `cannot use --set ${assignment} with ${this.file}\n  ${pathText(path)}: ${expected}`,
    );
  }
}

/** What is wrong, where the parser's own words are for those who call it. */
function yamlMessage({ code, message }: YAMLError): string {
  return code === "MULTIPLE_DOCS" ? "more than one document (a line of ---)" : message;
}
