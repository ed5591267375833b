import { isAbsolute } from "node:path";
import type { Experiment } from "../config/experiment.ts";
import { type ConfigSource, STDIN_FILE } from "../config/layers.ts";
import { IN_PROJECT, isElsewhere, pathFrom, portablePath } from "../config/named_files.ts";
import type { CorpusConfig } from "../config/settings.ts";
import { type CorpusLocation, loadCorpus, placeOfDocument } from "../data/corpus.ts";
import { CorpusError } from "../data/corpus_text.ts";
import type { DownloadWatch } from "../data/download.ts";
import { type Normalization, normalizedDocuments } from "../data/normalization.ts";
import { withoutSecrets } from "../data/secret_url.ts";
import { longestOf, splitByContent } from "../data/selection.ts";
import { isOffline } from "../files/environment.ts";
import { UnreadableError } from "../files/read_bounded.ts";
import { CharacterVocabulary } from "../data/character_vocabulary.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { type LongDocuments, longDocumentsIn } from "../data/windows.ts";
import {
  type CorpusSource,
  digestOfTokens,
  type FrozenExperiment,
  type ReadInputs,
  type SplitCorpus,
} from "../stages/experiment_data.ts";
import { ModelFolders, readInputs } from "./model_folders.ts";

/** Where downloaded corpora are, by their SHA-256, unless another folder is given. */
const DOWNLOADS = "outputs/.cache/corpora";

/** Corpora that have been read, so that the many variants of a sweep read theirs once. */
export class CorpusCache {
  readonly #read = new Map<string, Promise<ReadCorpus>>();
  readonly #split = new Map<string, Promise<SplitCorpus>>();
  readonly #outside = new Map<string, { readonly problem: string | undefined }>();
  readonly #downloads: string;
  readonly #watch: DownloadWatch | undefined;
  /** The folders of models. */
  readonly folders: ModelFolders;

  /**
   * Keeps the corpora that it downloads in the folder `downloads`, the models in the folder `models`;
   * `watch` is told how a download goes.
   */
  constructor(downloads = DOWNLOADS, watch?: DownloadWatch, models?: string) {
    this.#downloads = downloads;
    this.#watch = watch;
    this.folders = new ModelFolders(models, watch);
  }

  /**
   * The `corpus` of an experiment in the tokens of `vocabulary`, or else in its own characters; throws a
   * `ConfigError` about the setting that names it.
   */
  async readFor(
    { source }: Pick<Experiment, "source">,
    corpus: CorpusConfig,
    vocabulary?: Vocabulary,
  ): Promise<SplitCorpus> {
    const setting = ["corpus", corpus.path === undefined ? "url" : "path"];
    const outside = corpus.path === undefined
      ? undefined
      : this.#outsideProblem(source, setting, pathFrom(corpus.path, source.fileOf(setting)));
    if (outside !== undefined) throw source.error(setting, outside);
    try {
      return await this.#load(secretSource(source, corpus), corpus, vocabulary);
    } catch (error) {
      if (!(error instanceof CorpusError)) throw error;
      throw source.error(
        setting,
        error.message + await remedyOf(error, corpus, source.fileOf(setting)),
      );
    }
  }

  /** Where a document of the corpus of `experiment`, from 0, stands: `line 3 of names.txt`. */
  async placeOf(experiment: Experiment, document: number): Promise<string> {
    const { source, config: { corpus } } = experiment;
    if (corpus === undefined) throw new TypeError("Cannot find a document: there is no corpus");
    const location = this.#locationOf(secretSource(source, corpus), corpus.sha256);
    return await placeOfDocument(location, document);
  }

