// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { DiffError } from "./diff_error.ts";

/** The files that a run has left, wherever they are kept. */
export interface RunFiles {
  /** The run as the user named it: `outputs/a`, `outputs/a@HEAD~1`. */
  readonly label: string;
  /**
   * The text of the file `name`, such as `checkpoints/target.json`; `undefined` where there is none.
   *
   * @throws {DiffError} If it cannot be read, is no text, or is larger than such a file can be.
   */
  read(name: string): Promise<string | undefined>;
}

/** The files in `folder`. */
export function filesInFolder(label: string, folder: string): RunFiles {
  return {
    label,
    async read(name) {
      const file = join(folder, name);
      try {
        const { isFile, size } = await Deno.stat(file);
        // A pipe or a device would be read for ever.
        if (!isFile) throw unreadable(label, name, "expected a file, found something else");
        checkSize(label, name, size);
        return decoded(label, name, await Deno.readFile(file));
      } catch (error) {
        if (error instanceof DiffError) throw error;
        if (isAbsence(error)) return undefined;
        throw unreadable(label, name, error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** The files in the folder `name` of a run: those of one variant of a sweep. */
export function filesWithin(files: RunFiles, name: string): RunFiles {
  return {
    label: `${files.label}/${name}`,
    read: (file) => files.read(`${name}/${file}`),
  };
}

/** The error of a file that cannot be read. */
export function unreadable(label: string, name: string, reason: string): DiffError {
  return new DiffError(`cannot read ${name} of ${label}: ${reason}`);
}

/** What a text in memory can be: V8's longest string. */
const MOST_BYTES = 2 ** 29 - 24;
/** Far more than any run writes, and what YAML and JSON can still be read from. */
const MOST_BYTES_OF_SETTINGS = 2 ** 24;

/** Throws a {@linkcode DiffError} for a file that is larger than one of that name can be. */
export function checkSize(label: string, name: string, bytes: number): void {
  const isSettings = /(^|\/)(manifest\.json|config\.yaml)$/.test(name);
  const most = isSettings ? MOST_BYTES_OF_SETTINGS : MOST_BYTES;
  if (bytes <= most) return;
  throw unreadable(label, name, `expected at most ${most} bytes, found ${bytes}`);
}

/** The UTF-8 text of `bytes`. */
export function decoded(label: string, name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(label, name, "expected UTF-8 text, found other bytes");
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
