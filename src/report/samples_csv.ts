/**
 * `samples.csv`, which may have millions of rows: it is written piece by piece.
 *
 * @module
 */
import type { CellMeasures } from "../measure/measure.ts";
import { DecodingNumbers, logProb, type Sample, sum, warpedLogProb } from "../measure/sample.ts";
import { unpackBits } from "../measure/sample_bits.ts";
import { CsvBytes } from "./csv_bytes.ts";
import type { ByteColumn } from "./csv_columns.ts";

/** A sample and what is known of it in its cell. */
export interface SampleRow extends Sample {
  /** The cell's label. */
  readonly cell: string;
  /** The decoding that gave it, from 0. */
  readonly decoding: number;
  /** The sum over the tested tokens of β, where that is their chance to pass. */
  readonly overlap: number | undefined;
  /** Whether the text is a training document, 0 or 1; `undefined` where there is no corpus. */
  readonly isTraining: number | undefined;
  /** Whether it is a document held out, as `isTraining`. */
  readonly isHeldOut: number | undefined;
}

/** The columns of `samples.csv`, in their order; of tokens that are no characters {@linkcode tokenIds} follows. */
export const sampleColumns: readonly ByteColumn<SampleRow>[] = [
  {
    name: "cell",
    type: "text",
    unit: "",
    meaning: "the strategy and its settings",
    of: ({ cell }) => cell,
  },
  {
    name: "prompt",
    type: "text",
    unit: "",
    meaning: "the beginning of the text",
    of: ({ prompt }) => prompt,
  },
  {
    name: "draw",
    type: "whole number",
    unit: "",
    meaning: "which of the run's prompts that is, from 0; a prompt that was drawn twice has two",
    of: ({ draw }) => draw,
  },
  {
    name: "sample",
    type: "whole number",
    unit: "",
    meaning: "its number among those of the prompt, from 0",
    of: ({ number }) => number,
  },
  {
    name: "decoding",
    type: "whole number",
    unit: "",
    meaning: "which of the cell's decodings gave it, from 0: one may give several texts, and one " +
      "without chance stands for all samples of its prompt",
    of: ({ decoding }) => decoding,
  },
  {
    name: "continuation",
    type: "text",
    unit: "",
    meaning: "the text generated after the prompt",
    of: ({ continuation }) => continuation,
  },
  {
    name: "text",
    type: "text",
    unit: "",
    meaning: "the whole text: the prompt and what follows it",
    of: ({ prompt, continuation }) => prompt + continuation,
  },
  {
    name: "tokens",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens of the continuation, EOS not counted",
    of: ({ result }) => result.tokens.length,
  },
  {
    name: "choices",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens chosen, EOS counted",
    of: ({ result }) => result.logProbs.length,
  },
  {
    name: "stop",
    type: "text",
    unit: "",
    meaning: "why it ended: `eos`, `max_new_tokens` or `block_size`",
    of: ({ result }) => result.stop,
  },
  {
    name: "log_prob",
    type: "number",
    unit: "nats",
    meaning: "log-probability under the target, EOS included",
    decimals: 6,
    of: ({ result }) => logProb(result),
  },
  {
    name: "warped_log_prob",
    type: "number",
    unit: "nats",
    meaning:
      "the same in the target's warped distributions, from which tokens are drawn unless a " +
      "rule that is not lossless accepts them; 0 where nothing is drawn",
    decimals: 6,
    of: ({ result }) => warpedLogProb(result),
  },
  {
    name: "target_calls",
    type: "whole number",
    unit: "passes",
    meaning: "forward passes of the target",
    of: ({ result }) => result.costs.targetCalls,
  },
  {
    name: "draft_calls",
    type: "whole number",
    unit: "passes",
    meaning: "forward passes of the draft",
    of: ({ result }) => result.costs.draftCalls,
  },
  {
    name: "proposed",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens that the draft proposed",
    of: ({ result }) => result.costs.proposed,
  },
  {
    name: "tested",
    type: "whole number",
    unit: "tokens",
    meaning: "proposed tokens that were put to the acceptance test",
    of: ({ result }) => result.costs.tested,
  },
  {
    name: "accepted",
    type: "whole number",
    unit: "tokens",
    meaning: "proposed tokens that passed it",
    of: ({ result }) => result.costs.accepted,
  },
  {
    name: "overlap",
    type: "number",
    unit: "tokens",
    meaning:
      "the sum over the tested tokens of β = Σ min(p, q), their chance to pass before they were " +
      "drawn; empty where nothing speculates, or where that chance is another one",
    decimals: 6,
    of: ({ overlap }) => overlap ?? "",
  },
  {
    name: "resampled",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens drawn in place of a refused one",
    of: ({ result }) => result.costs.resampled,
  },
  {
    name: "bonus",
    type: "whole number",
    unit: "tokens",
    meaning: "tokens drawn after a proposal of which none was refused",
    of: ({ result }) => result.costs.bonus,
  },
  {
    name: "novel",
    type: "whole number",
    unit: "",
    meaning: "1 where the text is no training document, or else 0; empty where there is no corpus",
    of: ({ isTraining }) => isTraining === undefined ? "" : 1 - isTraining,
  },
  {
    name: "held_out",
    type: "whole number",
    unit: "",
    meaning:
      "1 where the text is one of the documents held out, or else 0; empty where there is no corpus",
    of: ({ isHeldOut }) => isHeldOut ?? "",
  },
];

/** The last column where tokens are no characters: a text can be several sequences of them. */
export const tokenIds: ByteColumn<SampleRow> = {
  name: "token_ids",
  type: "text",
  unit: "",
  meaning:
    "only of models with a tokenizer: the tokens of the continuation as numbers, with spaces " +
    "between them. They say what was generated where the texts cannot: bytes that are no UTF-8 are " +
    "written as `\\xE2`, and the same text may be other tokens",
  of: ({ result }) => result.tokens.join(" "),
};

/** The first line of `samples.csv` with these columns. */
export function samplesHeader(columns: readonly ByteColumn<SampleRow>[] = sampleColumns): string {
  return columns.map(({ name }) => name).join(",") + "\r\n";
}

/**
 * One line per sample of a cell as UTF-8, some thousands at a time, with what was measured of each.
 */
export function* sampleRows(
  samples: Iterable<Sample>,
  { cell: { label }, among, positions }: Pick<CellMeasures, "among" | "cell" | "positions">,
  columns: readonly ByteColumn<SampleRow>[] = sampleColumns,
): Generator<Uint8Array> {
  const isTraining = among && unpackBits(among.training);
  const isHeldOut = among && unpackBits(among.heldOut);
  const hasOverlap = (positions?.overlapAt.length ?? 0) > 0;
  const decodings = new DecodingNumbers();
  const bytes = new CsvBytes();
  // A function of its own: V8 optimises the loops of generators late.
  const put = ({ prompt, draw, number, continuation, result }: Sample, i: number): void => {
    const row: SampleRow = {
      cell: label,
      prompt,
      draw,
      number,
      continuation,
      result,
      decoding: decodings.next(result),
      overlap: hasOverlap ? sum(result.speculation?.overlapAt ?? []) : undefined,
      isTraining: isTraining?.(i),
      isHeldOut: isHeldOut?.(i),
    };
    bytes.row(columns, row);
  };
  let i = 0;
  for (const sample of samples) {
    put(sample, i++);
    if (bytes.isFull) yield bytes.take();
  }
  yield bytes.take();
}
