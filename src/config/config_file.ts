/**
 * Config files: read, and laid over the one that they extend.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename, dirname, isAbsolute, join, resolve } from "@std/path";
import { ConfigError, configError, type Problem } from "./config_error.ts";
import { shown, suggestion } from "../text/suggestions.ts";
import { childOf, type Entry, merged } from "./tree.ts";
import { yamlTree } from "./yaml_tree.ts";

/** The most bytes of a config; the longest of configs/ has some two thousand. */
const MOST_BYTES = 1_000_000;

/** The text of the config `file`; throws a `ConfigError` for what is no text file of a config's size. */
export function readConfigFile(file: string): string {
  const read = readText(file);
  if ("text" in read) return read.text;
  throw new ConfigError(`cannot read the config ${file}: ${read.message}`);
}

/**
 * The settings of the config `file`, which has `text`, laid over those that it extends. Of these it
 * takes all but the name.
 */
export function configTree(file: string, text: string): Entry {
  const layers: Entry[] = [];
  const chain: string[] = [file];
  let next: Layer | undefined = { file, text };
  while (next !== undefined) {
    const layer = yamlTree(next.text, { file: next.file, config: file });
    layers.push(without(layer, layers.length === 0 ? ["extends"] : ["extends", "name"]));
    next = baseOf(layer, next.file, chain);
  }
  return layers.reduceRight((base, layer) => merged(base, layer));
}

/** A config file and what it says. */
interface Layer {
  readonly file: string;
  readonly text: string;
}

/** The config that `layer`, of the last file of `chain`, extends, if it does; adds it to the chain. */
function baseOf(layer: Entry, file: string, chain: string[]): Layer | undefined {
  const [config = file] = chain;
  const named = childOf(layer, "extends");
  if (named === undefined) return undefined;
  const fail = (message: string): ConfigError => {
    const problem: Problem = { location: named.place.text, path: "extends", message };
    return configError(config, [problem]);
  };
  const { tree } = named;
  if (tree.kind !== "scalar" || typeof tree.value !== "string" || tree.value === "") {
    const found = tree.kind === "scalar" ? shown(tree.value) : `a ${tree.kind}`;
    throw fail(`expected the path of a config, relative to this one, found ${found}`);
  }
  const base = isAbsolute(tree.value) ? tree.value : join(dirname(file), tree.value);
  const cyclic = chain.some((other) => resolve(other) === resolve(base));
  chain.push(base);
  const links = chain.join(" extends ");
  if (cyclic) throw fail(`expected a chain that ends, found ${links}`);
  const read = readText(base);
  if ("text" in read) return { file: base, text: read.text };
  throw fail(`cannot read ${base}: ${read.message} (${links})`);
}

/** `layer` without some of its keys. */
function without(layer: Entry, keys: readonly string[]): Entry {
  const { tree } = layer;
  if (tree.kind !== "map") return layer;
  const entries = new Map([...tree.entries].filter(([key]) => !keys.includes(key)));
  return { ...layer, tree: { kind: "map", entries } };
}

function readText(file: string): { readonly text: string } | { readonly message: string } {
  try {
    const { isFile, isDirectory } = Deno.statSync(file);
    // A device may have no end, and a pipe nobody at its other.
    if (!isFile) {
      return { message: `expected a YAML file, found a ${isDirectory ? "folder" : "device"}` };
    }
    const bytes = firstBytes(file, MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      const size = (Math.max(bytes.length, Deno.statSync(file).size) / 1e6).toFixed(1);
      return { message: `expected at most ${MOST_BYTES / 1e6} MB, found ${size} MB` };
    }
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    return { message: reason(file, error) };
  }
}

function firstBytes(file: string, most: number): Uint8Array {
  const opened = Deno.openSync(file);
  try {
    const bytes = new Uint8Array(most);
    let length = 0;
    while (length < most) {
      const count = opened.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    opened.close();
  }
}

function reason(file: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    const near = suggestion(basename(file), configsBeside(file));
    return `expected a YAML file, found none${near === "" ? "; try configs/default.yaml" : near}`;
  }
  if (error instanceof TypeError && !file.includes("\0")) {
    return "expected UTF-8 text, found other bytes";
  }
  return error instanceof Error ? error.message : String(error);
}

function configsBeside(file: string): string[] {
  try {
    return [...Deno.readDirSync(dirname(file))]
      .map(({ name }) => name).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch {
    return [];
  }
}
