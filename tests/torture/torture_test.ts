/**
 * A little of `deno task torture`: a few faults of every kind. And that its judge finds what is wrong.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { crash, difference, leftOver, shapeOf } from "./judge.ts";
import type { FaultKind, Finding } from "./kind.ts";
import { kinds } from "./kinds.ts";
import { Sandbox } from "./sandbox.ts";
import { victims } from "./scenarios.ts";
import { summary, Tally } from "./tally.ts";

const sandbox = await Sandbox.make();
globalThis.addEventListener("unload", () => void sandbox.close());

/** Of which the faults of the few need few of the runs that the many need. */
const SEED = 1;

/** How many faults of each kind. */
const faults: Readonly<Record<string, number>> = {
  kills: 1,
  flips: 4,
  truncations: 2,
  appends: 1,
  rewrites: 1,
  replaced: 2,
  calls: 1,
  full: 1,
  "read-only": 1,
  links: 2,
  configs: 40,
};

for (const kind of kinds.filter(({ name }) => name in faults)) {
  const count = faults[kind.name] ?? 0;
  Deno.test({
    name: `torture: of ${count} ${kind.title} none loses anything, and each is named`,
    ignore: await kind.unavailable?.() !== undefined,
    fn: async () => {
      const attempt = await kind.prepare(sandbox);
      for (let i = 0; i < count; i++) {
        const finding = await attempt(CounterStream.fromSeed(SEED).child(kind.name, i));
        assert(
          finding.end === "survived" || finding.end === "named",
          `${finding.end}: ${finding.fault}: number ${i}: ${finding.details}`,
        );
      }
    },
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const outcome = (code: number, stderr: string) => ({ code, stdout: "", stderr });

Deno.test("crash() is what no person can be told (7 outcomes)", () => {
  assertEquals(crash(outcome(0, "")), undefined);
  assertEquals(
    crash(outcome(1, "error: cannot write outputs/x: No space left on device")),
    undefined,
  );
  assertEquals(crash(outcome(130, "interrupted: finished results are saved")), undefined);
  assertMatch(crash(outcome(1, "")) ?? "", /not a word/);
  assertMatch(crash(outcome(137, "did not end within 40 s")) ?? "", /exit code 137/);
  assertMatch(crash(outcome(1, "error: this is a bug in microbeam")) ?? "", /bug/);
  assertMatch(crash(outcome(0, "Error: x\n    at run (file:///x.ts:1:2)")) ?? "", /x\.ts/);
});

Deno.test("difference() finds what is changed, missing and left over, the times aside", () => {
  const expected = new Map([["a/x", bytes("1")], ["a/timings.csv", bytes("1")]]);
  assertEquals(difference(expected, expected), undefined);
  assertEquals(
    difference(new Map([...expected, ["a/timings.csv", bytes("2")]]), expected),
    undefined,
  );
  assertEquals(difference(new Map([...expected, ["a/x", bytes("2")]]), expected), "a/x differs");
  assertEquals(difference(new Map([["a/x", bytes("1")]]), expected), "a/timings.csv is missing");
  assertEquals(difference(new Map([...expected, ["y", bytes("")]]), expected), "y is left over");
});

Deno.test("leftOver() finds half-written files, locks and marks of runs, and not the lock of the store", () => {
  const named = (path: string): string | undefined => leftOver(new Map([[path, bytes("")]]));
  assertEquals(named("outputs/.cache/store/.lock"), undefined);
  assertEquals(named("outputs/x/results.csv"), undefined);
  for (const name of [".lock", ".writing", ".begun", "results.csv.host-12-0a1b.part"]) {
    assertEquals(named(`outputs/x/${name}`), `left over: outputs/x/${name}`);
  }
});

Deno.test("victims() are files of runs, and not the example that is committed", () => {
  const paths = ["outputs/tiny/report.md", "outputs/README.md", "outputs/example/report.html"];
  const files = new Map(paths.map((path) => [path, new Uint8Array()]));
  assertEquals([...victims(files, /^outputs\//)], [["run/report.md", ["outputs/tiny/report.md"]]]);
});

Deno.test("shapeOf() is the same for messages that differ in names and numbers alone", () => {
  assertEquals(
    shapeOf('error: cannot write outputs/a/b.csv: expected 3, found "x" (os error 28)\nmore'),
    shapeOf('error: cannot write outputs/c: expected 14, found "y" (os error 5)'),
  );
});

Deno.test("the table counts the ends of a kind, and says what its last third found that is new", () => {
  const kind: FaultKind = {
    name: "x",
    title: "faults of a kind",
    share: 1,
    prepare: () => Promise.reject(new Error("not to be tried")),
  };
  const survived: Finding = { fault: "a", end: "survived", said: "" };
  const tally = new Tally(kind);
  for (let i = 0; i < 8; i++) tally.add(survived);
  assertEquals([tally.bad, tally.late], [0, []]);
  assertMatch(tally.line(), /the last third found no new kind of ending/);
  tally.add({ fault: "b", end: "named", said: "it is damaged" });
  tally.add({ fault: "c", end: "lost", said: "" });
  tally.add({ fault: "c", end: "unnamed", said: "", count: 2 });
  assertEquals(tally.bad, 3);
  assertEquals(tally.row().map((cell) => cell.trim()), [
    ...["faults of a kind", "12", "11", "1", "2", "1", "4", "3"],
  ]);
  const skipped = new Tally(kind);
  skipped.skip("no strace");
  assertMatch(summary([tally, skipped]), /faults of a kind: skipped: no strace$/);
});
