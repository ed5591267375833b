/**
 * Reads the tables, configs and checkpoints of a run.
 *
 * @module
 */
import { readYaml } from "../config/yaml.ts";
import { withoutSecretsIn } from "../data/secret_url.ts";
import { type Manifest, parseManifest, type WholeManifest } from "../runs/manifest.ts";
import { contentState } from "../runs/run_folder.ts";
import { shown } from "../text/suggestions.ts";
import { DiffError, filesWithin, type RunFiles, unreadable } from "./run_files.ts";
import type { CsvSource } from "./csv_rows.ts";
import { type CsvTable, parseTable } from "./csv_table.ts";
import type { FurtherTables } from "./tables.ts";
import { interrupted } from "./unfinished.ts";

/** A finished run, or the finished runs of a sweep. */
export interface LoadedRun {
  /** As the user named it. */
  readonly label: string;
  /** Every cell of every variant. */
  readonly results: CsvTable;
  /** The settings of the variants of a sweep. */
  readonly swept?: CsvTable;
  /**
   * The variants of a sweep by label, without those whose files are gone; the only variant of a run
   * without a sweep has an empty label.
   */
  readonly variants: ReadonlyMap<string, Variant>;
  /** Notes for a person on its files: other line endings, files that are gone. */
  readonly notes: readonly string[];
}

/** A run with one value for each setting. */
export interface Variant extends FurtherTables {
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
  /** `samples.csv`, if there is one. */
  readonly samples: () => Promise<CsvSource | undefined>;
  /** `losses.csv`, if there is one. */
  readonly losses: () => Promise<CsvSource | undefined>;
}

/** A checkpoint, not parsed yet. */
export interface CheckpointText {
  /** The file, for messages. */
  readonly file: string;
  /** Its content. */
  readonly text: string;
}

/**
 * Reads a run and checks all its files.
 *
 * @throws {DiffError} If it is not finished, or a file is missing, damaged or changed since.
 * @throws {ConfigError} If its config is not YAML.
 */
export async function loadRun(files: RunFiles): Promise<LoadedRun> {
  const { label } = files;
  const found = await readManifest(files);
  if (found === undefined) {
    throw new DiffError(
      `cannot compare ${label}: expected a finished run, found ${await inPlaceOfRun(files)}`,
    );
  }
  const { manifest } = found;
  // Parsed before the digest is checked: a parser can name the line.
  const results = await readTable(files, "results.csv");
  if (await files.read("config.yaml") !== undefined || "config.yaml" in manifest.outputs) {
    const variant = await readVariant(files, manifest);
    return { label, results, variants: new Map([["", variant]]), notes: await check(files, found) };
  }
  const reports = reportsOf(manifest);
  const labels = Object.keys(reports);
  if (labels.length === 0) throw missing(label, "config.yaml");
  const notes = await check(files, found);
  const swept = await readListed(files, manifest, "variants.csv") ?? NO_TABLE;
  const variants = new Map<string, Variant>();
  for (const variant of labels) {
    if (!VARIANT.test(variant)) {
      throw new DiffError(
        `cannot use manifest.json of ${label}: expected names of variants, such as seed=1, found ` +
          shown(variant),
      );
    }
    const within = filesWithin(files, variant);
    const own = await readManifest(within);
    if (own === undefined || !isOf(reports[variant], own.manifest)) continue;
    variants.set(variant, await readVariant(within, own.manifest));
    notes.push(...await check(within, own));
  }
  return { label, results, swept, variants, notes };
}

/** The thing that is there where no manifest is. */
async function inPlaceOfRun({ read }: RunFiles): Promise<string> {
  const has = async (name: string): Promise<boolean> => await read(name) !== undefined;
  const unfinished = await interrupted(has);
  if (unfinished !== undefined) return unfinished;
  return await has("results.csv")
    ? "some of its files and no manifest.json, which tells whether they are whole: run its config again"
    : "no manifest.json in it";
}

/** Of a sweep of an older version, which says otherwise what its variants are. */
const NO_TABLE: CsvTable = { file: "variants.csv", columns: [], rows: [] };

/** The name of a variant's folder. */
const VARIANT = /^\w[\w.+=,~-]*$/;

