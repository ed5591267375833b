import { valueAt } from "../config/path.ts";
import { DiffError } from "./diff_error.ts";

/** What a finished run says of itself. */
export interface Manifest {
  /** The versions of the programs that ran it. */
  readonly versions: Readonly<Record<string, string>>;
  /** The SHA-256 of what it read, such as `corpus`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The SHA-256 of every file that it left. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The keys of its reports: its own by its name, or those of a sweep's variants by their labels. */
  readonly reports: Readonly<Record<string, string>>;
}

/** Reads `manifest.json`; throws a {@linkcode DiffError} that names `file` if it is none. */
export function parseManifest(file: string, text: string): Manifest {
  const fail = (message: string): DiffError => new DiffError(`cannot use ${file}: ${message}`);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw fail("expected JSON, found text that is damaged or cut off");
  }
  if (valueAt(root, ["format"]) !== "microbeam-manifest") {
    throw fail('expected the format "microbeam-manifest", found another');
  }
  const version = valueAt(root, ["version"]);
  // Both say alike what is read here.
  if (version !== 1 && version !== 2) {
    throw fail(`expected version 1 or 2, found ${JSON.stringify(version) ?? "none"}`);
  }
  const texts = (...path: string[]): Record<string, string> => {
    const entries: [string, unknown][] = Object.entries(valueAt(root, path) ?? {});
    const bad = entries.find(([, value]) => typeof value !== "string");
    if (bad !== undefined) {
      throw fail(`expected text at ${[...path, bad[0]].join(".")}, found something else`);
    }
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  };
  return {
    versions: texts("versions"),
    inputs: texts("inputs"),
    outputs: texts("outputs"),
    reports: texts("stages", "report"),
  };
}
