/**
 * The layers of a config: its file over those that it extends, the `--set`s over it, as plain data, and
 * where each value of that data was written.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { readBoundedSync, UnreadableError } from "../files/read_bounded.ts";
import { messageOf } from "../text/message_of.ts";
import { nearest, shown } from "../text/suggestions.ts";
import {
  ConfigError,
  configError,
  type PlacedProblem,
  type Problem,
  type Where,
} from "./config_error.ts";
import { outsideProblem, type ReachOptions } from "./named_files.ts";
import {
  type ConfigPath,
  hasKey,
  isMap,
  startsWith,
  valueAt,
  withoutValue,
  withValue,
} from "./path.ts";
import { readYaml } from "./yaml.ts";

/** The most bytes of a config; the longest of configs/ has some two thousand. */
export const MOST_CONFIG_BYTES = 1_000_000;

/** The file of a config from the standard input, in messages. */
export const STDIN_FILE = "stdin";

/** A config file and its data. */
interface FileLayer {
  readonly file: string;
  readonly text: string;
  readonly data: unknown;
}

/** A value that a `--set` puts at a path; `null` takes out what is there. */
export interface SetLayer {
  /** The `--set` itself. */
  readonly set: string;
  /** Where, in the data below. */
  readonly path: ConfigPath;
  /** The value. */
  readonly value: unknown;
}

/** A value that takes the place of what was written: one of a list's, or of a range's. */
export interface Taken {
  /** The path of the setting. */
  readonly path: ConfigPath;
  /** Its value. */
  readonly value: unknown;
  /** The path where that was written. */
  readonly written: ConfigPath;
  /** Of a list that was read from a file that is named there: where its item `index` stands. */
  readonly placeOf?: (index: number) => string;
}

/** A config with what it extends and the overrides in. It never changes. */
export class ConfigSource {
  /** The file, as the user named it. */
  readonly file: string;
  /** Everything that it says, as plain data. */
  readonly data: unknown;
  /** From the lowest to the highest. */
  readonly #layers: readonly (FileLayer | SetLayer)[];
  readonly #taken: readonly Taken[];
  readonly #reach: ReachOptions;

  private constructor(
    file: string,
    data: unknown,
    layers: readonly (FileLayer | SetLayer)[],
    taken: readonly Taken[],
    reach: ReachOptions,
  ) {
    this.file = file;
    this.data = data;
    this.#layers = layers;
    this.#taken = taken;
    this.#reach = reach;
  }

  /** The config `file`, which has `text`, over those that it extends. */
  static read(file: string, text: string, reach: ReachOptions = {}): ConfigSource {
    const layers = fileLayers(file, text, reach);
    const data = layers.reduce<unknown>((below, layer) => laidOver(below, layer.data), undefined);
    return new ConfigSource(file, data, layers, [], reach);
  }

  /**
   * Why the value of `setting` may not name the file `path`; `undefined` if it may, as a `--set` always
   * may: then the command line names it.
   */
  outsideProblem(setting: ConfigPath, path: string): string | undefined {
    const where = this.#where(this.#written(setting));
    const isSet = typeof where === "string" && where !== this.file;
    return isSet || this.#reach.readsOutside === true ? undefined : outsideProblem(this.file, path);
  }

