// Types for the part of @std/yaml that is used: the npm build ships none.

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Which types plain values may have; `core` has those of JSON. Default: `default`. */
  readonly schema?: "core" | "default" | "failsafe" | "json" | "extended";
  /** Whether the last of equal keys counts, instead of being an error. Default: `false`. */
  readonly allowDuplicateKeys?: boolean;
}
/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** Which types values may have. Default: `default`. */
  readonly schema?: "core" | "default" | "failsafe" | "json" | "extended";
  /** The level from which lists and maps stay on one line; -1 for none. Default: -1. */
  readonly flowLevel?: number;
  /** Characters after which long text is folded; -1 for never. Default: 80. */
  readonly lineWidth?: number;
  /** Whether a value that stands in several places is written once and referred to. Default: `true`. */
  readonly useAnchors?: boolean;
  /** The quotes around text that needs some. Default: `'`. */
  readonly quoteStyle?: "'" | '"';
}
/** A text that is not YAML. */
export declare class YamlSyntaxError extends SyntaxError {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** In UTF-16 code units, from 0. */
  readonly offset: number;
}
/** Parses one document; throws a {@linkcode YamlSyntaxError}. */
export declare function parse(content: string, options?: ParseOptions): unknown;
/** Writes a value as one document. */
export declare function stringify(data: unknown, options?: StringifyOptions): string;
