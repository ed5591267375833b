// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { testOfCommitted } from "../model/simd/arithmetics.ts";
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

/** The names of all files below `folder`. */
function filesBelow(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}

/** The committed example, held against the run that it is from, byte for byte. */
function checkExample(): void {
  const example = `${clone.folder}/outputs/example`;
  const names = filesBelow(example);
  assert(names.includes("report.md") && names.includes("report.html"), names.join());
  for (const name of names) {
    const [shown, written] = ["example", "default"].map((run) =>
      Deno.readTextFileSync(`${clone.folder}/outputs/${run}/${name}`)
    );
    assert(shown === written, `outputs/example/${name} is not as outputs/default/${name}`);
  }
}

Deno.test("README: has at most 130 lines, and every link leads somewhere", () => {
  assert(readme.trimEnd().split("\n").length <= 130);
  for (const [, target = ""] of readme.matchAll(/\]\(([^):]+)\)/g)) {
    assert(Deno.statSync(`${clone.folder}/${target}`), target);
  }
});

testOfCommitted(
  "README: 'Sweeping, resuming, comparing' prints what it says, line by line",
  async (test) => {
    const examples = examplesIn(readme, "Sweeping, resuming, comparing");
    assert(examples.length >= 6, `${examples.length} commands`);
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
        await test.step("outputs/example is of that run, byte for byte", checkExample);
      }
    }
  },
);
