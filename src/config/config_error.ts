/**
 * Problems with a config, as one error. They are found in plain data, by their paths; their
 * lines are looked up only when the error is shown, since the parser that knows lines is slow to load.
 *
 * @module
 */
import type { Alias, Document, Node, Pair } from "yaml";
import { type ConfigPath, pathText } from "./path.ts";

/** One thing that is wrong. */
export interface Problem {
  /** The path of the setting as it was written, such as `models.target.n_embd`; empty for the whole file. */
  readonly path: ConfigPath;
  /** Expected, found, and the nearest valid choice. */
  readonly message: string;
}

/** A value in a YAML text, by its path. */
export interface Unlocated {
  /** The file, for messages. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
  /** The path in that file. */
  readonly path: ConfigPath;
}

/** `configs/default.yaml:7:3`, the `--set` that something comes from, or what it takes to find the line. */
export type Where = string | Unlocated;

/** A problem, and where it is. */
export interface PlacedProblem extends Problem {
  /** Where. */
  readonly where: Where;
}

/** With so many problems no more are looked for. */
export const ENOUGH_PROBLEMS = 1_000;

/** Problems that one message shows. */
const MOST_SHOWN = 10;

/**
 * A mistake in a config or on the command line. Its message names files and paths, one line per
 * problem; that of {@linkcode ConfigError.located} has the line and column of each, too.
 */
export class ConfigError extends Error {
  /** The name of the class. */
  override readonly name = "ConfigError";
  readonly #file: string;
  readonly #problems: readonly PlacedProblem[];

  /** A message that has its places already. */
  constructor(message: string, file = "", problems: readonly PlacedProblem[] = []) {
    super(message);
    this.#file = file;
    this.#problems = problems;
  }

  /** The error with file, line and column of each problem that it shows. */
  async located(): Promise<ConfigError> {
    const problems = distinct(this.#problems);
    if (!problems.slice(0, MOST_SHOWN).some(({ where }) => typeof where !== "string")) return this;
    const yaml = await import("yaml");
    const finders = new Map<string, (path: ConfigPath) => string>();
    const found = problems.slice(0, MOST_SHOWN).map((problem) => {
      const { where } = problem;
      if (typeof where === "string") return problem;
      const find = finders.get(where.text) ?? placeFinder(yaml, where.text);
      finders.set(where.text, find);
      return { ...problem, where: `${where.file}${find(where.path)}` };
    });
    return configError(this.#file, [...found, ...problems.slice(MOST_SHOWN)]);
  }
}

/** The error for everything that is wrong with `file`. */
export function configError(file: string, problems: readonly PlacedProblem[]): ConfigError {
  const lines = distinct(problems).map(lineOf);
  const some = lines.length < ENOUGH_PROBLEMS ? lines.length : `at least ${ENOUGH_PROBLEMS}`;
  const count = lines.length === 1 ? "" : ` (${some} problems)`;
  const shown = lines.slice(0, MOST_SHOWN);
  if (lines.length > MOST_SHOWN) shown.push(`and ${lines.length - MOST_SHOWN} more`);
  const message = `cannot use ${file}${count}\n${shown.map((line) => `  ${line}`).join("\n")}`;
  return new ConfigError(message, file, problems);
}

/** `problems` without those that are said already. */
function distinct(problems: readonly PlacedProblem[]): PlacedProblem[] {
  return [...new Map(problems.map((problem) => [lineOf(problem), problem])).values()];
}

function lineOf({ where, path, message }: PlacedProblem): string {
  const place = typeof where === "string" ? where : where.file;
  return [place, pathText(path), message].filter((part) => part !== "").join(": ");
}

/**
 * A function from paths in a YAML text to `:7:3`: the key of a map's value, the beginning of a list's
 * item, or what is nearest above where there is none.
 */
function placeFinder(yaml: typeof import("yaml"), text: string): (path: ConfigPath) => string {
  const lines = new yaml.LineCounter();
  let document: Document.Parsed;
  try {
    document = yaml.parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      schema: "core",
      uniqueKeys: false,
    });
  } catch {
    // Nested more deeply than that parser can read.
    return () => "";
  }
  return (path) => {
    let node: unknown = document.contents;
    let offset = rangeStart(node);
    for (const key of path) {
      const child = below(resolved(node), key);
      if (child === undefined) break;
      offset = rangeStart(child.key) ?? rangeStart(child.value) ?? offset;
      node = child.value;
    }
    if (offset === undefined) return "";
    const { line, col } = lines.linePos(offset);
    return `:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };

  function resolved(node: unknown): unknown {
    return yaml.isAlias(node) ? (node as Alias).resolve(document) : node;
  }

  function below(
    node: unknown,
    key: PropertyKey,
  ): { readonly key?: unknown; readonly value: unknown } | undefined {
    if (yaml.isSeq(node)) {
      return typeof key === "number" && key < node.items.length
        ? { value: node.items[key] }
        : undefined;
    }
    if (!yaml.isMap(node)) return undefined;
    return node.items.find(({ key: name }: Pair) =>
      yaml.isScalar(name) && String(name.value) === String(key)
    );
  }
}

function rangeStart(node: unknown): number | undefined {
  const { range } = Object(node) as Partial<Node>;
  return range?.[0];
}
