/** Numbers that are no longer finite, in training or in what a model answers. */
export class DivergedError extends Error {
  /** Of the class. */
  override readonly name = "DivergedError";
}
