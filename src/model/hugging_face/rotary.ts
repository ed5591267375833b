import type { RotaryPositions } from "../transformer.ts";
import { type JsonObject, ModelFolderError } from "./json_object.ts";

/** The kinds of scaling that are known. */
const KINDS = ["default", "linear", "dynamic", "llama3", "yarn"] as const;

/**
 * The rotary positions of heads of width `D` that `config` describes, for sequences of no more positions
 * than its `max_position_embeddings`. Both forms are read: `rope_theta` beside `rope_scaling`, and
 * `rope_parameters`, which has all.
 */
export function rotaryPositions(config: JsonObject, headWidth: number): RotaryPositions {
  if (headWidth % 2 !== 0) {
    throw new ModelFolderError(
      config.file,
      `expected heads of an even width for rotary positions, found ${headWidth}`,
    );
  }
  config.refuse("rope_interleaved", false, "expected false: only the order of Llama is supported");
  const scaling = config.object("rope_parameters") ?? config.object("rope_scaling");
  const theta = scaling?.has("rope_theta")
    ? scaling.positive("rope_theta")
    : config.positive("rope_theta", 10_000);
  const plain = Array.from(
    { length: headWidth / 2 },
    (_, i) => Math.pow(theta, -2 * i / headWidth),
  );
  for (const settings of [config, ...scaling === undefined ? [] : [scaling]]) {
    settings.refuse("partial_rotary_factor", 1, "expected rotation of whole heads: 1");
  }
  if (scaling === undefined) return { frequencies: plain, scale: 1 };
  const positions = scaledPositions(plain, theta, scaling, config);
  if (![...positions.frequencies, positions.scale].every(Number.isFinite)) {
    throw scaling.error("factor", "expected scaling with finite frequencies");
  }
  return positions;
}

function scaledPositions(
  plain: readonly number[],
  theta: number,
  scaling: JsonObject,
  config: JsonObject,
): RotaryPositions {
  switch (scaling.choice(scaling.has("rope_type") ? "rope_type" : "type", KINDS, "default")) {
    case "default":
      return { frequencies: plain, scale: 1 };
    case "linear":
      return linear(plain, scaling);
    case "dynamic":
      return dynamic(plain, scaling, config);
    case "llama3":
      return llama3(plain, scaling);
    case "yarn":
      return yarn(plain, scaling, config, theta);
  }
}

/** Positions are divided by a factor (Chen et al., 2023, “Position Interpolation”). */
function linear(plain: readonly number[], scaling: JsonObject): RotaryPositions {
  const factor = scaling.positive("factor");
  return { frequencies: plain.map((frequency) => frequency / factor), scale: 1 };
}

/**
 * The base grows with a sequence from the model's own length on, which no sequence here is longer than:
 * until then nothing is scaled.
 */
function dynamic(
  plain: readonly number[],
  scaling: JsonObject,
  config: JsonObject,
): RotaryPositions {
  const own = config.value("max_position_embeddings");
  scaling.refuse(
    "original_max_position_embeddings",
    own,
    `expected max_position_embeddings, ${own}: frequencies that change with a text are not supported`,
  );
  return { frequencies: plain, scale: 1 };
}

/**
 * Slow rotations are divided by a factor, fast ones are not, and between them it goes smoothly (Llama 3.1;
 * the rule is that of `_compute_llama3_parameters` in transformers).
 */
function llama3(plain: readonly number[], scaling: JsonObject): RotaryPositions {
  const factor = scaling.positive("factor");
  const low = scaling.positive("low_freq_factor");
  const high = scaling.positive("high_freq_factor");
  const original = scaling.positive("original_max_position_embeddings");
  if (high <= low) {
    throw scaling.error("high_freq_factor", `expected more than low_freq_factor, ${low}`);
  }
  const frequencies = plain.map((frequency) => {
    const turns = original * frequency / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return (1 - kept) * frequency / factor + kept * frequency;
  });
  return { frequencies, scale: 1 };
}

/**
 * As `llama3`, but over the elements of a head in place of their turns, and with longer queries and keys
 * (Peng et al., 2023, “YaRN”; the rule is that of `_compute_yarn_parameters` in transformers).
 */
function yarn(
  plain: readonly number[],
  scaling: JsonObject,
  config: JsonObject,
  theta: number,
): RotaryPositions {
  for (const name of ["mscale", "mscale_all_dim"]) {
    scaling.refuse(name, undefined, "expected nothing: this part of yarn is not supported");
  }
  scaling.refuse("truncate", true, "expected true: this part of yarn is not supported");
  const factor = scaling.positive("factor");
  const fast = scaling.positive("beta_fast", 32);
  const slow = scaling.positive("beta_slow", 1);
  const own = config.positive("max_position_embeddings");
  const original = scaling.positive("original_max_position_embeddings", own);
  // Some versions of transformers take this ratio for the factor, others the factor itself.
  if (scaling.has("original_max_position_embeddings") && own / original !== factor) {
    throw scaling.error(
      "factor",
      `expected ${own / original}, as ${own} positions over ${original}`,
    );
  }
  const scale = scaling.positive("attention_factor", factor > 1 ? 0.1 * Math.log(factor) + 1 : 1);
  const width = 2 * plain.length;
  /** The element that turns so often over the original length. */
  const element = (turns: number): number =>
    width * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  const first = Math.max(Math.floor(element(fast)), 0);
  const last = Math.min(Math.ceil(element(slow)), width - 1);
  const span = first === last ? 0.001 : last - first;
  const frequencies = plain.map((frequency, i) => {
    const scaled = Math.min(1, Math.max(0, (i - first) / span));
    return scaled * frequency / factor + (1 - scaled) * frequency;
  });
  return { frequencies, scale };
}
