/**
 * `manifest.json`: what a finished run consists of, with a digest of its own. Every byte of it is
 * accounted for: another text than the one that a run writes is damaged.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };
import { isMap, valueAt } from "../config/path.ts";
import { sha256Hex } from "../files/sha256.ts";
import type { Failure } from "../report/run/run_record.ts";
import { canonicalJson, type Json } from "../store/stored_result.ts";

/** The name of the file that lists what a finished run consists of. */
export const MANIFEST = "manifest.json";

/** The results that a run consists of, and the files that it wrote. */
export interface Manifest {
  /** The experiment's name. */
  readonly experiment: string;
  /**
   * The versions of the programs that ran it: `microbeam`, `deno`; where an onnxruntime computed the
   * models also `onnxruntime`, the `processor`, and `batch_invariance`, what the check at load found;
   * where the engine simd trained one also its `arithmetic`, `fused` or `strict`.
   */
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of its inputs, such as `corpus`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Keys of its results in the store, by stage and name; none before version 2. */
  readonly stages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The results that failed, and why. */
  readonly failures: readonly Failure[];
  /** SHA-256 of every file that it wrote but this one and `timings.csv`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** A manifest as it was read. */
export type ReadManifest =
  | WholeManifest
  /** Of this program, but not as it was written; why. */
  | { readonly kind: "damaged"; readonly problem: string }
  /** A whole file of another program; how it is told. */
  | { readonly kind: "foreign"; readonly problem: string };

/** A manifest that is as it was written. */
export interface WholeManifest {
  /** It is whole: from version 3 on by its own digest, before as far as its form tells. */
  readonly kind: "whole";
  /** Its content. */
  readonly manifest: Manifest;
  /** The version of its format. */
  readonly version: number;
  /** Whether it has other line endings than were written. */
  readonly otherLineEndings: boolean;
}

const FORMAT = "microbeam-manifest";
/** The version of the format that runs write. */
export const VERSION = 3;
/** Names of files such as a run writes: nothing above its folder, nothing hidden. */
const FILE_NAME = /^(charts\/|checkpoints\/)?\w[\w.,=+~-]*$/;

/** The manifest of a run called `experiment`, without its files. */
export function manifestOf(
  experiment: string,
  { inputs, stages, failures, platform = {} }:
    & Pick<Manifest, "inputs" | "stages" | "failures">
    & { readonly platform?: Manifest["versions"] },
): Omit<Manifest, "outputs"> {
  return {
    experiment,
    versions: { microbeam: project.version, deno: Deno.version.deno, ...platform },
    inputs,
    stages,
    failures,
  };
}

/** The text of `manifest.json`: its digest is that of all the rest in canonical form. */
export function manifestText(manifest: Manifest): string {
  const { experiment, versions, inputs, stages, failures, outputs } = manifest;
  const rest = { experiment, versions, inputs, stages, failures, outputs };
  const digest = digestOf({ format: FORMAT, version: VERSION, ...rest });
  return textOf({ format: FORMAT, version: VERSION, digest, ...rest });
}

/** Reads the text of a `manifest.json` of any version. */
export function parseManifest(text: string): ReadManifest {
  // Git may be configured to check out other line endings than those written.
  const lines = text.replaceAll("\r\n", "\n");
  const root = jsonOf(lines);
  if (root === undefined) {
    return damaged("expected JSON, found text that is damaged or cut off");
  }
  if (valueAt(root, ["format"]) !== FORMAT) {
    const problem = `expected the format "${FORMAT}", found another`;
    return isOfAnotherProgram(root) ? { kind: "foreign", problem } : damaged(problem);
  }
  const version = valueAt(root, ["version"]);
  if (version !== 1 && version !== 2 && version !== VERSION) {
    return damaged(`expected version 1, 2 or 3, found ${JSON.stringify(version) ?? "none"}`);
  }
  // Only version 3 has a digest: a file of it whose version was damaged does not pass for an older one.
  const hasDigest = valueAt(root, ["digest"]) !== undefined;
  if (version === VERSION ? !isAsWritten(root, lines) : hasDigest) {
    return damaged("expected the content whose digest it names, found other content");
  }
  try {
    const manifest = manifestIn(root);
    return { kind: "whole", manifest, version, otherLineEndings: lines !== text };
  } catch (error) {
    if (error instanceof FormError) return damaged(error.message);
    throw error;
  }
}

function damaged(problem: string): ReadManifest {
  return { kind: "damaged", problem };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value without the format has nothing of a manifest: a damaged one has most of it. */
function isOfAnotherProgram(root: unknown): boolean {
  const keys = isMap(root) ? Object.keys(root) : [];
  const own = ["format", "digest", "experiment", "inputs", "stages", "failures", "outputs"];
  return keys.length > 0 && !keys.some((key) => own.includes(key));
}

/** Whether `text` is, to the byte, what is written of `root`, and the digest in it fits. */
function isAsWritten(root: unknown, text: string): boolean {
  try {
    if (!isMap(root)) return false;
    const { digest, ...rest } = root;
    return digest === digestOf(rest) && text === textOf(root);
  } catch (error) {
    // So deeply nested that it cannot be walked: nothing that was written.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function textOf(root: unknown): string {
  return JSON.stringify(root, null, 2) + "\n";
}

function digestOf(rest: unknown): string {
  const json: Json = JSON.parse(JSON.stringify(rest));
  return sha256Hex(canonicalJson(json));
}

/** A part of a manifest that has not the form that it should; the message says which. */
class FormError extends Error {}

/** The parts of a manifest; of those that older versions lack there are none. */
function manifestIn(root: unknown): Manifest {
  const outputs = texts(root, "outputs");
  const wrong = Object.keys(outputs).find((name) => !FILE_NAME.test(name));
  if (wrong !== undefined) {
    throw new FormError(
      `expected names of files such as results.csv at outputs, found ${JSON.stringify(wrong)}`,
    );
  }
  const experiment = valueAt(root, ["experiment"]);
  return {
    experiment: typeof experiment === "string" ? experiment : "",
    versions: texts(root, "versions"),
    inputs: texts(root, "inputs"),
    stages: Object.fromEntries(
      Object.keys(mapAt(root, "stages")).map((stage) => [stage, texts(root, "stages", stage)]),
    ),
    failures: failuresIn(root),
    outputs,
  };
}

function failuresIn(root: unknown): Failure[] {
  const failures: unknown = valueAt(root, ["failures"]) ?? [];
  const isFailure = (one: unknown): one is Failure =>
    typeof valueAt(one, ["what"]) === "string" && typeof valueAt(one, ["message"]) === "string";
  if (Array.isArray(failures) && failures.every(isFailure)) return failures;
  throw new FormError("expected a list of failures at failures, found something else");
}

/** The texts at `path` by their names; none where there is nothing. */
function texts(root: unknown, ...path: string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapAt(root, ...path)).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      throw new FormError(`expected text at ${[...path, name].join(".")}, found something else`);
    }),
  );
}

function mapAt(root: unknown, ...path: string[]): Readonly<Record<string, unknown>> {
  const value: unknown = valueAt(root, path) ?? {};
  if (isMap(value)) return value;
  throw new FormError(`expected a map at ${path.join(".")}, found something else`);
}
