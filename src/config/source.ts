import { type ConfigError, configError, type Problem } from "./config_error.ts";
import { shown } from "../text/suggestions.ts";
import { childOf, type ConfigPath, type Entry, entryAt, type Place, plain } from "./tree.ts";

/** A path as a person writes it: `decoding.strategies[2].k`. */
export function pathText(path: ConfigPath): string {
  return path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    // What a terminal would obey, or a reader take for several steps, is quoted.
    return /^[\w-]+$/.test(name) ? `.${name}` : `[${shown(name)}]`;
  }).join("").replace(/^\./, "");
}

/** A config, with what it extends and the overrides in, which knows where each value was written. */
export class ConfigSource {
  /** The file, as the user named it. */
  readonly file: string;
  /** Everything that it says. */
  readonly root: Entry;

  /** What the config `file` says. */
  constructor(file: string, root: Entry) {
    this.file = file;
    this.root = root;
  }

  /** The same file, saying something else. */
  with(root: Entry): ConfigSource {
    return new ConfigSource(this.file, root);
  }

  /** The values. */
  data(): unknown {
    return plain(this.root.tree);
  }

  /** Where the value at `path` was written; where its nearest parent was, if it was not. */
  locate(path: ConfigPath): string {
    let entry = this.root;
    for (const [depth, key] of path.entries()) {
      const child = childOf(entry, key);
      if (child === undefined) return entry.place.text;
      entry = child;
      // Of what a --set has changed in part, that part is what a problem is most likely about.
      if (depth === path.length - 1) return (overrideBelow(entry) ?? entry.place).text;
    }
    return entry.place.text;
  }

  /** The file in which the value at `path` was written, which may be one that this config extends. */
  fileOf(path: ConfigPath): string {
    return entryAt(this.root, path)?.place.file ?? this.file;
  }

  /** The problem `message` with the value at `path`. */
  problem(path: ConfigPath, message: string): Problem {
    return { location: this.locate(path), path: pathText(path), message };
  }

  /** The error of that one problem. */
  error(path: ConfigPath, message: string): ConfigError {
    return configError(this.file, [this.problem(path, message)]);
  }
}

/** The place of the first value in `entry` that a `--set` wrote. */
function overrideBelow({ tree }: Entry): Place | undefined {
  const children = tree.kind === "map"
    ? [...tree.entries.values()]
    : tree.kind === "list"
    ? tree.items
    : [];
  for (const child of children) {
    const found = child.place.file === undefined ? child.place : overrideBelow(child);
    if (found !== undefined) return found;
  }
  return undefined;
}
