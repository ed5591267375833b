import { basename, dirname, resolve } from "node:path";
import type { Experiment } from "../config/experiment.ts";
import type { ConfigSource } from "../config/layers.ts";
import { isElsewhere, pathFrom, portablePath } from "../config/named_files.ts";
import { MOST_BLOCK_SIZE } from "../config/schema.ts";
import { type FolderConfig, isFolder } from "../config/settings.ts";
import type { DownloadWatch } from "../data/download.ts";
import { hubName, hubSourceOf, isHubName } from "../data/hub_source.ts";
import { loadTokenizer, TokenizerError } from "../data/vocabularies.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { isOffline } from "../files/environment.ts";
import { folderNames, ListingError } from "../files/listing.ts";
import {
  checkModelFolder,
  type ModelFolder,
  ModelFolderError,
  openModelFolder,
} from "../model/hugging_face/model_folder.ts";
import { bytesIn, firstLayers, numbersIn } from "../model/transformer.ts";
import type {
  FolderOrigin,
  ModelFolderSource,
  ModelName,
  ReadInputs,
  SplitCorpus,
} from "../stages/experiment_data.ts";
import { suggestion } from "../text/suggestions.ts";

/** Where models of the hub are, unless another folder is given. */
const MODELS = "outputs/.cache/models";

/** A model's folder with everything of it that a config has to agree with; no weights are read. */
export interface OpenedFolder {
  /** The folder, checked. */
  readonly model: ModelFolder;
  /** Its tokens. */
  readonly vocabulary: Vocabulary;
  /** Where a plan says that it lies. */
  readonly path: string;
  /** What `config.yaml` calls it. */
  readonly written: string;
}

/** The opened folders of an experiment's models, by the names of these. */
export type OpenedFolders = { readonly [Name in ModelName]?: OpenedFolder };

/** Folders of models, each opened once for the many variants of a sweep. */
export class ModelFolders {
  readonly #models: string;
  readonly #watch: DownloadWatch | undefined;
  readonly #opened = new Map<string, Promise<Opened>>();

  /** Keeps models of the hub in the folder `models`; `watch` is told how a download goes. */
  constructor(models = MODELS, watch?: DownloadWatch) {
    this.#models = models;
    this.#watch = watch;
  }

  /**
   * Those of the models of `experiment` with these `names`; throws a `ConfigError` about the setting that
   * names one.
   */
  async openFor(
    { source, config: { models } }: Experiment,
    names: readonly ModelName[] = ["target", "draft"],
  ): Promise<OpenedFolders> {
    const opened: { [Name in ModelName]?: OpenedFolder } = {};
    for (const name of names) {
      const model = models[name];
      if (isFolder(model)) opened[name] = await this.#named(source, name, model);
    }
    return opened;
  }

  /** Those that a plan holds; throws a `ModelFolderError` where one is another by now. */
  async openFrozen(
    folders: { readonly [Name in ModelName]?: ModelFolderSource },
    mayRead?: (path: string) => boolean,
  ): Promise<OpenedFolders> {
    const open = async ({ path, digest }: ModelFolderSource): Promise<OpenedFolder> => {
      const located: Located = isHubName(path)
        ? await this.#fetched(path)
        : { folder: pathFrom(path, ""), path, written: portablePath(pathFrom(path, "")) };
      const opened = await this.#open(located, mayRead);
      if (opened.model.digest === digest) return opened;
      throw new ModelFolderError(located.folder, otherDigest(digest, opened.model.digest));
    };
    const { target, draft } = folders;
    return {
      ...target === undefined ? {} : { target: await open(target) },
      ...draft === undefined ? {} : { draft: await open(draft) },
    };
  }

  async #named(
    source: ConfigSource,
    model: ModelName,
    { from, sha256 }: FolderConfig,
  ): Promise<OpenedFolder> {
    const setting = ["models", model, "from"];
    const located = await this.#locate(source, setting, from);
    const { folder } = located;
    const outside = isHubName(from) ? undefined : source.outsideProblem(setting, folder);
    if (outside !== undefined) throw source.error(setting, outside);
    const mayRead = (path: string): boolean => source.outsideProblem(setting, path) === undefined;
    let opened: OpenedFolder;
    try {
      opened = await this.#open(located, mayRead);
    } catch (error) {
      if (!(error instanceof ModelFolderError || error instanceof TokenizerError)) throw error;
      throw source.error(setting, error.message + await remedyOf(from, folder, sha256));
    }
    const { digest } = opened.model;
    if (sha256 === undefined || sha256 === digest) return opened;
    const remedy = `; --set models.${model}.sha256=null takes any`;
    throw source.error(["models", model, "sha256"], otherDigest(sha256, digest) + remedy);
  }

  /** Where the folder is that a config calls `from`, and what plans and `config.yaml` call it. */
  async #locate(
    source: ConfigSource,
    setting: readonly string[],
    from: string,
  ): Promise<Located> {
    const file = source.fileOf(setting);
    if (!isHubName(from)) {
      const folder = pathFrom(from, file);
      const written = portablePath(folder);
      return { folder, path: isElsewhere(written) ? folder : written, written };
    }
    const named = hubSourceOf(from);
    if (typeof named === "string") throw source.error(setting, named);
    try {
      return await this.#fetched(hubName(named));
    } catch (error) {
      const { HubError } = await import("../data/hub.ts");
      if (!(error instanceof HubError)) throw error;
      throw source.error(setting, error.message + (await isOffline() ? OFFLINE : ""));
    }
  }

  /** A model of the hub; throws a `HubError`, and a `ModelFolderError` for a name that is none. */
  async #fetched(name: string): Promise<Located> {
    const named = hubSourceOf(name);
    if (typeof named === "string") throw new ModelFolderError(name, named);
    // Few runs need it.
    const { fetchModel } = await import("../data/hub.ts");
    const options = { folder: this.#models, watch: this.#watch };
    const { folder, digest, name: written } = await fetchModel(named, options);
    return { folder, path: written, written, digest };
  }

  async #open(
    { folder, path, written, digest }: Located,
    mayRead: (path: string) => boolean = () => false,
  ): Promise<OpenedFolder> {
    const key = resolve(folder);
    const opening = this.#opened.get(key) ?? opened(folder, mayRead);
    this.#opened.set(key, opening);
    const { model, vocabulary } = await opening;
    if (digest === undefined || digest === model.digest) {
      return { model, vocabulary, path, written };
    }
    const reason =
      "a file has changed since it was downloaded; delete the folder to have it downloaded again";
    throw new ModelFolderError(folder, reason);
  }
}

