/** The shape of the golden file: numbers recorded from the original script under CPython 3.11.7. */
export interface Golden {
  readonly corpus: {
    readonly documents: number;
    readonly vocab_size: number;
    readonly characters: string;
    readonly bos: number;
    readonly first_after_shuffle: readonly string[];
  };
  readonly target: GoldenModel;
  readonly draft: GoldenModel;
  readonly target_logits_after_a: readonly number[];
  readonly draft_logits_after_a: readonly number[];
  readonly comparison: readonly {
    readonly prompt: string;
    readonly strategy: string;
    readonly output: string;
    readonly log_prob: number;
    readonly proposed?: number;
    readonly accepted?: number;
  }[];
  readonly diversity: readonly {
    readonly strategy: string;
    readonly outputs: readonly string[];
    readonly log_probs: readonly number[];
    readonly unique: number;
    readonly average_length: number;
    readonly average_log_prob: number;
  }[];
  readonly speculative: {
    readonly runs: readonly {
      readonly prompt: string;
      readonly output: string;
      readonly log_prob: number;
      readonly proposed: number;
      readonly accepted: number;
    }[];
    readonly total_proposed: number;
    readonly total_accepted: number;
    readonly acceptance_rate_percent: number;
    readonly tokens_per_round: number;
  };
}

/** One model in the golden file. */
export interface GoldenModel {
  readonly n_embd: number;
  readonly n_head: number;
  readonly n_layer: number;
  readonly steps: number;
  readonly parameters: number;
  readonly init_first_8: readonly number[];
  readonly init_sum: number;
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly printed: readonly string[];
}
