// @ts-types="../declarations/path.d.ts"
import { dirname, isAbsolute, join } from "@std/path";
import { configError, type Problem } from "../config/config_error.ts";
import type { Experiment } from "../config/load.ts";
import { shown } from "../config/nearest.ts";
import type { CorpusConfig, ModelSizes } from "../config/schema.ts";
import { type Corpus, type CorpusLocation, loadCorpus } from "../data/corpus.ts";
import { Tokenizer } from "../data/tokenizer.ts";
import type { ModelSpec } from "../model/language_model.ts";
import { parameterCount } from "../model/weights.ts";

/** Downloaded corpora, by their SHA-256. */
const CORPUS_CACHE = "outputs/.cache/corpora";
/** The largest model that a config may ask for: its scalars alone take this many doubles. */
const MOST_PARAMETERS = 100_000_000;

/** Everything that a run needs before its first step. */
export interface Prepared {
  /** What was asked for. */
  readonly experiment: Experiment;
  /** The documents. */
  readonly corpus: Corpus;
  /** The tokens of their characters. */
  readonly tokenizer: Tokenizer;
  /** Sizes of the models; the draft's where there is one. */
  readonly specs: { readonly target: ModelSpec; readonly draft?: ModelSpec };
}

/** Reads the corpus and makes every check that needs it; a grid that fails one never starts. */
export async function prepare(experiment: Experiment): Promise<Prepared> {
  const { source, config } = experiment;
  const corpus = await loadCorpus(corpusLocation(config.corpus, source.file));
  const tokenizer = Tokenizer.of(corpus.documents);
  const { block_size, target, draft } = config.models;
  const spec = (sizes: ModelSizes): ModelSpec => ({
    vocabSize: tokenizer.vocabSize,
    blockSize: block_size,
    nEmbd: sizes.n_embd,
    nHead: sizes.n_head,
    nLayer: sizes.n_layer,
  });
  const specs = draft === undefined
    ? { target: spec(target) }
    : { target: spec(target), draft: spec(draft) };
  const problems = [
    ...characterProblems(experiment, tokenizer),
    ...sizeProblems(experiment, specs),
  ];
  if (problems.length > 0) throw configError(source.file, problems);
  return { experiment, corpus, tokenizer, specs };
}

/** The corpus's path as seen from the working folder; configs give it relative to themselves. */
export function corpusPath(path: string, configFile: string): string {
  return isAbsolute(path) ? path : join(dirname(configFile), path);
}

function corpusLocation({ path, url, sha256 }: CorpusConfig, configFile: string): CorpusLocation {
  if (path !== undefined) return { path: corpusPath(path, configFile), sha256 };
  if (url !== undefined && sha256 !== undefined) {
    return { url, sha256, cacheFolder: CORPUS_CACHE };
  }
  throw new TypeError("Cannot find the corpus: the config has neither path nor url with sha256");
}

function characterProblems({ source, config }: Experiment, tokenizer: Tokenizer): Problem[] {
  return config.decoding.prompts.flatMap((prompt, i) => {
    const stranger = tokenizer.firstUnknown(prompt);
    if (stranger === undefined) return [];
    const otherCase = [stranger.toLowerCase(), stranger.toUpperCase()]
      .find((variant) => variant !== stranger && tokenizer.firstUnknown(variant) === undefined);
    const hint = otherCase === undefined ? "" : `; the corpus has ${shown(otherCase)}`;
    const message = `expected characters of the corpus, found ${shown(stranger)} in ${
      shown(prompt)
    }${hint}`;
    return [source.problem(["decoding", "prompts", i], message)];
  });
}

function sizeProblems({ source }: Experiment, specs: Prepared["specs"]): Problem[] {
  return Object.entries(specs).flatMap(([model, spec]) => {
    const parameters = parameterCount(spec);
    const message = `expected a model of at most ${MOST_PARAMETERS} parameters, found ` +
      `${parameters} (${(parameters * 8 / 2 ** 30).toFixed(1)} GiB of weights)`;
    return parameters <= MOST_PARAMETERS ? [] : [source.problem(["models", model], message)];
  });
}
