/**
 * Reads the tables, configs and checkpoints of a run.
 *
 * @module
 */
import { readYaml } from "../config/yaml.ts";
import { withoutSecretsIn } from "../data/secret_url.ts";
import { sha256Hex } from "../files/sha256.ts";
import { type Manifest, parseManifest } from "../runs/manifest.ts";
import { DiffError, filesWithin, type RunFiles, unreadable } from "./run_files.ts";
import { type CsvTable, parseTable } from "./tables.ts";

/** A finished run, or the finished runs of a sweep. */
export interface LoadedRun {
  /** As the user named it. */
  readonly label: string;
  /** Every cell of every variant. */
  readonly results: CsvTable;
  /**
   * The variants of a sweep by label, without those whose files are gone; the only variant of a run
   * without a sweep has an empty label.
   */
  readonly variants: ReadonlyMap<string, Variant>;
}

/** A run with one value for each setting. */
export interface Variant {
  /** The values of `config.yaml`, not validated. */
  readonly config: unknown;
  /** Its manifest. */
  readonly manifest: Manifest;
  /** `models.csv`, if there is one. */
  readonly models: CsvTable | undefined;
  /** The names of the models that it trained. */
  readonly trained: readonly string[];
  /** The checkpoint of a model; `undefined` if the file is gone. */
  readonly checkpoint: (model: string) => Promise<CheckpointText | undefined>;
}

/** A checkpoint, not parsed yet. */
export interface CheckpointText {
  /** The file, for messages. */
  readonly file: string;
  /** Its content. */
  readonly text: string;
}

/**
 * Reads a run, except for its checkpoints.
 *
 * @throws {DiffError} If it is not finished, or a file is missing, damaged or changed since.
 * @throws {ConfigError} If its config is not YAML.
 */
export async function loadRun(files: RunFiles): Promise<LoadedRun> {
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
  const reports = reportsOf(manifest);
  const labels = Object.keys(reports);
  if (labels.length === 0) throw missing(label, "config.yaml");
  const variants = new Map<string, Variant>();
  for (const variant of labels) {
    const within = filesWithin(files, variant);
    const own = await readManifest(within);
    if (own === undefined || !isOf(reports[variant], own)) continue;
    variants.set(variant, await readVariant(within, own));
  }
  return { label, results, variants };
}

/** Whether a variant's folder has the report that the sweep refers to, and not one of before it failed. */
function isOf(report: string | undefined, own: Manifest): boolean {
  return Object.values(reportsOf(own)).some((key) => key === report);
}

async function readManifest(files: RunFiles): Promise<Manifest | undefined> {
  const text = await files.read("manifest.json");
  return text === undefined ? undefined : manifestIn(files, text);
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
    config: readYaml(withoutSecretsIn(config), `config.yaml of ${files.label}`),
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
  // Parsed before the digest is checked: a parser can name the line.
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

/** Throws for a file that was changed after the run. */
function verify({ label }: RunFiles, { outputs }: Manifest, name: string, text: string): void {
  const expected = outputs[name];
  if (expected === undefined || expected === sha256Hex(text)) return;
  // Git may be configured to store, or check out, other line ends than those written.
  const ends = name.endsWith(".csv") ? "\r\n" : "\n";
  if (expected === sha256Hex(text.replaceAll(/\r?\n/g, ends))) return;
  throw new DiffError(
    `cannot use ${name} of ${label}: expected the digest that manifest.json has of it, found ` +
      "another: it was changed or damaged after the run",
  );
}

function missing(label: string, name: string): DiffError {
  return unreadable(label, name, "expected a file, found none");
}

/** Reads `manifest.json` of a run; throws a {@linkcode DiffError} if it is damaged. */
function manifestIn(files: RunFiles, text: string): Manifest {
  const found = parseManifest(text);
  if (found.kind === "whole") return found.manifest;
  throw new DiffError(`cannot use manifest.json of ${files.label}: ${found.problem}`);
}

/** The keys of its reports: its own by its name, those of a sweep's variants by their labels. */
function reportsOf({ stages }: Manifest): Readonly<Record<string, string>> {
  return stages["report"] ?? {};
}
