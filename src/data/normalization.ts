/**
 * Unicode's normal forms: an é is one character or two (e and a combining accent), which look alike and
 * have different tokens.
 *
 * @module
 */
import { Documents, sharedWords } from "./documents.ts";

/** The normal forms that documents and prompts can be brought into, and none. */
export const normalizations = ["none", "NFC", "NFD"] as const;

/** One of the {@linkcode normalizations}. */
export type Normalization = typeof normalizations[number];

/** `text` in a normal form. */
export function normalizedText(text: string, form: Normalization): string {
  return form === "none" ? text : text.normalize(form);
}

/** `documents` in a normal form: themselves where that changes nothing. */
export function normalizedDocuments(documents: Documents, form: Normalization): Documents {
  if (form === "none") return documents;
  const encoder = new TextEncoder();
  const bounds = sharedWords(documents.length + 1);
  let isChanged = false;
  for (let i = 0; i < documents.length; i++) {
    const bytes = documents.bytes(i);
    let { length } = bytes;
    if (!isAscii(bytes)) {
      const text = documents.at(i);
      const normal = text.normalize(form);
      if (normal !== text) {
        isChanged = true;
        length = encoder.encode(normal).length;
      }
    }
    bounds[i + 1] = (bounds[i] as number) + length;
  }
  if (!isChanged) return documents;
  const text = new Uint8Array(new SharedArrayBuffer(bounds.at(-1) ?? 0));
  for (let i = 0; i < documents.length; i++) {
    const bytes = documents.bytes(i);
    text.set(
      isAscii(bytes) ? bytes : encoder.encode(documents.at(i).normalize(form)),
      bounds[i],
    );
  }
  return new Documents({ text, bounds });
}

/** Whether it is text that all normal forms leave as it is. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}
