import type { RunRecord } from "../../../../src/report/run/run_record.ts";
import { madeUpRun } from "../made_up.ts";
import type { FindingCase } from "./case.ts";

const strategies = "- { strategy: sample }";

/** The cases of `standing`. */
export const standingCases: readonly FindingCase<RunRecord>[] = [
  {
    name: "a target between counting models",
    kind: "standing",
    run: () => madeUpRun({ strategies, lead: (order) => [0, 0.2, 0.1, -0.1][order] ?? 0 }),
    without: () => madeUpRun({ strategies }),
    says: [
      /^The target's held-out loss, 2\.\d+ ± 0\.\d+ nats per token, is better than that of the 2-gram by 0\.\d+ ± 0\.\d+ \(and of the 1-gram by more\) and worse than that of the 3-gram by 0\.\d+ ± 0\.\d+\./,
    ],
    numbers: {
      "held_out_nats_per_token target − 1-gram": [-0.2, 0.07],
      "held_out_nats_per_token target − 2-gram": [-0.1, 0.07],
      "held_out_nats_per_token target − 3-gram": [0.1, 0.07],
    },
  },
  {
    name: "a target that beats all",
    kind: "standing",
    run: () => madeUpRun({ strategies, lead: () => 0.2 }),
    without: () => madeUpRun({ strategies }),
    says: [/by more\): it predicts better than counting does\./],
  },
  {
    name: "a target that beats none",
    kind: "standing",
    run: () => madeUpRun({ strategies, lead: () => -0.2 }),
    without: () => madeUpRun({ strategies }),
    says: [/by more\): it has learned no more than counting does\./],
  },
];
