/**
 * The list of drafts: all that is known of a draft but its definition follows from this list.
 *
 * @module
 */
import { modelDefinition } from "./model.ts";
import { ngramDefinition } from "./ngram.ts";
import { promptLookupDefinition } from "./prompt_lookup.ts";

/**
 * Every draft, in the order of configs and tables; the first is the default.
 *
 * @internal
 */
export const drafts = [modelDefinition, ngramDefinition, promptLookupDefinition] as const;
