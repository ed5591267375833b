/**
 * Texts decoded one at a time, recorded so that their parts can be done again by themselves: all of the
 * decoding, the passes of the models alone, and the choosing of tokens alone.
 *
 * @module
 */
import { schedule } from "../decode/scheduler.ts";
import type { DecodeRequest, DecodeResult, Decoding, Strategy } from "../decode/strategy.ts";
import type {
  ForwardRequest,
  LanguageModel,
  Logits,
  Sequence,
  TextSpec,
  Token,
} from "../model/language_model.ts";
import type { RandomStream } from "../random/random_stream.ts";
import type { Clock, Work } from "./interleaved_rounds.ts";

/** Makes a strategy from its models, of each of which it takes what `replaced` gives for it. */
export type StrategyOfModels = (
  replaced: (model: LanguageModel) => LanguageModel,
) => Strategy;

/** The beginning of a text, and how far it may go. */
export type Beginning = Omit<DecodeRequest, "random">;

/** A forward pass of one sequence. */
export interface Pass {
  /** The model. */
  readonly model: LanguageModel;
  /** The tokens that it had read before. */
  readonly before: readonly Token[];
  /** The tokens that it read. */
  readonly tokens: readonly Token[];
  /** How many of the last of them gave logits. */
  readonly rows: number;
}

/** Texts that a strategy decoded. */
export interface RecordedTexts {
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Every pass of every model, in order. */
  readonly passes: readonly Pass[];
  /** Decodes the next of the texts again; after the last comes the first. Counts choices. */
  readonly decode: Work;
  /** The same with logits from memory in place of passes: what is left is choosing. */
  readonly choose: Work;
}

/** Texts to record; fewer where they take long, or more memory than {@linkcode MOST_LOGITS}. */
const MOST_TEXTS = 200;
/** Numbers in logits kept: 4 MiB. */
const MOST_LOGITS = 2 ** 19;

/**
 * Texts from each of `beginnings` in turn, for about `seconds` at most but one at least; the text with
 * number `n` draws from child `n` of `random`.
 */
export function recordTexts(
  strategy: StrategyOfModels,
  beginnings: readonly Beginning[],
  random: RandomStream,
  { seconds, clock }: { readonly seconds: number; readonly clock: Clock },
): RecordedTexts {
  const own = strategy((model) => model);
  const request = (number: number): DecodeRequest => ({
    ...beginnings[number % beginnings.length] as Beginning,
    random: random.child(number),
  });
  const passes: Pass[] = [];
  const answers: Logits[][] = [];
  let [choices, kept] = [0, 0];
  const began = clock();
  for (let number = 0; number < MOST_TEXTS; number++) {
    const logits: Logits[] = [];
    const decoding = recorded(own(request(number)), (pass, answer) => {
      passes.push(pass);
      logits.push(answer);
      kept += answer.length;
    });
    choices += choicesOf(decoding);
    answers.push(logits);
    if (kept >= MOST_LOGITS || clock() - began >= seconds) break;
  }
  const memory: Memory = { answers: [], next: 0 };
  const models = new Map<LanguageModel, LanguageModel>();
  const remembered = (model: LanguageModel): LanguageModel => {
    const known = models.get(model) ?? rememberedModel(model.spec, memory);
    models.set(model, known);
    return known;
  };
  const chooser = strategy(remembered);
  /** Work on one text after the other. */
  const inTurn = (once: (number: number) => Decoding): Work => {
    let next = 0;
    return () => choicesOf(once(next++ % answers.length));
  };
  return {
    choices,
    passes,
    decode: inTurn((number) => own(request(number))),
    choose: inTurn((number) => {
      memory.answers = answers[number] ?? [];
      memory.next = 0;
      const asked = request(number);
      return chooser({ ...asked, target: remembered(asked.target) });
    }),
  };
}

/** Decodes one text; returns how many tokens were chosen. */
function choicesOf(decoding: Decoding): number {
  const [result] = schedule([decoding], { concurrency: 1 });
  return (result as DecodeResult).logProbs.length;
}

/** `decoding`; `note` is told of every pass and the logits that it gave. */
function* recorded(
  decoding: Decoding,
  note: (pass: Pass, logits: Logits) => void,
): Decoding {
  const texts = new Map<Sequence, Token[]>();
  let answers: readonly Logits[] = [];
  for (;;) {
    const step = decoding.next(answers);
    if (step.done) return step.value;
    const requests = step.value;
    const passes = requests.map(({ sequence, tokens, rows }): Pass => {
      const before = (texts.get(sequence) ?? []).slice(0, sequence.length);
      texts.set(sequence, [...before, ...tokens]);
      return { model: sequence.model, before, tokens: [...tokens], rows };
    });
    answers = yield requests;
    passes.forEach((pass, i) => note(pass, answers[i] as Logits));
  }
}

/** The logits of a text's passes, in order, and which of them the next pass gets. */
interface Memory {
  answers: readonly Logits[];
  next: number;
}

/** A model that reads nothing and answers each pass with the next logits of `memory`. */
function rememberedModel(spec: TextSpec, memory: Memory): LanguageModel {
  const model: LanguageModel = {
    spec,
    forward: (batch) =>
      batch.map(({ sequence, tokens }) => {
        (sequence as RememberedSequence).length += tokens.length;
        return memory.answers[memory.next++] as Logits;
      }),
    open: () => new RememberedSequence(model),
  };
  return model;
}

/** A sequence of {@linkcode rememberedModel}: it has a length and no cache. */
class RememberedSequence implements Sequence {
  length = 0;

  constructor(readonly model: LanguageModel) {}

  truncate(length: number): void {
    this.length = length;
  }

  fork(): Sequence {
    const copy = new RememberedSequence(this.model);
    copy.length = this.length;
    return copy;
  }

  close(): void {}
}

/** Does each of `passes` in turn, on sequences that have read what stood before; counts passes. */
export class RepeatedPasses {
  readonly #passes: readonly (() => void)[];
  readonly #close: (() => void)[] = [];

  /** Reads what stood before each. */
  constructor(passes: readonly Pass[]) {
    this.#passes = passes.map((pass) => this.#prepared(pass));
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

  #prepared({ model, before, tokens, rows }: Pass): () => void {
    // A first pass opens its sequence, as decoding does.
    if (before.length === 0) {
      return () => {
        const sequence = model.open();
        model.forward([{ sequence, tokens, rows }]);
        sequence.close();
      };
    }
    const sequence = model.open();
    this.#close.push(() => sequence.close());
    model.forward([{ sequence, tokens: before, rows: 0 }]);
    const batch: ForwardRequest[] = [{ sequence, tokens, rows }];
    return () => {
      model.forward(batch);
      sequence.truncate(before.length);
    };
  }
}
