import type { Cell } from "../decode/cell.ts";
import { strategyOf } from "../decode/definitions.ts";
import type { Timing } from "../report/csv.ts";
import { refOf, type ResultRef } from "../store/stored_result.ts";
import { type CellModels, decodeContext } from "./decode.ts";
import { measure } from "./measure.ts";
import { singleStreamTimings } from "./single_stream_timing.ts";
import { decodeJson, encodeJson, hasFields, idOf, type Stage, type StageTask } from "./stage.ts";

/** Times the speculative cells of an experiment. */
export interface TimeTask extends StageTask {
  /** The measures of the cells. */
  readonly cells: readonly ResultRef[];
  /** The trained models that they use. */
  readonly models: CellModels;
}

/** Times speculative cells at one text at a time: for `timings.csv` alone, since it reads the clock. */
export const time: Stage<TimeTask, readonly Timing[]> = {
  name: "time",
  version: 1,
  title: "timings",
  noun: ["timing", "timings"],
  activity: "timing one text",
  progressUnit: "runs",
  unit: "cells",
  isReproducible: false,
  runsAlone: true,
  inputNames: { cells: "other cells" },

  tasks(_data, earlier) {
    const timed = earlier.of(measure)
      .filter(({ id, cell }) => isTimed(cell) && earlier.failure(id) === undefined);
    const [first] = timed;
    if (first === undefined) return [];
    const cells = timed.map(({ id }) => refOf(id));
    const models = timed.find(({ models: { draft } }) => draft !== undefined)?.models ??
      first.models;
    const id = idOf(time, "one text", { cells: cells.map(({ key }) => key) });
    return [{ id, needs: [...cells, ...Object.values(models)], cells, models }];
  },
  describe: () => "timing of one text",
  count: ({ cells }) => cells.length,

  async run({ cells, models }, inputs) {
    const context = await decodeContext(inputs, models);
    const measures = await Promise.all(cells.map((ref) => inputs.read(measure, ref)));
    const began = performance.now();
    const result = singleStreamTimings(measures, context);
    return { result, seconds: (performance.now() - began) / 1000, count: cells.length };
  },

  encode: encodeJson,
  decode: (body) => decodeJson(body, "timings", isTimings),
};

function isTimed({ settings }: Cell): boolean {
  return strategyOf(settings).speculation !== undefined;
}

function isTimings(value: unknown): value is Timing[] {
  const fields = { stage: "string", of: "string", seconds: "number", count: "number" } as const;
  return Array.isArray(value) && value.every((row) => hasFields(row, fields));
}
