// Types for the part of @std/fmt/colors that is used: the npm build ships none.
export declare function bold(text: string): string;
export declare function dim(text: string): string;
export declare function red(text: string): string;
export declare function yellow(text: string): string;
