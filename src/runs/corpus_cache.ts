// @ts-types="../declarations/path.d.ts"
import { dirname, fromFileUrl, isAbsolute, join, relative, resolve } from "@std/path";
import { configError } from "../config/config_error.ts";
import type { Experiment } from "../config/load.ts";
import type { CorpusConfig } from "../config/schema.ts";
import { type Corpus, CorpusError, type CorpusLocation, loadCorpus } from "../data/corpus.ts";
import { type Split, splitByContent } from "../data/split.ts";
import { CharacterVocabulary, type Vocabulary } from "../data/vocabulary.ts";

/** Downloaded corpora, by their SHA-256. */
const CORPUS_CACHE = "outputs/.cache/corpora";
/** Before a path in a config: relative to the project, not to the config. */
const IN_PROJECT = "project:";
/** The project's folder. */
const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

/** A corpus, and what follows from it and the share that is held out. */
export interface ReadCorpus {
  /** All documents. */
  readonly corpus: Corpus;
  /** Those to learn from and those held out. */
  readonly split: Split;
  /** The tokens of all documents, those held out included. */
  readonly vocabulary: Vocabulary;
}

/** Corpora that have been read, so that the many variants of a sweep read theirs once. */
export class CorpusShelf {
  readonly #read = new Map<string, Promise<ReadCorpus>>();

  /** The corpus of `experiment`; what is wrong with it is said of the setting that names it. */
  async read(experiment: Experiment): Promise<ReadCorpus> {
    const { source, config } = experiment;
    const location = corpusLocation(config.corpus, source.fileOf(["corpus", "path"]));
    const name = JSON.stringify([location, config.corpus.held_out]);
    const reading = this.#read.get(name) ?? readCorpus(location, config.corpus.held_out);
    this.#read.set(name, reading);
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof CorpusError)) throw error;
      const key = config.corpus.path === undefined ? "url" : "path";
      throw configError(source.file, [source.problem(["corpus", key], error.message)]);
    }
  }
}

async function readCorpus(location: CorpusLocation, share: number): Promise<ReadCorpus> {
  const corpus = await loadCorpus(location);
  const { documents } = corpus;
  return {
    corpus,
    split: splitByContent(documents, share),
    vocabulary: CharacterVocabulary.of(documents),
  };
}

/**
 * The corpus's path as seen from the working folder. A config gives it relative to itself, or, after
 * `project:`, to the project.
 */
function corpusPath(path: string, configFile: string): string {
  if (path.startsWith(IN_PROJECT)) {
    return relative(Deno.cwd(), join(PROJECT, path.slice(IN_PROJECT.length)));
  }
  return isAbsolute(path) ? path : join(dirname(configFile), path);
}

/**
 * The corpus's path as a config anywhere can give it. One outside the project keeps the path that it
 * was given, since where a project lies must not show in its results.
 */
export function portableCorpusPath(path: string, configFile: string): string {
  const fromProject = relative(PROJECT, resolve(corpusPath(path, configFile)));
  return fromProject.startsWith("..") || isAbsolute(fromProject) ? path : IN_PROJECT + fromProject;
}

function corpusLocation({ path, url, sha256 }: CorpusConfig, configFile: string): CorpusLocation {
  if (path !== undefined) return { path: corpusPath(path, configFile), sha256 };
  if (url !== undefined && sha256 !== undefined) {
    return { url, sha256, cacheFolder: CORPUS_CACHE };
  }
  throw new TypeError("Cannot find the corpus: the config has neither path nor url with sha256");
}
