// Types for the part of @std/yaml that is used: the npm build ships none.

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Which types plain values may have; `core` has those of JSON. Default: `default`. */
  schema?: "failsafe" | "json" | "core" | "default" | "extended";
  /** Called with what is suspicious but no error. */
  onWarning?: (error: Error) => void;
}
/** Parses one document; throws a `SyntaxError` that names line and column. */
export declare function parse(content: string, options?: ParseOptions): unknown;
/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** Spaces per level. Default: 2. */
  indent?: number;
  /** The level from which lists and maps stay on one line; -1 for none. Default: -1. */
  flowLevel?: number;
  /** Characters after which long text is folded; -1 for never. Default: 80. */
  lineWidth?: number;
  /** Whether a value that stands in several places is written once and referred to. Default: `true`. */
  useAnchors?: boolean;
  /** Which types values may have. Default: `default`. */
  schema?: "failsafe" | "json" | "core" | "default" | "extended";
}
/** Writes a value as one document. */
export declare function stringify(data: unknown, options?: StringifyOptions): string;
