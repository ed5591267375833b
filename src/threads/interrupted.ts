/** Work that was told to stop and did so at a safe point: what it had done is kept. */
export class Interrupted extends Error {
  /** Of the class. */
  override readonly name = "Interrupted";
}