/** A folder, and what plans and `config.yaml` call it. */
interface Located extends Pick<OpenedFolder, "path" | "written"> {
  /** Its path. */
  readonly folder: string;
  /** The digest that it should have, where that is known from elsewhere. */
  readonly digest?: string;
}

/** A folder and its tokens. */
type Opened = Pick<OpenedFolder, "model" | "vocabulary">;

async function opened(folder: string, mayRead: (path: string) => boolean): Promise<Opened> {
  const model = await openModelFolder(folder, { mayRead });
  const { transformer: { spec: { vocabSize } }, stops, bos } = model;
  return { model, vocabulary: await loadTokenizer(model.folder, { vocabSize, stops, bos }) };
}

/** The most positions that all of these models have, and the setting's limit; `undefined` without any. */
export function ownBlockSize(folders: OpenedFolders): number | undefined {
  const positions = Object.values(folders).map(({ model }) => model.maxPositions);
  return positions.length === 0 ? undefined : Math.min(MOST_BLOCK_SIZE, ...positions);
}

/** A folder as the origin of a model that reads up to `blockSize` tokens. */
async function originOf(
  { model, path, written }: OpenedFolder,
  blockSize: number,
): Promise<FolderOrigin> {
  const { folder, state, digest } = model;
  const { transformer } = blockSize === model.transformer.spec.blockSize
    ? model
    : await checkModelFolder(folder, { blockSize, state, mayRead: () => true });
  const parameters = numbersIn(transformer);
  const { spec } = transformer;
  const layerParameters = spec.layers === 1
    ? parameters
    : parameters - numbersIn(firstLayers(transformer, spec.layers - 1));
  const parameterBytes = bytesIn(transformer) / parameters;
  const origin = { folder, state, digest, path, written, spec };
  return { kind: "folder", ...origin, parameters, parameterBytes, layerParameters };
}

/** The inputs of an experiment whose models read up to `blockSize` tokens. */
export async function readInputs(
  blockSize: number,
  { target, draft }: OpenedFolders,
  texts: SplitCorpus | undefined,
): Promise<ReadInputs> {
  const vocabulary = target?.vocabulary ?? texts?.vocabulary;
  if (vocabulary === undefined) throw new TypeError("Cannot read texts: there are no tokens");
  const folders = {
    ...target === undefined ? {} : { target: await originOf(target, blockSize) },
    ...draft === undefined ? {} : { draft: await originOf(draft, blockSize) },
  };
  return texts === undefined ? { vocabulary, folders } : { vocabulary, texts, folders };
}

function otherDigest(expected: string, found: string): string {
  return `expected files whose SHA-256 together is ${expected}, found ${found}: a file of the model ` +
    "has changed, or it is another model";
}

/** The remedy where there is no folder of that name, or nothing in it that is a model. */
async function remedyOf(
  from: string,
  folder: string,
  sha256: string | undefined,
): Promise<string> {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isFile === true) return `; its folder is ${dirname(folder)}`;
  if (info !== undefined) return "";
  if (sha256 !== undefined) return ELSEWHERE;
  const near = suggestion(basename(folder), await namesIn(dirname(folder)));
  if (near !== "") return near;
  const isOfHub = /^[\w.-]+\/[\w.-]+$/.test(from) && !from.startsWith(".");
  return `; a model of the Hugging Face hub is called hf:${isOfHub ? from : "OWNER/NAME"}`;
}

/** The remedy for a task without a network, and where a name comes from a file that a config extends. */
const OFFLINE =
  "; deno task plan downloads it, with a config that has the name itself, since the " +
  "network is given up before any other file is read";

/** The remedy where the folder that a digest is of is missing, as beside a run's `config.yaml`. */
const ELSEWHERE =
  "; sha256 beside it says which model it is: if that lies elsewhere, say where by " +
  "--set models.target.from=PATH (or models.draft.from)";

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await folderNames(folder);
  } catch (error) {
    if (error instanceof ListingError) return [];
    throw error;
  }
}
