import { table, thousands } from "../../src/report/markdown.ts";
import type { FaultKind, Finding } from "./kind.ts";

/** What was found of one kind of fault. */
export class Tally {
  readonly #kind: FaultKind;
  readonly #ends = { survived: 0, named: 0, unnamed: 0, lost: 0 };
  /** For each kind of finding, the number of faults that had been tried when it first came. */
  readonly #first = new Map<string, number>();
  #tried = 0;
  #skipped: string | undefined;

  /** Of `kind`; nothing has been tried. */
  constructor(kind: FaultKind) {
    this.#kind = kind;
  }

  /** Takes in what came of a fault. */
  add({ fault, end, said, count = 1 }: Finding): void {
    this.#tried += count;
    this.#ends[end] += count;
    const signature = `${fault}: ${end}: ${said}`;
    if (count > 0 && !this.#first.has(signature)) this.#first.set(signature, this.#tried);
  }

  /** Records why the kind cannot be tried here. */
  skip(reason: string): void {
    this.#skipped = reason;
  }

  /** Faults that were lost or not named. */
  get bad(): number {
    return this.#ends.unnamed + this.#ends.lost;
  }

  /** The kinds of findings, in the order in which they came first. */
  get findings(): readonly string[] {
    return [...this.#first.keys()];
  }

  /** The kinds of findings that came first in the last third of the faults. */
  get late(): readonly string[] {
    const begin = Math.floor(this.#tried * 2 / 3);
    return [...this.#first].filter(([, at]) => at > begin).map(([finding]) => finding);
  }

  /** The row of the table. */
  row(): readonly string[] {
    const { title } = this.#kind;
    if (this.#skipped !== undefined) return [title, "skipped", "", "", "", "", "", ""];
    const { named, unnamed, lost } = this.#ends;
    return [
      title,
      ...[this.#tried, this.#tried - lost, named, unnamed, lost].map(thousands),
      thousands(this.#first.size),
      thousands(this.late.length),
    ];
  }

  /** Why it was skipped, or what its last third found that was new, as a line below the table. */
  line(): string {
    const { title } = this.#kind;
    if (this.#skipped !== undefined) return `${title}: skipped: ${this.#skipped}`;
    if (this.#tried === 0) return `${title}: nothing was tried`;
    return this.late.length === 0
      ? `${title}: the last third found no new kind of ending`
      : `${title}: the last third found ${this.late.length} new kinds of ending, last: ${
        this.late.at(-1)
      }`;
  }
}

const HEADER = [
  "faults",
  "tried",
  "survived",
  "named",
  "unnamed",
  "lost",
  "kinds of ending",
  "new in last third",
];

/** The table of all kinds, and the lines below it. */
export function summary(tallies: readonly Tally[]): string {
  return [
    table(HEADER, tallies.map((tally) => tally.row())),
    "",
    ...tallies.map((tally) => tally.line()),
  ].join("\n");
}