  /** The config with `layer` over it. */
  over(layer: SetLayer): ConfigSource {
    const { path, value } = layer;
    const data = value === null ? withoutValue(this.data, path) : withValue(this.data, path, value);
    const layers = [...this.#layers, layer];
    return new ConfigSource(this.file, data, layers, this.#taken, this.#reach);
  }

  /** The config with one value for each of some settings. */
  taking(taken: readonly Taken[]): ConfigSource {
    const data = taken.reduce((all, { path, value }) => withValue(all, path, value), this.data);
    const all = [...taken, ...this.#taken];
    return new ConfigSource(this.file, data, this.#layers, all, this.#reach);
  }

  /** The file in which the value at `path` was written, which may be one that this config extends. */
  fileOf(path: ConfigPath): string {
    const where = this.#where(this.#written(path));
    return typeof where === "string" ? this.file : where.file;
  }

  /** Whether this config says something at `path`, and does not leave it to the default. */
  says(path: ConfigPath): boolean {
    return valueAt(this.data, path) !== undefined;
  }

  /**
   * Whether something at one of `others` was written over what is at `path`: by a `--set` over what
   * a file has, or in a file over what one has that it extends.
   */
  isBelow(path: ConfigPath, others: readonly ConfigPath[]): boolean {
    return others.some((other) => this.#height(path) < this.#height(other));
  }

  /** The number of the highest layer that says something at `path`; every `--set` is as high. */
  #height(path: ConfigPath): number {
    const highest = this.#layers.findLastIndex((layer) =>
      "set" in layer
        ? startsWith(path, layer.path) || startsWith(layer.path, path)
        : valueAt(layer.data, path) !== undefined
    );
    const layer = this.#layers[highest];
    return layer !== undefined && "set" in layer ? this.#layers.length : highest;
  }

  /** The problem `message` with the value at `path`. */
  problem(path: ConfigPath, message: string): Problem {
    return { path: this.#written(path), message };
  }

  /** The error of that one problem. */
  error(path: ConfigPath, message: string): ConfigError {
    return this.errorOf([this.problem(path, message)]);
  }

  /** The error of `problems`, whose paths are those of what was written. */
  errorOf(problems: readonly Problem[]): ConfigError {
    return configError(
      this.file,
      problems.map((problem) => this.#placed(problem)),
    );
  }

  /** `problem` with its place: that in a file of its own, where it is with an item of that. */
  #placed(problem: Problem): PlacedProblem {
    for (const { placeOf, written } of this.#taken) {
      const item = problem.path[written.length];
      if (placeOf === undefined || typeof item !== "number") continue;
      if (startsWith(problem.path, written)) {
        return { ...problem, path: written, where: placeOf(item) };
      }
    }
    return { ...problem, where: this.#where(problem.path) };
  }

  /** The path at which the value at `path` was written. */
  #written(path: ConfigPath): ConfigPath {
    return this.#taken.reduce(
      (at, taken) =>
        startsWith(at, taken.path) ? [...taken.written, ...at.slice(taken.path.length)] : at,
      path,
    );
  }

  /** Where what is at `path` was written; where the nearest above it was, if it was not. */
  #where(path: ConfigPath): Where {
    // Of what a --set has changed in part, that part is what a problem is most likely about.
    for (let length = path.length; length >= 0; length--) {
      const start = path.slice(0, length);
      const where = this.#find(start, length === path.length) ?? this.#find(start, true);
      if (where !== undefined) return where;
    }
    return this.file;
  }

  /** The highest layer that says something at `path` or, if `below`, under it. */
  #find(path: ConfigPath, below: boolean): Where | undefined {
    let at = path;
    for (const layer of this.#layers.toReversed()) {
      const own = "set" in layer ? setPlace(layer, at, below) : filePlace(layer, at);
      if (own === "hidden") return undefined;
      if (own === undefined) continue;
      if (typeof own === "string" || "file" in own) return own;
      at = own.shifted;
    }
    return undefined;
  }
}

/** Where a file says something at `path`; `"hidden"` if it hides what the files below it say there. */
function filePlace(
  { file, text, data }: FileLayer,
  path: ConfigPath,
): Where | "hidden" | undefined {
  let value = data;
  let inList = false;
  for (const key of path) {
    // A list replaces that of a file below, with everything in it.
    if (!hasKey(value, key)) {
      return isMap(value) && !inList || value === undefined ? undefined : "hidden";
    }
    inList ||= Array.isArray(value);
    value = valueAt(value, [key]);
  }
  return { file, text, path };
}

/** As {@linkcode filePlace}; the path before, where an item was taken out in front of it. */
function setPlace(
  { set, path: own, value }: SetLayer,
  path: ConfigPath,
  below: boolean,
): Where | "hidden" | { readonly shifted: ConfigPath } | undefined {
  const depth = own.length - 1;
  const [last, key] = [own[depth], path[depth]];
  if (value === null && typeof last === "number" && startsWith(path, own.slice(0, -1))) {
    return typeof key === "number" && key >= last
      ? { shifted: path.with(depth, key + 1) }
      : below && path.length === depth
      ? set
      : undefined;
  }
  if (startsWith(path, own)) {
    const rest = path.slice(own.length);
    const known = rest.every((step, i) => hasKey(valueAt(value, rest.slice(0, i)), step));
    return known ? set : "hidden";
  }
  return below && startsWith(own, path) ? set : undefined;
}

/**
 * `over` laid over `base`: maps are merged key by key, everything else of `over` takes the place of
 * what `base` has, and `null` takes it out.
 */
export function laidOver(base: unknown, over: unknown): unknown {
  if (!isMap(over)) return over;
  const entries = new Map(isMap(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(over)) {
    if (value === null) entries.delete(key);
    else entries.set(key, laidOver(entries.get(key), value));
  }
  return Object.fromEntries(entries);
}

/** The text of the config `file`; throws a `ConfigError` for what is no text file of a config's size. */
export function readConfigFile(file: string): string {
  return textOf(file, readText(file));
}

/** The text of a config that was read as `bytes`; throws as {@linkcode readConfigFile} does. */
export function decodeConfig(file: string, bytes: Uint8Array): string {
  return textOf(file, decoded(bytes));
}

/** The text of a file, or why it has none. */
type ReadText = { readonly text: string } | { readonly message: string };

function textOf(file: string, read: ReadText): string {
  if ("text" in read) return read.text;
  throw new ConfigError(`cannot read the config ${file}: ${read.message}`);
}

/** The config `file` and those that it extends, the last of these first. Of these the name is left out. */
function fileLayers(file: string, text: string, reach: ReachOptions): FileLayer[] {
  const layers: FileLayer[] = [];
  const chain: string[] = [file];
  let next: { readonly file: string; readonly text: string } | undefined = { file, text };
  while (next !== undefined) {
    const data = settingsIn(next.text, next.file, file);
    const layer: FileLayer = { ...next, data };
    layers.unshift({ ...layer, data: without(data, layers.length === 0 ? [] : ["name"]) });
    next = baseOf(layer, chain, reach);
  }
  return layers;
}

/** The data of `file`, of the config `config`. A text that has no keys is no config, and not quoted. */
function settingsIn(text: string, file: string, config: string): unknown {
  const data = readYaml(text, file, config);
  if (typeof data === "object" || data === undefined) return data;
  const message = `expected a map, found ${typeof data === "string" ? "text" : "a single value"}`;
  throw configError(config, [{ where: { file, text, path: [] }, path: [], message }]);
}

/** `data` without `extends` and some other keys. */
function without(data: unknown, keys: readonly string[]): unknown {
  return ["extends", ...keys].reduce(
    (rest, key) => isMap(rest) && Object.hasOwn(rest, key) ? withoutValue(rest, [key]) : rest,
    data,
  );
}

/** The config that `layer`, of the last file of `chain`, extends, if it does; adds it to the chain. */
function baseOf(
  { file, text, data }: FileLayer,
  chain: string[],
  { readsOutside = false }: ReachOptions,
): { readonly file: string; readonly text: string } | undefined {
  if (!isMap(data) || !Object.hasOwn(data, "extends")) return undefined;
  const path = ["extends"];
  const fail = (message: string): ConfigError =>
    configError(chain[0] ?? file, [{ where: { file, text, path }, path, message }]);
  const named = data["extends"];
  if (typeof named !== "string" || named === "") {
    const found = Array.isArray(named) ? "a list" : shown(named);
    throw fail(`expected the path of a config, relative to this one, found ${found}`);
  }
  const base = isAbsolute(named) ? named : join(dirname(file), named);
  const cyclic = chain.some((other) => resolve(other) === resolve(base));
  chain.push(base);
  const links = chain.join(" extends ");
  if (cyclic) throw fail(`expected a chain that ends, found ${links}`);
  const outside = readsOutside ? undefined : outsideProblem(chain[0] ?? file, base);
  if (outside !== undefined) throw fail(`${outside} (${links})`);
  const read = readText(base);
  if ("text" in read) return { file: base, text: read.text };
  throw fail(`cannot read ${base}: ${read.message} (${links})`);
}

function readText(file: string): ReadText {
  let bytes: Uint8Array;
  try {
    bytes = readBoundedSync(file, MOST_CONFIG_BYTES);
  } catch (error) {
    return { message: reasonOf(file, error) };
  }
  return decoded(bytes);
}

function decoded(bytes: Uint8Array): ReadText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { message: "expected UTF-8 text, found other bytes" };
  }
}

