/**
 * Documents as bytes: a corpus may have a hundred million of them, which would take gigabytes as
 * strings, and a copy for each thread.
 *
 * @module
 */

/** Documents as plain data: another thread that it is sent to shares the memory. */
export interface DocumentsData {
  /** The texts in UTF-8, one right after the other. */
  readonly text: Uint8Array<SharedArrayBuffer>;
  /** Where each text begins in it, and last where the last one ends. */
  readonly bounds: Uint32Array<SharedArrayBuffer>;
  /** Which of the texts are the documents, in order; left out where all are. */
  readonly chosen?: Uint32Array<SharedArrayBuffer> | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts in UTF-8, in a fixed order. All that share a corpus share its bytes. */
export class Documents {
  /** How many there are. */
  readonly length: number;
  /** The same as plain data. */
  readonly data: DocumentsData;

  /** Of `data`, which is not copied. */
  constructor(data: DocumentsData) {
    this.data = data;
    this.length = data.chosen?.length ?? data.bounds.length - 1;
  }

  /** Documents with these `texts`. */
  static of(texts: readonly string[]): Documents {
    const encoded = texts.map((text) => encoder.encode(text));
    const bounds = sharedWords(texts.length + 1);
    encoded.forEach((bytes, i) => bounds[i + 1] = (bounds[i] as number) + bytes.length);
    const text = new Uint8Array(new SharedArrayBuffer(bounds.at(-1) ?? 0));
    encoded.forEach((bytes, i) => text.set(bytes, bounds[i]));
    return new Documents({ text, bounds });
  }

  /** The bytes of all texts, those of other documents included. */
  get text(): Uint8Array {
    return this.data.text;
  }

  /** How many bytes a text has, the mean over all that share the corpus. */
  get meanBytes(): number {
    const { text, bounds } = this.data;
    return bounds.length > 1 ? text.length / (bounds.length - 1) : 0;
  }

  /** Where document `i` begins in {@linkcode text}. */
  begin(i: number): number {
    const { bounds, chosen } = this.data;
    return bounds[chosen === undefined ? i : chosen[i] as number] as number;
  }

  /** Where it ends. */
  end(i: number): number {
    const { bounds, chosen } = this.data;
    return bounds[(chosen === undefined ? i : chosen[i] as number) + 1] as number;
  }

  /** The bytes of document `i`, or the first `most` of them: a view. */
  bytes(i: number, most: number = Infinity): Uint8Array {
    const begin = this.begin(i);
    return this.data.text.subarray(begin, Math.min(this.end(i), begin + most));
  }

  /** The text of document `i`. */
  at(i: number): string {
    return decoder.decode(this.bytes(i));
  }

  /** How many characters (code points) document `i` has; beyond `most` nothing is counted. */
  characters(i: number, most: number = Infinity): number {
    const { text } = this.data;
    const end = this.end(i);
    let count = 0;
    for (let at = this.begin(i); at < end && count < most; at++) {
      if (((text[at] as number) & 0xc0) !== 0x80) count++;
    }
    return count;
  }

  /** The text of the first `count` characters of document `i`, or of all if there are fewer. */
  beginning(i: number, count: number): string {
    return decoder.decode(this.beginningBytes(i, count));
  }

  /** The same in UTF-8: a view. */
  beginningBytes(i: number, count: number): Uint8Array {
    const bytes = this.bytes(i, MOST_BYTES * count);
    if (bytes.length <= count) return bytes;
    let end = 0;
    for (let left = count; end < bytes.length; end++) {
      if (((bytes[end] as number) & 0xc0) !== 0x80 && left-- === 0) break;
    }
    return bytes.subarray(0, end);
  }

  /** Those at `indices`, in that order. */
  subset(indices: Uint32Array<SharedArrayBuffer>): Documents {
    const { text, bounds, chosen } = this.data;
    if (chosen === undefined) return new Documents({ text, bounds, chosen: indices });
    const own = sharedWords(indices.length);
    for (let i = 0; i < own.length; i++) own[i] = chosen[indices[i] as number] as number;
    return new Documents({ text, bounds, chosen: own });
  }

