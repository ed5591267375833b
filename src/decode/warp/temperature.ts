import type { Warper } from "./warper.ts";

/** Divides the logits by `temperature` > 0: below 1 sharper, above 1 flatter, the order kept. */
export function temperature(temperature: number): Warper {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(
      `Cannot warp by temperature ${temperature}: expected a number above 0 (0 would be greedy)`,
    );
  }
  return {
    name: "temperature",
    apply(logits) {
      for (let i = 0; i < logits.length; i++) logits[i] = (logits[i] as number) / temperature;
    },
  };
}
