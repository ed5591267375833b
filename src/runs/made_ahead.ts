/**
 * Files whose parts are made before they can be written, while the thread would wait for something else.
 *
 * @module
 */

/** Bytes that are made ahead at most, of all files that share them. */
const MOST_BYTES = 2 ** 25;

/** The memory for parts that are made ahead. */
export class RoomAhead {
  #left: number;

  /** Of so many bytes. */
  constructor(bytes = MOST_BYTES) {
    this.#left = bytes;
  }

  /** Whether any is left. */
  get isLeft(): boolean {
    return this.#left > 0;
  }

  /** Takes the memory of `part`. */
  take(part: Uint8Array): void {
    this.#left -= part.length;
  }
}

/** The parts of one file: those that are made ahead, then the others, as they are asked for. */
export class MadeAhead implements AsyncIterable<Uint8Array> {
  readonly #parts: AsyncGenerator<Uint8Array>;
  readonly #made: Uint8Array[] = [];
  #making: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** Makes nothing yet of `parts`. */
  constructor(parts: AsyncGenerator<Uint8Array>) {
    this.#parts = parts;
  }

  /**
   * Makes parts until there are no more, `room` is full or someone asks for them. What making one throws
   * is thrown to whoever asks.
   */
  async make(room: RoomAhead): Promise<void> {
    this.#making = this.#make(room);
    await this.#making.catch(() => {});
  }

  async #make(room: RoomAhead): Promise<void> {
    while (!this.#isStopped && room.isLeft) {
      const { done, value } = await this.#parts.next();
      if (done === true) return;
      this.#made.push(value);
      room.take(value);
    }
  }

  /** Makes nothing more ahead. */
  stop(): void {
    this.#isStopped = true;
  }

  /** All parts, once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.stop();
    await this.#making;
    yield* this.#made.splice(0);
    yield* this.#parts;
  }
}
