/**
 * The tasks of a plan as rows. There may be a million, so they are columns of numbers, and a row is a
 * view of them.
 *
 * @module
 */
import { stages } from "../stages/stages.ts";

/** One task of a plan: enough to share it out, to ask the store for it, and to say what it waits for. */
export interface PlanRow {
  /** Its number, from 1: each after those that it needs. */
  readonly number: number;
  /** The index of the experiment that it is a task of, over all sweeps; of several the first. */
  readonly run: number;
  /** The name of the stage. */
  readonly stage: string;
  /** The model or cell that it belongs to. */
  readonly name: string;
  /** The key of its result. */
  readonly key: string;
  /** The numbers of the tasks whose results it reads. */
  readonly needs: readonly number[];
  /** The number of the first task of its group, which is never divided: a decoding and its measures. */
  readonly group: number;
  /** 0 for groups that need no other, else 1 more than the highest rank of the groups that they need. */
  readonly rank: number;
  /** Estimated time on one thread, seconds. */
  readonly seconds: number;
  /** Estimated memory at its peak on one thread, bytes. */
  readonly memory: number;
}

/** A row before it has a number; its group and its rank follow from its stage and its needs. */
export type NewRow = Omit<PlanRow, "number" | "group" | "rank">;

/** The 32-bit words of a key. */
const KEY_WORDS = 8;
/** For each stage the index of the one that it follows; -1 where it follows none. */
const FOLLOWED: readonly number[] = stages.map(({ follows }) =>
  stages.findIndex(({ name }) => name === follows)
);
const STAGE_INDEX: ReadonlyMap<string, number> = new Map(stages.map(({ name }, i) => [name, i]));

