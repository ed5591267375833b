/**
 * Checks that the models of an experiment go together, as far as their folders say it: nothing of their
 * weights has been read.
 *
 * @module
 */
import { tooManyLayers } from "../config/checks.ts";
import type { Problem } from "../config/config_error.ts";
import type { Experiment } from "../config/experiment.ts";
import { isFolder, isSizes, type WrittenConfig } from "../config/settings.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { shownBytes } from "../text/bytes.ts";
import { shown } from "../text/suggestions.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import type { OpenedFolders } from "./model_folders.ts";

const MODEL_NAMES: readonly ModelName[] = ["target", "draft"];

/** A block that is longer than a model can read, and more layers than the target has. */
export function folderProblems(
  { source, config: { models } }: Experiment,
  opened: OpenedFolders,
): Problem[] {
  const { block_size, target, draft } = models;
  const shortest = MODEL_NAMES.filter((name) => {
    const own = opened[name]?.model.maxPositions;
    return own !== undefined && block_size !== undefined && own < block_size;
  }).map((name) => {
    const own = opened[name]?.model.maxPositions;
    return source.problem(
      ["models", "block_size"],
      `expected at most ${own}, which is how many tokens models.${name} can read, found ` +
        `${block_size}; if it is left out, the models decide`,
    );
  });
  const layers = opened.target?.model.transformer.spec.layers;
  const isTooDeep = isFolder(target) && draft !== undefined && "layers" in draft &&
    layers !== undefined && draft.layers > layers;
  return isTooDeep
    ? [
      ...shortest,
      source.problem(["models", "draft", "layers"], tooManyLayers(draft.layers, layers)),
    ]
    : shortest;
}

/** Models that do not read the tokens of `vocabulary`, which are those of the target. */
export function tokenProblems(
  { source, config: { models } }: Experiment,
  { target, draft }: OpenedFolders,
  vocabulary: Vocabulary,
): Problem[] {
  const trained = trainedOn(models);
  if (target !== undefined && trained === "draft" && !("characters" in vocabulary.data)) {
    const message =
      "expected a draft that reads the tokens of the target's folder (from: FOLDER, " +
      "or layers: N of the target), found one to train, which reads the characters of a corpus";
    return [source.problem(["models", "draft"], message)];
  }
  if (draft === undefined || draft.vocabulary.digest === vocabulary.digest) return [];
  const others = draft.vocabulary.size === vocabulary.size ? " others" : "";
  const message = `expected a draft with just the tokens of the target (${vocabulary.size}${
    trained === "target" ? ": the characters of the corpus, and one more" : ""
  }), found one with ${draft.vocabulary.size}${others}${
    firstOther(vocabulary, draft.vocabulary)
  }; layers: N takes the target's own first layers`;
  return [source.problem(["models", "draft", "from"], message)];
}

/** The first token that is not the same in both, in words; empty where all that both have are. */
function firstOther(own: Vocabulary, others: Vocabulary): string {
  const most = Math.min(own.size, others.size);
  for (let token = 0; token < most; token++) {
    const [text, other] = [own.decode([token]), others.decode([token])];
    if (text === other && own.stops.has(token) === others.stops.has(token)) continue;
    const named = (text: string, { stops }: Vocabulary): string =>
      `${text === "" ? "none" : shown(shownBytes(text))}${
        stops.has(token) ? " (it ends texts)" : ""
      }`;
    return ` (token ${token} is ${named(text, own)} in the target, ${
      named(other, others)
    } in the draft)`;
  }
  return "";
}

/** The model that is trained, of several the target. */
function trainedOn(models: WrittenConfig["models"]): ModelName | undefined {
  return MODEL_NAMES.find((name) => {
    const model = models[name];
    return model !== undefined && isSizes(model);
  });
}
