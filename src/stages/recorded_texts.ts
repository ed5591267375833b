/**
 * Texts decoded one at a time, recorded so that their parts can be done again by themselves: all of the
 * decoding, one at a time or in batches, the passes of the models alone, and the choosing of tokens alone.
 *
 * @module
 */
import { schedule } from "../decode/scheduler.ts";
import type { DecodeRequest, Decoding, Strategy } from "../decode/strategy.ts";
import type {
  Draw,
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
  /** The token that the engine drew in place of giving logits, if it did. */
  readonly draw?: Readonly<Draw> | undefined;
}

/** Texts that a strategy decoded. */
export interface RecordedTexts {
  /** Tokens chosen, EOS counted. */
  readonly choices: number;
  /** Every pass of every model, in order. */
  readonly passes: readonly Pass[];
  /** Decodes the next {@linkcode BATCH} of the texts again, in a circle. Counts choices. */
  readonly decode: Work;
  /** The same with so many texts at a time, at least as many in each batch. */
  readonly decodeTogether: (streams: number) => Work;
  /** The same with logits from memory in place of passes: what is left is choosing. */
  readonly choose: Work;
}

/** Texts to record; fewer where they take long, or more memory than {@linkcode MOST_LOGITS}. */
const MOST_TEXTS = 200;
/** Numbers in logits and distributions kept: 4 MiB. */
const MOST_LOGITS = 2 ** 19;
/** Texts that are decoded before the clock is read: short ones take longer for a token than long ones. */
export const BATCH = 10;
/** Texts that are decoded in a rehearsal: code and numbers are then near the processor. */
const REHEARSED = 2;

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
  const answers: Answer[][] = [];
  const choices: number[] = [];
  let kept = 0;
  const began = clock();
  for (let number = 0; number < MOST_TEXTS; number++) {
    const given: Answer[] = [];
    const decoding = recorded(own(request(number)), (pass, logits) => {
      passes.push(pass);
      given.push({ logits, draw: pass.draw });
      kept += logits.length + (pass.draw?.distribution?.length ?? 0);
    });
    choices.push(choicesOf([decoding], 1));
    answers.push(given);
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
  const batches = evenBatches(choices, Math.ceil(choices.length / BATCH));
  /** Work on the texts of one batch after the other. */
  const inTurn = (once: (number: number) => Decoding): Work => {
    const nextOf = inCircle(batches, REHEARSED);
    return (isRehearsal) =>
      nextOf(isRehearsal).reduce((sum, number) => sum + choicesOf([once(number)], 1), 0);
  };
  return {
    choices: choices.reduce((sum, count) => sum + count, 0),
    passes,
    decode: inTurn((number) => own(request(number))),
    decodeTogether(streams) {
      // Texts that were too many to record are decoded all the same: there is one for each stream.
      const all = Array.from(
        { length: Math.max(streams, choices.length) },
        (_, i) => choices[i] ?? 0,
      );
      const batches = evenBatches(all, Math.floor(all.length / streams));
      const nextOf = inCircle(batches, streams);
      return (isRehearsal) =>
        choicesOf(nextOf(isRehearsal).map((number) => own(request(number))), streams);
    },
    choose: inTurn((number) => {
      memory.answers = answers[number] ?? [];
      memory.next = 0;
      const asked = request(number);
      return chooser({ ...asked, target: remembered(asked.target) });
    }),
  };
}

/** Gives the next of `batches` each time, or so many texts of the last one again. */
function inCircle(
  batches: readonly number[][],
  rehearsed: number,
): (isAgain?: boolean) => readonly number[] {
  let next = 0;
  return (isAgain = false) => {
    if (!isAgain) next++;
    const batch = batches[next % batches.length] ?? [];
    return isAgain ? batch.slice(0, rehearsed) : batch;
  };
}

/** The numbers of the texts with so many `choices` in `count` batches that have as many long ones each. */
function evenBatches(choices: readonly number[], count: number): number[][] {
  const byLength = [...choices.keys()].sort((a, b) =>
    (choices[a] as number) - (choices[b] as number)
  );
  const batches = Array.from({ length: count }, (): number[] => []);
  byLength.forEach((number, place) => batches[place % batches.length]?.push(number));
  return batches;
}

/** Decodes texts, so many at a time; returns how many tokens were chosen. */
function choicesOf(decodings: readonly Decoding[], concurrency: number): number {
  return schedule(decodings, { concurrency })
    .reduce((sum, { logProbs }) => sum + logProbs.length, 0);
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
    passes.forEach((pass, i) => {
      const draw = requests[i]?.draw;
      const logits = answers[i] as Logits;
      const isDrawn = draw !== undefined && pass.rows > 0 && logits.length === 0;
      note(isDrawn ? { ...pass, draw: ownDraw(draw) } : pass, logits);
    });
  }
}

/** The answer to a pass: logits, or what was drawn. */
interface Answer {
  readonly logits: Logits;
  readonly draw: Readonly<Draw> | undefined;
}

/** The answers to a text's passes, in order, and which of them the next pass gets. */
interface Memory {
  answers: readonly Answer[];
  next: number;
}

/** A model that reads nothing and answers each pass with the next answer of `memory`. */
function rememberedModel(spec: TextSpec, memory: Memory): LanguageModel {
  const model: LanguageModel = {
    spec,
    forward: (batch) =>
      batch.map(({ sequence, tokens, draw }) => {
        (sequence as RememberedSequence).length += tokens.length;
        const answer = memory.answers[memory.next++] as Answer;
        if (draw !== undefined && answer.draw !== undefined) {
          draw.token = answer.draw.token;
          draw.logProb = answer.draw.logProb;
          draw.warpedLogProb = answer.draw.warpedLogProb;
          copyRow(answer.draw.distribution, draw.distribution);
        }
        return answer.logits;
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

/** A copy of a draw and its distribution: the engine writes in both. */
export function ownDraw(draw: Readonly<Draw>): Draw {
  return { ...draw, distribution: draw.distribution?.slice() };
}

function copyRow(from: Float64Array | undefined, to: Float64Array | undefined): void {
  if (from === undefined || to === undefined) return;
  for (let v = 0; v < from.length; v++) to[v] = from[v] as number;
}
