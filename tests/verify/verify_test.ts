/**
 * `deno task verify` as a person runs it, with the permissions of the task. The seeds are fixed, so
 * that its verdicts are the same each time.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runTask } from "../task_process.ts";
import { losslessGrid } from "./lossless_grid.ts";

const verify = (...args: string[]) => runTask("verify", ...args);

/** Names and verdicts of the table below `heading`. */
function verdicts(stdout: string, heading: string): (readonly [name: string, verdict: string])[] {
  const [, after = ""] = stdout.split(`## ${heading}`);
  const [table = ""] = after.split("\n## ");
  const rows = table.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  return rows.map((line) => {
    const cells = line.slice(1, -1).split("|").map((text) => text.trim());
    return [cells[0] ?? "", cells.at(-1) ?? ""] as const;
  });
}

Deno.test("deno task verify --only lossless --samples 2000: one line per candidate, all as they must be: exit code 0", async () => {
  const { code, stdout, stderr } = await verify("--only", "lossless", "--samples", "2000");
  assertEquals(code, 0, stderr);
  const lossless = verdicts(stdout, "Must be lossless");
  const cells = losslessGrid.map(({ name }) => name);
  assertEquals(lossless.map(([name]) => name).slice(0, -1), cells);
  assertStringIncludes(lossless.at(-1)?.[0] ?? "", "control");
  assertEquals(new Set(lossless.map(([, verdict]) => verdict)), new Set(["not rejected"]));
  const broken = verdicts(stdout, "Must be rejected");
  assertEquals(broken.map(([, verdict]) => verdict), Array(5).fill("rejected"));
  assertStringIncludes(stdout, "All as it must be");
});

Deno.test("deno task verify --only lossless --samples 1000: too few to reject a fault: it says so, exit code 1", async () => {
  const { code, stdout } = await verify("--only", "lossless", "--samples", "1000");
  assertEquals(code, 1);
  assertEquals(
    verdicts(stdout, "Must be rejected").filter(([, verdict]) => verdict !== "rejected"),
    [["warped target against unwarped draft", "not rejected"]],
  );
  assertStringIncludes(stdout, "NOT as it must be");
});

Deno.test("deno task verify --help: says how, and runs nothing", async () => {
  const { code, stdout } = await verify("--help");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "usage: deno task verify [--only lossless|coverage]");
});

/** Wrong command lines and what is said of them. */
const misuses: readonly [args: readonly string[], message: string][] = [
  [["--sample", "2000"], 'found "--sample"; did you mean "--samples"?'],
  [["--samples", "999"], 'at least 1000 after --samples, found "999"'],
  [["--only", "search"], 'expected lossless or coverage after --only, found "search"'],
  [["--replicates", "99"], 'at least 100 after --replicates, found "99"'],
  [["configs/default.yaml"], 'flags alone, found "configs/default.yaml"'],
];

for (const [args, message] of misuses) {
  Deno.test(`deno task verify ${args.join(" ")}: one message, exit code 2`, async () => {
    const { code, stdout, stderr } = await verify(...args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
  });
}
