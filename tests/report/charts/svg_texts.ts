/** A text of an SVG, and the rectangle that it takes, about as a browser draws it. */
export interface SvgText {
  readonly text: string;
  readonly size: number;
  readonly box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

const TAG = /<(\/?)(\w+)([^>]*?)(\/?)>([^<]*)/g;

/** The texts of an SVG that Vega drew, from the translations around each. */
export function textsOf(svg: string): SvgText[] {
  const texts: SvgText[] = [];
  const places = [{ x: 0, y: 0 }];
  for (const [, closes, name, attributes = "", isEmpty, content = ""] of svg.matchAll(TAG)) {
    if (name !== "g" && name !== "text") continue;
    if (closes === "/") {
      if (name === "g") places.pop();
      continue;
    }
    const around = places.at(-1) ?? { x: 0, y: 0 };
    const [, x = "0", y = "0"] = /translate\(([-\d.e]+),([-\d.e]+)\)/.exec(attributes) ?? [];
    const place = { x: around.x + Number(x), y: around.y + Number(y) };
    if (name === "g") {
      if (isEmpty === "") places.push(place);
      continue;
    }
    const size = Number(/font-size="([\d.]+)px"/.exec(attributes)?.[1] ?? NaN);
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? "start";
    const long = 0.6 * size * [...content.replaceAll(/&\w+;/g, "&")].length;
    const before = { start: 0, middle: long / 2, end: long }[anchor] ?? 0;
    const isTurned = attributes.includes("rotate(-90)");
    // The letters reach from three quarters of their size above the base line to a quarter below it.
    const box = isTurned
      ? { x: place.x - 0.75 * size, y: place.y - long + before, width: size, height: long }
      : { x: place.x - before, y: place.y - 0.75 * size, width: long, height: size };
    texts.push({ text: content, size, box });
  }
  return texts;
}
