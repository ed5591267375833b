/** Yes or no for each sample of a cell, eight to a byte: plain data that a stored result can have. */
export interface SampleBits {
  /** The bytes in base64; the first sample is the lowest bit of the first. */
  readonly base64: string;
}

/** The bits of `[samples]` numbers: 1 where one is not 0. */
export function packBits(values: ArrayLike<number>): SampleBits {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) bytes[i >> 3] = (bytes[i >> 3] as number) | 1 << (i & 7);
  }
  return { base64: bytes.toBase64() };
}

/** The number, 0 or 1, of each sample by its place; 0 beyond the last. */
export function unpackBits({ base64 }: SampleBits): (sample: number) => 0 | 1 {
  const bytes = Uint8Array.fromBase64(base64);
  return (sample) => ((bytes[sample >> 3] ?? 0) >> (sample & 7) & 1) === 1 ? 1 : 0;
}
