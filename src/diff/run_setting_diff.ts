import { diffSettings, type SettingDiff } from "./setting_diff.ts";
import type { Variant } from "./run.ts";

/** A setting, an input or a version, which may be alike. */
export interface RunSettingDiff extends SettingDiff {
  /**
   * What kind of thing it is. Runs that differ in nothing but versions and presentation are equal:
   * the name of a run, what its report shows, and where a corpus of the same bytes lies change no
   * result, and whether versions do is what people compare runs to find out.
   */
  readonly kind: "setting" | "version" | "presentation";
  /** The variants in which it is so; without a sweep the one there is, whose label is empty. */
  readonly variants: readonly string[];
}

/** The settings, inputs and versions of the variants that both runs have; what several share is said once. */
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
    // The manifest has it of every corpus, and of what was read.
    .filter(({ path }) => path !== "corpus.sha256");
  const inputs = diffSettings(before.manifest.inputs, after.manifest.inputs)
    .map((input) => ({ ...input, path: `${input.path}.sha256` }));
  const versions = diffSettings(before.manifest.versions, after.manifest.versions);
  const sameCorpus = !inputs.some(({ differs }) => differs);
  return [
    ...settings.map((setting) => ({ ...setting, kind: kindOf(setting.path, sameCorpus) })),
    ...inputs.map((input) => ({ ...input, kind: "setting" as const })),
    ...versions.map((version) => ({ ...version, kind: "version" as const })),
  ];
}

function kindOf(path: string, sameCorpus: boolean): RunSettingDiff["kind"] {
  const presentation = path === "name" || path.startsWith("report.") ||
    sameCorpus && (path === "corpus.path" || path === "corpus.url");
  return presentation ? "presentation" : "setting";
}
