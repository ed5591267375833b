// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type PlanRow, PlanRows } from "../../src/runs/plan_rows.ts";
import { highestRank, shardsOf, shareOf } from "../../src/runs/plan_share.ts";

/** Trainings, losses that need them, and cells of one or two tasks that need one or two of those. */
const plans = fc.array(
  fc.record({
    kind: fc.constantFrom("train", "loss", "cell", "samples"),
    seconds: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e4, noNaN: true })),
    need: fc.nat(),
  }),
  { minLength: 1, maxLength: 60 },
).map((tasks) => {
  const rows = new PlanRows();
  const firsts: number[] = [];
  const add = (stage: string, seconds: number, needs: readonly number[]): void => {
    const key = rows.length.toString(16).padStart(64, "0");
    rows.add({ run: 0, stage, name: "a", key, needs, seconds, memory: 1 });
  };
  for (const { kind, seconds, need } of tasks) {
    const needed = firsts[need % (firsts.length + 1)];
    const needs = kind === "train" || needed === undefined ? [] : [needed];
    firsts.push(rows.length + 1);
    add(kind === "train" || kind === "loss" ? kind : "decode", seconds, needs);
    if (kind === "cell") add("measure", seconds / 2, [rows.length]);
  }
  return rows;
});

const shards = fc.integer({ min: 1, max: 12 });

/** The time of each group of `rows`, by the number of its first task. */
function groupsOf(rows: readonly PlanRow[]): Map<number, number> {
  const groups = new Map<number, number>();
  for (const { group, seconds } of rows) {
    groups.set(group, (groups.get(group) ?? 0) + Math.max(seconds, 1e-3));
  }
  return groups;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, one) => total + one, 0);
}

Deno.test("shareOf: every task is in exactly one shard, groups are whole, and their order is that of the plan (300 plans)", () => {
  fc.assert(
    fc.property(plans, shards, (rows, of) => {
      const shares = Array.from({ length: of }, (_, i) => shareOf(rows, { shard: i + 1, of }));
      assertEquals(
        shares.flat().map(({ number }) => number),
        Array.from(rows, ({ number }) => number),
      );
      const groups = shares.flatMap((share) => [...groupsOf(share).keys()]);
      assertEquals(groups.length, new Set(groups).size);
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("shareOf: a shard's time differs from its part by no more than the longest group (300 plans)", () => {
  fc.assert(
    fc.property(plans, shards, (rows, of) => {
      const all = groupsOf([...rows]);
      const [total, longest] = [sum(all.values()), Math.max(...all.values())];
      for (let shard = 1; shard <= of; shard++) {
        const own = sum(groupsOf(shareOf(rows, { shard, of })).values());
        assert(Math.abs(own - total / of) <= longest * (1 + 1e-9), `${own}, ${total / of}`);
      }
    }),
    { numRuns: 300, seed: 2 },
  );
});

Deno.test("shareOf: with a rank, the groups of that rank alone are shared, each once, and all ranks are all (300 plans)", () => {
  fc.assert(
    fc.property(plans, shards, (rows, of) => {
      const found: number[] = [];
      for (let rank = 0; rank <= highestRank(rows); rank++) {
        for (let shard = 1; shard <= of; shard++) {
          for (const row of shareOf(rows, { shard, of, rank })) {
            assertEquals(row.rank, rank);
            found.push(row.number);
          }
        }
      }
      assertEquals(found.toSorted((a, b) => a - b), Array.from(rows, ({ number }) => number));
    }),
    { numRuns: 300, seed: 3 },
  );
});

Deno.test("shardsOf: says of each row what shareOf says, and 0 of other ranks", () => {
  fc.assert(
    fc.property(plans, shards, (rows, of) => {
      const all = shardsOf(rows, { of, rank: 0 });
      for (const row of rows) {
        const shard = all[row.number - 1] ?? 0;
        if (row.rank !== 0) assertEquals(shard, 0);
        else {
          const own = shareOf(rows, { shard, of, rank: 0 });
          assert(own.some(({ number }) => number === row.number));
        }
      }
    }),
    { numRuns: 30, seed: 4 },
  );
});
