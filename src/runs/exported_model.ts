/**
 * Trained models as others read them: each is a folder in Hugging Face's form, with a reader for
 * PyTorch beside its weights.
 *
 * @module
 */
import { join } from "node:path";
import { isSizes, readingOf, type WrittenConfig } from "../config/settings.ts";
import { characterTokenizer } from "../data/character_tokenizer.ts";
import { CharacterVocabulary } from "../data/character_vocabulary.ts";
import { pathInside } from "../files/inside.ts";
import { kindOf } from "../files/kind.ts";
import { entriesOf } from "../files/listing.ts";
import { type Place, placeIn } from "../files/place.ts";
import { readBounded, UnreadableError } from "../files/read_bounded.ts";
import { writeFolderWhole } from "../files/write_folder.ts";
import { type Content, WriteError } from "../files/write_whole.ts";
import { isOwnConfig, ownConfig } from "../model/hugging_face/own_model.ts";
import reader from "../model/hugging_face/read_model.py" with { type: "text" };
import {
  exactType,
  safetensors,
  type StoredType,
} from "../model/hugging_face/write_safetensors.ts";
import type { Token } from "../model/language_model.ts";
import { exportedGraph } from "../model/onnx/exported_graph.ts";
import { firstLayers, numbersIn, type Transformer, transformerOf } from "../model/transformer.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { firstAndCount } from "../text/format.ts";
import { CheckpointError, readCheckpoint } from "../train/checkpoint.ts";

/** A model of a run that can be exported. */
export interface ExportableModel {
  /** Its sizes and weights, which are those of one of our own models. */
  readonly transformer: Transformer;
  /** The files that tell of its tokens. */
  readonly tokenizer: ReturnType<typeof characterTokenizer>;
  /** The token that begins and ends a text. */
  readonly bos: Token;
}

/**
 * The names of the models of a run with this config that it has trained, or taken from those: a model from
 * a folder is in such a folder already.
 */
export function ownModels({ models: { target, draft } }: WrittenConfig): ModelName[] {
  const isOwn = isSizes(target);
  const hasDraft = draft !== undefined && (isSizes(draft) || "layers" in draft && isOwn);
  return [...isOwn ? ["target" as const] : [], ...hasDraft ? ["draft" as const] : []];
}

/** Throws a `CheckpointError` where the run in `folder` has not left the weights of its model `name`. */
export async function checkTrained(
  folder: string,
  name: ModelName,
  config: WrittenConfig,
): Promise<void> {
  const { file } = weightsOf(name, config);
  if (await kindOf(folder, file) !== "none") return;
  throw new CheckpointError(
    `cannot export the ${name} of ${folder}: expected ${file}, which a run writes at its end, ` +
      "found none",
  );
}

/** The file of a run that has the weights of a model, and how many layers of it the model is. */
function weightsOf(name: ModelName, { models: { draft } }: WrittenConfig): {
  readonly file: string;
  readonly layers?: number;
} {
  const isExit = name === "draft" && draft !== undefined && "layers" in draft;
  return isExit
    ? { file: "checkpoints/target.json", layers: draft.layers }
    : { file: `checkpoints/${name}.json` };
}

/**
 * Reads the model called `name`, one of {@linkcode ownModels}, of the run in `folder`. Throws a
 * `CheckpointError` where its weights are damaged.
 */
export async function exportableModel(
  folder: string,
  name: ModelName,
  config: WrittenConfig,
): Promise<ExportableModel> {
  const { file, layers } = weightsOf(name, config);
  const { vocabulary: { data, bos }, weights } = await readCheckpoint(
    await pathInside(folder, file),
  );
  if (!("characters" in data)) {
    throw new CheckpointError(
      `cannot export the ${name} of ${folder}: its tokens are no characters`,
    );
  }
  const tokenizer = characterTokenizer(new CharacterVocabulary(data.characters), {
    normalize: readingOf(config).normalize,
    blockSize: weights.spec.blockSize,
  });
  const whole = transformerOf(weights);
  const transformer = layers === undefined ? whole : exitOf(whole, layers, join(folder, file));
  return { transformer, tokenizer, bos };
}

function exitOf(whole: Transformer, layers: number, file: string): Transformer {
  if (layers <= whole.spec.layers) return firstLayers(whole, layers);
  throw new CheckpointError(
    `cannot use the checkpoint ${file}: expected ${layers} layers, as many as the draft has of it, ` +
      `found ${whole.spec.layers}`,
  );
}

