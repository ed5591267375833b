import { readBounded, UnreadableError } from "../../files/read_bounded.ts";
import { escapeControl } from "../../text/characters.ts";
import { messageOf } from "../../text/message_of.ts";
import { expectedOneOf, shown } from "../../text/suggestions.ts";

/** A folder with a model that cannot be used; the message says which file of it, and why. */
export class ModelFolderError extends Error {
  /** The name of the class. */
  override readonly name = "ModelFolderError";

  /** Of the file or folder at `path`, as it was named. */
  constructor(path: string, reason: string, options: { cause?: unknown } = {}) {
    super(escapeControl(`cannot use ${path}: ${reason}`), options);
  }
}

/** An object of a JSON file that a stranger wrote: each value is checked when it is asked for. */
export class JsonObject {
  /** The path of the file, for messages. */
  readonly file: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** Wraps `values`, which stand in `file` at `path`, such as `rope_scaling.`. */
  constructor(file: string, values: Readonly<Record<string, unknown>>, path = "") {
    this.file = file;
    this.#values = values;
    this.#path = path;
  }

  /** Its names and values, but those that are null. */
  entries(): [string, unknown][] {
    return Object.entries(this.#values).filter(([, value]) => value !== null);
  }

  /** Whether it has a value of that name that is not null. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** Whether it names a value, which may be null. */
  mentions(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  /** A whole number from `least` to `most`; `otherwise` where there is none, or an error. */
  integer(name: string, least: number, most: number, otherwise?: number): number {
    const value = this.#value(name) ?? otherwise;
    if (Number.isInteger(value) && least <= Number(value) && Number(value) <= most) {
      return Number(value);
    }
    throw this.error(name, `expected a whole number from ${least} to ${most}`);
  }

  /** A finite number above 0; `otherwise` where there is none, or an error. */
  positive(name: string, otherwise?: number): number {
    const value = this.#value(name) ?? otherwise;
    if (typeof value === "number" && value > 0 && value < Infinity) return value;
    throw this.error(name, "expected a number above 0");
  }

  /** True or false; `otherwise` where there is none. */
  boolean(name: string, otherwise: boolean): boolean {
    const value = this.#value(name) ?? otherwise;
    if (typeof value === "boolean") return value;
    throw this.error(name, "expected true or false");
  }

  /** One of `choices`; `otherwise` where there is none, or an error. */
  choice<Choice extends string>(
    name: string,
    choices: readonly Choice[],
    otherwise?: Choice,
  ): Choice {
    const value = this.#value(name) ?? otherwise;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new ModelFolderError(
      this.file,
      `${this.#path}${name}: ${expectedOneOf(value, choices)}`,
    );
  }

  /** The object of that name; `undefined` where there is none. */
  object(name: string): JsonObject | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return new JsonObject(this.file, value, `${this.#path}${name}.`);
    throw this.error(name, "expected a map");
  }

  /** Throws unless the value of that name is absent, null or `harmless`, for `reason`. */
  refuse(name: string, harmless: unknown, reason: string): void {
    const value = this.#value(name);
    if (value !== undefined && value !== harmless) throw this.error(name, reason);
  }

  /** The error of the value of that name, where something else was `expected`. */
  error(name: string, expected: string): ModelFolderError {
    return new ModelFolderError(
      this.file,
      `${this.#path}${name}: ${expected}, found ${shown(this.#value(name))}`,
    );
  }

  /** The value of that name, whatever it is; `undefined` for null. */
  value(name: string): unknown {
    return this.#value(name);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] ?? undefined : undefined;
  }
}

/**
 * The JSON object in the file at `path`, called `file` in messages, of at most `mostBytes`; `undefined`
 * where there is no such file. Throws a {@linkcode ModelFolderError}.
 */
export async function readJsonObject(
  path: string,
  file: string,
  mostBytes: number,
): Promise<JsonObject | undefined> {
  try {
    const bytes = await readBounded(path, mostBytes);
    return jsonObject(file, bytes);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    if (error.missing) return undefined;
    throw new ModelFolderError(file, error.message, { cause: error });
  }
}

/** The JSON object that `bytes` of `file` are; throws a {@linkcode ModelFolderError}. */
export function jsonObject(file: string, bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ModelFolderError(file, `expected JSON: ${messageOf(error)}`, { cause: error });
  }
  if (!isObject(value)) throw new ModelFolderError(file, `expected a map, found ${shown(value)}`);
  return new JsonObject(file, value);
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
