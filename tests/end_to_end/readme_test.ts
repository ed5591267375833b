// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
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

Deno.test("README: 'Sweeping, resuming, diffing' prints what it says, line by line", async (test) => {
  const readme = Deno.readTextFileSync(`${clone.folder}/README.md`);
  const examples = examplesIn(readme, "Sweeping, resuming, diffing");
  assert(examples.length >= 8, `${examples.length} commands`);
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
  }
});
