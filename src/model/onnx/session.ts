/**
 * A graph that is loaded and the caches of its sequences. Lives in a thread of its own, because an
 * onnxruntime answers later, and {@linkcode LanguageModel.forward} at once.
 *
 * Letters as in `transformer_graph.ts`.
 *
 * @module
 */
import type { TransformerSpec } from "../transformer.ts";
import { LayerCaches, type Numbers, roomFor } from "./caches.ts";
import type { RealType } from "./graph.ts";
import type { OrtModule, OrtSession, OrtTensor } from "./ort.ts";
import { inputs, type TransformerGraph } from "./transformer_graph.ts";

/** The next tokens of a sequence, as a session sees it. */
export interface SlotRequest {
  /** Where the sequence's cache is. */
  readonly slot: number;
  /** Tokens that it holds. */
  readonly length: number;
  /** The tokens to read. */
  readonly tokens: readonly number[];
  /** How many of the last rows to return logits for. */
  readonly rows: number;
}

/** A cache that begins as a copy of another. */
export interface SlotCopy {
  /** The origin. */
  readonly from: number;
  /** The copy. */
  readonly to: number;
  /** Positions to copy. */
  readonly length: number;
}

/** The most tokens of one sequence in one pass; fewer where their scores would be more than that many. */
const MOST_TOKENS = 256;
const MOST_SCORES = 2 ** 24;
/** The most logits of several sequences in one pass. */
const MOST_LOGITS = 2 ** 24;
/** A sequence joins a pass while at least this share of the rows of attention are tokens. */
const LEAST_FILLING = 0.5;

/** Tokens of one sequence that are read in one pass. */
interface Piece {
  readonly request: SlotRequest;
  /** The index of the request in the batch. */
  readonly index: number;
  /** The first of its tokens. */
  readonly first: number;
  /** How many. */
  readonly count: number;
}

/** Computes the next logits of many sequences. */
export class TransformerSession {
  readonly #ort: OrtModule;
  readonly #session: OrtSession;
  /** The model's sizes. */
  readonly spec: TransformerSpec;
  readonly #type: RealType;
  readonly #outputs: TransformerGraph["outputs"];
  readonly #fetches: readonly string[];
  readonly #keys: LayerCaches;
  readonly #values: LayerCaches;
  readonly #leastRows: number;

  /** Of a loaded graph; every product has at least `leastRows` rows. */
  constructor(
    ort: OrtModule,
    session: OrtSession,
    { spec, type, outputs, leastRows }: {
      spec: TransformerSpec;
      type: RealType;
      outputs: TransformerGraph["outputs"];
      leastRows: number;
    },
  ) {
    this.#ort = ort;
    this.#session = session;
    this.spec = spec;
    this.#type = type;
    this.#outputs = outputs;
    this.#fetches = [outputs.logits, ...outputs.keys, ...outputs.values];
    this.#leastRows = leastRows;
    const { layers, keyValueHeads, headWidth } = spec;
    this.#keys = new LayerCaches(type, layers, keyValueHeads, headWidth);
    this.#values = new LayerCaches(type, layers, keyValueHeads, headWidth + 1);
  }

