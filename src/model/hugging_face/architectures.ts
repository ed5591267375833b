import { shown } from "../../text/suggestions.ts";
import type { Architecture, ModelDescription } from "./description.ts";
import { gpt2 } from "./gpt2.ts";
import { type JsonObject, ModelFolderError } from "./json_object.ts";
import { llama, mistral, qwen2 } from "./llama.ts";
import { OWN_ARCHITECTURE, OWN_MODEL_TYPE, ownModel } from "./own_model.ts";

/** The architectures that are computed, by their names in a `config.json`, with their `model_type`. */
const architectures: ReadonlyMap<string, { readonly type: string; readonly read: Architecture }> =
  new Map([
    ["LlamaForCausalLM", { type: "llama", read: llama }],
    ["MistralForCausalLM", { type: "mistral", read: mistral }],
    ["Qwen2ForCausalLM", { type: "qwen2", read: qwen2 }],
    ["GPT2LMHeadModel", { type: "gpt2", read: gpt2 }],
    [OWN_ARCHITECTURE, { type: OWN_MODEL_TYPE, read: ownModel }],
  ]);

/** The model that `config` describes; throws a {@linkcode ModelFolderError} for another kind. */
export function describedBy(config: JsonObject, blockSize: number | undefined): ModelDescription {
  config.refuse("quantization_config", undefined, "expected weights that are not quantized");
  if (config.object("auto_map")?.has("AutoModelForCausalLM")) {
    throw config.error("auto_map", "expected no code of the folder's own, which is never run");
  }
  const { type, read } = architectureOf(config);
  config.refuse("model_type", type, `expected "${type}", as its architecture has it`);
  return read(config, blockSize);
}

/** The architecture that `config` names, or else the one of its `model_type`. */
function architectureOf(config: JsonObject): { type: string; read: Architecture } {
  const named = config.value("architectures");
  if (named === undefined) {
    const types = [...architectures.values()];
    const type = config.choice("model_type", types.map((one) => one.type));
    return types.find((one) => one.type === type) ?? unknown(config, type);
  }
  const [name] = Array.isArray(named) && named.length === 1 ? named : [named];
  return (typeof name === "string" ? architectures.get(name) : undefined) ?? unknown(config, name);
}

function unknown(config: JsonObject, name: unknown): never {
  throw new ModelFolderError(
    config.file,
    `architectures: expected one of ${[...architectures.keys()].join(", ")}, found ${shown(name)}${
      config.has("model_type") ? ` (model_type ${shown(config.value("model_type"))})` : ""
    }`,
  );
}
