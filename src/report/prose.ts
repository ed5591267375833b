/**
 * Sentences of reports before they are Markdown, HTML or a line on a terminal: text, with names as code.
 * Strings from a config or a model are text or code here, and nothing in them is taken for markup.
 *
 * @module
 */

/** A part of a sentence. */
export type Span =
  | { readonly kind: "text" | "code" | "emphasis" | "strong"; readonly text: string }
  /** `to` is a file beside the report, `#anchor` in it, or an address. */
  | { readonly kind: "link"; readonly text: string; readonly to: string };

/** A sentence, or a few. */
export type Prose = readonly Span[];

/** Anything that may stand in a template: text as it is, a number, a span, or whole prose. */
export type Insertable = string | number | Span | Prose;

/** `value` as code: a name, a label, a generated text. */
export function codeSpan(value: string): Span {
  return { kind: "code", text: value };
}

/** `text` set off from the rest, such as a term where it is explained. */
export function emphasis(text: string): Span {
  return { kind: "emphasis", text };
}

/** `text` that is not to be overlooked. */
export function strong(text: string): Span {
  return { kind: "strong", text };
}

/** `text` that leads to a file beside the report, an `#anchor` in it, or an address. */
export function link(text: string, to: string): Span {
  return { kind: "link", text, to };
}

/**
 * A template whose own text is Markdown of the simplest kind, *emphasis*, **strong**, [text](to) and,
 * escaped as \`, code; what is inserted stays as it is.
 */
export function prose(texts: TemplateStringsArray, ...inserted: readonly Insertable[]): Prose {
  return texts.flatMap((text, i) => [...proseOf(text), ...spansOf(inserted[i] ?? "")]);
}

function spansOf(value: Insertable): Prose {
  if (typeof value === "string" || typeof value === "number") {
    return value === "" ? [] : [{ kind: "text", text: String(value) }];
  }
  return "kind" in value ? [value] : value;
}

const MARKUP = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)/g;

/** Prose from Markdown of that simplest kind, which this project wrote: glossaries and such. */
export function proseOf(markdown: string): Prose {
  const spans: Span[] = [];
  const add = (text: string): void => {
    if (text !== "") spans.push({ kind: "text", text });
  };
  let end = 0;
  for (const match of markdown.matchAll(MARKUP)) {
    add(markdown.slice(end, match.index));
    end = match.index + match[0].length;
    const [, code, bold, italic, text, to] = match;
    if (code !== undefined) spans.push(codeSpan(code));
    else if (bold !== undefined) spans.push(strong(bold));
    else if (italic !== undefined) spans.push(emphasis(italic));
    else if (text !== undefined && to !== undefined) spans.push(link(text, to));
  }
  add(markdown.slice(end));
  return spans;
}

/** `parts` one after the other, with `separator` between them. */
export function joined(parts: readonly Prose[], separator: string): Prose {
  return parts.flatMap((part, i) => i === 0 ? part : [...spansOf(separator), ...part]);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly Prose[], word = "and"): Prose {
  const last = parts.at(-1);
  if (last === undefined || parts.length === 1) return last ?? [];
  return [...joined(parts.slice(0, -1), ", "), ...spansOf(` ${word} `), ...last];
}

/** The text alone, as a terminal and JSON have it. */
export function plainOf(text: Prose): string {
  return text.map((span) => span.text).join("");
}
