import { writeYaml } from "../config/yaml.ts";
import { portableCorpusPath } from "../runs/corpus_cache.ts";
import type { Prepared } from "../runs/check_with_corpus.ts";

/**
 * `config.yaml`: the config as it was run, defaults and overrides in, which gives the same results
 * when it is run itself, from wherever it lies. The corpus is pinned by its SHA-256; one outside the
 * project keeps the path that its own config gave, and so must be run from beside that config.
 */
export function resolvedConfig({ experiment, corpus, setup: { prompts } }: Prepared): string {
  const { config, name, source } = experiment;
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
      sha256: corpus.sha256,
      held_out: config.corpus.held_out,
    },
    report: {
      compare_prompts: config.report.compare_prompts ?? [...new Set(prompts)].slice(0, 2),
      charts: config.report.charts,
    },
  };
  return "# As it was run: every default and override is in. Run it to have the same results.\n" +
    writeYaml(resolved);
}
