/**
 * A large model that computes the same as a small one: what a pass over it takes is what a pass over a
 * large model takes, and its texts are those of the small one, which was trained.
 *
 * The residual stream is made wider by elements that stay 0, heads by elements that are 0, and layers
 * are put in whose norms have gains of 0, so that they add nothing. Everything that a 0 is multiplied by
 * is noise, so that no product is shorter for it.
 *
 * Letters: as in `src/model/transformer.ts`; `C'`, `D'`, … are those of the large model.
 *
 * @module
 */

/** Sizes of a Llama in Hugging Face's form, as its `config.json` has them. */
export interface LlamaConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly vocab_size: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
}

/** A tensor of a folder. */
export interface NamedTensor {
  /** Its name in the folder. */
  readonly name: string;
  /** `[out, in]`, or `[n]`. */
  readonly shape: readonly number[];
  /** Its numbers, row by row. */
  readonly data: Float32Array;
}

/** Sizes of the large model; the width of a head times their number is the width. */
export interface PaddedSizes {
  /** Width of the residual stream: `C'`. */
  readonly width: number;
  /** Width of a head: `D'`. */
  readonly headWidth: number;
  /** Heads; a multiple of the heads of keys and values. */
  readonly heads: number;
  /** Width of an MLP: `F'`. */
  readonly hiddenWidth: number;
  /** Layers. */
  readonly layers: number;
  /** The places of the small model's layers among them, ascending. */
  readonly places: readonly number[];
}

/** Draws a number of noise. */
export type Noise = () => number;

/**
 * The large model with the function of the small one, whose tensors `read` gives by their names. Its
 * embedding is its head, as the small one's is.
 */
export function* paddedTensors(
  small: LlamaConfig,
  large: PaddedSizes,
  read: (name: string) => Float32Array,
  noise: Noise,
): Generator<NamedTensor> {
  const { hidden_size: width } = small;
  const padding = new Padding(small, large, noise);
  yield {
    name: "model.embed_tokens.weight",
    shape: [small.vocab_size, large.width],
    data: padding.matrix(read("model.embed_tokens.weight"), {
      rows: { of: small.vocab_size, in: small.vocab_size, at: same },
      columns: { of: width, in: large.width, at: same },
      outside: () => 0,
    }),
  };
  for (let layer = 0; layer < large.layers; layer++) {
    const place = large.places.indexOf(layer);
    const own = (name: string): Float32Array | undefined =>
      place < 0 ? undefined : read(`model.layers.${place}.${name}`);
    yield* padding.layer(`model.layers.${layer}.`, own);
  }
  yield padding.norm("model.norm.weight", read("model.norm.weight"));
}

/** The `config.json` of the large model. */
export function paddedConfig(
  small: LlamaConfig,
  { width, headWidth, heads, hiddenWidth, layers }: PaddedSizes,
): LlamaConfig {
  return {
    ...small,
    hidden_size: width,
    intermediate_size: hiddenWidth,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads(small, heads),
    head_dim: headWidth,
    // The mean square of a row is smaller by C / C', and so must ε be.
    rms_norm_eps: small.rms_norm_eps * small.hidden_size / width,
    // So that θ'^(−2i/D') = θ^(−2i/D): the first D/2 pairs turn as they did.
    rope_theta: small.rope_theta ** (headWidth / small.head_dim),
  };
}

function keyValueHeads(small: LlamaConfig, heads: number): number {
  return heads * small.num_key_value_heads / small.num_attention_heads;
}

/** Where a row or column of a small matrix stands in the large one. */
interface Side {
  /** How many the small one has. */
  readonly of: number;
  /** How many the large one has. */
  readonly in: number;
  /** The place of number `i`. */
  readonly at: (i: number) => number;
}

const same = (i: number): number => i;

/** Makes tensors of the large model. */
class Padding {
  readonly #small: LlamaConfig;
  readonly #large: PaddedSizes;
  readonly #noise: Noise;

