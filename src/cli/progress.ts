import process from "node:process";
// @ts-types="../declarations/cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import type { DownloadWatch } from "../data/download.ts";
import type { Progress } from "../runs/progress.ts";
import { escapeControl } from "../text/characters.ts";
import { formatDuration } from "../text/format.ts";
import { notice, obeysEscapes } from "./terminal.ts";

/** Shows nothing. */
export const silent: Progress = { begin() {}, advance() {}, end() {} };

/** A bar on a terminal that can redraw a line; elsewhere lines, few and far between. */
export function visibleProgress(): Progress {
  return obeysEscapes(Deno.stderr) ? bars() : lines(notice, () => performance.now());
}

/** Shows a download on `progress`, in KiB. */
export function downloadProgress(progress: Progress): DownloadWatch {
  const kib = (bytes: number): number => Math.ceil(bytes / 1024);
  let earlier = 0;
  return {
    wait: (what) => notice(`waiting for another process that downloads ${what}`),
    begin(what, most, before, exactly) {
      earlier = before;
      const unit = exactly ? "KiB" : "KiB at most";
      progress.begin(`downloading ${what}`, kib(most), unit, kib(before));
    },
    advance: (bytes) => progress.advance(kib(bytes), kib(earlier)),
    end: () => progress.end(),
  };
}

function bars(): Progress {
  let bar: SingleBar | undefined;
  let pace: Pace | undefined;
  // The terminal may be closed while a run goes on to a point where it can end.
  process.stderr.on("error", () => {});
  return {
    begin(stage, total, unit, before = 0) {
      const current = new Pace(stage, { total, unit, before, now: () => performance.now() });
      pace = current;
      bar = new SingleBar({
        format: (_options, { maxWidth }) => barText(current, maxWidth),
        // An interrupt ends the process at once, and must leave the terminal as it was.
        hideCursor: false,
        linewrap: true,
        clearOnComplete: true,
        fps: 10,
      });
      bar.start(total, before);
    },
    advance(done, before) {
      pace?.advance(done, before);
      bar?.update(done);
    },
    end() {
      bar?.stop();
      // The bar goes, and what it led to stays.
      if (pace !== undefined) notice(pace.ended);
      [bar, pace] = [undefined, undefined];
    },
  };
}

/** The width of the bar itself, in cells of the terminal. */
const WIDEST_BAR = 30;
const NARROWEST_BAR = 5;

/**
 * A line of less than `width` cells: first the bar gets shorter, then it goes, then the text is cut.
 *
 * @internal
 */
export function barText(pace: Pace, width: number): string {
  // The last cell stays free: some terminals go to the next line once it is written.
  const room = Math.max(0, width - 1);
  const text = [pace.count, pace.outlook].filter((part) => part !== "").join(", ");
  const cells = Math.min(WIDEST_BAR, room - pace.stage.length - text.length - 2);
  if (cells < NARROWEST_BAR) return `${pace.stage} ${text}`.slice(0, room);
  const full = Math.round(cells * pace.share);
  return `${pace.stage} ${"█".repeat(full)}${"░".repeat(cells - full)} ${text}`;
}

/** Milliseconds to the first line of a stage; each further one takes twice as long to come. */
const FIRST_LINE = 10_000;
const LONGEST_WAIT = 300_000;

/**
 * A line at the end of a stage and, if it takes long, from time to time: after ten seconds, after
 * twenty more, and so on, finally every five minutes. `now` is a clock in milliseconds.
 *
 * @internal
 */
export function lines(show: (line: string) => void, now: () => number): Progress {
  let pace: Pace | undefined;
  let wait = FIRST_LINE;
  let next = 0;
  return {
    begin(stage, total, unit, before = 0) {
      pace = new Pace(stage, { total, unit, before, now });
      wait = FIRST_LINE;
      next = now() + wait;
    },
    advance(done, before) {
      pace?.advance(done, before);
      if (pace === undefined || now() < next) return;
      wait = Math.min(2 * wait, LONGEST_WAIT);
      next = now() + wait;
      show([`${pace.stage}: ${pace.count}`, pace.outlook].filter((part) => part !== "").join(", "));
    },
    end() {
      if (pace !== undefined) show(pace.ended);
      pace = undefined;
    },
  };
}

/** A rate is told once this much is done, of the time or of the units. */
const ENOUGH_SECONDS = 5;
const ENOUGH_SHARE = 0.01;

/**
 * How far a stage is and how fast it goes, in words.
 *
 * @internal
 */
export class Pace {
  /** The stage: `training target`. */
  readonly stage: string;
  readonly #total: number;
  readonly #unit: string;
  #before: number;
  readonly #began: number;
  readonly #now: () => number;
  #done: number;

  /**
   * Of `stage`, which has `total` `unit`s of which `before` were done already; `now` is a clock in
   * milliseconds.
   */
  constructor(
    stage: string,
    { total, unit, before, now }: {
      total: number;
      unit: string;
      before: number;
      now: () => number;
    },
  ) {
    this.stage = escapeControl(stage);
    this.#total = total;
    this.#unit = unit;
    this.#before = before;
    this.#now = now;
    this.#began = now();
    this.#done = before;
  }

  /** Sets how many units are done, and how many of them were done before. */
  advance(done: number, before: number): void {
    this.#done = done;
    this.#before = before;
  }

  /** The share of its units that is done. */
  get share(): number {
    return this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
  }

  /** `300 of 700 steps`. */
  get count(): string {
    return `${this.#done} of ${this.#total} ${this.#unit}`;
  }

  /** `training target: 700 of 700 steps (300 by an earlier run) in 1.4 s`, once it has ended. */
  get ended(): string {
    const earlier = this.#before > 0 ? ` (${this.#before} by an earlier run)` : "";
    return `${this.stage}: ${this.count}${earlier} in ${formatDuration(this.#seconds())}`;
  }

  /**
   * `45/s, 9 s left` or `26 s each, 2 min 10 s left`; empty until enough is done, since the first units
   * take much longer, and once nothing is left.
   */
  get outlook(): string {
    const seconds = this.#seconds();
    const done = this.#done - this.#before;
    const isEnough = seconds >= ENOUGH_SECONDS ||
      done >= ENOUGH_SHARE * (this.#total - this.#before);
    const perSecond = isEnough ? done / seconds : NaN;
    if (!(perSecond > 0) || !Number.isFinite(perSecond)) return "";
    const left = (this.#total - this.#done) / perSecond;
    return left > 0 ? `${rateText(perSecond)}, ${formatDuration(Math.ceil(left))} left` : "";
  }

  #seconds(): number {
    return (this.#now() - this.#began) / 1000;
  }
}

/** `123/s` or `4.5/s`: two digits, or all of those before the point; of what takes longer, `26 s each`. */
function rateText(perSecond: number): string {
  if (perSecond < 1) return `${formatDuration(1 / perSecond)} each`;
  return `${perSecond >= 10 ? perSecond.toFixed(0) : Number(perSecond.toPrecision(2))}/s`;
}
