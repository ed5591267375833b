// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { cleanClone } from "./clean_clone.ts";

/** A command of the README, and what it says that it prints. */
interface Example {
  readonly command: string;
  readonly printed: string;
}

/** The commands in the blocks of a section, in order: lines after a prompt, and what follows each. */
function examplesIn(readme: string, heading: string): Example[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const blocks = [...own.matchAll(/```console\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.join("").split(/^\$ /m).slice(1).map((text) => {
    const end = text.indexOf("\n");
    return { command: text.slice(0, end), printed: text.slice(end + 1) };
  });
}

/** `text` without what no two machines share: times, and the sizes of files that hold times. */
function timeless(text: string): string {
  return text
    .replace(/\d+ h \d+ min\b|(\d+ min )?[\d.]+ s\b/g, "N s")
    .replace(/[\d.]+ (bytes|[KM]iB)\b/g, "N bytes")
    .replace(/on \d+ threads?/, "on N threads");
}

const clone = await cleanClone();
const readme = Deno.readTextFileSync(`${clone.folder}/README.md`);

/** Rows of the README's first table that begin with a cell's label: its numbers by their columns. */
function exampleRows(): { cell: string; numbers: readonly string[] }[] {
  return [...readme.matchAll(/^\| `([^`]+)`\s*\|(.+)\|$/gm)]
    .filter(([, , rest = ""]) => rest.includes("%"))
    .map(([, cell = "", rest = ""]) => ({
      cell,
      numbers: rest.split("|").map((number) => number.trim()),
    }));
}

/** The picture and the table of the README, held against the run that they are from. */
function checkExample(): void {
  const run = `${clone.folder}/outputs/default`;
  assertEquals(
    Deno.readTextFileSync(`${clone.folder}/outputs/example.svg`),
    Deno.readTextFileSync(`${run}/charts/likelihood-diversity.svg`),
  );
  const results = parse(Deno.readTextFileSync(`${run}/results.csv`), { skipFirstRow: true });
  const shown = exampleRows();
  assert(shown.length >= 4, `${shown.length} rows`);
  for (const { cell, numbers } of shown) {
    const row = results.find((one) => one["cell"] === cell);
    const number = (column: string): number => Number(row?.[column] ?? NaN);
    assertEquals(numbers, [
      `${(100 * number("unique_share")).toFixed(1)} %`,
      number("log_prob_per_token").toFixed(3),
      number("tokens_per_target_call").toFixed(2),
    ], cell);
  }
}

Deno.test("README: has at most 130 lines, and every link leads somewhere", () => {
  assert(readme.trimEnd().split("\n").length <= 130);
  for (const [, target = ""] of readme.matchAll(/\]\(([^):]+)\)/g)) {
    assert(Deno.statSync(`${clone.folder}/${target}`), target);
  }
});

Deno.test("README: 'Sweeping, resuming, diffing' prints what it says, line by line", async (test) => {
  const examples = examplesIn(readme, "Sweeping, resuming, diffing");
  assert(examples.length >= 7, `${examples.length} commands`);
  for (const { command, printed } of examples) {
    await test.step(command, async () => {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", command.replaceAll("deno task", "deno task --quiet")],
        cwd: clone.folder,
        env: { NO_COLOR: "1", INIT_CWD: clone.folder },
        stdin: "null",
        stderr: "null",
      }).output();
      assertEquals(timeless(new TextDecoder().decode(stdout)), timeless(printed));
    });
    if (command === examples[0]?.command) {
      await test.step("the picture and the table are of that run", checkExample);
    }
  }
});
