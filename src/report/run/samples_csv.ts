/**
 * `samples.csv`: a row a sample. There may be millions, so that it is put together piece by piece.
 *
 * @module
 */
import { logProb, warpedLogProb } from "../../measure/log_prob.ts";
import type { Sample } from "../../measure/sample.ts";

/** Rows in a piece: little enough text to hold, much enough for a write to be worth it. */
const ROWS = 10_000;

/** The first line. */
export const SAMPLES_HEADER: string = "cell,prompt,sample,continuation,tokens,stop,log_prob," +
  "warped_log_prob,target_calls,draft_calls,proposed,accepted,resampled,bonus\r\n";

/** The lines of the `samples` of the cell `label`, some thousands at a time. */
export function* sampleRows(label: string, samples: readonly Sample[]): Generator<string> {
  const cell = field(label);
  for (let start = 0; start < samples.length; start += ROWS) {
    let rows = "";
    for (const { prompt, number, continuation, result } of samples.slice(start, start + ROWS)) {
      const { tokens, stop, costs } = result;
      rows +=
        `${cell},${field(prompt)},${number},${field(continuation)},${tokens.length},${stop},` +
        `${logProb(result).toFixed(6)},${warpedLogProb(result).toFixed(6)},` +
        `${costs.targetCalls},${costs.draftCalls},${costs.proposed},${costs.accepted},` +
        `${costs.resampled},${costs.bonus}\r\n`;
    }
    yield rows;
  }
}

/** A text as RFC 4180 has it, quoted as `stringify` of `@std/csv` does, which is slower. */
function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
