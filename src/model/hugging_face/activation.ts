import type { TransformerSpec } from "../transformer.ts";
import type { JsonObject } from "./json_object.ts";

/** Hugging Face's names of the nonlinearities that are known. */
export const activationNames = [
  "relu",
  "gelu",
  "gelu_new",
  "gelu_pytorch_tanh",
  "silu",
  "swish",
] as const;

/** The name of a nonlinearity, as a `config.json` has it. */
export type ActivationName = typeof activationNames[number];

const ACTIVATIONS: Readonly<Record<ActivationName, TransformerSpec["activation"]>> = {
  relu: "relu",
  gelu: "gelu",
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  silu: "silu",
  swish: "silu",
};

/** The nonlinearity that `config` has under `name`; `otherwise` where it has none. */
export function activationOf(
  config: JsonObject,
  name: string,
  otherwise: ActivationName,
): TransformerSpec["activation"] {
  return ACTIVATIONS[config.choice(name, activationNames, otherwise)];
}
