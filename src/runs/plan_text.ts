/**
 * The text of a plan's file: JSON that is written and read line by line, since a plan of a million tasks
 * is larger than a text may be. A line for each run, one for each task, and at the end the SHA-256 of all
 * that stands before it:
 *
 * ```
 * {"format": "microbeam-plan", "version": 2,
 * "versions": {…of the program, of V8, of the stages…},
 * "program": {…for each file the first 16 digits of its SHA-256…},
 * "sweeps": [
 * {"name": "default", "folder": "outputs/default", "runs": [
 * {"folder": "outputs/default","experiment":{…},"configText":"…","corpus":{…}}
 * ]}
 * ],
 * "tasks": [
 * [1,0,"train","target","<key>",[],2.1,159000000],
 * [2,0,"decode","greedy","<key>",[1],0.02,176000000]
 * ],
 * "sha256": "…"
 * }
 * ```
 *
 * A task has its number, the index of its run, its stage, name and key, the numbers of the tasks that it
 * needs, and about how many seconds and bytes it takes on one thread. Its inputs follow from the run.
 *
 * @module
 */
import { kindIn } from "../files/kind.ts";
import { tooLarge, UnreadableError } from "../files/read_bounded.ts";
import { Sha256 } from "../files/sha256.ts";
import { isAbsent, reasonOf } from "../files/system_error.ts";

/** The name of the format, and its version. */
export const FORMAT = "microbeam-plan";
/** See {@linkcode FORMAT}. */
export const VERSION = 2;

/** The beginning of every plan, of whatever version. */
export const BEGINNING = `"format": "${FORMAT}"`;
const FIRST_LINE = `{${BEGINNING}, "version": ${VERSION},`;

/** The remedy for a plan that cannot be used. */
export const WRITE_AGAIN = "write the plan again with deno task plan CONFIG… --write PLAN";

/** The most bytes of a plan, and of a line in it. */
const MOST_BYTES = 2 ** 30;
const MOST_LINE_BYTES = 64 * 2 ** 20;
/** Bytes that are read or written at once. */
const BLOCK = 2 ** 20;

/** The content of a plan that is no whole, unchanged plan of this version; the message says why. */
export class PlanTextError extends Error {
  /** The name of the class. */
  override readonly name = "PlanTextError";
}

/** The runs of a config as lines. */
export interface SweepLines {
  /** Their name. */
  readonly name: string;
  /** The folder of their results. */
  readonly folder: string;
  /** A value for each run, made when it is written. */
  readonly runs: Iterable<unknown>;
}

/** The parts of a plan, in the order in which they are written. */
export interface PlanLines {
  /** What comes first, by name: each a line. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The runs. */
  readonly sweeps: readonly SweepLines[];
  /** The tasks: some lines of JSON each time. */
  readonly tasks: AsyncIterable<readonly string[]>;
}

/** The bytes of a plan, part by part. */
export async function* planBytes(lines: PlanLines): AsyncGenerator<Uint8Array> {
  const digest = new Sha256();
  const encoder = new TextEncoder();
  let [parts, size]: [string[], number] = [[], 0];
  const flush = (): Uint8Array => {
    const bytes = encoder.encode(parts.join(""));
    [parts, size] = [[], 0];
    digest.update(bytes);
    return bytes;
  };
  for await (const line of textLines(lines)) {
    parts.push(line);
    size += line.length;
    if (size >= BLOCK) yield flush();
  }
  yield flush();
  yield encoder.encode(ending(digest.hex()));
}

/** The end of a plan whose other lines have the SHA-256 `sha256`. */
function ending(sha256: string): string {
  return `"sha256": "${sha256}"\n}\n`;
}

async function* textLines({ head, sweeps, tasks }: PlanLines): AsyncGenerator<string> {
  yield `${FIRST_LINE}\n`;
  for (const [name, value] of Object.entries(head)) {
    yield `${JSON.stringify(name)}: ${JSON.stringify(value)},\n`;
  }
  yield '"sweeps": [\n';
  for (const [i, { name, folder, runs }] of sweeps.entries()) {
    yield `{"name": ${JSON.stringify(name)}, "folder": ${JSON.stringify(folder)}, "runs": [`;
    let separator = "\n";
    for (const run of runs) {
      yield separator + JSON.stringify(run);
      separator = ",\n";
    }
    yield i + 1 < sweeps.length ? "\n]},\n" : "\n]}\n";
  }
  yield '],\n"tasks": [';
  let separator = "\n";
  for await (const some of tasks) {
    if (some.length === 0) continue;
    yield separator + some.join(",\n");
    separator = ",\n";
  }
  yield "\n],\n";
}

/** Who is told what a plan says, in the order in which it says it. */
export interface PlanReader {
  /** A part of the head. */
  head(name: string, value: unknown): void;
  /** The runs of a config begin: its name and its folder. */
  sweep(value: unknown): void;
  /** A run of the last config, and its line. */
  run(value: unknown, line: string): void;
  /** A task. */
  task(value: unknown): void;
}

/**
 * Reads the plan in `file` and tells `reader`; the SHA-256 that it names. Throws an
 * {@linkcode UnreadableError}, and a {@linkcode PlanTextError} where it is no whole, unchanged plan of
 * this version: what `reader` was told until then is not to be used.
 */
