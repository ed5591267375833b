/**
 * Configs as a command line names them: their own texts, read before anything that they name, and what
 * those and the command line need.
 *
 * @module
 */
import { basename, dirname, extname } from "node:path";
import { decodeConfig, MOST_CONFIG_BYTES, readConfigFile, STDIN_FILE } from "../config/layers.ts";
import { pathFrom } from "../config/named_files.ts";
import type { Change } from "../config/override.ts";
import { valueAt } from "../config/path.ts";
import { parseYaml } from "../config/yaml.ts";
import { isHubName } from "../data/hub_source.ts";
import { tooLarge } from "../files/read_bounded.ts";
import { UsageError } from "./command.ts";
import { findPath } from "./paths.ts";

/** A config's own text. */
export interface ConfigText {
  /** The file, as messages name it and relative to which its paths are. */
  readonly file: string;
  /** Its content. */
  readonly text: string;
}

/** Names for the standard input in place of a file. */
const STDIN = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/** Reads the configs that a person named, one of which may be the standard input. */
export async function readConfigTexts(named: readonly string[]): Promise<ConfigText[]> {
  const texts: ConfigText[] = [];
  for (const name of named) {
    if (!STDIN.includes(name)) {
      const file = await findPath(name);
      texts.push({ file, text: readConfigFile(file) });
      continue;
    }
    if (texts.some(({ file }) => file === STDIN_FILE)) {
      throw new UsageError(`expected the standard input (${STDIN[0]}) once, found it again`);
    }
    texts.push({ file: STDIN_FILE, text: await readStdin() });
  }
  return texts;
}

/** The text of a config that is piped in, whose paths are relative to the project. */
async function readStdin(): Promise<string> {
  const bytes = new Uint8Array(MOST_CONFIG_BYTES + 1);
  let length = 0;
  try {
    while (length < bytes.length) {
      const count = await Deno.stdin.read(bytes.subarray(length));
      if (count === null) return decodeConfig(STDIN_FILE, bytes.subarray(0, length));
      length += count;
    }
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.BadResource) {
      throw new UsageError("cannot read the config stdin: it is closed");
    }
    throw error;
  }
  throw new UsageError(
    `cannot read the config stdin: ${tooLarge(MOST_CONFIG_BYTES, length).message}`,
  );
}

/** The needs of a config's own text and of the changes on the command line, before its bases are read. */
export interface ConfigNeeds {
  /** The folder in which it may name files. */
  readonly folder: string;
  /** Files that the command line names in its changes. */
  readonly files: readonly string[];
  /** Folders of models that it names there. */
  readonly folders: readonly string[];
  /** The names that its run may have. */
  readonly names: readonly string[];
  /** Whether it has a URL, or a model of the hub. */
  readonly network: boolean;
}

/** A change that may name the folder of a model: `models.target.from=…`, `draft={from: …}`. */
const MODEL_FOLDER = /^[^=]*\b(models|target|draft|from)\b[^=]*=/;

/** The needs of the config `file`. Text that is no config needs nothing. */
export function configNeeds({ file, text }: ConfigText, changes: readonly Change[]): ConfigNeeds {
  const read = parseYaml(text);
  const data = "data" in read ? read.data : undefined;
  const set = changes.map((change) => typeof change === "string" ? change : change.add);
  const values = set.flatMap((one) => textsIn(one.slice(one.indexOf("=") + 1)));
  const name = valueAt(data, ["name"]);
  const own = [basename(file, extname(file)), ...typeof name === "string" ? [name] : []];
  return {
    folder: dirname(file),
    files: values.map((path) => pathFrom(path, file)),
    folders: set.filter((one) => MODEL_FOLDER.test(one))
      .flatMap((one) => textsIn(one.slice(one.indexOf("=") + 1)))
      .filter((path) => !isHubName(path))
      .map((path) => pathFrom(path, file)),
    names: [...own, ...values],
    network: typeof valueAt(data, ["corpus", "url"]) === "string" ||
      [...values, ...textsOf(valueAt(data, ["models"]))].some(isHubName) ||
      set.some((one) => /\burl\b/.test(one)),
  };
}

/** Every text in the values of a `--set`. */
function textsIn(values: string): string[] {
  const read = parseYaml(`[${values}]`);
  return "data" in read ? textsOf(read.data) : [];
}

/** Every text in `value` that is no name of a setting. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
