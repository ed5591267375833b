// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  escapeControl,
  escapeJson,
  escapeLines,
  escapeMessage,
} from "../../src/text/characters.ts";

const foreign: readonly [what: string, text: string, said: string][] = [
  ["words in any script", "größe 名前 שלום 🙂", "größe 名前 שלום 🙂"],
  ["an escape that sets the clipboard", "\x1b]52;c;eA==\x07", "\\u{1b}]52;c;eA==\\u{7}"],
  ["C0, DEL and C1", "\0\t\n\r\x7f\x80\x9b", "\\u{0}\\u{9}\\u{a}\\u{d}\\u{7f}\\u{80}\\u{9b}"],
  ["bidirectional marks", "\u200e\u200f\u061c", "\\u{200e}\\u{200f}\\u{61c}"],
  ["embeddings and isolates", "\u202a\u202e\u2066\u2069", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}"],
  ["ends of lines and paragraphs", "\u2028\u2029", "\\u{2028}\\u{2029}"],
  ["characters without width", "\u200b\u2060\ufeff", "\\u{200b}\\u{2060}\\u{feff}"],
  ["halves of characters", "\ud83d.\ude42", "\\u{d83d}.\\u{de42}"],
  ["tags, which write text that is not seen", "\u{e0041}", "\\u{e0041}"],
];

for (const [what, text, said] of foreign) {
  Deno.test(`escapeControl: ${what}`, () => assertEquals(escapeControl(text), said));
}

Deno.test("escapeMessage: keeps its own lines, which are indented, and no others", () => {
  const message = "cannot use a\nerror: b\n  first\r\n  second\n third";
  assertEquals(
    escapeMessage(message),
    "cannot use a\\u{a}error: b\n  first\\u{d}\n  second\\u{a} third",
  );
});

Deno.test("escapeLines: keeps lines", () => {
  assertEquals(escapeLines("a\nb\r\n\n\x1bc\n"), "a\nb\\u{d}\n\n\\u{1b}c\n");
});

Deno.test("escapeJson: the same values, with nothing unseen but the ends of lines", () => {
  const value = Object.fromEntries(foreign.map(([what, text]) => [what + text, [text]]));
  const json = escapeJson(JSON.stringify(value, null, 2));
  assertEquals(JSON.parse(json), value);
  assertEquals(escapeLines(json), json);
});