  constructor(small: LlamaConfig, large: PaddedSizes, noise: Noise) {
    this.#small = small;
    this.#large = large;
    this.#noise = noise;
  }

  /** A gain; that of a layer which adds nothing, `undefined`, is 0. */
  norm(name: string, own: Float32Array | undefined): NamedTensor {
    const { width } = this.#large;
    const data = new Float32Array(width);
    // x / √(mean x²) is larger by √(C' / C) than it was.
    const scale = Math.sqrt(this.#small.hidden_size / width);
    own?.forEach((gain, i) => data[i] = gain * scale);
    return { name, shape: [width], data };
  }

  /** The tensors of a layer; of one that adds nothing where `own` has none. */
  *layer(
    prefix: string,
    own: (name: string) => Float32Array | undefined,
  ): Generator<NamedTensor> {
    const { hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, head_dim } =
      this.#small;
    const { width, headWidth, heads, hiddenWidth } = this.#large;
    const stream = { of: hidden_size, in: width, at: same };
    const hidden = { of: intermediate_size, in: hiddenWidth, at: same };
    const headsOf = (small: number, large: number): Side => ({
      of: small * head_dim,
      in: large * headWidth,
      at: (i) => placeInHead(i, head_dim, headWidth),
    });
    const queries = headsOf(num_attention_heads, heads);
    const keys = headsOf(num_key_value_heads, keyValueHeads(this.#small, heads));
    const add = (name: string, rows: Side, columns: Side, isWriter: boolean, scale = 1) => ({
      name: prefix + name,
      shape: [rows.in, columns.in],
      data: this.matrix(own(name), {
        rows,
        columns,
        // What a row writes to the stream beyond the small one's width must be 0 in a layer that counts.
        outside: (column) =>
          own(name) === undefined || !isWriter && column >= columns.of && columns === stream
            ? this.#noise()
            : 0,
        scale,
      }),
    });
    yield this.norm(`${prefix}input_layernorm.weight`, own("input_layernorm.weight"));
    // Scores are divided by √D', not √D.
    yield add("self_attn.q_proj.weight", queries, stream, false, Math.sqrt(headWidth / head_dim));
    yield add("self_attn.k_proj.weight", keys, stream, false);
    yield add("self_attn.v_proj.weight", keys, stream, false);
    yield add("self_attn.o_proj.weight", stream, queries, true);
    yield this.norm(
      `${prefix}post_attention_layernorm.weight`,
      own("post_attention_layernorm.weight"),
    );
    yield add("mlp.gate_proj.weight", hidden, stream, false);
    yield add("mlp.up_proj.weight", hidden, stream, false);
    yield add("mlp.down_proj.weight", stream, hidden, true);
  }

  /** `own` in a larger matrix, the rest of which is `outside`. */
  matrix(
    own: Float32Array | undefined,
    { rows, columns, outside, scale = 1 }: {
      readonly rows: Side;
      readonly columns: Side;
      /** A number outside the small matrix, in that column. */
      readonly outside: (column: number) => number;
      readonly scale?: number;
    },
  ): Float32Array {
    const data = new Float32Array(rows.in * columns.in);
    for (let row = 0, i = 0; row < rows.in; row++) {
      for (let column = 0; column < columns.in; column++) data[i++] = outside(column);
    }
    if (own === undefined) return data;
    for (let row = 0; row < rows.of; row++) {
      for (let column = 0; column < columns.of; column++) {
        data[rows.at(row) * columns.in + columns.at(column)] =
          (own[row * columns.of + column] as number) * scale;
      }
    }
    return data;
  }
}

/**
 * The place of element `i` of the small model's heads: rotation pairs element `j` of a head with
 * `j + D/2`, and so the halves stay in the halves.
 */
function placeInHead(i: number, small: number, large: number): number {
  const [head, element] = [Math.floor(i / small), i % small];
  const inHalf = element % (small / 2);
  return head * large + (element < small / 2 ? inHalf : large / 2 + inHalf);
}
