/**
 * The list of drafts: everything else about a draft follows from its definition in this list.
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
