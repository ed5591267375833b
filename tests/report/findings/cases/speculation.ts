import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import { madeUpRun } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const draftK = "- { strategy: speculative, draft_k: [1, 2, 4, 8] }";
const drafts = `
- { strategy: speculative, draft: model }
- { strategy: speculative, draft: ngram }
- { strategy: speculative, draft: prompt_lookup }
`;

/** The cases of `speculation`. */
export const speculationCases: readonly FindingCase<RunRecord>[] = [
  {
    // Of 2 tokens per target pass, and 0.3 more for each unit of an effect.
    name: "a draft_k from which on no more passes are saved",
    kind: "speculation",
    run: () =>
      madeUpRun({
        strategies: draftK,
        effect: ({ settings }, measure) =>
          measure === "tokens_per_target_call" && settings.strategy === "speculative"
            ? Math.min(4, settings.draft_k)
            : 0,
      }),
    without: () => madeUpRun({ strategies: draftK }),
    says: [
      /^speculative\(draft=model, draft_k=8\) gets 3\.\d+ ± 0\.\d+ tokens from each pass of the target; choosing token by token gets exactly 1\. From draft_k=4 on no further gain can be told: it is tied with draft_k=8 \(difference [+−]?0\.\d+ ± 0\.\d+\)\.$/,
    ],
    numbers: {
      "tokens_per_target_call speculative(draft=model, draft_k=8)": [3.2, 0.3],
      "tokens_per_target_call speculative(draft=model, draft_k=8) − speculative(draft=model, draft_k=1)":
        [0.9, 0.3],
    },
  },
  {
    name: "a draft that saves the most passes, and one that is tied with it",
    kind: "speculation",
    run: () =>
      madeUpRun({
        strategies: drafts,
        effect: ({ settings }, measure) =>
          measure === "tokens_per_target_call" && Reflect.get(settings, "draft") !== "ngram"
            ? 4
            : 0,
      }),
    without: () => madeUpRun({ strategies: drafts }),
    says: [
      /^Of the drafts that leave the distribution as it is, speculative\(draft=\w+, .*\) \(tied with speculative\(draft=\w+, .*\)\) saves the most passes: 3\.\d+ ± 0\.\d+ tokens per pass, 1\.\d+ ± 0\.\d+ more than speculative\(draft=ngram, .*\)\.$/,
    ],
  },
];
