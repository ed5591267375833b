/**
 * The units that texts are made of, characters or tokens, as numbers side by side: measures only tell
 * them apart, and there may be millions.
 *
 * @module
 */

/** The units of texts: those of text `i` from `starts[i]` to `starts[i + 1]`. */
export interface TextUnits {
  /** `[texts + 1]`. */
  readonly starts: Int32Array;
  /** Code points or tokens. */
  readonly units: Int32Array;
}

/** The characters of `texts`. */
export function charactersOf(texts: readonly string[]): TextUnits {
  const starts = new Int32Array(texts.length + 1);
  let room = 0;
  for (let i = 0; i < texts.length; i++) room += (texts[i] as string).length;
  const units = new Int32Array(room);
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string;
    for (let at = 0; at < text.length;) {
      const character = text.codePointAt(at) as number;
      units[end++] = character;
      at += character > 0xffff ? 2 : 1;
    }
    starts[i + 1] = end;
  }
  return { starts, units: units.subarray(0, end) };
}

/** The units of texts, given for each by itself, such as its tokens. */
export function unitsOf(texts: readonly ArrayLike<number>[]): TextUnits {
  const starts = new Int32Array(texts.length + 1);
  texts.forEach(({ length }, i) => starts[i + 1] = (starts[i] as number) + length);
  const units = new Int32Array(starts.at(-1) ?? 0);
  texts.forEach((own, i) => units.set(own, starts[i]));
  return { starts, units };
}

/** Those of `texts` at `places`, each as often as it stands there. */
export function chosenTexts({ starts, units }: TextUnits, places: ArrayLike<number>): TextUnits {
  return unitsOf(Array.from(places, (text) => units.subarray(starts[text], starts[text + 1])));
}