/** The forms of an exported model, as the command line has them; the first is the default. */
export const exportFormats = ["safetensors", "onnx"] as const;

/** The form of an exported model. */
export type ExportFormat = typeof exportFormats[number];

/** The files of an exported model, and what its weights are. */
export interface ExportedModel {
  /** How many numbers they are. */
  readonly parameters: number;
  /** Their type in the file. */
  readonly type: StoredType;
  /** Whether some had to be rounded to that. */
  readonly isRounded: boolean;
  /** All files by name; tensors are made when they are written. */
  readonly files: ReadonlyMap<string, Content>;
}

/**
 * The files of `model`: as safetensors in the type that keeps every number, as ONNX in f32, which is what
 * other programs run.
 */
export function exportedModel(
  { transformer, tokenizer, bos }: ExportableModel,
  format: ExportFormat,
): ExportedModel {
  const exact = exactType(transformer);
  const type = format === "onnx" ? "float32" : exact;
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const weights: readonly [string, Content][] = format === "onnx"
    ? [["model.onnx", once(() => exportedGraph(transformer))]]
    : [["model.safetensors", safetensors(transformer, type)], ["read_model.py", reader]];
  const files = new Map<string, Content>([
    ["config.json", json(ownConfig(transformer.spec, { bos, type }))],
    ["generation_config.json", json({ bos_token_id: bos, eos_token_id: bos })],
    ...weights,
    ...Object.entries(tokenizer),
  ]);
  return { parameters: numbersIn(transformer), type, isRounded: type !== exact, files };
}

/** What `make` gives, when it is asked for. */
function* once(make: () => Uint8Array): Generator<Uint8Array> {
  yield make();
}

/** The name of the folder of a model in that form. */
export function exportName(model: ModelName, format: ExportFormat): string {
  return format === exportFormats[0] ? model : `${model}-${format}`;
}

/** What may lie in a folder that is replaced: the files of an export, and what Python adds to them. */
const REPLACED: ReadonlySet<string> = new Set([
  "config.json",
  "generation_config.json",
  "model.onnx",
  "model.safetensors",
  "read_model.py",
  "tokenizer.json",
  "tokenizer_config.json",
  "__pycache__",
]);

/** How many files a message names. */
const MOST_NAMED = 8;

/** Where a model is written to: `name`, such as `exported/target`, below a folder. */
export interface ExportPlace {
  /** The folder, whose links have been followed. */
  readonly root: Place;
  /** The rest of the path, in which no link is followed. */
  readonly name: string;
}

/**
 * Throws a `WriteError` unless a model can be written to `place`: nothing is there, or an exported model
 * of ours with nothing beside it.
 */
export async function checkExportPlace({ root, name }: ExportPlace): Promise<void> {
  const { shown, path } = placeIn(root, name);
  const there = await kindOf(root.path, name);
  if (there === "none") return;
  const refused = (found: string): WriteError =>
    new WriteError(
      `cannot write to ${shown}: ${found}; move it away, or choose another folder with --output`,
    );
  if (there !== "a folder") throw refused(`expected a folder of its own, found ${there}`);
  const names = (await entriesOf(path)).map(({ name }) => name);
  if (names.length === 0) return;
  const foreign = names.filter((name) => !REPLACED.has(name));
  if (foreign.length > 0) {
    const listed = firstAndCount(foreign, MOST_NAMED).join(", ");
    throw refused(`no export wrote what is there as ${listed}`);
  }
  if (!await isExported(path)) {
    throw refused("expected the config.json of an exported model, found another or none");
  }
}

/** The most bytes of the `config.json` of a model of ours. */
const MOST_CONFIG_BYTES = 2 ** 16;

async function isExported(folder: string): Promise<boolean> {
  try {
    if (await kindOf(folder, "config.json") !== "a file") return false;
    const bytes = await readBounded(join(folder, "config.json"), MOST_CONFIG_BYTES);
    return isOwnConfig(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Writes `model` whole to `place`, in place of an earlier export. Throws a `WriteError`. */
export async function writeExported(place: ExportPlace, { files }: ExportedModel): Promise<void> {
  await checkExportPlace(place);
  await writeFolderWhole(placeIn(place.root, place.name).path, files);
}
