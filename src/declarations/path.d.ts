// Types for the part of @std/path that is used: the npm build ships none.
export declare function basename(path: string, suffix?: string): string;
export declare function dirname(path: string): string;
export declare function extname(path: string): string;
export declare function fromFileUrl(url: URL | string): string;
export declare function isAbsolute(path: string): boolean;
export declare function join(path: string, ...paths: string[]): string;
export declare function relative(from: string, to: string): string;
export declare function resolve(...paths: string[]): string;
