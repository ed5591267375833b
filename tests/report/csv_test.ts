// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { timingsCsv, trainingCsv } from "../../src/report/csv.ts";
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
    timingsCsv([
      { stage: "train", of: "target", seconds: 4, count: 10, unit: "documents", cached: true },
    ]),
    { skipFirstRow: true },
  );
  assertEquals(row, {
    stage: "train",
    what: "target",
    seconds: "4.000000",
    count: "10",
    unit: "documents",
    per_second: "2.5",
    speed_up: "",
    predicted_speed_up: "",
    cached: "yes",
  });
});

Deno.test("timingsCsv: a speed-up beside what was predicted; one that is no number is left out", () => {
  const decoding = {
    stage: "one stream",
    of: "a",
    seconds: 1,
    count: 3,
    unit: "tokens",
    cached: false,
  };
  const rows = parse(
    timingsCsv([
      { ...decoding, speedUp: 0.75, predictedSpeedUp: 1.5 },
      { ...decoding, speedUp: NaN, predictedSpeedUp: Infinity },
    ]),
    { skipFirstRow: true },
  );
  const ratios = rows.map((row) => [row["speed_up"], row["predicted_speed_up"]]);
  assertEquals(ratios, [["0.750", "1.500"], ["", ""]]);
});
