/**
 * Recorded passes of models, done again by themselves.
 *
 * @module
 */
import type { ForwardRequest } from "../model/language_model.ts";
import type { Work } from "./interleaved_rounds.ts";
import { ownDraw, type Pass } from "./recorded_texts.ts";

/**
 * Does each of `passes` in turn, on sequences that have read what stood before; counts passes. With
 * several streams a pass is one of a batch of that many sequences, each of which has its own.
 */
export class RepeatedPasses {
  readonly #passes: readonly (() => void)[];
  readonly #close: (() => void)[] = [];

  /** Reads what stood before each of `passes`, which are of one model where there are several streams. */
  constructor(passes: readonly Pass[], streams = 1) {
    const batches = Array.from(
      { length: Math.ceil(passes.length / streams) },
      (_, batch) =>
        Array.from(
          { length: streams },
          (_, stream) => passes[(batch * streams + stream) % passes.length] as Pass,
        ),
    );
    this.#passes = batches.map((batch) => this.#prepared(batch));
  }

  /** Does all of them once. */
  readonly once: Work = () => {
    for (const pass of this.#passes) pass();
    return this.#passes.length;
  };

  /** Closes the sequences. */
  close(): void {
    for (const close of this.#close) close();
  }

  #prepared(passes: readonly Pass[]): () => void {
    const [{ model }] = passes as [Pass];
    // A first pass opens its sequences, as decoding does.
    if (passes.every(({ before }) => before.length === 0)) {
      const draws = passes.map(({ draw }) => draw && ownDraw(draw));
      return () => {
        const batch = passes.map(({ tokens, rows }, i): ForwardRequest => {
          return { sequence: model.open(), tokens, rows, draw: draws[i] };
        });
        model.forward(batch);
        for (const { sequence } of batch) sequence.close();
      };
    }
    const batch = passes.map((pass): ForwardRequest => {
      const { before, tokens, rows } = pass;
      const sequence = model.open();
      this.#close.push(() => sequence.close());
      model.forward([{ sequence, tokens: before, rows: 0 }]);
      return { sequence, tokens, rows, draw: pass.draw && ownDraw(pass.draw) };
    });
    return () => {
      model.forward(batch);
      batch.forEach(({ sequence }, i) => sequence.truncate(passes[i]?.before.length ?? 0));
    };
  }
}
