import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import { madeUpRun } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

/** The value that a cell has of a setting, if it is a number. */
function numberOf(settings: object, name: string): number | undefined {
  const value: unknown = Reflect.get(settings, name);
  return typeof value === "number" ? value : undefined;
}

const temperature = "- { strategy: temperature, temperature: [0.5, 1, 1.5] }";
const topK = "- { strategy: top_k, k: [1, 3, 5, 10] }";
const confidence = "- { strategy: speculative, confidence: [0.1, 0.3, 0.5] }";
const draft = "- { strategy: speculative, draft: [model, ngram, prompt_lookup] }";

/** The cases of `swept setting`. */
export const sweptSettingCases: readonly FindingCase<RunRecord>[] = [
  {
    name: "every step of a temperature counts",
    kind: "swept setting",
    // A draw of a share has a standard deviation of 0.1, of a log-prob of 1.
    run: () =>
      madeUpRun({
        strategies: temperature,
        effect: ({ settings }, measure) =>
          (measure === "unique_share" ? 4 : -6) * (numberOf(settings, "temperature") ?? 0),
      }),
    without: () => madeUpRun({ strategies: temperature }),
    says: [
      /^Raising temperature from 0\.5 to 1\.5 raises the unique share from \d\d\.\d ± \d\.\d % to 1\d\d\.\d ± \d\.\d % and lowers the log-prob per token from −8\.\d+ ± 0\.\d+ to −1[45]\.\d+ ± 0\.\d+ nats\. The change goes on at every step, up to 1\.5, the largest value tried\.$/,
    ],
    numbers: {
      "unique_share temperature(0.5)": [0.7, 0.1],
      "unique_share temperature(1.5)": [1.1, 0.1],
      "log_prob_per_token temperature(0.5)": [-9, 1],
      "log_prob_per_token temperature(1.5)": [-15, 1],
    },
  },
  {
    name: "two settings that do the same are told of together",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: `${temperature}\n${topK}`,
        effect: ({ settings }, measure) =>
          (measure === "unique_share" ? 2 : -3) *
          (2 * (numberOf(settings, "temperature") ?? 0) +
            Math.min(5, numberOf(settings, "k") ?? 0)),
      }),
    without: () => madeUpRun({ strategies: `${temperature}\n${topK}` }),
    says: [
      /^A larger temperature or k of top_k raises the unique share and lowers the log-prob per token\. temperature from 0\.5 to 1\.5: from \d\d\.\d ± \d\.\d % to 1?\d\d\.\d ± \d\.\d %, and from −\d\.\d+ ± 0\.\d+ to −1\d\.\d+ ± 0\.\d+ nats; k of top_k from 1 to 10: .* nats\. From 5 on no change by k of top_k can be told: 5 is tied with 10\.$/,
    ],
    numbers: {
      "unique_share temperature(0.5)": [0.7, 0.1],
      "log_prob_per_token top_k(k=10)": [-21, 1],
    },
  },
  {
    name: "a top_k that stops mattering is tied",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: topK,
        effect: ({ settings }, measure) =>
          (measure === "unique_share" ? 1 : -1) * Math.min(5, numberOf(settings, "k") ?? 0),
      }),
    without: () => madeUpRun({ strategies: topK }),
    says: [
      /^Raising k of top_k from 1 to 10 raises .* From 5 on no change can be told: 5 is tied with 10\.$/,
    ],
  },
  {
    name: "a threshold that must be passed first",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: topK,
        effect: ({ settings }) => numberOf(settings, "k") === 10 ? 4 : 0,
      }),
    without: () => madeUpRun({ strategies: topK }),
    says: [/Up to 5 no change can be told: 5 is tied with 1\.$/],
  },
  {
    name: "two measures, of which one stops changing before the other",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: topK,
        effect: ({ settings }, measure) => {
          const k = numberOf(settings, "k") ?? 0;
          return measure === "unique_share" ? Math.min(3, k) : -k;
        },
      }),
    without: () => madeUpRun({ strategies: topK }),
    says: [
      /From 3 on no change of the unique share can be told: 3 is tied with 10\. The change of the log-prob per token goes on at every step, up to 10, the largest value tried\.$/,
    ],
  },
  {
    name: "a middle value that is highest",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: confidence,
        effect: ({ settings }) => numberOf(settings, "confidence") === 0.3 ? 4 : 0,
      }),
    without: () => madeUpRun({ strategies: confidence }),
    says: [
      /^Raising confidence of speculative from 0\.1 to 0\.5 changes tokens per target pass: highest at 0\.3 with 3\.\d+ ± 0\.\d+, lowest at 0\.[15] with [12]\.\d+ ± 0\.\d+\.$/,
    ],
  },
  {
    name: "names without an order, of which two are tied",
    kind: "swept setting",
    run: () =>
      madeUpRun({
        strategies: draft,
        effect: ({ settings }) => Reflect.get(settings, "draft") === "model" ? 4 : 0,
      }),
    without: () => madeUpRun({ strategies: draft }),
    says: [
      /^Among the values of draft of speculative model is highest in tokens per target pass, 3\.\d+ ± 0\.\d+, and (ngram|prompt_lookup) is lowest, [12]\.\d+ ± 0\.\d+ \(tied with (prompt_lookup|ngram)\)\.$/,
    ],
  },
];
