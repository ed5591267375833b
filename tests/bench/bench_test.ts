/**
 * `deno task bench` as a person runs it, with the permissions of the task.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../../src/declarations/path.d.ts"
import { fromFileUrl, join, relative } from "@std/path";
import type { Report } from "./table.ts";

const project = fromFileUrl(new URL("../../", import.meta.url));

async function bench(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command("deno", {
    args: ["task", "-q", "bench", ...args],
    cwd: project,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("deno task bench --quick --only training: a row for each model, in table and JSON", async () => {
  // The task may write below outputs/ alone.
  const folder = await Deno.makeTempDir({ dir: join(project, "outputs"), prefix: "bench-test-" });
  try {
    const output = relative(project, folder);
    const { code, stdout, stderr } = await bench(
      ...["--quick", "--only", "training", "--no-peers", "--output", output],
    );
    assertEquals(code, 0, stderr);
    const written = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(written, ["bench.json", "bench.md"]);
    const report: Report = JSON.parse(Deno.readTextFileSync(join(folder, "bench.json")));
    assertEquals(
      report.results.map(({ name }) => name),
      ["16/4/1", "32/4/1", "64/4/1", "128/4/1", "128/4/4", "256/8/6"].map((sizes, i) =>
        `training ${sizes}, batch ${[16, 16, 16, 16, 64, 32][i]}`
      ),
    );
    for (const { name, engine, gigaflops } of report.results) {
      const { median, min, max, rounds } = engine;
      assert(min > 0 && min <= median && median <= max && Number.isFinite(max), name);
      assertEquals(rounds.length, 2);
      assert(gigaflops !== undefined && gigaflops > 0 && gigaflops < 1000, name);
      assertStringIncludes(stdout, `| ${name} `);
    }
    assertStringIncludes(Deno.readTextFileSync(join(folder, "bench.md")), stdout.trim());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [name, args, message] of [
    ["an unknown section", ["--only", "trainning"], 'found "trainning"; did you mean "training"?'],
    ["no rounds", ["--rounds", "0"], 'at least 1 after --rounds, found "0"'],
    ["a config", ["configs/default.yaml"], 'flags alone, found "configs/default.yaml"'],
  ] as const
) {
  Deno.test(`bench: ${name}: one message, exit code 2`, async () => {
    const { code, stdout, stderr } = await bench(...args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
  });
}
