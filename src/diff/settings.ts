/**
 * The settings, inputs and versions that two runs differ in, path by path.
 *
 * @module
 */
import { valueAt } from "../config/path.ts";
import { diffSettings, type SettingDiff } from "../config/setting_diff.ts";
import type { Variant } from "./load.ts";

/** A setting, an input or a version of two runs, equal or not. */
export interface RunSettingDiff extends SettingDiff {
  /**
   * Its kind. Runs that only differ in versions and presentation are equal: the name of a run, the
   * options of its report and the place of a corpus of the same bytes change no result, and whether
   * versions do is what people compare runs for.
   */
  readonly kind: "setting" | "version" | "presentation";
  /** The variants that have these values, by label; without a sweep the empty label. */
  readonly variants: readonly string[];
}

/** The settings, inputs and versions of the variants that both runs have, each pair of values once. */
export function diffRunSettings(
  variants: readonly {
    readonly label: string;
    readonly before: Variant;
    readonly after: Variant;
  }[],
): RunSettingDiff[] {
  const found = new Map<string, RunSettingDiff>();
  for (const { label, before, after } of variants) {
    for (const setting of variantSettings(before, after)) {
      const key = JSON.stringify([setting.path, setting.old, setting.new]);
      const labels = [...found.get(key)?.variants ?? [], label];
      found.set(key, { ...setting, variants: labels });
    }
  }
  return [...found.values()];
}

function variantSettings(
  before: Variant,
  after: Variant,
): Omit<RunSettingDiff, "variants">[] {
  const settings = diffSettings(before.config, after.config)
    // The manifest has the digest of any corpus, as it was read.
    .filter(({ path }) => path !== "corpus.sha256");
  const inputs = diffSettings(before.manifest.inputs, after.manifest.inputs)
    .map((input) => ({ ...input, path: `${input.path}.sha256` }));
  const versions = diffSettings(versionsOf(before), versionsOf(after));
  const sameCorpus = !inputs.some(({ differs }) => differs);
  return [
    ...settings.map((setting) => ({ ...setting, kind: kindOf(setting.path, sameCorpus) })),
    ...inputs.map((input) => ({ ...input, kind: "setting" as const })),
    ...versions.map((version) => ({ ...version, kind: "version" as const })),
  ];
}

/** The versions of a run; all that simd computed was strict before manifests said it. */
function versionsOf({ config, manifest: { versions } }: Variant): Readonly<Record<string, string>> {
  const wasStrict = versions["arithmetic"] === undefined && valueAt(config, ["engine"]) === "simd";
  return wasStrict ? { ...versions, arithmetic: "strict" } : versions;
}

function kindOf(path: string, sameCorpus: boolean): RunSettingDiff["kind"] {
  const presentation = path === "name" || path.startsWith("report.") ||
    sameCorpus && (path === "corpus.path" || path === "corpus.url");
  return presentation ? "presentation" : "setting";
}
