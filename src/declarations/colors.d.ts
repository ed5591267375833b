// Types for the part of @std/fmt/colors that is used: the npm build ships none.

/** The text in bold. */
export declare function bold(text: string): string;
/** The text in a weaker colour. */
export declare function dim(text: string): string;
/** The text in red. */
export declare function red(text: string): string;
/** The text in yellow. */
export declare function yellow(text: string): string;