/**
 * Compares every file with its digest in the manifest; throws a {@linkcode DiffError} that names those
 * that were changed, and gives what else there is to say.
 */
async function check(files: RunFiles, { manifest, ...own }: WholeManifest): Promise<string[]> {
  const states = new Map([["manifest.json", own.otherLineEndings ? OTHER_ENDINGS : "whole"]]);
  for (const [name, sha256] of Object.entries(manifest.outputs)) {
    states.set(name, await contentState(name, sha256, () => files.open(name)));
  }
  const are = (state: string): string =>
    [...states].filter(([, one]) => one === state).map(([name]) => name).join(", ");
  const changed = are("changed");
  if (changed !== "") {
    throw new DiffError(
      `cannot use ${changed} of ${files.label}: expected the digest that manifest.json has of it, ` +
        "found another: it was changed or damaged after the run",
    );
  }
  const notes = [
    ["line endings were changed, and nothing else, in", are(OTHER_ENDINGS)],
    ["compared without", are("gone")],
  ] as const;
  return notes.filter(([, names]) => names !== "")
    .map(([what, names]) => `${files.label}: ${what} ${names}`);
}

const OTHER_ENDINGS = "other line endings";

/** Whether a variant's folder has the report that the sweep refers to, and not one of before it failed. */
function isOf(report: string | undefined, own: Manifest): boolean {
  return Object.values(reportsOf(own)).some((key) => key === report);
}

/** Reads `manifest.json` of a run; throws a {@linkcode DiffError} if it is damaged. */
async function readManifest(files: RunFiles): Promise<WholeManifest | undefined> {
  const text = await files.read("manifest.json");
  if (text === undefined) return undefined;
  const found = parseManifest(text);
  if (found.kind === "whole") return found;
  throw new DiffError(`cannot use manifest.json of ${files.label}: ${found.problem}`);
}

async function readVariant(files: RunFiles, manifest: Manifest): Promise<Variant> {
  const config = await files.read("config.yaml");
  if (config === undefined) throw missing(files.label, "config.yaml");
  const models = await readListed(files, manifest, "models.csv");
  const trained = Object.keys(manifest.outputs).flatMap((name) => {
    const [, model] = /^checkpoints\/([\w-]+)\.json$/.exec(name) ?? [];
    return model === undefined ? [] : [model];
  });
  return {
    config: readYaml(withoutSecretsIn(config), `config.yaml of ${files.label}`),
    manifest,
    models,
    comparisons: await readListed(files, manifest, "comparisons.csv"),
    positions: await readListed(files, manifest, "positions.csv"),
    trained,
    async checkpoint(model) {
      const name = `checkpoints/${model}.json`;
      const text = await files.read(name);
      if (text === undefined) return undefined;
      // Its digest was checked with whatever line endings it has; its own is of those written.
      return { file: `${name} of ${files.label}`, text: text.replaceAll("\r\n", "\n") };
    },
    samples: () => openListed(files, manifest, "samples.csv"),
    losses: () => openListed(files, manifest, "losses.csv"),
  };
}

async function readTable(files: RunFiles, name: string): Promise<CsvTable> {
  const text = await files.read(name);
  if (text === undefined) throw missing(files.label, name);
  return parseTable(`${name} of ${files.label}`, text);
}

/** A table, if the manifest lists it. */
async function readListed(
  files: RunFiles,
  { outputs }: Manifest,
  name: string,
): Promise<CsvTable | undefined> {
  return name in outputs ? await readTable(files, name) : undefined;
}

/** A table of any size, if the manifest lists it and it is still there. */
async function openListed(
  files: RunFiles,
  { outputs }: Manifest,
  name: string,
): Promise<CsvSource | undefined> {
  const parts = name in outputs ? await files.open(name) : undefined;
  return parts && { file: `${name} of ${files.label}`, parts };
}

function missing(label: string, name: string): DiffError {
  return unreadable(label, name, "expected a file, found none");
}

/** The keys of its reports: its own by its name, those of a sweep's variants by their labels. */
function reportsOf({ stages }: Manifest): Readonly<Record<string, string>> {
  return stages["report"] ?? {};
}
