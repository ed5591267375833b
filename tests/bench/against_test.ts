/**
 * Another checkout as a peer: this one, which has the same work.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { dirname, join } from "@std/path";
import { UsageError } from "../../src/cli/command.ts";
import { inFolder } from "../temporary_folder.ts";
import { checkoutAt, measuresBefore, revisionOf, startBefore } from "./against.ts";
import { PROJECT } from "./project_process.ts";
import { benchCorpus, type TrainingWork, trainingWorks } from "./work.ts";

Deno.test("startBefore(): a checkout measures the work that it has as well, and no other", async () => {
  const [work] = trainingWorks(await benchCorpus()) as [TrainingWork];
  const before = await startBefore(checkoutAt(PROJECT));
  try {
    const of = (work: TrainingWork) => measuresBefore(before, work, [1], ({ count }) => count);
    const { before: same } = await of(work);
    const documents = work.batches.flat().length;
    assertEquals(await same?.engine(0), documents);
    assertEquals(same?.allCores, undefined);
    assertEquals(await of({ ...work, name: "training of something new" }), {});
    // The same name for other documents is other work.
    assertEquals(await of({ ...work, batches: work.batches.slice(1) }), {});
    assertEquals(await measuresBefore(undefined, work, [1], ({ count }) => count), {});
    assert(documents > 1000);
  } finally {
    await before.peer.close();
  }
});

Deno.test("checkoutAt(): a folder without a bench is refused, and what it lacks is said", () =>
  inFolder(async (folder) => {
    const refused = (missing: string) =>
      assertThrows(() => checkoutAt(folder), UsageError, `found no ${missing} in "${folder}"`);
    refused("deno.json");
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    refused("tests/bench/engine.ts");
  }));

const logged = (hash: string, seconds: number): string =>
  `${"0".repeat(40)} ${hash.repeat(40)} A Person <a@b.example> ${seconds} +0100\tcommit: a text\n`;

for (
  const [what, files, revision] of [
    ["a clone", {
      ".git/logs/HEAD": logged("1", 0) + logged("a", 86_400),
      "CHANGELOG.md": "## 1.0",
    }, "revision aaaaaaa, there since 1970-01-02"],
    [
      "a worktree",
      { ".git": "gitdir: main/worktrees/one\n", "main/worktrees/one/logs/HEAD": logged("b", 0) },
      "revision bbbbbbb, there since 1970-01-01",
    ],
    ["no git", { "CHANGELOG.md": "# Changelog\n\n## 2.0 (new)\n\n## 1.0\n" }, "2.0 (new)"],
    ["nothing", {}, undefined],
  ] as [string, Record<string, string>, string | undefined][]
) {
  Deno.test(`revisionOf(): ${what}: ${revision}`, () =>
    inFolder(async (folder) => {
      for (const [file, text] of Object.entries(files)) {
        await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
        await Deno.writeTextFile(join(folder, file), text);
      }
      assertEquals(revisionOf(folder), revision);
    }));
}