/** The tasks of a plan in order: rows of one run stand together, and so do those of a group. */
export class PlanRows implements Iterable<PlanRow> {
  #length = 0;
  readonly #keys = new Column((size) => new Int32Array(size));
  readonly #stages = new Column((size) => new Uint8Array(size));
  readonly #runs = new Column((size) => new Int32Array(size));
  readonly #names = new Column((size) => new Int32Array(size));
  readonly #groups = new Column((size) => new Int32Array(size));
  /** The rank of each group, at its first task. */
  readonly #ranks = new Column((size) => new Int32Array(size));
  readonly #seconds = new Column((size) => new Float64Array(size));
  readonly #memory = new Column((size) => new Float64Array(size));
  /** Where the needs of each row end in {@linkcode PlanRows.#needs}. */
  readonly #ends = new Column((size) => new Int32Array(size));
  readonly #needs = new Column((size) => new Int32Array(size));
  readonly #texts: string[] = [];
  readonly #textIndex = new Map<string, number>();
  /** The numbers of rows at places that their keys say, 0 where there is none; at most half full. */
  #index = new Int32Array(2048);

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds a row; throws a `RangeError` where it cannot be the next one. */
  add({ run, stage, name, key, needs, seconds, memory }: NewRow): void {
    const number = this.#length + 1;
    const stageIndex = STAGE_INDEX.get(stage);
    if (stageIndex === undefined) throw new RangeError("expected the name of a stage");
    const words = wordsOf(key);
    if (words === undefined) throw new RangeError("expected a key of 64 digits");
    if (this.#find(words) !== undefined) throw new RangeError("expected another key in each row");
    const before = number === 1 ? 0 : this.#runs.at(number - 2);
    if (!Number.isInteger(run) || run < before) {
      throw new RangeError("expected runs in their order");
    }
    const followed = FOLLOWED[stageIndex] as number;
    const last = number === 1 ? 0 : this.#groups.at(number - 2);
    let group = number;
    for (const need of needs) {
      if (!Number.isInteger(need) || need < 1 || need >= number) {
        throw new RangeError("expected needs that stand before it");
      }
      const isFollowed = this.#stages.at(need - 1) === followed && this.#runs.at(need - 1) === run;
      if (isFollowed && this.#groups.at(need - 1) === last) group = last;
    }
    let rank = group === number ? 0 : this.#ranks.at(group - 1);
    for (const need of needs) {
      const other = this.#groups.at(need - 1);
      if (other !== group) rank = Math.max(rank, 1 + this.#ranks.at(other - 1));
    }
    this.#ranks.push(rank);
    this.#ranks.set(group - 1, rank);
    this.#groups.push(group);
    this.#stages.push(stageIndex);
    this.#runs.push(run);
    this.#names.push(this.#textOf(name));
    this.#seconds.push(seconds);
    this.#memory.push(memory);
    for (const word of words) this.#keys.push(word);
    for (const need of needs) this.#needs.push(need);
    this.#ends.push(this.#needs.length);
    this.#length = number;
    if (2 * number > this.#index.length) this.#rebuildIndex();
    else this.#enter(number);
  }

  /** The number of the row with that key; `undefined` where there is none. */
  numberOf(key: string): number | undefined {
    const words = wordsOf(key);
    return words === undefined ? undefined : this.#find(words);
  }

  /** The row with that number; throws a `RangeError` where there is none. */
  at(number: number): PlanRow {
    if (Number.isInteger(number) && number >= 1 && number <= this.#length) {
      return new View(this, number);
    }
    throw new RangeError(`Cannot find task ${number}: expected 1 to ${this.#length}`);
  }

  /** All rows, in order. */
  *[Symbol.iterator](): Iterator<PlanRow> {
    for (let number = 1; number <= this.#length; number++) yield new View(this, number);
  }

  /** The rows of the run with that index, in order. */
  *ofRun(run: number): Generator<PlanRow> {
    let [first, end] = [0, this.#length];
    while (first < end) {
      const middle = (first + end) >> 1;
      if (this.#runs.at(middle) < run) first = middle + 1;
      else end = middle;
    }
    for (; first < this.#length && this.#runs.at(first) === run; first++) {
      yield new View(this, first + 1);
    }
  }

  /** See {@linkcode PlanRow}. @internal */
  run(number: number): number {
    return this.#runs.at(number - 1);
  }

  /** See {@linkcode PlanRow}. @internal */
  stage(number: number): string {
    return stages[this.#stages.at(number - 1)]?.name ?? "";
  }

  /** See {@linkcode PlanRow}. @internal */
  name(number: number): string {
    return this.#texts[this.#names.at(number - 1)] ?? "";
  }

  /** See {@linkcode PlanRow}. @internal */
  key(number: number): string {
    let text = "";
    const end = KEY_WORDS * number;
    for (let i = end - KEY_WORDS; i < end; i++) {
      text += (this.#keys.at(i) >>> 0).toString(16).padStart(8, "0");
    }
    return text;
  }

  /** See {@linkcode PlanRow}. @internal */
  needs(number: number): readonly number[] {
    const begin = number === 1 ? 0 : this.#ends.at(number - 2);
    return this.#needs.part(begin, this.#ends.at(number - 1));
  }

  /** See {@linkcode PlanRow}. @internal */
  group(number: number): number {
    return this.#groups.at(number - 1);
  }

  /** See {@linkcode PlanRow}. @internal */
  rank(number: number): number {
    return this.#ranks.at(this.#groups.at(number - 1) - 1);
  }

  /** See {@linkcode PlanRow}. @internal */
  seconds(number: number): number {
    return this.#seconds.at(number - 1);
  }

  /** See {@linkcode PlanRow}. @internal */
  memory(number: number): number {
    return this.#memory.at(number - 1);
  }

  /** The number of the row with the key of these words. */
  #find(words: Int32Array): number | undefined {
    const mask = this.#index.length - 1;
    for (let at = placeOf(words, 0) & mask;; at = (at + 1) & mask) {
      const number = this.#index[at] as number;
      if (number === 0) return undefined;
      const begin = KEY_WORDS * (number - 1);
      let i = 0;
      while (i < KEY_WORDS && this.#keys.at(begin + i) === words[i]) i++;
      if (i === KEY_WORDS) return number;
    }
  }

  #enter(number: number): void {
    const mask = this.#index.length - 1;
    let at = placeOf(this.#keys.numbers, KEY_WORDS * (number - 1)) & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = number;
  }

  #rebuildIndex(): void {
    this.#index = new Int32Array(2 * this.#index.length);
    for (let number = 1; number <= this.#length; number++) this.#enter(number);
  }

  /** The index of a text: names repeat from run to run. */
  #textOf(text: string): number {
    const known = this.#textIndex.get(text);
    if (known !== undefined) return known;
    this.#textIndex.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }
}

/** Chosen anew in each process, so that nobody can write keys that all have the same place. */
const FACTORS = crypto.getRandomValues(new Int32Array(KEY_WORDS));

/** The place in an index of the key whose words begin at `begin`. */
function placeOf(words: Int32Array, begin: number): number {
  let sum = 0;
  for (let i = 0; i < KEY_WORDS; i++) {
    sum = sum + Math.imul(words[begin + i] as number, (FACTORS[i] as number) | 1) | 0;
  }
  return sum ^ sum >>> 15;
}

/** The words of the key that {@linkcode wordsOf} was asked for last. */
const lastWords = new Int32Array(KEY_WORDS);

/** The words of a key, valid until the next call; `undefined` where it is none. */
function wordsOf(key: string): Int32Array | undefined {
  if (key.length !== 8 * KEY_WORDS) return undefined;
  for (let word = 0, at = 0; word < KEY_WORDS; word++) {
    let value = 0;
    for (const end = at + 8; at < end; at++) {
      const code = key.charCodeAt(at);
      const digit = code >= 48 && code <= 57
        ? code - 48
        : code >= 97 && code <= 102
        ? code - 87
        : -1;
      if (digit < 0) return undefined;
      value = value << 4 | digit;
    }
    lastWords[word] = value;
  }
  return lastWords;
}

/** A row that reads the columns when it is asked. */
class View implements PlanRow {
  readonly #rows: PlanRows;
  readonly number: number;

  constructor(rows: PlanRows, number: number) {
    this.#rows = rows;
    this.number = number;
  }

  get run(): number {
    return this.#rows.run(this.number);
  }

  get stage(): string {
    return this.#rows.stage(this.number);
  }

  get name(): string {
    return this.#rows.name(this.number);
  }

  get key(): string {
    return this.#rows.key(this.number);
  }

  get needs(): readonly number[] {
    return this.#rows.needs(this.number);
  }

  get group(): number {
    return this.#rows.group(this.number);
  }

  get rank(): number {
    return this.#rows.rank(this.number);
  }

  get seconds(): number {
    return this.#rows.seconds(this.number);
  }

  get memory(): number {
    return this.#rows.memory(this.number);
  }
}

/** Numbers in an array that doubles when it is full. */
class Column<Numbers extends Uint8Array | Int32Array | Float64Array> {
  readonly #make: (size: number) => Numbers;
  /** The numbers, and after them room for more. */
  numbers: Numbers;
  #length = 0;

  constructor(make: (size: number) => Numbers) {
    this.#make = make;
    this.numbers = make(1024);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.numbers[index] as number;
  }

  set(index: number, value: number): void {
    this.numbers[index] = value;
  }

  push(value: number): void {
    if (this.#length === this.numbers.length) {
      const larger = this.#make(2 * this.#length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.#length++] = value;
  }

  part(begin: number, end: number): readonly number[] {
    const part: number[] = [];
    for (let i = begin; i < end; i++) part.push(this.numbers[i] as number);
    return part;
  }
}
