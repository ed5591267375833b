// The script of report.html. All content is there without it; it sorts and filters tables, shows exact
// values, switches between light and dark, and folds and unfolds.

const tip = element("#tip", document);

theme();
foldContents();
unfoldForPrint();
for (const table of document.querySelectorAll("table")) enhanceTable(table);
for (const chart of document.querySelectorAll("figure svg")) enhanceChart(chart);
tips();
scrollBoxes();

/**
 * The element that the page surely has.
 *
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElement}
 */
function element(selector, within) {
  const found = within.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new TypeError(`the page has no ${selector}`);
  return found;
}

/**
 * An element with children.
 *
 * @template {Element} Made
 * @param {Made} made
 * @param {(Node | string)[]} children
 * @returns {Made}
 */
function containing(made, ...children) {
  made.append(...children);
  return made;
}

/** A button that switches between light and dark, beginning with what the system has. */
function theme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "theme";
  const isDark = () => (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => button.textContent = isDark() ? "Light page" : "Dark page";
  button.addEventListener("click", () => {
    root.dataset["theme"] = isDark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  label();
  element("header", document).append(button);
}

/** The contents are open where they stand beside the text, and folded where they stand above it. */
function foldContents() {
  const isWide = matchMedia("(min-width: 75rem)");
  const details = element("nav details", document);
  const fold = () => details.toggleAttribute("open", isWide.matches);
  isWide.addEventListener("change", fold);
  fold();
}

/** On paper nothing is folded. */
function unfoldForPrint() {
  /** @type {Element[]} */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not([open])")];
    for (const details of folded) details.setAttribute("open", "");
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.removeAttribute("open");
  });
}

/**
 * Makes a table's columns sortable, its rows filterable where they are many, and its exact values readable.
 *
 * @param {HTMLTableElement} table
 */
function enhanceTable(table) {
  const [body] = table.tBodies;
  if (body === undefined) return;
  const exact = [...body.querySelectorAll("[title]")].filter((cell) => cell instanceof HTMLElement);
  const walk = exact.length === 0 ? () => {} : walkCells(table, body, exact);
  // Decisions are sentences in an order of their own.
  if (body.rows.length > 1 && table.closest("#findings") === null) sortable(table, body, walk);
  if (body.rows.length > 8) filterable(table, body, walk);
}

/**
 * A button for each column: up, down, and as it was.
 *
 * @param {HTMLTableElement} table
 * @param {HTMLTableSectionElement} body
 * @param {() => void} changed
 */
function sortable(table, body, changed) {
  const original = [...body.rows];
  const headers = [...table.querySelectorAll("thead th")];
  for (const [column, header] of headers.entries()) {
    const title = header.textContent ?? "";
    const link = header.querySelector("a");
    const button = containing(document.createElement("button"), title);
    button.type = "button";
    button.className = "sort";
    const head = containing(document.createElement("span"), button);
    head.className = "title";
    header.replaceChildren(head);
    if (link !== null) {
      link.textContent = "?";
      link.className = "about";
      link.setAttribute("aria-label", `What ${title} means`);
      const meaning = document.getElementById(link.hash.slice(1))?.nextElementSibling?.textContent;
      if (meaning) link.dataset["tip"] = meaning;
      head.append(link);
    }
    button.addEventListener("click", () => {
      const now = header.getAttribute("aria-sort");
      const next = now === null ? "ascending" : now === "ascending" ? "descending" : null;
      for (const other of headers) other.removeAttribute("aria-sort");
      if (next !== null) header.setAttribute("aria-sort", next);
      body.append(...next === null ? original : sorted(original, column, next));
      changed();
    });
  }
}

const collator = new Intl.Collator("en", { numeric: true });

/**
 * Rows by what a column has: by numbers where it has any, and then what has none stands last.
 *
 * @param {readonly HTMLTableRowElement[]} rows
 * @param {number} column
 * @param {"ascending" | "descending"} order
 */
function sorted(rows, column, order) {
  const sign = order === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => {
    const cell = row.cells[column];
    const key = cell?.dataset["key"];
    return { row, key: key === undefined ? NaN : Number(key), text: cell?.textContent ?? "" };
  });
  if (keyed.every(({ key }) => Number.isNaN(key))) {
    return keyed.sort((a, b) => sign * collator.compare(a.text, b.text)).map(({ row }) => row);
  }
  const [known, unknown] = [
    keyed.filter(({ key }) => !Number.isNaN(key)),
    keyed.filter(({ key }) => Number.isNaN(key)),
  ];
  // Infinities have no difference.
  known.sort((a, b) => a.key === b.key ? 0 : a.key < b.key ? -sign : sign);
  return [...known, ...unknown].map(({ row }) => row);
}

/**
 * A field above the table that leaves the rows that have all of its words.
 *
 * @param {HTMLTableElement} table
 * @param {HTMLTableSectionElement} body
 * @param {() => void} changed
 */
function filterable(table, body, changed) {
  const rows = [...body.rows];
  /** @param {string} text */
  const plain = (text) => text.toLowerCase().replaceAll("−", "-").replaceAll("\u00a0", " ");
  const texts = new Map(rows.map((row) => [row, plain(row.textContent ?? "")]));
  const count = document.createElement("output");
  const input = document.createElement("input");
  input.type = "search";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/);
    for (const [row, text] of texts) row.hidden = !words.every((word) => text.includes(word));
    const left = rows.filter(({ hidden }) => !hidden).length;
    count.textContent = left === rows.length ? `${left} rows` : `${left} of ${rows.length} rows`;
    changed();
  });
  const label = containing(document.createElement("label"), "Filter rows ", input);
  const box = containing(document.createElement("div"), label, count);
  box.className = "filter";
  table.parentElement?.before(box);
}

