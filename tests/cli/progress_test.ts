// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { barText, downloadProgress, lines, Pace } from "../../src/cli/progress.ts";

/** A clock that stands still but for what is added to `seconds`. */
function fakeClock(): { seconds: number; now: () => number } {
  const clock = { seconds: 1000, now: () => clock.seconds * 1000 };
  return clock;
}

/** The lines of a stage of `total` steps, of which `before` were done, one done every `every` seconds. */
function linesOf(total: number, every: number, before = 0): string[] {
  const shown: string[] = [];
  const clock = fakeClock();
  const began = clock.seconds;
  const progress = lines(
    (line) => shown.push(`${Math.round(clock.seconds - began)} s: ${line}`),
    clock.now,
  );
  progress.begin("training target", total, "steps", before);
  for (let done = before + 1; done <= total; done++) {
    clock.seconds += every;
    progress.advance(done, before);
  }
  progress.end();
  return shown;
}

const stages: readonly [string, Parameters<typeof linesOf>, string[]][] = [
  ["a short stage has one line, at its end", [700, 0.002], [
    "1 s: training target: 700 of 700 steps in 1.4 s",
  ]],
  ["a longer one after 10 s and 20 s more", [90, 0.5], [
    "10 s: training target: 20 of 90 steps, 2/s, 35 s left",
    "30 s: training target: 60 of 90 steps, 2/s, 15 s left",
    "45 s: training target: 90 of 90 steps in 45 s",
  ]],
  ["finally every five minutes", [34, 60], [
    "60 s: training target: 1 of 34 steps, 1 min 0 s each, 33 min 0 s left",
    "120 s: training target: 2 of 34 steps, 1 min 0 s each, 32 min 0 s left",
    "180 s: training target: 3 of 34 steps, 1 min 0 s each, 31 min 0 s left",
    "300 s: training target: 5 of 34 steps, 1 min 0 s each, 29 min 0 s left",
    "480 s: training target: 8 of 34 steps, 1 min 0 s each, 26 min 0 s left",
    "780 s: training target: 13 of 34 steps, 1 min 0 s each, 21 min 0 s left",
    "1080 s: training target: 18 of 34 steps, 1 min 0 s each, 16 min 0 s left",
    "1380 s: training target: 23 of 34 steps, 1 min 0 s each, 11 min 0 s left",
    "1680 s: training target: 28 of 34 steps, 1 min 0 s each, 6 min 0 s left",
    "1980 s: training target: 33 of 34 steps, 1 min 0 s each, 1 min 0 s left",
    "2040 s: training target: 34 of 34 steps in 34 min 0 s",
  ]],
  ["units done before do not count for the rate", [1040, 1, 1000], [
    "10 s: training target: 1010 of 1040 steps, 1/s, 30 s left",
    "30 s: training target: 1030 of 1040 steps, 1/s, 10 s left",
    "40 s: training target: 1040 of 1040 steps (1000 by an earlier run) in 40 s",
  ]],
];

for (const [name, stage, expected] of stages) {
  Deno.test(`lines: ${name}`, () => assertEquals(linesOf(...stage), expected));
}

const beginnings: readonly [string, number, number, string][] = [
  ["after the first of many, which takes longest", 1, 1, ""],
  ["after a hundredth", 2, 700, "350/s, 3 min 18 s left"],
  ["after five seconds", 5, 100, "20/s, 58 min 15 s left"],
  ["before a hundredth and five seconds", 4.9, 699, ""],
];

const rates: readonly [string, number, number, number, string][] = [
  ["many a second", 10, 10, 20, "1/s, 10 s left"],
  ["fewer than one a second: how long each takes", 52, 2, 4, "26 s each, 52 s left"],
  ["hardly anything left: a second, not none", 10, 999, 1000, "100/s, 1 s left"],
  ["nothing left", 26, 1, 1, ""],
];

for (const [what, seconds, done, total, expected] of rates) {
  Deno.test(`outlook: ${what}`, () => {
    const clock = fakeClock();
    const pace = new Pace("timing", { total, unit: "cells", before: 0, now: clock.now });
    clock.seconds += seconds;
    pace.advance(done, 0);
    assertEquals(pace.outlook, expected);
  });
}

for (const [when, seconds, done, expected] of beginnings) {
  Deno.test(`outlook: of 70,000 steps, ${when}: ${expected || "none"}`, () => {
    const clock = fakeClock();
    const of = { total: 70_000, unit: "steps", before: 0, now: clock.now };
    const pace = new Pace("training target", of);
    clock.seconds += seconds;
    pace.advance(done, 0);
    assertEquals(pace.outlook, expected);
  });
}

/** A stage of 700 steps that has done `done` of them in 2 s. */
function paceAt(done: number): Pace {
  const clock = fakeClock();
  const pace = new Pace("training target", {
    total: 700,
    unit: "steps",
    before: 0,
    now: clock.now,
  });
  clock.seconds += 2;
  pace.advance(done, 0);
  return pace;
}

const bars: readonly [number, number, string][] = [
  [80, 0, "training target ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 700 steps"],
  [81, 350, "training target ███████████████░░░░░░░░░░░░░░░ 350 of 700 steps, 175/s, 2 s left"],
  [60, 350, "training target █████░░░░ 350 of 700 steps, 175/s, 2 s left"],
  [50, 350, "training target 350 of 700 steps, 175/s, 2 s left"],
  [30, 350, "training target 350 of 700 st"],
  [1, 350, ""],
];

for (const [width, done, expected] of bars) {
  Deno.test(`barText: ${done} of 700 steps on a terminal of ${width} cells`, () => {
    assertEquals(barText(paceAt(done), width), expected);
  });
}

Deno.test("barText: is shorter than the terminal is wide (widths 1 to 200)", () => {
  for (let width = 1; width <= 200; width++) {
    assert(barText(paceAt(699), width).length < width, `${width}`);
  }
});

for (const [exactly, unit] of [[true, "KiB"], [false, "KiB at most"]] as const) {
  Deno.test(`downloadProgress: counts ${unit}, those of an earlier call among them`, () => {
    const shown: string[] = [];
    const clock = fakeClock();
    const watch = downloadProgress(lines((line) => shown.push(line), clock.now));
    watch.begin("the corpus", 10_000, 2048, exactly);
    clock.seconds += 2;
    watch.advance(9000);
    watch.end();
    assertEquals(shown, [
      `downloading the corpus: 9 of 10 ${unit} (2 by an earlier run) in 2 s`,
    ]);
  });
}
