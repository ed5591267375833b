/** One value for each setting that a config sweeps outside `decoding.strategies`. */
export interface Variant {
  /** `seed=1,models.target.n_embd=16`: fit for a folder's name, and no other variant's. */
  readonly label: string;
  /** The swept settings with the values they have here, in the order of the schema. */
  readonly settings: readonly VariantSetting[];
}

/** A swept setting with one of its values. */
export interface VariantSetting {
  /** Such as `models.target.n_embd`. */
  readonly path: string;
  /** What the config has at that path in this variant. */
  readonly value: string | number | boolean | null;
}
