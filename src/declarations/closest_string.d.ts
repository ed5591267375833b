// Types for the part of @std/text/closest-string that is used: the npm build ships none.
export declare function closestString(word: string, possibleWords: readonly string[]): string;
