import type { RandomStream } from "../../src/random/random_stream.ts";
import { below, oneOf } from "./kind.ts";

/** A way in which the bytes of a file become others, and never stay the same. */
export interface Mutation {
  /** For messages: `a bit flipped`. */
  readonly title: string;
  /** The other bytes. */
  apply(bytes: Uint8Array, random: RandomStream): Uint8Array;
}

/** Where a byte is: anywhere, or where heads and ends are. */
function position({ length }: Uint8Array, random: RandomStream): number {
  const near = Math.min(length, 400);
  const [first, last] = [below(near, random), length - 1 - below(Math.min(length, 20), random)];
  return oneOf([below(length, random), below(length, random), first, last], random);
}

/** Bytes with one changed by `change`. */
function withByte(
  bytes: Uint8Array,
  random: RandomStream,
  change: (byte: number) => number,
): Uint8Array {
  const changed = bytes.slice();
  const at = position(bytes, random);
  const before = changed[at] ?? 0;
  const after = change(before) & 255;
  changed[at] = after === before ? before ^ 1 : after;
  return changed;
}

const isLetter = (byte: number): boolean => byte >= 65 && (byte & 223) <= 90;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** One byte is another: what disks and memory do. */
export const flips: readonly Mutation[] = [
  {
    title: "a bit flipped",
    apply: (bytes, random) => withByte(bytes, random, (byte) => byte ^ 1 << below(8, random)),
  },
  {
    title: "a byte replaced",
    apply: (bytes, random) => withByte(bytes, random, () => below(256, random)),
  },
  {
    // What stays readable is the hardest to notice.
    title: "a letter or digit changed",
    apply: (bytes, random) =>
      withByte(
        bytes,
        random,
        (byte) => isLetter(byte) ? byte ^ 32 : isDigit(byte) ? 48 + (byte - 47) % 10 : 32,
      ),
  },
];

/** The end of a file is not there. */
export const truncations: readonly Mutation[] = [
  { title: "cut off", apply: (bytes, random) => bytes.slice(0, below(bytes.length, random)) },
  { title: "emptied", apply: () => new Uint8Array() },
  { title: "without its last byte", apply: (bytes) => bytes.slice(0, -1) },
  {
    title: "cut off after a line",
    apply: (bytes, random) =>
      bytes.slice(0, bytes.lastIndexOf(10, below(bytes.length, random)) + 1),
  },
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Something follows the end of a file. */
export const appends: readonly Mutation[] = [
  { title: "a line end appended", apply: (bytes) => joined(bytes, Uint8Array.of(10)) },
  {
    title: "bytes appended",
    apply: (bytes, random) =>
      joined(bytes, Uint8Array.from({ length: 1 + below(40, random) }, () => below(256, random))),
  },
  { title: "appended to itself", apply: (bytes) => joined(bytes, bytes) },
  { title: "zeros appended", apply: (bytes) => joined(bytes, new Uint8Array(4096)) },
];

/** What a file system leaves after a power loss, and what people do to files. */
export const rewrites: readonly Mutation[] = [
  {
    title: "zeros for a block",
    apply: (bytes, random) => {
      const begin = position(bytes, random);
      const zeroed = bytes.slice().fill(0, begin, begin + 512);
      return zeroed.every((byte, i) => byte === bytes[i]) ? joined(bytes, zeroed) : zeroed;
    },
  },
  { title: "all zeros", apply: ({ length }) => new Uint8Array(length) },
  {
    title: "two pieces exchanged",
    apply: (bytes, random) => {
      const at = 1 + below(Math.max(1, bytes.length - 1), random);
      const exchanged = joined(bytes.subarray(at), bytes.subarray(0, at));
      return exchanged.every((byte, i) => byte === bytes[i]) ? joined(bytes, bytes) : exchanged;
    },
  },
  {
    title: "other line ends",
    apply: (bytes) => {
      const has = bytes.includes(13);
      const text = Array.from(bytes).flatMap((byte) =>
        byte === 13 ? [] : byte === 10 && !has ? [13, 10] : [byte]
      );
      const other = Uint8Array.from(text);
      return other.length === bytes.length ? joined(bytes, Uint8Array.of(13, 10)) : other;
    },
  },
];
