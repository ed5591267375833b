import type { TransformerSpec } from "../transformer.ts";
import type { JsonObject } from "./json_object.ts";

/** Hugging Face's names of the nonlinearities. */
const ACTIVATIONS = {
  relu: "relu",
  gelu: "gelu",
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  silu: "silu",
  swish: "silu",
} as const satisfies Record<string, TransformerSpec["activation"]>;

/** The nonlinearity that `config` has under `name`; `otherwise` where it has none. */
export function activationOf(
  config: JsonObject,
  name: string,
  otherwise: keyof typeof ACTIVATIONS,
): TransformerSpec["activation"] {
  const names = Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[];
  return ACTIVATIONS[config.choice(name, names, otherwise)];
}
