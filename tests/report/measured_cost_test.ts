// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Ranged } from "../../src/report/timings_csv.ts";
import { measuredCost, type TimedCost } from "../../src/report/measured_cost.ts";
import { plainOf } from "../../src/report/prose.ts";

const range = (value: number, reach: number): Ranged => ({
  value,
  low: value - reach,
  high: value + reach,
});
const passes: readonly TimedCost[] = [1, 2, 5, 9].map((tokens) => ({
  stage: "one stream",
  what: `pass of the target, ${tokens} token${tokens === 1 ? "" : "s"}`,
  inPasses: range(1 + tokens / 10, 0.05),
}));
const limit = {
  name: "break_even",
  of: "speculative(draft_k=4)",
  value: 1.87,
  interval: { low: 1.83, high: 1.91 },
};
/** The operations of a pass of its draft, in those of the target. */
const share = { name: "draft_operations", of: limit.of, value: 0.28 };

/** A cell and how many times as fast it was as token by token. */
function cell(draftK: number, measured: Ranged, stage = "one stream"): TimedCost {
  return { stage, what: `speculative(draft_k=${draftK})`, measured, predicted: range(draftK, 0) };
}

/** The same where its parts were not timed. */
const unpredicted = (draftK: number, measured: Ranged): TimedCost => ({
  ...{ stage: "one stream", what: `speculative(draft_k=${draftK})`, measured },
});

const draft: TimedCost = {
  stage: "one stream",
  what: "pass of the draft, 1 token",
  inPasses: range(0.12, 0.01),
};

/** The same with what its passes of the target took, and might. */
const verified = (taken: number, breakEven: number): TimedCost => ({
  ...cell(4, range(taken < breakEven ? 1.2 : 0.8, 0.1)),
  ...{ verification: range(taken, 0.02), breakEven: range(breakEven, 0.03) },
});

