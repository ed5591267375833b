// Types for the part of @std/yaml that is used: the npm build ships none.

/** The types that plain values may have; `core` has those of JSON. */
export type Schema = "failsafe" | "json" | "core" | "default" | "extended";

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Default: `default`. */
  readonly schema?: Schema;
  /** Whether the last of several pairs with one key counts; otherwise they are an error. */
  readonly allowDuplicateKeys?: boolean;
}
/** Parses one document; throws a {@linkcode YamlSyntaxError}. */
export declare function parse(content: string, options?: ParseOptions): unknown;

/** Text that is not YAML, and where it is wrong. */
export declare class YamlSyntaxError extends SyntaxError {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** In UTF-16 code units, from 0. */
  readonly offset: number;
}

/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** Default: `default`. */
  readonly schema?: Schema;
  /** The level from which lists and maps stay on one line; -1 for none. Default: -1. */
  readonly flowLevel?: number;
  /** Characters after which long text is folded; -1 for never. Default: 80. */
  readonly lineWidth?: number;
  /** Whether a value in several places is written once and referred to. Default: `true`. */
  readonly useAnchors?: boolean;
  /** The quotes of text that needs some. Default: `'`. */
  readonly quoteStyle?: "'" | '"';
}
/** Writes a value as one document. */
export declare function stringify(data: unknown, options?: StringifyOptions): string;
