/**
 * Markup in which nothing from outside is markup: what is inserted into a template is escaped, unless
 * it is markup already, and only this module makes that.
 *
 * @module
 */
import { escapeControl } from "../../text/characters.ts";
import type { Prose, Span } from "../prose.ts";

/** Markup, whose texts are escaped. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** `markup` as it is: for what this project wrote or drew, not for texts of users or models. */
  static trusted(markup: string): Html {
    return new Html(markup);
  }

  /** The markup. */
  toString(): string {
    return this.#markup;
  }
}

/** Anything that may stand in a template: a text or number, which is escaped, markup, and pieces of markup. */
export type Inserted = string | number | Html | readonly Html[];

/** A template of markup; attributes stand in double quotes. */
export function markup(texts: TemplateStringsArray, ...inserted: readonly Inserted[]): Html {
  return Html.trusted(String.raw({ raw: texts }, ...inserted.map(markupOf)));
}

/** Nothing. */
export const nothing: Html = Html.trusted("");

/** `parts`, each on a line of its own. */
export function lines(parts: readonly Html[]): Html {
  return Html.trusted(parts.map(String).filter((part) => part !== "").join("\n"));
}

function markupOf(value: Inserted): string {
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value instanceof Html ? value.toString() : value.join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` on one line; what a reader would not see, such as a change of direction, is written out. */
function escaped(text: string): string {
  // Most texts have nothing to escape.
  if (/^[ !#-%(-;=?-~]*$/.test(text)) return text;
  return escapeControl(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A sentence as markup. */
export function proseHtml(text: Prose): Html {
  return markup`${text.map(spanHtml)}`;
}

/** A sentence as markup in which nothing leads elsewhere, as what is a link itself must be. */
export function withoutLinks(text: Prose): Html {
  return proseHtml(
    text.map((span) => span.kind === "link" ? { kind: "text", text: span.text } : span),
  );
}

function spanHtml(span: Span): Html {
  const text = span.text.replaceAll(/\n */g, " ");
  switch (span.kind) {
    case "text":
      return markup`${text}`;
    case "code":
      return codeHtml(span.text);
    case "emphasis":
      return markup`<em>${text}</em>`;
    case "strong":
      return markup`<strong>${text}</strong>`;
    case "link":
      return linkHtml(text, span.to);
  }
}

/** `text` as a link, where a page may link `to`. */
export function linkHtml(text: string, to: string): Html {
  const address = addressOf(to);
  return address === undefined ? markup`${text}` : markup`<a href="${address}">${text}</a>`;
}

/** A name or a generated text; a long label breaks before its settings. */
function codeHtml(text: string): Html {
  if (text === "") return markup`<em>(empty)</em>`;
  // Spaces that would not be shown are part of a generated text.
  const spaced = /^ | $| {2}/.test(text) ? markup` class="spaced"` : nothing;
  const parts = text.split(/(?<=\()(?=.)/s).map((part) => markup`${part}`);
  return markup`<code${spaced}>${
    parts.flatMap((part, i) => i === 0 ? [part] : [BREAK, part])
  }</code>`;
}

/** Where a line may end. */
const BREAK = Html.trusted("<wbr>");

/** The only servers that a page has links to. */
const LINKED = ["https://github.com", "https://arxiv.org", "https://doi.org"];

/** Stands for wherever the page lies, so deep that no `../` leads out of it. */
const BESIDE = "https://beside.invalid/a/b/c/d/";

/**
 * The address of a link: an anchor of the page, a file near it, or a page of one of a few servers; none
 * for anything else, such as a script. Where a report is linked as Markdown, the page links the page.
 */
function addressOf(to: string): string | undefined {
  if (escapeControl(to) !== to || /^([\s/\\?]|$)/.test(to) || !URL.canParse(to, BESIDE)) {
    return undefined;
  }
  const { protocol, origin, username, password } = new URL(to, BESIDE);
  if (username !== "" || password !== "") return undefined;
  if (origin === new URL(BESIDE).origin && !/^[a-z]*:/i.test(to)) {
    return to.replace(/(^|\/)report\.md(?=#|$)/, "$1report.html");
  }
  return protocol === "https:" && LINKED.includes(origin) ? to : undefined;
}
