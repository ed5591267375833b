// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import type { Failure } from "../report/run/run_record.ts";
import project from "../../deno.json" with { type: "json" };

/** The name of the file that says what a finished run has left. */
export const MANIFEST = "manifest.json";

/** What a run was made of, and what it left. */
export interface Manifest {
  /** What kind of file this is. */
  readonly format: "microbeam-manifest";
  /** Of the format. */
  readonly version: 2;
  /** The experiment's name. */
  readonly experiment: string;
  /** What made it. */
  readonly versions: { readonly microbeam: string; readonly deno: string };
  /** SHA-256 of what it read. */
  readonly inputs: { readonly corpus: string };
  /** Keys of its results in the store, by stage and name. */
  readonly stages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What could not be had, and why. */
  readonly failures: readonly Failure[];
  /** SHA-256 of every file that it left but this one and `timings.csv`, by name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The manifest of what a run called `experiment` was made of. */
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

/** Whether `value` can be trusted with what it is used for: names such as a run gives, and digests. */
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