const cases: readonly [string, readonly TimedCost[], string | undefined][] = [
  [
    "of the fastest cell, which pays, and the best draft_k",
    [...passes, cell(8, range(0.9, 0.05)), cell(4, range(1.2, 0.1))],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. Timed as a whole, it pays: it was 1.20 ± 0.10 times as fast as token by token. Of draft_k 4 and 8 the best was 4 as measured, and 8 as predicted from the times of passes and of choosing tokens.",
  ],
  [
    "of what its passes take and may take here, and by operations alone",
    [...passes, verified(1.44, 1.61)],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. The target passes of speculative(draft_k=4) take 1.44 ± 0.02 on average, and below 1.61 ± 0.03 it would pay (1.87 ± 0.04 if a pass of the draft took its share of the operations, 0.28, and choosing tokens no time). Timed as a whole, it pays: it was 1.20 ± 0.10 times as fast as token by token.",
  ],
  [
    "of what could not pay if the passes took no time",
    [{ ...draft, inPasses: range(0.76, 0.01) }, ...passes, verified(1.44, -0.2)],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one, and one of the draft over a token 0.76 ± 0.01. The target passes of speculative(draft_k=4) take 1.44 ± 0.02 on average; it could not pay even if they took no time, for the draft and the choosing of tokens take longer than decoding token by token. By operations it would pay below 1.87 ± 0.04: there a pass of the draft counts 0.28 and choosing tokens nothing; here such a pass takes 0.76 ± 0.01, and choosing takes time, too. Timed as a whole, it does not pay: it was 0.80 ± 0.10 times as fast as token by token.",
  ],
  [
    "of a limit that reaches below zero: that it cannot be told",
    [...passes, { ...verified(1.44, -0.2), breakEven: range(0.1, 1.5) }],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. The target passes of speculative(draft_k=4) take 1.44 ± 0.02 on average; how little they would have to take for it to pay was too unsteady to tell, or whether it could pay at all. Timed as a whole, it does not pay: it was 0.80 ± 0.10 times as fast as token by token.",
  ],
  [
    "of a limit below zero whose interval is not: that it cannot be told",
    [...passes, { ...verified(1.44, -0.2), breakEven: { value: -1, low: -1, high: 219 } }],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. The target passes of speculative(draft_k=4) take 1.44 ± 0.02 on average; how little they would have to take for it to pay was too unsteady to tell, or whether it could pay at all. Timed as a whole, it does not pay: it was 0.80 ± 0.10 times as fast as token by token.",
  ],
  [
    "of a limit above zero that says nothing: that it cannot be told",
    [...passes, { ...verified(1.44, -0.2), breakEven: range(1, 0.8) }],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. The target passes of speculative(draft_k=4) take 1.44 ± 0.02 on average; how little they would have to take for it to pay was too unsteady to tell. Timed as a whole, it does not pay: it was 0.80 ± 0.10 times as fast as token by token.",
  ],
  [
    "of a tie for the best draft_k, as measured and as predicted",
    [
      ...passes,
      { ...cell(8, range(0.7, 0.05)), predicted: range(0.9, 0.01) },
      { ...cell(4, range(1.2, 0.1)), predicted: range(1.1, 0.1) },
      { ...cell(2, range(1.1, 0.1)), predicted: range(1.2, 0.1) },
    ],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. Timed as a whole, it pays: it was 1.20 ± 0.10 times as fast as token by token. Of draft_k 2, 4 and 8 the best was 2 or 4 (a tie) as measured, and 2 or 4 (a tie) as predicted from the times of passes and of choosing tokens.",
  ],
  [
    "of the draft, and of batches until it stops paying",
    [
      draft,
      ...passes,
      cell(8, range(1.5, 0.05)),
      cell(8, range(1.2, 0.1), "2 streams"),
      cell(8, range(0.9, 0.05), "4 streams"),
      cell(8, range(0.5, 0.05), "8 streams"),
    ],
    "Here a target pass over 9 tokens takes 1.90 ± 0.05 passes over one, and one of the draft over a token 0.12 ± 0.01. Timed as a whole, it pays: it was 1.50 ± 0.05 times as fast as token by token. In batches of 2, 4 and 8 texts the fastest was 1.20 ± 0.10, 0.90 ± 0.05 and 0.50 ± 0.05 times as fast as token by token: it does not pay at 4.",
  ],
  [
    "of cells whose parts were not timed: the best draft_k, and no prediction",
    [...passes, unpredicted(8, range(0.9, 0.05)), unpredicted(4, range(1.2, 0.1))],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. Timed as a whole, it pays: it was 1.20 ± 0.10 times as fast as token by token. Of draft_k 4 and 8 the best was 4.",
  ],
  [
    "of batches that all pay",
    [...passes, cell(8, range(1.5, 0.05)), cell(8, range(1.2, 0.1), "2 streams")],
    "Here a target pass over 9 tokens takes 1.90 ± 0.05 passes over one. Timed as a whole, it pays: it was 1.50 ± 0.05 times as fast as token by token. In batches of 2 texts the fastest was 1.20 ± 0.10 times as fast as token by token: it pays in all of them.",
  ],
  [
    "of one that does not, over no more tokens than were read",
    [...passes, cell(6, range(0.5, 0.1))],
    "Here a target pass over 5 tokens takes 1.50 ± 0.05 passes over one. Timed as a whole, it does not pay: it was 0.50 ± 0.10 times as fast as token by token.",
  ],
  [
    "of one that may",
    [...passes, cell(8, range(1, 0.1))],
    "Here a target pass over 9 tokens takes 1.90 ± 0.05 passes over one. Timed as a whole, it cannot be told whether it pays: it was 1.00 ± 0.10 times as fast as token by token.",
  ],
  [
    "of times that say nothing that they do not",
    [...passes, cell(8, range(0.5, 0.4))],
    "Whether speculation pays here was too unsteady to tell: the intervals in timings.csv are wide. Repeat it with --fresh on a machine that does nothing else.",
  ],
  ["nothing where no cell speculates", passes, undefined],
  ["nothing where no pass was timed", [cell(4, range(1, 0.1))], undefined],
];
for (const [name, timings, expected] of cases) {
  Deno.test(`measuredCost: ${name}`, () => {
    const found = measuredCost(timings, [limit, share], false);
    assertEquals(found && plainOf(found).replaceAll("\u00a0", " "), expected);
  });
}

Deno.test("measuredCost: of an engine for small models that does not pay: why, and what would", () => {
  const said = (measured: Ranged, isSmall: boolean): boolean =>
    plainOf(measuredCost([...passes, cell(4, measured)], [limit, share], isSmall) ?? [])
      .includes("So small a model cannot win here");
  assertEquals(said(range(0.6, 0.1), true), true);
  assertEquals(said(range(0.6, 0.1), false), false);
  assertEquals(said(range(0.95, 0.1), true), false);
});
