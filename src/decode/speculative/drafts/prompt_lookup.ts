import type { Token } from "../../../model/language_model.ts";
import { commonSettings, defineDraft, type Draft, type Drafting, ProposedRows } from "../draft.ts";

/**
 * Drafts without a model: finds the longest end of the text that occurred before, and proposes the
 * tokens that followed it there (Saxena, 2023). Nothing is drawn: the distributions are one-hot.
 */
export const promptLookup: Draft = {
  open({ target }): Drafting {
    const rows = new ProposedRows();
    return {
      // deno-lint-ignore require-yield -- it needs no pass
      *propose(text, most) {
        const tokens = continuation(text, most);
        return {
          tokens,
          distributions: tokens.map((token, place) =>
            rows.oneHot(place, token, target.spec.vocabSize)
          ),
        };
      },
      close() {},
    };
  },
};

/**
 * Up to `most` tokens that followed the longest earlier occurrence of an end of `text`, of equally
 * long ones the latest; none if the last token is new.
 */
function continuation(text: readonly Token[], most: number): Token[] {
  let longest = 0;
  let follows = text.length;
  for (let end = text.length - 1; end >= 1; end--) {
    let length = 0;
    while (length < end && text[end - 1 - length] === text[text.length - 1 - length]) length++;
    if (length > longest) [longest, follows] = [length, end];
  }
  return text.slice(follows, follows + most);
}

/**
 * The draft `prompt_lookup`.
 *
 * @internal
 */
export const promptLookupDefinition = defineDraft({
  name: "prompt_lookup",
  summary: "The text itself proposes: what followed the longest earlier occurrence of its end",
  reference: "Saxena, 2023, Prompt Lookup Decoding",
  settings: commonSettings,
  needs: "nothing",
  // It has as many as there are to find.
  hasConstantLength: () => false,
  create: () => promptLookup,
});