  /** See {@linkcode ConfigSource.outsideProblem}, which follows links: asked once for each file. */
  #outsideProblem(source: ConfigSource, setting: string[], path: string): string | undefined {
    const name = JSON.stringify([source.file, source.fileOf(setting), path]);
    const known = this.#outside.get(name) ?? { problem: source.outsideProblem(setting, path) };
    this.#outside.set(name, known);
    return known.problem;
  }

  /**
   * The inputs of an experiment of a plan; throws a `CorpusError` or a `ModelFolderError` where one is
   * another by now. `mayRead` says which files outside a model's folder links in it may lead to.
   */
  async readFrozen(
    { corpus, folders, experiment: { config } }: FrozenExperiment,
    mayRead?: (path: string) => boolean,
  ): Promise<ReadInputs> {
    const opened = await this.folders.openFrozen(folders ?? {}, mayRead);
    const texts = corpus === undefined || config.corpus === undefined
      ? undefined
      : await this.#load(
        corpus.source,
        { ...config.corpus, sha256: corpus.sha256 },
        opened.target?.vocabulary,
      );
    return await readInputs(config.models.block_size, opened, texts);
  }

  #load(
    source: CorpusSource,
    { sha256, held_out: share, normalize }: CorpusConfig,
    vocabulary: Vocabulary | undefined,
  ): Promise<SplitCorpus> {
    // Variants that hold out another share have their documents in common. The same tokens may divide a
    // text in other ways.
    const name = [source, sha256, normalize, vocabulary && digestOfTokens(vocabulary.data)];
    const corpus = remembered(
      this.#read,
      name,
      () => read(this.#locationOf(source, sha256), normalize, vocabulary),
    );
    return remembered(this.#split, [...name, share], async () => {
      const { documents } = (await corpus).corpus;
      return { ...await corpus, split: splitByContent(documents, share) };
    });
  }

  #locationOf(source: CorpusSource, sha256: string | undefined): CorpusLocation {
    if ("path" in source) return { path: pathFrom(source.path, ""), sha256 };
    if (sha256 !== undefined) {
      return { url: source.url, sha256, cacheFolder: this.#downloads, watch: this.#watch };
    }
    throw new TypeError("Cannot download a corpus: the config has a url without its sha256");
  }
}

/** The remedy for `error`; empty where none is known. */
async function remedyOf(
  error: CorpusError,
  { path, sha256 }: CorpusConfig,
  configFile: string,
): Promise<string> {
  if (path === undefined) return await isOffline() ? OFFLINE : "";
  const isMissing = error.cause instanceof UnreadableError && error.cause.missing;
  if (!isMissing) return "";
  const isRelative = !isAbsolute(path) && !path.startsWith(IN_PROJECT);
  if (isRelative && configFile === STDIN_FILE) {
    return "; paths in a config from the standard input are relative to the project";
  }
  return sha256 === undefined ? "" : ELSEWHERE;
}

/** The remedy where the file that a SHA-256 is of is missing, as beside a run's `config.yaml`. */
const ELSEWHERE =
  "; corpus.sha256 says which file it is: if it lies elsewhere, --set corpus.path=PATH_TO_CORPUS";

/** The remedy where a URL comes from a file that a config extends. */
const OFFLINE =
  "; the network was given up before that URL was read: name it in the config itself, " +
  "or download the corpus once with --set corpus.url=URL";

/** The value in `memory` under `name`, which is made where there is none. */
function remembered<Value>(
  memory: Map<string, Promise<Value>>,
  name: unknown,
  make: () => Promise<Value>,
): Promise<Value> {
  const key = JSON.stringify(name);
  const value = memory.get(key) ?? make();
  memory.set(key, value);
  return value;
}

/** A corpus, whatever share of it is held out. */
type ReadCorpus = Omit<SplitCorpus, "split">;

async function read(
  location: CorpusLocation,
  normalize: Normalization,
  tokens: Vocabulary | undefined,
): Promise<ReadCorpus> {
  const { documents: asRead, sha256 } = await loadCorpus(location);
  const documents = normalizedDocuments(asRead, normalize);
  const own = CharacterVocabulary.of(documents);
  const unknown = tokens?.describeUnknown(own.characters.join(""));
  if (unknown !== undefined) throw new CorpusError(`cannot use the corpus: ${unknown}`);
  const vocabulary = tokens ?? own;
  // Variants of a sweep ask for the same again and again.
  const long = new Map<number, LongDocuments>();
  return {
    corpus: { documents, sha256 },
    vocabulary,
    longest: longestOf(documents),
    longDocuments(blockSize) {
      const found = long.get(blockSize) ?? longDocumentsIn(documents, vocabulary, blockSize);
      long.set(blockSize, found);
      return found;
    },
  };
}

/** {@linkcode corpusSource} with the secrets of a URL, which nothing but a download sees. */
function secretSource(source: ConfigSource, corpus: CorpusConfig): CorpusSource {
  return corpus.url === undefined ? sourceOf(source, corpus) : { url: corpus.url };
}

/**
 * Where the corpus of `experiment` is read from, whatever folder this is asked in, without secrets;
 * `undefined` where there is none.
 */
export function corpusSource(
  { source, config: { corpus } }: Pick<Experiment, "source" | "config">,
): CorpusSource | undefined {
  return corpus === undefined ? undefined : sourceOf(source, corpus);
}

function sourceOf(source: ConfigSource, { path, url }: CorpusConfig): CorpusSource {
  if (path !== undefined) {
    const found = pathFrom(path, source.fileOf(["corpus", "path"]));
    const portable = portablePath(found);
    return { path: isElsewhere(portable) ? found : portable };
  }
  if (url !== undefined) return { url: withoutSecrets(url) };
  throw new TypeError("Cannot find the corpus: the config has neither path nor url");
}
