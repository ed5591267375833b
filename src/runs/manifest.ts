// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { folderNames } from "../files/listing.ts";
import type { Failure } from "../report/run/run_record.ts";
import project from "../../deno.json" with { type: "json" };

/** The name of the file that lists what a finished run consists of. */
export const MANIFEST = "manifest.json";

/** The results that a run consists of, and the files that it wrote. */
export interface Manifest {
  /** The kind of file. */
  readonly format: "microbeam-manifest";
  /** The version of the format. */
  readonly version: 2;
  /** The experiment's name. */
  readonly experiment: string;
  /** The programs that ran it. */
  readonly versions: { readonly microbeam: string; readonly deno: string };
  /** SHA-256 of its inputs. */
  readonly inputs: { readonly corpus: string };
  /** Keys of its results in the store, by stage and name. */
  readonly stages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The results that failed, and why. */
  readonly failures: readonly Failure[];
  /** SHA-256 of every file that it wrote but this one and `timings.csv`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The manifest of a run called `experiment`, without its files. */
export function manifestOf(
  experiment: string,
  { corpus, stages, failures }:
    & Pick<Manifest, "stages" | "failures">
    & { readonly corpus: string },
): Omit<Manifest, "outputs"> {
  return {
    format: "microbeam-manifest",
    version: 2,
    experiment,
    versions: { microbeam: project.version, deno: Deno.version.deno },
    inputs: { corpus },
    stages,
    failures,
  };
}

/** The manifest of the finished run in `folder`, if there is one that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest: unknown = JSON.parse(await Deno.readTextFile(join(folder, MANIFEST)));
    return isManifest(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `value` is safe to use: file names such as a run writes, and digests. */
function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, outputs, stages } = value as Partial<Manifest>;
  return format === "microbeam-manifest" && version === 2 && isRecordOfText(outputs) &&
    Object.keys(outputs).every((name) => /^(charts\/|checkpoints\/)?[\w.-]+$/.test(name)) &&
    typeof stages === "object" && stages !== null && Object.values(stages).every(isRecordOfText);
}

function isRecordOfText(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((item) => typeof item === "string");
}

/** The keys of the results that the finished runs in `folder` and below it consist of. */
export async function referencedKeys(folder: string): Promise<Set<string>> {
  const keys = new Set<string>();
  const manifest = await readManifest(folder);
  for (const stage of Object.values(manifest?.stages ?? {})) {
    for (const key of Object.values(stage)) keys.add(key);
  }
  for (const name of await folderNames(folder)) {
    if (name.startsWith(".")) continue;
    for (const key of await referencedKeys(join(folder, name))) keys.add(key);
  }
  return keys;
}
