// Types for the part of @std/yaml that is used: the npm build ships none.
export interface ParseOptions {
  readonly schema?: "core" | "default" | "failsafe" | "json" | "extended";
  readonly allowDuplicateKeys?: boolean;
}
export interface StringifyOptions {
  readonly schema?: "core" | "default" | "failsafe" | "json" | "extended";
  readonly flowLevel?: number;
  readonly lineWidth?: number;
  readonly useAnchors?: boolean;
  readonly quoteStyle?: "'" | '"';
}
export declare class YamlSyntaxError extends SyntaxError {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}
export declare function parse(content: string, options?: ParseOptions): unknown;
export declare function stringify(data: unknown, options?: StringifyOptions): string;
