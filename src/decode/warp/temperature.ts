import type { WarperDefinition } from "../definition.ts";
import { divideBy, isLarge } from "../large_rows.ts";
import type { Warper } from "./warper.ts";

/** Divides the logits by `temperature` > 0: below 1 sharper, above 1 flatter, in the same order. */
export function temperature(temperature: number): Warper {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(
      `Cannot warp by temperature ${temperature}: expected a number above 0 (0 would be greedy)`,
    );
  }
  return {
    name: "temperature",
    value: temperature,
    isDivision: true,
    apply(logits) {
      if (isLarge(logits)) return divideBy(logits, temperature);
      for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) / temperature;
    },
  };
}

/** The warper `temperature`. */
export const temperatureDefinition: WarperDefinition<"temperature", "temperature"> = {
  name: "temperature",
  formula: "l ← l / T",
  summary: "Divides the logits by its value: below 1 sharper, above 1 flatter",
  edges: "1 changes nothing; near 0 the most probable token is certain; 0 itself is refused",
  reference: "Ackley, Hinton and Sejnowski, 1985",
  value: (z) =>
    z.number().min(1e-100).describe(
      "Divides the logits: below 1 sharper, above 1 flatter. 0 would be greedy, a strategy of its own",
    ),
  identity: 1,
  refused: { value: 0, hint: "0 is the strategy greedy" },
  strategy: {
    setting: "temperature",
    summary: "Samples from softmax(logits / temperature)",
    default: 0.8,
  },
  create: temperature,
};
