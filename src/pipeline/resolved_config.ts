// @ts-types="../declarations/path.d.ts"
import { relative, resolve } from "@std/path";
import { stringify } from "yaml";
import { corpusPath, type Prepared } from "./prepare.ts";

/**
 * `config.yaml`: the config as it was run, defaults and overrides in, which gives the same results
 * when it is run itself. The corpus is pinned by its SHA-256.
 */
export function resolvedConfig({ experiment, corpus }: Prepared): string {
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
        : { path: portable(path, source.file, name) }),
      sha256: corpus.sha256,
    },
    report: {
      compare_prompts: config.report.compare_prompts ?? config.decoding.prompts.slice(0, 2),
      charts: config.report.charts,
    },
  };
  return "# As it was run: every default and override is in.\n" + stringify(resolved);
}

/**
 * The corpus's path as `outputs/<name>/config.yaml` must give it. A corpus outside the project keeps
 * the path it was given, since where the project lies must not show in the results.
 */
function portable(path: string, configFile: string, name: string): string {
  const fromProject = relative(Deno.cwd(), resolve(corpusPath(path, configFile)));
  return fromProject.startsWith("..")
    ? path
    : relative(resolve("outputs", name), resolve(fromProject));
}
