import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { ConfigError, configError, type Problem } from "./config_error.ts";
import { expectedOneOf, shown } from "./nearest.ts";

/** A path into a config: keys and list indices. */
export type ConfigPath = readonly PropertyKey[];

/** A path as a person writes it: `decoding.strategies[2].k`. */
export function pathText(path: ConfigPath): string {
  return path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`)
    .join("").replace(/^\./, "");
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
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const problems = this.#document.errors.map((error): Problem => ({
      location: this.#at(error.pos[0]),
      path: "",
      message: `expected YAML, found an error: ${error.message}`,
    }));
    if (problems.length > 0) throw configError(file, problems);
  }

  /** The values, overrides included. */
  data(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw this.error([], `expected YAML that can be read, found: ${message}`);
    }
  }

  /**
   * Applies a `--set path=value[,value…]`. A step of the path is a key, an index, or, in the list of
   * strategies, a strategy's name, which means every entry of that strategy.
   */
  override(assignment: string): void {
    const equals = assignment.indexOf("=");
    const steps = assignment.slice(0, Math.max(equals, 0)).split(".");
    if (equals < 1 || equals === assignment.length - 1 || steps.includes("")) {
      throw new ConfigError(
        `cannot read --set ${assignment}: expected path=value, such as decoding.samples=100`,
      );
    }
    const value = this.#overrideValue(assignment, assignment.slice(equals + 1));
    for (const path of this.#resolve(steps, assignment)) {
      try {
        this.#document.setIn(path, this.#document.createNode(value));
      } catch {
        throw new ConfigError(
          `cannot use --set ${assignment} with ${this.file}\n  ` +
            `expected a map at ${pathText(path.slice(0, -1))}, found a value`,
        );
      }
      this.#overrides.set(pathText(path), assignment);
    }
  }

  /** Where the value at `path` was written; where its nearest parent was, if it was not. */
  locate(path: ConfigPath): string {
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

  /** Where the key of the pair, or the item of the list, at `path` begins. */
  #offset(path: ConfigPath): number | undefined {
    const key = path.at(-1);
    const parent: unknown = path.length === 0
      ? undefined
      : this.#document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node: unknown = path.length === 0
      ? this.#document.contents
      : this.#document.getIn(path, true);
    return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
  }

  #overrideValue(assignment: string, text: string): unknown {
    const document = parseDocument(`[${text}]`, { prettyErrors: false });
    const values: unknown = document.errors.length === 0 ? document.toJS() : undefined;
    if (!Array.isArray(values) || values.length === 0) {
      throw new ConfigError(
        `cannot read --set ${assignment}: expected a value or values divided by commas, found ${
          shown(text)
        }`,
      );
    }
    return values.length === 1 ? values[0] : values;
  }

  /** The paths that the written `steps` mean: more than one where a strategy has several entries. */
  #resolve(steps: readonly string[], assignment: string): (string | number)[][] {
    let paths: (string | number)[][] = [[]];
    for (const step of steps) {
      paths = paths.flatMap((path) => {
        const node: unknown = path.length === 0
          ? this.#document.contents
          : this.#document.getIn(path, true);
        if (!isSeq(node)) return [[...path, step]];
        return this.#items(node.toJS(this.#document), step, path, assignment)
          .map((index) => [...path, index]);
      });
    }
    return paths;
  }

  /** The indices of the items of a list that `step` means. */
  #items(
    items: readonly unknown[],
    step: string,
    path: ConfigPath,
    assignment: string,
  ): number[] {
    const indices = [...items.keys()];
    if (/^\d+$/.test(step) && Number(step) < items.length) return [Number(step)];
    const names = items.map((item) =>
      typeof item === "object" && item !== null && "strategy" in item ? String(item.strategy) : ""
    );
    const matching = indices.filter((index) => names[index] === step);
    if (matching.length > 0) return matching;
    const choices = [...new Set(names.filter((name) => name !== ""))];
    const expected = choices.length > 0
      ? expectedOneOf(step, choices)
      : `expected an index below ${items.length}, found ${shown(step)}`;
    throw new ConfigError(
      `cannot use --set ${assignment} with ${this.file}\n  ${pathText(path)}: ${expected}`,
    );
  }
}