  /** Their texts, in order. */
  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/** The most bytes of a character. */
export const MOST_BYTES = 4;

/** The most bytes of a character by the units of UTF-16 that it takes. */
const MOST_BYTES_OF_UNIT = 3;

/** Room for `length` numbers from 0 to 2³² − 1, which threads share; untouched, it takes no memory. */
export function sharedWords(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}

/** The code point whose UTF-8, which must be whole, begins at `at`. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return first;
  const second = (bytes[at + 1] as number) & 63;
  if (first < 0xe0) return (first & 31) << 6 | second;
  const third = (bytes[at + 2] as number) & 63;
  if (first < 0xf0) return (first & 15) << 12 | second << 6 | third;
  return (first & 7) << 18 | second << 12 | third << 6 | ((bytes[at + 3] as number) & 63);
}

/** How many bytes a character has whose first one is `first`. */
export function bytesOfCharacter(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/**
 * Which of `texts` are among each of `collections` of documents, `[texts]`: 1 for those that are. Takes time
 * in proportion to the documents and room in proportion to the texts: few documents are looked at further
 * than their first and last bytes.
 */
export function textsAmong(
  collections: readonly Documents[],
  texts: readonly string[],
): Uint8Array[] {
  const table = new TextTable(texts);
  return collections.map((documents) => {
    const found = new Uint8Array(texts.length);
    const { text } = documents;
    for (let i = 0; i < documents.length; i++) {
      const key = keyOf(text, documents.begin(i), documents.end(i));
      if (table.has(key)) table.mark(key, documents.at(i), found);
    }
    return found;
  });
}

/** Texts by a number that equal ones share. */
class TextTable {
  readonly #texts: readonly string[];
  /** The place of a text plus one, from the slot of its number on; 0 where a slot is free. */
  readonly #slots: Int32Array;
  readonly #filter = new Uint8Array(FILTER);

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * texts.length + 1)));
    // One array for all: there are thousands of texts.
    let bytes = new Uint8Array();
    texts.forEach((text, i) => {
      const room = MOST_BYTES_OF_UNIT * text.length;
      if (bytes.length < room) bytes = new Uint8Array(2 * room);
      const key = keyOf(bytes, 0, encoder.encodeInto(text, bytes).written);
      this.#filter[key & FILTER - 1] = 1;
      let slot = this.#slot(key);
      while (this.#slots[slot] !== 0) slot = this.#after(slot);
      this.#slots[slot] = i + 1;
    });
  }

  /** Whether a text may have that number. */
  has(key: number): boolean {
    return this.#filter[key & FILTER - 1] === 1 && this.#slots[this.#slot(key)] !== 0;
  }

  /** Marks every text that is `text`, whose number is `key`. */
  mark(key: number, text: string, found: Uint8Array): void {
    for (let slot = this.#slot(key); this.#slots[slot] !== 0; slot = this.#after(slot)) {
      const place = (this.#slots[slot] as number) - 1;
      if (this.#texts[place] === text) found[place] = 1;
    }
  }

  #slot(key: number): number {
    return (key >>> 16 ^ key) & this.#slots.length - 1;
  }

  #after(slot: number): number {
    return slot + 1 & this.#slots.length - 1;
  }
}

/** Entries of the table that most documents are told apart by from all texts; a power of two. */
const FILTER = 2 ** 16;

/** A number that equal texts share: of their length, their first and their last four bytes. */
function keyOf(bytes: Uint8Array, begin: number, end: number): number {
  let key = end - begin;
  const head = Math.min(end, begin + 4);
  for (let i = begin; i < head; i++) key = Math.imul(key ^ (bytes[i] as number), 0x9e3779b1);
  for (let i = Math.max(head, end - 4); i < end; i++) {
    key = Math.imul(key ^ (bytes[i] as number), 0x85ebca6b);
  }
  return key ^ key >>> 15;
}
