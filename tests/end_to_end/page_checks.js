// Checks that run inside a page: each gives what is wrong, in words, and an empty list where nothing is.

/** What WCAG 2.2 AA asks of text, and of large text (success criterion 1.4.3). */
const LEAST = { text: 4.5, large: 3 };

/** What the report's charts promise. */
const LEAST_LETTERS = 13;

/**
 * The parts of a computed colour: red, green, blue in [0, 255] and alpha.
 *
 * @param {string} colour
 * @returns {[number, number, number, number]}
 */
function partsOf(colour) {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue, alpha];
}

/**
 * The relative luminance of a colour.
 *
 * @param {readonly number[]} colour
 */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * `over` on `under`.
 *
 * @param {readonly number[]} over
 * @param {readonly number[]} under
 * @param {number} alpha
 */
function mixed(over, under, alpha) {
  return [0, 1, 2].map((i) => alpha * (over[i] ?? 0) + (1 - alpha) * (under[i] ?? 0));
}

/**
 * The colour behind an element.
 *
 * @param {Element | null} element
 * @returns {number[]}
 */
function backgroundOf(element) {
  if (element === null) return [255, 255, 255];
  const [red, green, blue, alpha] = partsOf(getComputedStyle(element).backgroundColor);
  return alpha === 1
    ? [red, green, blue]
    : mixed([red, green, blue], backgroundOf(element.parentElement), alpha);
}

/** The elements that have a text of their own that is shown. */
function textElements() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  /** @type {Set<Element>} */
  const found = new Set();
  while (walker.nextNode()) {
    const { nodeValue, parentElement } = walker.currentNode;
    if (parentElement === null || (nodeValue ?? "").trim() === "") continue;
    if (parentElement.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })) {
      found.add(parentElement);
    }
  }
  return [...found].filter((element) => !element.matches("script, style"));
}

/**
 * The first words of an element, to be told by.
 *
 * @param {Element} element
 */
function nameOf(element) {
  return `${element.tagName} ‘${(element.textContent ?? "").trim().slice(0, 40)}’`;
}

/** Texts that are too faint on what is behind them. */
export function faintTexts() {
  return textElements().flatMap((element) => {
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    let [red, green, blue, alpha] = partsOf(isDrawn ? style.fill : style.color);
    for (
      let around = /** @type {Element | null} */ (element);
      around !== null;
      around = around.parentElement
    ) {
      alpha *= Number(getComputedStyle(around).opacity);
    }
    if (isDrawn) alpha *= Number(style.fillOpacity);
    const behind = backgroundOf(element);
    const [dark, light] = [luminance(mixed([red, green, blue], behind, alpha)), luminance(behind)]
      .sort((a, b) => a - b);
    const contrast = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    return contrast >= (isLarge ? LEAST.large : LEAST.text)
      ? []
      : [`${nameOf(element)} has contrast ${contrast.toFixed(2)}`];
  });
}

/** Texts of charts that are too small, cut off, or upon each other. */
export function badLabels() {
  return [...document.querySelectorAll("figure svg")].flatMap((chart, number) => {
    if (!chart.checkVisibility()) return [];
    const frame = chart.getBoundingClientRect();
    const labels = [...chart.querySelectorAll("text")]
      .filter((text) => text.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((text) => (text.textContent ?? "").trim() !== "")
      .map((text) => ({ text, box: text.getBoundingClientRect() }));
    const scale = frame.width / (chart instanceof SVGSVGElement ? chart.viewBox.baseVal.width : 1);
    /** @type {string[]} */
    const wrong = [];
    for (const [i, { text, box }] of labels.entries()) {
      const name = `chart ${number + 1}: ${nameOf(text)}`;
      const size = scale * parseFloat(getComputedStyle(text).fontSize);
      if (size < LEAST_LETTERS) wrong.push(`${name} has letters of ${size} px`);
      if (
        box.left < frame.left - 1 || box.right > frame.right + 1 ||
        box.top < frame.top - 1 || box.bottom > frame.bottom + 1
      ) wrong.push(`${name} is cut off`);
      for (const other of labels.slice(i + 1)) {
        const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Boxes have room above and below the letters.
        if (width > 1 && height > 4) wrong.push(`${name} lies on ${nameOf(other.text)}`);
      }
    }
    return wrong;
  });
}

/** What makes the page itself wider than the window. */
export function sideways() {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth
    ? [`the page is ${scrollWidth} px wide in ${clientWidth} px`]
    : [];
}

/** What a screen reader would stumble over. */
export function unnamed() {
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map(({ tagName }) =>
    Number(tagName[1])
  );
  const jumps = levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1);
  const controls = [...document.querySelectorAll("button, a, input, summary, [role=group]")];
  const silent = controls.filter((control) =>
    (control.textContent ?? "").trim() === "" && !control.ariaLabel &&
    !(control instanceof HTMLInputElement && control.labels?.length)
  );
  const tables = [...document.querySelectorAll("table")].filter((table) =>
    (table.caption?.textContent ?? "").trim() === "" || table.querySelector("thead th:not([scope])")
  );
  const lists = [
    ["heading jumps to level", jumps.map(String)],
    ["without a name:", silent.map((control) => control.outerHTML.slice(0, 80))],
    ["table without a caption or scopes:", tables.map(nameOf)],
    [
      "landmarks missing:",
      ["main", "nav", "header"].filter((name) => !document.querySelector(name)),
    ],
  ];
  return lists.flatMap(([what, those]) => [...those ?? []].map((one) => `${what} ${one}`));
}