function reasonOf(file: string, error: unknown): string {
  if (error instanceof UnreadableError && error.missing) {
    return `expected a YAML file, found none${nearConfig(file)}`;
  }
  const hint = /^\/(dev|proc)\//.test(file) ? "; a config that is piped in is called -" : "";
  if (error instanceof UnreadableError && error.cause instanceof Deno.errors.NotCapable) {
    return `expected a file that this task may read, found one that it may not${hint}`;
  }
  return messageOf(error) + hint;
}

/** The folder of a project's configs. */
const CONFIGS = "configs";

/**
 * `; did you mean "configs/default.yaml"?` for a config beside `file`, or one of `configs/` for a name
 * alone, that has its name with another ending, or nearly its name.
 */
function nearConfig(file: string): string {
  const folders = dirname(file) === "." ? [".", CONFIGS] : [dirname(file)];
  const stem = (name: string): string => name.replace(/\.ya?ml$/, "");
  const found = folders.flatMap((folder) =>
    configsIn(folder).map((name) => ({ name, path: join(folder, name) }))
  );
  const name = basename(file);
  const near = found.find((one) => stem(one.name) === stem(name))?.name ??
    nearest(name, found.map((one) => one.name)) ??
    nearest(stem(name), found.map((one) => stem(one.name)));
  const path = found.find((one) => near !== undefined && stem(one.name) === stem(near))?.path;
  return path === undefined ? "" : `; did you mean "${path}"?`;
}

function configsIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .map(({ name }) => name).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch {
    return [];
  }
}
