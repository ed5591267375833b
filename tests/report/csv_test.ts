// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { trainingCsv } from "../../src/report/training_csv.ts";
import { type Ranged, type Timing, timingsCsv } from "../../src/report/timings_csv.ts";
import { record } from "./made_up_run.ts";

Deno.test("trainingCsv: one row per step, counted from 1", () => {
  const rows = parse(trainingCsv(record.models), { skipFirstRow: true });
  assertEquals(rows.length, 30);
  assertEquals(rows[21], {
    model: "draft",
    step: "2",
    loss: "19.000000",
    learning_rate: "0.00950000",
  });
});
Deno.test("timingsCsv: how many a second, and whether an earlier run did it", () => {
  const [row] = parse(
    timingsCsv([{
      stage: "train",
      what: "target",
      seconds: { value: 4 },
      count: 10,
      unit: "documents",
      cached: true,
    }]),
    { skipFirstRow: true },
  );
  const { stage, what, wall_seconds, count, unit, per_second, cached, ...others } = row ?? {};
  assertEquals(
    { stage, what, wall_seconds, count, unit, per_second, cached },
    {
      stage: "train",
      what: "target",
      wall_seconds: "4.000000",
      count: "10",
      unit: "documents",
      per_second: "2.5",
      cached: "yes",
    },
  );
  assertEquals(others, Object.fromEntries(Object.keys(others).map((column) => [column, ""])));
});

const range = (value: number, low: number, high: number): Ranged => ({ value, low, high });

/** A timing at one stream. */
const timed: Timing = {
  stage: "one stream",
  what: "a",
  seconds: range(1, 0.95, 1.1),
  count: 3,
  unit: "tokens",
  cached: false,
};

Deno.test("timingsCsv: speed-ups with the ends of their intervals", () => {
  const [row] = parse(
    timingsCsv([{
      ...timed,
      measured: range(0.75, 0.7, 0.8),
      predicted: range(0.8, 0.72, 0.85),
      ofPasses: range(1.5, 1.25, 1.75),
      inPasses: range(1.25, 1.125, 1.375),
    }]),
    { skipFirstRow: true },
  );
  const shown = [
    "wall_seconds",
    "speed_up",
    "predicted_speed_up",
    "passes_speed_up",
    "target_passes",
  ].map((name) => ["", "_low", "_high"].map((end) => row?.[name + end]));
  assertEquals(shown, [
    ["1.000000", "0.950000", "1.100000"],
    ["0.750", "0.700", "0.800"],
    ["0.800", "0.720", "0.850"],
    ["1.500", "1.250", "1.750"],
    ["1.250", "1.125", "1.375"],
  ]);
});

for (
  const [timing, verdict] of [
    [timed, ""],
    [{ ...timed, seconds: { value: 1 } }, ""],
    [{ ...timed, seconds: range(1, 0.8, 1.01) }, "unsteady"],
    [{ ...timed, measured: range(1.1, 1.01, 1.2) }, "faster"],
    [{ ...timed, measured: range(0.9, 0.8, 0.99) }, "slower"],
    [
      { ...timed, measured: range(1, 0.99, 1.01) },
      "unclear: see deno task bench --only speculation",
    ],
    [{ ...timed, measured: range(3, 2, 4) }, "faster, unsteady"],
    [{ ...timed, measured: range(0.5, 0.1, 0.9) }, "slower, unsteady"],
  ] as const
) {
  const { low, high } = "measured" in timing ? timing.measured : timing.seconds as Partial<Ranged>;
  const what = "measured" in timing ? "a speed-up" : "seconds";
  Deno.test(`timingsCsv: the verdict on ${what} from ${low} to ${high}: "${verdict}"`, () => {
    const [row] = parse(timingsCsv([timing]), { skipFirstRow: true });
    assertEquals(row?.["verdict"], verdict);
  });
}
