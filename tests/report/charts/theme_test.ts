// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { COLOURS, FONT_SIZE, lookOf, SHAPES, THEMES } from "../../../src/report/charts/theme.ts";

type Rgb = readonly [number, number, number];

/** The linear red, green and blue of `#rrggbb`. */
function linearOf(colour: string): Rgb {
  const part = (at: number): number => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

/** Relative luminance (WCAG 2.2). */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other].map((colour) => luminance(linearOf(colour))).sort((
    a,
    b,
  ) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

for (const [theme, { text, background }] of Object.entries(THEMES)) {
  Deno.test(`theme: in ${theme} each colour has 3 : 1 on the background, and text 7 : 1`, () => {
    for (const colour of COLOURS) {
      const found = contrast(colour, background);
      assert(found >= 3, `${colour} has ${found.toFixed(2)} on ${background}`);
    }
    assert(contrast(text, background) >= 7);
  });
}

/** What is left of linear colours for those who lack a kind of cones (Machado, Oliveira and Fernandes, 2009). */
const seenBy: Readonly<Record<string, readonly Rgb[]>> = {
  "everybody": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "the protanopic": [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  "the deuteranopic": [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  "the tritanopic": [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIELAB of a colour as it is seen. */
function labOf(colour: string, seen: readonly Rgb[]): Rgb {
  const own = linearOf(colour);
  const [r = 0, g = 0, b = 0] = seen.map((row) =>
    Math.min(1, Math.max(0, row.reduce((sum, factor, i) => sum + factor * (own[i] ?? 0), 0)))
  );
  const [x = 0, y = 0, z = 0] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
  ].map((value) => value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

for (const [who, seen] of Object.entries(seenBy)) {
  Deno.test(`theme: ${who} tell each two colours apart (at least 15 in CIELAB)`, () => {
    const colours = [...COLOURS, THEMES.light.text, THEMES.dark.text];
    for (const [i, one] of colours.entries()) {
      for (const other of colours.slice(i + 1)) {
        const [a, b] = [labOf(one, seen), labOf(other, seen)];
        const distance = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        assert(distance >= 15, `${one} and ${other}: ${distance.toFixed(1)}`);
      }
    }
  });
}

Deno.test("lookOf: 32 series have 32 pairs of colour and shape, neighbours other colours and shapes", () => {
  const looks = Array.from({ length: COLOURS.length * SHAPES.length }, (_, i) => lookOf(i));
  assertEquals(new Set(looks.map(({ colour, shape }) => colour + shape)).size, looks.length);
  looks.slice(1).forEach(({ colour, shape }, i) => {
    assert(colour !== looks[i]?.colour && shape !== looks[i]?.shape);
  });
});

Deno.test("theme: text has at least 13 px", () => assert(FONT_SIZE >= 13));
