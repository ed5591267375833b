// @ts-types="../declarations/cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import type { Progress } from "../runs/progress.ts";
import { notice } from "./command.ts";
import { Pace } from "./pace.ts";
import { obeysEscapes } from "./terminal.ts";

/** Tells nobody. */
export const silent: Progress = { begin() {}, advance() {}, end() {} };

/** A bar on a terminal that can redraw a line; elsewhere lines, few and far between. */
export function visibleProgress(): Progress {
  return obeysEscapes(Deno.stderr) ? bars() : lines(notice, () => performance.now());
}

function bars(): Progress {
  let bar: SingleBar | undefined;
  let pace: Pace | undefined;
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
    advance(done) {
      pace?.advance(done);
      bar?.update(done);
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** Cells of a terminal that the bar itself takes. */
const WIDEST_BAR = 30;
const NARROWEST_BAR = 5;

/**
 * A line of less than `width` cells: the bar becomes shorter, then goes, before what it says is cut.
 *
 * @internal
 */
export function barText(pace: Pace, width: number): string {
  // The last cell stays free: where it is written, some terminals go to the next line.
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
 * A line when a stage ends, and in one that takes long one from time to time: after ten seconds, after
 * twenty more, and so on, at last every five minutes. `now` is a clock, milliseconds.
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
    advance(done) {
      pace?.advance(done);
      if (pace === undefined || now() < next) return;
      wait = Math.min(2 * wait, LONGEST_WAIT);
      next = now() + wait;
      show([`${pace.stage}: ${pace.count}`, pace.outlook].filter((part) => part !== "").join(", "));
    },
    end() {
      if (pace !== undefined) show(`${pace.stage}: ${pace.count} in ${pace.elapsed}`);
      pace = undefined;
    },
  };
}
