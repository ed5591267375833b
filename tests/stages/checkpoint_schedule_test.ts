// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { CheckpointSchedule } from "../../src/stages/train_model.ts";

/** Saves that take so many seconds, and when each begins where a training asks every second. */
const cases: readonly [what: string, took: readonly number[], began: readonly number[]][] = [
  ["those that take no time, every five seconds", [0, 0, 0], [5, 10, 15]],
  ["one of 0.1 s is the most that five seconds stand", [0.1, 0.1, 0.1], [5, 11, 17]],
  ["one of 2 s is followed by 98 s without", [2, 2], [5, 105]],
  ["a slow one delays the next alone", [2, 0, 0], [5, 105, 110]],
];

for (const [what, took, began] of cases) {
  Deno.test(`CheckpointSchedule: ${what}`, () => {
    const schedule = new CheckpointSchedule(0);
    const found: number[] = [];
    for (let second = 0; found.length < took.length; second++) {
      if (!schedule.isDue(1000 * second)) continue;
      const ends = second + (took[found.length] ?? 0);
      found.push(second);
      schedule.saved(1000 * second, 1000 * ends);
    }
    assertEquals(found, began);
  });
}
