/**
 * How text on a terminal is emphasized.
 *
 * @module
 */
// @ts-types="../../declarations/colors.d.ts"
import { bold, dim, yellow } from "@std/fmt/colors";

/** How text is emphasized. */
export interface Paint {
  /** For titles and names. */
  readonly strong: (text: string) => string;
  /** For what matters least. */
  readonly weak: (text: string) => string;
  /** For changes by more than chance. */
  readonly notable: (text: string) => string;
}

/** Colours for a terminal; NO_COLOR turns them off. */
export const colours: Paint = { strong: bold, weak: dim, notable: yellow };
/** No emphasis, for files and pipes. */
export const plain: Paint = { strong: String, weak: String, notable: String };
