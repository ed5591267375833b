/** Runs that cannot be compared: not there, unfinished, damaged, or asked for in a way that is none. */
export class DiffError extends Error {
  /** Of the class. */
  override readonly name = "DiffError";
}
