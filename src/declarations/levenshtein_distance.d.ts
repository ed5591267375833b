// Types for the part of @std/text/levenshtein-distance that is used: the npm build ships none.
export declare function levenshteinDistance(str1: string, str2: string): number;
