/**
 * A download that is not whole yet: its bytes and what they are the beginning of, beside the place of
 * the whole file, so that an interrupted download goes on where it stopped.
 *
 * @module
 */
import { pathInside } from "../files/inside.ts";
import { makeFolder } from "../files/lasting_folder.ts";
import { readBounded } from "../files/read_bounded.ts";

/** The file that the bytes are the beginning of. */
interface Origin {
  /** The URL, without secrets. */
  readonly url: string;
  /** The ETag, or else the time of the last change, of the file that is being sent. */
  readonly validator: string;
}

/** The most bytes of what is known about a download. */
const MOST_NOTE = 10_000;

/** The bytes that have come so far. */
export class PartialFile {
  readonly #path: string;
  readonly #note: string;
  readonly #url: string;
  readonly #file: Deno.FsFile;
  #bytes = 0;
  #validator: string | undefined;

  private constructor(path: string, note: string, url: string, file: Deno.FsFile) {
    this.#path = path;
    this.#note = note;
    this.#url = url;
    this.#file = file;
  }

  /**
   * Opens what there is of the download of `url` (without secrets) for the file `name` in `folder`, once
   * no other process has it open. Throws what the file system does.
   */
  static async open(folder: string, name: string, url: string): Promise<PartialFile> {
    await makeFolder(folder);
    const path = await pathInside(folder, `${name}.download`);
    const note = await pathInside(folder, `${name}.download.json`);
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      // Where the file system has no locks, two downloads at once end with another digest, and are refused.
      await file.lock(true).catch(() => {});
      const partial = new PartialFile(path, note, url, file);
      const origin = await originIn(note);
      if (origin?.url === url) {
        partial.#bytes = await file.seek(0, Deno.SeekMode.End);
        partial.#validator = origin.validator;
      }
      return partial;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** How many bytes there are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The validator of the file that they begin, if the server may be asked for the rest. */
  get validator(): string | undefined {
    return this.#bytes > 0 ? this.#validator : undefined;
  }

  /** Throws away what there is; what comes now is kept if it is interrupted and has a `validator`. */
  async restart(validator?: string): Promise<void> {
    this.#validator = undefined;
    await Deno.remove(this.#note).catch(() => {});
    await this.#file.truncate();
    await this.#file.seek(0, Deno.SeekMode.Start);
    this.#bytes = 0;
    if (validator === undefined) return;
    const origin: Origin = { url: this.#url, validator };
    await Deno.writeTextFile(this.#note, JSON.stringify(origin));
    this.#validator = validator;
  }

  /** Adds bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#file.write(bytes.subarray(written));
    }
    this.#bytes += bytes.length;
  }

  /** All bytes. */
  async content(): Promise<Uint8Array<ArrayBuffer>> {
    return await readBounded(this.#path, this.#bytes);
  }

  /** Ends the work on it: what can be resumed is kept, unless it is `done` with. */
  async close({ done }: { readonly done: boolean }): Promise<void> {
    if (done || this.validator === undefined) {
      await Deno.remove(this.#path).catch(() => {});
      await Deno.remove(this.#note).catch(() => {});
    }
    this.#file.close();
  }
}

async function originIn(note: string): Promise<Origin | undefined> {
  try {
    const found: unknown = JSON.parse(
      new TextDecoder().decode(await readBounded(note, MOST_NOTE)),
    );
    return isOrigin(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isOrigin(found: unknown): found is Origin {
  return typeof found === "object" && found !== null && "url" in found && "validator" in found &&
    typeof found.url === "string" && typeof found.validator === "string";
}
