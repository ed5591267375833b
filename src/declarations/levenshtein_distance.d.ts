// Types for the part of @std/text/levenshtein-distance that is used: the npm build ships none.

/** The least number of insertions, deletions and substitutions that turn one text into the other. */
export declare function levenshteinDistance(str1: string, str2: string): number;