  /** Makes the copies, reads the tokens; `take` gets the logits of each request, `[n, V]` from `row` on. */
  async forward(
    copies: readonly SlotCopy[],
    requests: readonly SlotRequest[],
    take: (index: number, row: number, logits: Numbers) => void,
  ): Promise<void> {
    let slots = 0;
    let positions = 0;
    for (const { to, length } of copies) {
      slots = Math.max(slots, to + 1);
      positions = Math.max(positions, length);
    }
    for (const { slot, length, tokens } of requests) {
      slots = Math.max(slots, slot + 1);
      positions = Math.max(positions, length + tokens.length);
    }
    for (const caches of [this.#keys, this.#values]) {
      caches.reserve(slots, positions);
      for (const { from, to, length } of copies) caches.copy(from, to, length);
    }
    for (const pieces of this.#passes(requests)) await this.#pass(pieces, take);
  }

  /** Divides requests into passes: long ones into pieces, each pass with pieces of like lengths. */
  *#passes(requests: readonly SlotRequest[]): Generator<Piece[]> {
    const { heads, vocabSize } = this.spec;
    const most = Math.max(...requests.map(({ tokens }) => tokens.length));
    const fitting = Math.floor(MOST_SCORES / (heads * this.#keys.room));
    const size = Math.max(1, Math.min(MOST_TOKENS, fitting));
    for (let first = 0; first < most; first += size) {
      const pieces = requests.map((request, index): Piece => {
        const count = Math.min(size, request.tokens.length - first);
        return { request, index, first, count };
      }).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
      let pass: Piece[] = [];
      let tokens = 0;
      let rows = 0;
      for (const piece of pieces) {
        const longest = pass[0]?.count ?? piece.count;
        const attended = longest * (pass.length + 1);
        if (
          pass.length > 0 &&
          (tokens + piece.count < LEAST_FILLING * attended ||
            attended * heads * this.#keys.room > MOST_SCORES ||
            (rows + rowsOf(piece)) * vocabSize > MOST_LOGITS)
        ) {
          yield pass;
          [pass, tokens, rows] = [[], 0, 0];
        }
        pass.push(piece);
        tokens += piece.count;
        rows += rowsOf(piece);
      }
      if (pass.length > 0) yield pass;
    }
  }

  async #pass(
    pieces: readonly Piece[],
    take: (index: number, row: number, logits: Numbers) => void,
  ): Promise<void> {
    const { layers, keyValueHeads: G, heads: H, headWidth, positions, vocabSize } = this.spec;
    const sorted = pieces.toSorted((a, b) => a.request.slot - b.request.slot);
    const slots = sorted.map(({ request }) => request.slot);
    const ends = sorted.map(({ request, first, count }) => request.length + first + count);
    const needed = roomFor(Math.max(...ends));
    const [lowest, highest] = [slots[0] as number, slots.at(-1) as number];
    // A span with holes, and with more positions than needed, is still less work than a copy.
    const areNeighbours = highest - lowest + 1 <= 1.5 * slots.length &&
      this.#keys.room <= 1.5 * needed;
    const places = areNeighbours ? slots.map((slot) => slot - lowest) : [...slots.keys()];
    const all = areNeighbours
      ? Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
      : slots;
    const selection = { slots: all, positions: Math.min(needed, this.#keys.room) };
    const P = areNeighbours ? this.#keys.room : selection.positions;
    const S = all.length;

    const tokenCount = sorted.reduce((sum, { count }) => sum + count, 0);
    const R = Math.max(tokenCount, this.#leastRows);
    const perGroup = H / G;
    const T = Math.max(
      Math.ceil(this.#leastRows / perGroup),
      ...sorted.map(({ count }) => count),
    );
    const tokens = new Integers(R);
    const rowPositions = new Int32Array(R);
    const scatter = new Integers(R * G * 3);
    const queryRows = new Integers(S * T);
    const queryPositions = new Integers(S * perGroup * T);
    const attended = new Integers(R);
    const logitRows: number[] = [];
    let row = 0;
    const setRow = (piece: Piece, s: number, i: number): void => {
      const { request, first } = piece;
      const position = request.length + first + i;
      tokens.set(row, request.tokens[first + i] as number);
      rowPositions[row] = position;
      attended.set(row, s * T + i);
      for (let g = 0; g < G; g++) {
        scatter.set((row * G + g) * 3, s);
        scatter.set((row * G + g) * 3 + 1, g);
        scatter.set((row * G + g) * 3 + 2, position);
      }
      row++;
    };
    sorted.forEach((piece, k) => {
      const s = places[k] as number;
      const start = row;
      for (let i = 0; i < piece.count; i++) setRow(piece, s, i);
      for (let t = 0; t < T; t++) {
        const last = start + Math.min(t, piece.count - 1);
        queryRows.set(s * T + t, last);
        for (let h = 0; h < perGroup; h++) {
          queryPositions.set((s * perGroup + h) * T + t, rowPositions[last] as number);
        }
      }
      for (let i = piece.count - rowsOf(piece); i < piece.count; i++) logitRows.push(start + i);
    });
    // Rows beyond the tokens repeat the last one: they store what is stored there anyway.
    while (row < R) {
      setRow(sorted.at(-1) as Piece, places.at(-1) as number, (sorted.at(-1) as Piece).count - 1);
    }
    const asked = logitRows.length;
    while (logitRows.length < this.#leastRows) logitRows.push(row - 1);

    const { Tensor } = this.#ort;
    const integers = ({ data }: Integers, ...sizes: number[]): OrtTensor =>
      new Tensor("int64", data, sizes);
    const feeds: Record<string, OrtTensor> = {
      [inputs.tokens]: integers(tokens, R),
      [inputs.ones]: new Tensor(this.#type, this.#numbers(R * G).fill(1), [R, G, 1]),
      [inputs.places]: integers(scatter, R, G, 3),
      [inputs.queryRows]: integers(queryRows, S, T),
      [inputs.queryPositions]: integers(queryPositions, S, 1, perGroup * T, 1),
      [inputs.keyPositions]: integers(Integers.of([...Array(P).keys()]), P),
      [inputs.attendedRows]: integers(attended, R),
      [inputs.logitRows]: integers(Integers.of(logitRows), logitRows.length),
    };
    if (positions === "learned") {
      feeds[inputs.positions] = integers(Integers.of([...rowPositions]), R);
    } else {
      const half = headWidth / 2;
      const [cosines, sines] = [this.#numbers(R * half), this.#numbers(R * half)];
      rowPositions.forEach((position, r) => {
        positions.frequencies.forEach((frequency, i) => {
          cosines[r * half + i] = positions.scale * Math.cos(position * frequency);
          sines[r * half + i] = positions.scale * Math.sin(position * frequency);
        });
      });
      feeds[inputs.cosines] = new Tensor(this.#type, cosines, [R, 1, half]);
      feeds[inputs.sines] = new Tensor(this.#type, sines, [R, 1, half]);
    }
    for (let layer = 0; layer < layers; layer++) {
      for (const [name, caches] of [["keys", this.#keys], ["values", this.#values]] as const) {
        const { numbers, sizes } = caches.past(layer, selection, areNeighbours);
        feeds[`past_${name}.${layer}`] = new Tensor(this.#type, numbers, sizes);
      }
    }
    const results = await this.#session.run(feeds, this.#fetches);
    const numbersOf = (name: string): Numbers => (results[name] as OrtTensor).data as Numbers;
    for (let layer = 0; layer < layers; layer++) {
      const keys = numbersOf(this.#outputs.keys[layer] as string);
      const values = numbersOf(this.#outputs.values[layer] as string);
      let row = 0;
      for (const { request, first, count } of sorted) {
        for (let i = 0; i < count; i++, row++) {
          this.#keys.store(layer, keys, row, request.slot, request.length + first + i);
          this.#values.store(layer, values, row, request.slot, request.length + first + i);
        }
      }
    }
    const logits = numbersOf(this.#outputs.logits);
    let answered = 0;
    for (const piece of sorted) {
      const rows = rowsOf(piece);
      if (rows === 0) continue;
      const { request, first, count, index } = piece;
      const before = first + count - rows - (request.tokens.length - request.rows);
      take(index, before, logits.subarray(answered * vocabSize, (answered + rows) * vocabSize));
      answered += rows;
    }
    if (answered !== asked) throw new Error(`${answered} rows of logits for ${asked}`);
  }

  #numbers(length: number): Numbers {
    return this.#type === "float64" ? new Float64Array(length) : new Float32Array(length);
  }
}

/** The rows of logits that a piece is asked for: those of the last `request.rows` tokens in it. */
function rowsOf({ request, first, count }: Piece): number {
  return Math.max(0, first + count - Math.max(first, request.tokens.length - request.rows));
}

/** Integers of 64 bits that are written as such of 32. */
class Integers {
  readonly data: BigInt64Array<ArrayBuffer>;
  readonly #words: Int32Array;

  constructor(length: number) {
    this.data = new BigInt64Array(length);
    this.#words = new Int32Array(this.data.buffer);
  }

  static of(values: readonly number[]): Integers {
    const made = new Integers(values.length);
    values.forEach((value, i) => made.set(i, value));
    return made;
  }

  /** Sets a number that is not negative; the low word comes first. */
  set(at: number, value: number): void {
    this.#words[2 * at] = value;
  }
}
