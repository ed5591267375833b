/**
 * What the tokens of a `tokenizer.json` stand for, in bytes. Its decoder says how: a byte is written as a
 * character of its own (byte-level, as GPT-2), or tokens are pieces of text in which `▁` is a space, some
 * of them a byte `<0xE2>` (byte fallback, as Llama). Either way the text of tokens is their bytes, one
 * after the other, so that it is known whatever the model wrote.
 *
 * @module
 */

/** How the tokens of a vocabulary are written. */
export interface TokenWriting {
  /** The bytes that the token written `text` stands for. */
  bytesOf(text: string): Uint8Array;
  /** The 256 bytes as tokens are written; none where bytes have no tokens. */
  readonly bytes: readonly string[];
  /** Whether a space at the very beginning of a text is no part of it. */
  readonly stripsFirstSpace: boolean;
}

const encoder = new TextEncoder();

/**
 * How a `decoder`, which may be anything, writes tokens; throws a `RangeError` (`expected …`) for one
 * that does not give each token its bytes, whatever stands beside it.
 */
export function writingOf(decoder: unknown): TokenWriting {
  const steps = stepsOf(decoder);
  const types = steps.map(({ type }) => type);
  if (types.length === 1 && types[0] === "ByteLevel") {
    return {
      bytesOf: byteLevelBytes,
      bytes: [...BYTES.keys()].map(characterOf),
      stripsFirstSpace: false,
    };
  }
  const replaced: (readonly [from: string, to: string])[] = [];
  let stripsFirstSpace = false;
  let hasBytes = false;
  for (const step of steps) {
    switch (step.type) {
      case "ByteFallback":
        hasBytes = true;
        break;
      case "Fuse":
        break;
      case "Replace": {
        const from = own(own(step, "pattern"), "String");
        const to = own(step, "content");
        if (typeof from !== "string" || from === "" || typeof to !== "string") throw unknown(types);
        replaced.push([from, to]);
        break;
      }
      case "Strip": {
        const [content, start, stop] = [
          own(step, "content"),
          own(step, "start"),
          own(step, "stop"),
        ];
        if (content !== " " || stop !== 0 || (start !== 0 && start !== 1)) throw unknown(types);
        stripsFirstSpace ||= start === 1;
        break;
      }
      case "Metaspace": {
        const from = own(step, "replacement");
        if (typeof from !== "string" || from === "") throw unknown(types);
        replaced.push([from, " "]);
        const scheme = own(step, "prepend_scheme");
        stripsFirstSpace ||= scheme === undefined
          ? own(step, "add_prefix_space") !== false
          : scheme !== "never";
        break;
      }
      default:
        throw unknown(types);
    }
  }
  if (replaced.length === 0) throw unknown(types);
  return {
    stripsFirstSpace,
    bytes: hasBytes ? Array.from({ length: 256 }, (_, byte) => byteToken(byte)) : [],
    bytesOf(text) {
      const byte = hasBytes ? BYTE.exec(text)?.[1] : undefined;
      if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
      return encoder.encode(
        replaced.reduce((whole, [from, to]) => whole.replaceAll(from, () => to), text),
      );
    },
  };
}

/** A token that is a byte. */
const BYTE = /^<0x([0-9A-Fa-f]{2})>$/;

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** A step of a decoder. */
type Step = Readonly<Record<string, unknown>> & { readonly type: string };

/** The steps of a decoder, most of which are a sequence. */
function stepsOf(decoder: unknown): readonly Step[] {
  const steps = own(decoder, "type") === "Sequence" ? own(decoder, "decoders") : [decoder];
  if (Array.isArray(steps) && steps.length > 0 && steps.every(isStep)) return steps;
  throw unknown([]);
}

function isStep(value: unknown): value is Step {
  return typeof own(value, "type") === "string";
}

/** A field of JSON; `undefined` where there is none. */
function own(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function unknown(types: readonly string[]): RangeError {
  return new RangeError(
    "expected a decoder of bytes (ByteLevel), or of pieces (Replace or Metaspace, ByteFallback, Fuse, " +
      `Strip of a first space), found ${
        types.length === 0 ? "none" : types.join(", ").slice(0, 200)
      }`,
  );
}

/** The byte that each character of a byte-level token is, by code point. */
const BYTES: ReadonlyMap<number, number> = byteLevelAlphabet();

/** GPT-2's alphabet: visible bytes of Latin-1 are themselves, the others U+0100 and on, in order. */
function byteLevelAlphabet(): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isVisible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    bytes.set(isVisible ? byte : next++, byte);
  }
  return bytes;
}

function characterOf(codePoint: number): string {
  return String.fromCodePoint(codePoint);
}

/** The bytes of a byte-level token; those of its text where a character is not of the alphabet. */
function byteLevelBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = BYTES.get(character.codePointAt(0) as number);
    if (byte === undefined) return encoder.encode(text);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
