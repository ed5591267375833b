import { stringify } from "yaml";
import type { Experiment } from "../config/load.ts";
import { portableCorpusPath } from "./corpus_cache.ts";

/**
 * `config.yaml`: the config as it was run, with its defaults and overrides; run itself, it gives the
 * same results from wherever it lies. The corpus is pinned by its SHA-256; one outside the project
 * keeps the path that its own config gave, and so must be run from beside that config.
 */
export function resolvedConfig(
  { config, name, source }: Experiment,
  corpusSha256: string,
  prompts: readonly string[],
): string {
  const { path } = config.corpus;
  const { training } = config;
  const resolved = {
    ...config,
    training: config.models.draft === undefined ? { target: training.target } : training,
    name,
    corpus: {
      ...(path === undefined
        ? { url: config.corpus.url }
        : { path: portableCorpusPath(path, source.fileOf(["corpus", "path"])) }),
      sha256: corpusSha256,
      held_out: config.corpus.held_out,
    },
    report: {
      compare_prompts: config.report.compare_prompts ?? [...new Set(prompts)].slice(0, 2),
      charts: config.report.charts,
    },
  };
  return "# As it was run: every default and override is in. Run it to have the same results.\n" +
    stringify(resolved);
}
