/**
 * `deno task bench` as a person runs it, with the permissions of the task.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runTask } from "../task_process.ts";
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, join, relative } from "@std/path";
import type { Report } from "./table.ts";

const project = fromFileUrl(new URL("../../", import.meta.url));

const bench = (...args: string[]) => runTask("bench", ...args);

/** The output and the files of a bench of `section`. */
async function quickBench(section: string): Promise<{ stdout: string; report: Report }> {
  // The task may write below outputs/ alone.
  const folder = await Deno.makeTempDir({ dir: join(project, "outputs"), prefix: "bench-test-" });
  try {
    const output = relative(project, folder);
    const { code, stdout, stderr } = await bench(
      ...["--quick", "--rounds", "1", "--only", section, "--alone", "--output", output],
    );
    assertEquals(code, 0, stderr);
    const written = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(written, ["bench.json", "bench.md"]);
    assertStringIncludes(Deno.readTextFileSync(join(folder, "bench.md")), stdout.trim());
    return { stdout, report: JSON.parse(Deno.readTextFileSync(join(folder, "bench.json"))) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("deno task bench --quick --rounds 1 --only training: a row for each model, in table and JSON", async () => {
  const { stdout, report } = await quickBench("training");
  assertEquals(
    report.results.map(({ name }) => name),
    ["16/4/1", "32/4/1", "64/4/1", "128/4/1", "128/4/4", "256/8/6"].map((sizes, i) =>
      `training ${sizes}, batch ${[16, 16, 16, 16, 64, 32][i]}`
    ),
  );
  for (const { name, engine, gigaflops } of report.results) {
    const { median, min, max, rounds } = engine;
    assert(min > 0 && min <= median && median <= max && Number.isFinite(max), name);
    assertEquals(rounds.length, 1);
    assert(gigaflops !== undefined && gigaflops > 0 && gigaflops < 1000, name);
    assertStringIncludes(stdout, `| ${name} `);
  }
});

Deno.test("deno task bench --quick --rounds 1 --only speculation: passes and speeds of each pair and draft_k", async () => {
  const { stdout, report } = await quickBench("speculation");
  const { times, cells } = report.speculation ?? { times: [], cells: [] };
  assertEquals(
    cells.map(({ draft, draftK }) => `${draft}, ${draftK}`),
    ["16/4/1 by 8/2/1", "16/4/1 by 3-gram", "128/4/2 by 16/4/1", "128/4/2 by 3-gram"]
      .flatMap((draft) => [1, 2, 4, 8].map((draftK) => `${draft}, ${draftK}`)),
  );
  for (const { draft, draftK, alpha, speedUps } of cells) {
    // Trained on the same names, each draft agrees with its target more often than not.
    assert(alpha > 0.5 && alpha < 1, `${draft}: ${alpha}`);
    for (const { value, low, high } of Object.values(speedUps)) {
      assert(low > 0 && low <= high && value > 0 && Number.isFinite(high), draft);
    }
    assertStringIncludes(
      stdout.replaceAll(/ +/g, " "),
      `| ${draft} | ${draftK} | ${alpha.toFixed(2)} |`,
    );
  }
  const passes = times.filter(({ unit }) => unit === "passes");
  assert(passes.length > 20 && passes.every(({ each }) => each.value > 0));
});

for (
  const [name, args, message] of [
    ["an unknown section", ["--only", "trainning"], 'found "trainning"; did you mean "training"?'],
    ["an unknown runtime", ["--runtime", "nativ"], 'found "nativ"; did you mean "native"?'],
    ["a target that nothing computes", ["--target", "m"], "--target and --draft need --runtime"],
    [
      "no layers",
      ["--runtime", "web", "--target", "m", "--draft", "layers:0"],
      'a whole number of at least 1 after --draft layers:, found "0"',
    ],
    ["a page of rough numbers", ["--quick", "--page"], "the numbers of --quick are rough"],
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