/**
 * Lets the arrow keys go from exact value to exact value, so that the table is one stop of the tab key.
 *
 * @param {HTMLTableElement} table
 * @param {HTMLTableSectionElement} body
 * @param {readonly HTMLElement[]} exact
 * @returns {() => void} to call when rows have moved or gone
 */
function walkCells(table, body, exact) {
  const titles = [...table.querySelectorAll("thead th")].map((header) => header.textContent ?? "");
  for (const cell of exact) {
    const title = cell instanceof HTMLTableCellElement ? titles[cell.cellIndex] : "";
    cell.dataset["tip"] = `${title}: ${cell.title}`;
    cell.removeAttribute("title");
    cell.tabIndex = -1;
  }
  const first = () => {
    for (const cell of exact) cell.tabIndex = -1;
    const cell = body.querySelector("tr:not([hidden]) [data-tip]");
    if (cell instanceof HTMLElement) cell.tabIndex = 0;
  };
  first();
  body.addEventListener("keydown", (event) => {
    const from = event.target;
    if (!(from instanceof HTMLTableCellElement)) return;
    const next = neighbour(body, from, event.key);
    if (next === undefined) return;
    event.preventDefault();
    for (const cell of exact) cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return first;
}

/** Where each key leads: rows down, columns to the right. */
const STEPS = new Map([
  ["ArrowUp", { down: -1, right: 0 }],
  ["ArrowDown", { down: 1, right: 0 }],
  ["ArrowLeft", { down: 0, right: -1 }],
  ["ArrowRight", { down: 0, right: 1 }],
]);

/**
 * The next cell with an exact value in the direction of a key.
 *
 * @param {HTMLTableSectionElement} body
 * @param {HTMLTableCellElement} from
 * @param {string} key
 */
function neighbour(body, from, key) {
  const step = STEPS.get(key);
  if (step === undefined) return undefined;
  const rows = [...body.rows].filter(({ hidden }) => !hidden);
  let row = rows.findIndex((one) => one.contains(from)) + step.down;
  let column = from.cellIndex + step.right;
  while (true) {
    const cell = rows[row]?.cells[column];
    if (cell === undefined || "tip" in cell.dataset) return cell;
    row += step.down;
    column += step.right;
  }
}

/**
 * Lets the arrow keys go through the marks of a chart, which is one stop of the tab key.
 *
 * @param {Element} chart
 */
function enhanceChart(chart) {
  const isGuide = /^(axis|legend|title|subtitle)$/;
  const marks = [...chart.querySelectorAll("[aria-label][role=graphics-symbol]")]
    .filter((mark) => mark instanceof SVGElement)
    .filter((mark) => !isGuide.test(mark.getAttribute("aria-roledescription") ?? ""));
  for (const [i, mark] of marks.entries()) {
    mark.dataset["tip"] = mark.getAttribute("aria-label") ?? "";
    mark.tabIndex = i === 0 ? 0 : -1;
  }
  chart.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent) || !(event.target instanceof SVGElement)) return;
    const step = STEPS.get(event.key);
    const next = step && marks[marks.indexOf(event.target) + step.down + step.right];
    if (next === undefined) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/** Shows the text of what the pointer is on or the keyboard at. */
function tips() {
  /** @type {Element | undefined} */
  let owner;
  /** @type {{ x: number, y: number } | undefined} */
  let pointer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;

  const hide = () => {
    clearTimeout(leaving);
    owner?.removeAttribute("aria-describedby");
    owner = undefined;
    tip.hidden = true;
  };

  const place = () => {
    if (owner === undefined) return;
    const at = owner.getBoundingClientRect();
    // A mark may be as large as its chart: what is said of it then stands at the pointer.
    const box = pointer !== undefined && owner instanceof SVGElement
      ? { left: pointer.x, top: pointer.y - 12, bottom: pointer.y + 12 }
      : at;
    const { width, height } = tip.getBoundingClientRect();
    const root = document.documentElement;
    const above = box.bottom + height > root.clientHeight && box.top > height;
    tip.style.left = `${Math.max(4, Math.min(box.left, root.clientWidth - width - 4))}px`;
    tip.style.top = `${above ? box.top - height : box.bottom}px`;
  };

  /** @param {Element} next */
  const show = (next) => {
    clearTimeout(leaving);
    if (owner !== next) {
      hide();
      owner = next;
      tip.textContent = next.getAttribute("data-tip");
      tip.hidden = false;
      next.setAttribute("aria-describedby", tip.id);
    }
    place();
  };

  /** @param {EventTarget | null} target */
  const ownerOf = (target) =>
    target instanceof Element ? target.closest("[data-tip]") ?? undefined : undefined;

  document.addEventListener("pointerover", (event) => {
    if (event.target instanceof Node && tip.contains(event.target)) return clearTimeout(leaving);
    const next = ownerOf(event.target);
    pointer = { x: event.clientX, y: event.clientY };
    if (next !== undefined) return show(next);
    clearTimeout(leaving);
    // Time enough to go to the tip itself, to read on or to copy it.
    if (owner !== document.activeElement) leaving = setTimeout(hide, 150);
  });
  document.addEventListener("focusin", (event) => {
    const next = ownerOf(event.target);
    pointer = undefined;
    if (next === undefined) hide();
    else show(next);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", hide);
}

/** Boxes that have all in sight are no stop of the tab key. */
function scrollBoxes() {
  const boxes = document.querySelectorAll(".scroll");
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (!(target instanceof HTMLElement)) continue;
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of boxes) watch.observe(box);
}
