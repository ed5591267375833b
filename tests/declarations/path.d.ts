// Types for the part of @std/path that tests use: the npm build ships none.

/** The last part of a path, without `suffix` where it ends so. */
export declare function basename(path: string, suffix?: string): string;
/** The path of the folder that the last part of a path is in. */
export declare function dirname(path: string): string;
/** The extension of a path, with its dot; empty if there is none. */
export declare function extname(path: string): string;
/** The path that a `file:` URL stands for. */
export declare function fromFileUrl(url: URL | string): string;
/** Whether a path begins at the root. */
export declare function isAbsolute(path: string): boolean;
/** Parts put together to a path, without `.` and `..` where they can be resolved. */
export declare function join(path: string, ...paths: string[]): string;
/** The path from one folder to another. */
export declare function relative(from: string, to: string): string;
/** An absolute path: the parts from the right until one is absolute, or the working directory. */
export declare function resolve(...paths: string[]): string;
