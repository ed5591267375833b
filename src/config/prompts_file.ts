/**
 * Prompts in a file of their own, one per line: `decoding.prompts: { file: prompts.txt }`. The lines take
 * the place of the file before a config is checked, so that everything after sees a list.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { CorpusError, linesOfDocuments, parseDocuments } from "../data/corpus_text.ts";
import { readBoundedSync, UnreadableError } from "../files/read_bounded.ts";
import { shown, suggestion } from "../text/suggestions.ts";
import type { ConfigError } from "./config_error.ts";
import { type ConfigSource, MOST_CONFIG_BYTES } from "./layers.ts";
import { pathFrom } from "./named_files.ts";
import { type ConfigPath, isMap, valueAt, withoutValue } from "./path.ts";

const PROMPTS: ConfigPath = ["decoding", "prompts"];
const FILE: ConfigPath = [...PROMPTS, "file"];
const FROM: ConfigPath = [...PROMPTS, "from"];

/** The most bytes of a list of prompts in a run's `config.yaml`, which has other settings, too. */
const MOST_LIST_BYTES = 0.9 * MOST_CONFIG_BYTES;
/** The most items of a list in YAML. */
const MOST_PROMPTS = 100_000;

/**
 * `source` with the prompts themselves where it names the file that has them; as it is where it lists or
 * draws them. Of a file and of a way to draw them, the one that was said later holds. Throws a
 * `ConfigError` for both at once, and for a file that may not be read or has no prompts.
 */
export function withPromptsOfFile(source: ConfigSource): ConfigSource {
  const prompts = valueAt(source.data, PROMPTS);
  if (!isMap(prompts) || !Object.hasOwn(prompts, "file")) return source;
  if (source.isBelow(FILE, [FROM])) {
    const drawn = withoutValue(prompts, ["file"]);
    return source.taking([{ path: PROMPTS, value: drawn, written: PROMPTS }]);
  }
  checkAlone(source, Object.keys(prompts));
  const path = pathOf(source, prompts["file"]);
  const bytes = bytesOf(source, path);
  const value = promptsIn(source, path, bytes);
  let lines: readonly number[] | undefined;
  const placeOf = (index: number): string => {
    lines ??= [...linesOfDocuments(bytes)];
    return `${path}:${lines[index]}`;
  };
  return source.taking([{ path: PROMPTS, value, written: FILE, placeOf }]);
}

/** Throws if something stands beside the file that no layer below it says. */
function checkAlone(source: ConfigSource, keys: readonly string[]): void {
  const beside = keys.filter((key) => key !== "file" && !source.isBelow([...PROMPTS, key], [FILE]));
  if (beside.length === 0) return;
  throw source.errorOf(beside.map((key) =>
    source.problem(
      [...PROMPTS, key],
      `expected file alone, or from, count and length without it, found ${shown(key)} beside file`,
    )
  ));
}

/** The path of the file, which the config may name. */
function pathOf(source: ConfigSource, named: unknown): string {
  if (typeof named !== "string" || named === "" || named.includes("\0")) {
    const found = Array.isArray(named) ? "a list" : shown(named);
    throw source.error(FILE, `expected the path of a text file, found ${found}`);
  }
  const path = pathFrom(named, source.fileOf(FILE));
  const outside = source.outsideProblem(FILE, path);
  if (outside !== undefined) throw source.error(FILE, outside);
  return path;
}

function bytesOf(source: ConfigSource, path: string): Uint8Array {
  try {
    return readBoundedSync(path, MOST_CONFIG_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const near = error.missing ? suggestion(basename(path), namesIn(dirname(path))) : "";
    throw source.error(FILE, `cannot read the prompts ${path}: ${error.message}${near}`);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** The prompts in a file's bytes, read as a corpus is. */
function promptsIn(source: ConfigSource, path: string, bytes: Uint8Array): readonly string[] {
  const prompts = [...documentsIn(source, path, bytes)];
  if (prompts.length > MOST_PROMPTS) {
    throw tooMany(source, path, `at most ${MOST_PROMPTS} prompts`, `${prompts.length}`);
  }
  // Each is an item of a list in YAML, some quoted.
  const size = prompts.reduce((sum, prompt) => sum + JSON.stringify(prompt).length + 8, 0);
  if (size > MOST_LIST_BYTES) {
    throw tooMany(source, path, "prompts that fit in a run's config.yaml of 1 MB", "more");
  }
  return prompts;
}

function documentsIn(source: ConfigSource, path: string, bytes: Uint8Array): Iterable<string> {
  try {
    return parseDocuments(path, bytes, { file: "prompts", line: "prompt" });
  } catch (error) {
    throw error instanceof CorpusError ? source.error(FILE, error.message) : error;
  }
}

function tooMany(source: ConfigSource, path: string, expected: string, found: string): ConfigError {
  return source.error(
    FILE,
    `cannot use the prompts ${path}: expected ${expected}, found ${found}`,
  );
}
