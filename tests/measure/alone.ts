import type { MeasureOptions } from "../../src/measure/cell_measures.ts";
import { referenceOf } from "../../src/measure/text_measures.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";

/** For the measures of a cell that is the only one, of a corpus of nothing. */
export const alone: MeasureOptions = {
  reference: referenceOf([], []),
  random: CounterStream.fromSeed(1),
};