export async function readPlanText(file: string, reader: PlanReader): Promise<string> {
  const blocks = linesOf(file);
  const first = await blocks.next();
  if (first.done === true) throw await notPlan(file);
  const [firstLine, ...others] = first.value;
  if (firstLine !== FIRST_LINE) throw await notPlan(file);
  const parser = new Parser(reader);
  parser.take(others);
  for (;;) {
    const next = await blocks.next();
    if (next.done !== true) {
      parser.take(next.value);
      continue;
    }
    const sha256 = parser.end();
    if (sha256 !== next.value) throw damaged();
    return sha256;
  }
}

/** The error of a plan that is not as it was written. */
export function damaged(): PlanTextError {
  return new PlanTextError(
    `it is damaged: expected content with the SHA-256 that it names; copy it again, or ${WRITE_AGAIN}`,
  );
}

/** What `file` is, if it is no plan of this version. */
async function notPlan(file: string): Promise<PlanTextError> {
  const start = await beginningOf(file);
  if (!start.includes(BEGINNING)) {
    return new PlanTextError(`expected the format ${FORMAT}, found another file`);
  }
  const [, version] = /"version": (\d{1,9})\b/.exec(start) ?? [];
  if (version === undefined || version === `${VERSION}`) return damaged();
  return new PlanTextError(
    `expected version ${VERSION} of the format, found ${version}; ${WRITE_AGAIN}`,
  );
}

/** The first characters of `file`: enough to know a plan by. */
export async function beginningOf(file: string): Promise<string> {
  using opened = await Deno.open(file);
  const start = new Uint8Array(64);
  const count = await opened.read(start) ?? 0;
  return new TextDecoder().decode(start.subarray(0, count));
}

/** What the next line is expected to be. */
type Place = "head" | "sweep" | "run" | "tasks" | "task" | "digest" | "end" | "over";

/** Takes the lines of a plan after the first. */
class Parser {
  readonly #reader: PlanReader;
  #place: Place = "head";
  #sha256 = "";

  constructor(reader: PlanReader) {
    this.#reader = reader;
  }

  take(lines: readonly string[]): void {
    for (const line of lines) this.#place = this.#take(line);
  }

  /** The SHA-256 at the end. */
  end(): string {
    if (this.#place !== "over") throw damaged();
    return this.#sha256;
  }

  /** Takes one line; what the next is expected to be. */
  #take(line: string): Place {
    switch (this.#place) {
      case "head":
        if (line === '"sweeps": [') return "sweep";
        return this.#head(line);
      case "sweep":
        if (line === "],") return "tasks";
        this.#reader.sweep(parsed(`${line}]}`));
        return "run";
      case "run":
        if (line === "]}," || line === "]}") return "sweep";
        this.#reader.run(parsed(withoutComma(line)), withoutComma(line));
        return "run";
      case "tasks":
        if (line === '"tasks": [') return "task";
        break;
      case "task":
        if (line === "],") return "digest";
        this.#reader.task(parsed(withoutComma(line)));
        return "task";
      case "digest":
        this.#sha256 = /^"sha256": "([0-9a-f]{64})"$/.exec(line)?.[1] ?? "";
        return "end";
      case "end":
        if (line === "}") return "over";
        break;
      case "over":
    }
    throw damaged();
  }

  #head(line: string): Place {
    const value = parsed(`{${withoutComma(line)}}`);
    if (typeof value !== "object" || value === null) throw damaged();
    for (const [name, part] of Object.entries(value)) this.#reader.head(name, part);
    return "head";
  }
}

function withoutComma(line: string): string {
  return line.endsWith(",") ? line.slice(0, -1) : line;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged();
  }
}

/**
 * The lines of `file`, block by block, and at last the SHA-256 of all its bytes but its ending.
 */
async function* linesOf(file: string): AsyncGenerator<string[], string> {
  const digest = new Sha256();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    const info = await Deno.stat(file);
    const kind = kindIn(info);
    if (kind !== "a file") throw new UnreadableError(`expected a file, found ${kind}`);
    if (info.size > MOST_BYTES) throw tooLarge(MOST_BYTES, info.size);
    using opened = await Deno.open(file);
    const digested = info.size - ending("0".repeat(64)).length;
    let at = 0;
    let rest = "";
    for (;;) {
      const block = new Uint8Array(BLOCK);
      const count = await opened.read(block);
      if (count === null) break;
      if (at + count > info.size) throw new UnreadableError("it grew while it was read");
      digest.update(block.subarray(0, Math.max(0, Math.min(count, digested - at))));
      at += count;
      const lines = (rest + decode(decoder, block.subarray(0, count), true)).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MOST_LINE_BYTES) throw damaged();
      if (lines.length > 0) yield lines;
    }
    decode(decoder, new Uint8Array(), false);
    if (rest !== "") yield [rest];
    return digest.hex();
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof PlanTextError) throw error;
    const missing = isAbsent(error);
    throw new UnreadableError(missing ? "there is no such file" : reasonOf(error), {
      missing,
      cause: error,
    });
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    throw damaged();
  }
}
