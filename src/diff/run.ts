import { createHash } from "node:crypto";
import { readYaml } from "../config/yaml.ts";
import { type CsvTable, parseTable } from "./csv_table.ts";
import { DiffError } from "./diff_error.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { filesWithin, type RunFiles, unreadable } from "./run_files.ts";

/** A finished run, or a sweep of several. */
export interface Run {
  /** As the user named it. */
  readonly label: string;
  /** Every cell, of all variants. */
  readonly results: CsvTable;
  /**
   * The variants of a sweep by their labels, but for those of which the files were not kept; one
   * without a sweep, whose label is empty.
   */
  readonly variants: ReadonlyMap<string, Variant>;
}

/** What was trained and decoded with one assignment of values to settings. */
export interface Variant {
  /** The values of `config.yaml`, which nobody has checked. */
  readonly config: unknown;
  /** What it says of itself. */
  readonly manifest: Manifest;
  /** `models.csv`, where the run has left one. */
  readonly models: CsvTable | undefined;
  /** The names of the models that it has trained. */
  readonly trained: readonly string[];
  /** The checkpoint of a model, as text, with the name of its file; `undefined` where it was not kept. */
  readonly checkpoint: (model: string) => Promise<CheckpointText | undefined>;
}

/** A checkpoint before it is read. */
export interface CheckpointText {
  /** The file, for messages. */
  readonly file: string;
  /** What is in it. */
  readonly text: string;
}

/**
 * Reads a run; the checkpoints not yet.
 *
 * @throws {DiffError} If it is not finished, or a file is missing, damaged or not what it left.
 * @throws {ConfigError} If its config is no YAML.
 */
export async function readRun(files: RunFiles): Promise<Run> {
  const { label } = files;
  const manifest = await readManifest(files);
  if (manifest === undefined) {
    throw new DiffError(
      `cannot compare ${label}: expected a finished run, found no manifest.json in it`,
    );
  }
  const results = await readTable(files, manifest, "results.csv");
  if (await files.read("config.yaml") !== undefined || "config.yaml" in manifest.outputs) {
    return { label, results, variants: new Map([["", await readVariant(files, manifest)]]) };
  }
  const labels = Object.keys(manifest.reports);
  if (labels.length === 0) throw missing(label, "config.yaml");
  const variants = new Map<string, Variant>();
  for (const variant of labels) {
    const within = filesWithin(files, variant);
    const own = await readManifest(within);
    if (own === undefined || !isOf(manifest.reports[variant], own)) continue;
    variants.set(variant, await readVariant(within, own));
  }
  return { label, results, variants };
}

/** Whether a variant's folder holds what the sweep has found, and not what was there before it failed. */
function isOf(report: string | undefined, { reports }: Manifest): boolean {
  return Object.values(reports).some((key) => key === report);
}

async function readManifest(files: RunFiles): Promise<Manifest | undefined> {
  const text = await files.read("manifest.json");
  return text === undefined ? undefined : parseManifest(`manifest.json of ${files.label}`, text);
}

async function readVariant(files: RunFiles, manifest: Manifest): Promise<Variant> {
  const config = await readVerified(files, manifest, "config.yaml");
  if (config === undefined) throw missing(files.label, "config.yaml");
  const models = "models.csv" in manifest.outputs
    ? await readTable(files, manifest, "models.csv")
    : undefined;
  const trained = Object.keys(manifest.outputs).flatMap((name) => {
    const [, model] = /^checkpoints\/([\w-]+)\.json$/.exec(name) ?? [];
    return model === undefined ? [] : [model];
  });
  return {
    config: readYaml(config, `config.yaml of ${files.label}`),
    manifest,
    models,
    trained,
    async checkpoint(model) {
      const name = `checkpoints/${model}.json`;
      const text = await readVerified(files, manifest, name);
      return text === undefined ? undefined : { file: `${name} of ${files.label}`, text };
    },
  };
}

async function readTable(files: RunFiles, manifest: Manifest, name: string): Promise<CsvTable> {
  const text = await files.read(name);
  if (text === undefined) throw missing(files.label, name);
  // Before the digest is looked at, since this can tell the line.
  const table = parseTable(`${name} of ${files.label}`, text);
  verify(files, manifest, name, text);
  return table;
}

async function readVerified(
  files: RunFiles,
  manifest: Manifest,
  name: string,
): Promise<string | undefined> {
  const text = await files.read(name);
  if (text !== undefined) verify(files, manifest, name, text);
  return text;
}

/** Throws for a file that is not the one that the run has left. */
function verify({ label }: RunFiles, { outputs }: Manifest, name: string, text: string): void {
  const expected = outputs[name];
  if (expected === undefined || expected === digest(text)) return;
  // Git may be set to store, or to check out, other line ends than those written.
  const ends = name.endsWith(".csv") ? "\r\n" : "\n";
  if (expected === digest(text.replaceAll(/\r?\n/g, ends))) return;
  throw new DiffError(
    `cannot use ${name} of ${label}: expected the digest that manifest.json has of it, found ` +
      "another: it was changed or damaged after the run",
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function missing(label: string, name: string): DiffError {
  return unreadable(label, name, "expected a file, found none");
}
