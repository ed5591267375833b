import type { Experiment } from "../config/experiment.ts";
import { isElsewhere, pathFrom, portablePath } from "../config/named_files.ts";
import { type FolderConfig, isSizes } from "../config/settings.ts";
import { writeYaml } from "../config/yaml.ts";
import { withoutSecrets } from "../data/secret_url.ts";
import type { ModelName, ReadInputs } from "../stages/experiment_data.ts";

/**
 * `config.yaml`: the config as it was run, with its defaults and overrides; run itself, it gives the
 * same results from wherever it lies. The corpus and the folders of models are pinned by their SHA-256;
 * where one outside the project lies, a `--set` has to say.
 */
export function resolvedConfig(
  { config, name, source }: Experiment,
  { texts, folders }: ReadInputs,
  prompts: readonly string[],
): string {
  const { name: _given, ...settings } = config;
  const { corpus, models, training } = settings;
  const path = corpus?.path === undefined
    ? undefined
    : portablePath(pathFrom(corpus.path, source.fileOf(["corpus", "path"])));
  const trained = MODEL_NAMES.filter((name) => models[name] !== undefined && isSizes(models[name]));
  const resolved = {
    // First, as a config that has it is written again.
    name,
    ...settings,
    corpus: corpus && {
      ...(path === undefined ? { url: withoutSecrets(corpus.url ?? "") } : { path }),
      sha256: texts?.corpus.sha256,
      held_out: corpus.held_out,
      normalize: corpus.normalize,
      long_documents: corpus.long_documents,
    },
    models: { ...models, ...foldersAsWritten(folders) },
    training: trained.length === 0
      ? undefined
      : Object.fromEntries(trained.map((name) => [name, training[name]])),
    report: {
      // First, wherever a config has it, so that its own config.yaml gives the same bytes.
      compare_prompts: [...new Set(prompts)].slice(0, 2),
      ...config.report,
    },
  };
  return `${headerOf(path, folders)}\n${writeYaml(resolved)}`;
}

const MODEL_NAMES: readonly ModelName[] = ["target", "draft"];

/** The models that have a folder, as a config gives them. */
function foldersAsWritten(
  folders: ReadInputs["folders"],
): { readonly [Name in ModelName]?: FolderConfig } {
  const entries = MODEL_NAMES.flatMap((name): [ModelName, FolderConfig][] => {
    const folder = folders[name];
    return folder === undefined ? [] : [[name, { from: folder.written, sha256: folder.digest }]];
  });
  return Object.fromEntries(entries);
}

const AS_RUN = "# As it was run: every default and override is in.";

/** The comment on top: what it takes to run the config again. */
function headerOf(path: string | undefined, folders: ReadInputs["folders"]): string {
  const corpus = path !== undefined && isElsewhere(path)
    ? [`${AS_RUN} Its corpus lies outside the project:
# run it with --set corpus.path=PATH_TO_CORPUS to have the same results. The corpus is the file whose
# SHA-256 is corpus.sha256, and any other is refused.`]
    : [];
  const models = MODEL_NAMES.filter((name) => {
    const folder = folders[name];
    return folder !== undefined && isElsewhere(folder.written);
  }).map((name) =>
    `# The ${name} lies outside the project: --set models.${name}.from=PATH_TO_MODEL says where.
# It is the folder whose SHA-256 is models.${name}.sha256, and any other is refused.`
  );
  const [first = `${AS_RUN} Run it to have the same results.`] = corpus;
  return [first, ...models].join("\n");
}
