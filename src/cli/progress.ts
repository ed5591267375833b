// @ts-types="../declarations/cli_progress.d.ts"
import { SingleBar } from "cli-progress";
import type { Progress } from "../pipeline/progress.ts";
import { notice } from "./command.ts";

/** Tells nobody. */
export const silent: Progress = { begin() {}, advance() {}, end() {} };

/** A bar on a terminal; elsewhere a line when a stage ends. */
export function visibleProgress(): Progress {
  return Deno.stderr.isTerminal() ? bars() : lines();
}

function bars(): Progress {
  let bar: SingleBar | undefined;
  return {
    begin(stage, total) {
      bar = new SingleBar({
        format: `${stage.padEnd(16)} {bar} {value}/{total}  {eta_formatted} left`,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 30,
        // An interrupt ends the process at once, and must leave the terminal as it was.
        hideCursor: false,
        linewrap: true,
        clearOnComplete: true,
        fps: 10,
      });
      bar.start(total, 0);
    },
    advance(done) {
      bar?.update(done);
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function lines(): Progress {
  let current = "";
  let began = 0;
  let steps = 0;
  return {
    begin(stage, total) {
      current = stage;
      steps = total;
      began = performance.now();
    },
    advance() {},
    end() {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      notice(`${current}: ${steps} of ${steps} in ${seconds} s`);
    },
  };
}
