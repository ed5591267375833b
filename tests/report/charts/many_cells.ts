import { readExperiment } from "../../../src/config/experiment.ts";
import type { Cell } from "../../../src/decode/cell.ts";
import { strategyOf } from "../../../src/decode/definitions.ts";
import { compareCells } from "../../../src/measure/compare_cells.ts";
import type { Estimate } from "../../../src/measure/estimate.ts";
import type { CellMeasures } from "../../../src/measure/measure.ts";
import type { SearchedDraw } from "../../../src/measure/searched.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { drawn, noDocuments } from "../../measure/sample_of.ts";
import { record } from "../made_up_run.ts";

/** All 21 strategies, many of them swept: 57 cells. */
const experiment = readExperiment(
  "many.yaml",
  `
name: many
corpus: { path: names.txt }
models: { draft: { n_embd: 8, n_head: 2, n_layer: 1 } }
decoding:
  prompts: [a, m]
  strategies:
    - strategy: greedy
    - strategy: sample
    - { strategy: temperature, temperature: [0.5, 0.8, 1.2, 1.5] }
    - { strategy: top_k, k: [1, 2, 4, 8, 16] }
    - { strategy: top_p, p: [0.5, 0.9, 1] }
    - { strategy: min_p, min_p: [0.05, 0.1, 0.2] }
    - strategy: typical_p
    - { strategy: top_n_sigma, top_n_sigma: [0.5, 1, 2] }
    - strategy: epsilon
    - strategy: eta
    - strategy: repetition_penalty
    - strategy: presence_penalty
    - strategy: frequency_penalty
    - strategy: no_repeat_ngram
    - { strategy: sample, warp: [{ temperature: 0.8 }, { top_k: 10 }, { top_p: 0.95 }] }
    - { strategy: sample, warp: [{ temperature: [0.6, 0.9] }, { top_k: [5, 10, 20] }] }
    - strategy: mirostat
    - { strategy: best_of, n: [4, 16] }
    - { strategy: beam, beam_width: [1, 2, 4, 8] }
    - { strategy: beam, beam_width: 10, length_penalty: 1 }
    - { strategy: diverse_beam, beam_width: 6, beam_groups: 3, n_best: 6 }
    - { strategy: stochastic_beam, beam_width: 10 }
    - { strategy: exact, n_best: 5 }
    - { strategy: speculative, draft: model, draft_k: [1, 2, 4, 8] }
    - { strategy: speculative, draft: ngram, draft_k: [1, 2, 4, 8] }
    - { strategy: speculative, draft: prompt_lookup }
    - { strategy: speculative, draft: model, draft_choice: argmax }
    - { strategy: speculative, draft: model, draft_k: 8, confidence: 0.3 }
    - { strategy: speculative, draft: model, warp: [{ temperature: 0.8 }, { top_p: 0.9 }] }
    - { strategy: speculative, acceptance_rule: original }
`,
);

/** Numbers in [0, 1) that look like chance and are the same each time (Park and Miller, 1988). */
export function numbersFrom(seed: number): () => number {
  let state = seed + 1;
  return () => (state = state * 48271 % 2147483647) / 2147483647;
}

/** A run of all strategies, with other numbers for each `seed`; most samplers lie in a crowd. */
export function manyCells(seed: number): RunRecord {
  const next = numbersFrom(seed);
  const around = (value: number, reach: number): Estimate => {
    const own = value + (next() - 0.5) * reach;
    return { value: own, interval: { low: own - reach / 20, high: own + reach / 15 } };
  };
  const cells = experiment.cells.map((cell, i): CellMeasures => {
    const { isSearch, isDeterministic, speculation } = strategyOf(cell.settings);
    const profile = speculation?.(cell.settings);
    // A crowd near the target's own distribution, and paths that lead away from it.
    const own = experiment.cells.filter(({ entry }) => entry === cell.entry);
    const way = own.indexOf(cell) / own.length * (0.8 + 0.4 * next());
    const k = profile?.draftK ?? 1;
    return {
      cell,
      values: {
        samples: { value: 400 },
        mean_log_prob: around(-7, 3),
        log_prob_per_token: around(-2 + 0.8 * way, 0.15),
        unique_share: around(0.95 - 0.8 * way ** 2, 0.05),
        mean_length: around(5, 2),
        length_distance: { value: next() / 2 },
        target_rows: { value: 400 * (4 + i) },
        ...(profile === undefined ? {} : {
          tokens_per_target_call: around(1 + k / 3, 0.2),
          operations: around(1 + k / 5, 0.2),
          theory_tokens_per_target_call: { value: 1 + k / 2 },
          theory_operations: { value: 1 + k / 4 },
        }),
      },
      firsts: [],
      hasChance: !isDeterministic,
      among: noDocuments,
      lengths: [[3, 20 + i], [4, 100], [5, 150], [6, 100], [9, 10]],
      ...(isSearch ? { searched: searched(cell, next) } : {}),
      ...(profile === undefined ? {} : {
        positions: {
          proposedAt: Array<number>(k).fill(1000),
          testedAt: Array.from({ length: k }, (_, i) => 1000 - 100 * i),
          acceptedAt: Array.from({ length: k }, (_, i) => 800 - 100 * i),
          overlapAt: Array.from({ length: k }, (_, i) => 800 - 100 * i),
        },
      }),
    };
  });
  return {
    ...record,
    experiment,
    corpus: { ...record.corpus, lengths: [[2, 10], [5, 300], [6, 400], [7, 200], [12, 5]] },
    ...compareCells(cells, {
      baseline: "sample",
      prompts: ["a", "m"],
      design: drawn.design,
    }),
  };
}

function searched({ settings }: Cell, next: () => number): SearchedDraw[] {
  const isExact = settings.strategy === "exact";
  return ["a", "m"].map((prompt) => ({
    prompt,
    logProbs: [isExact ? -4 : -4 - 3 * next()],
    empty: [isExact],
    ...(isExact ? { proof: { optimal: true, tokens: 0 } } : {}),
  }));
}
