/**
 * The script of src/README.md, which uses the library without the command: it runs, and prints what the
 * page says. Its types are checked with those of the tests.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PROJECT } from "../src/files/place.ts";

const page = Deno.readTextFileSync(`${PROJECT}/src/README.md`);
const script = Deno.readTextFileSync(`${PROJECT}/tests/library_example.ts`);

Deno.test("src/README.md: has the script of tests/library_example.ts", () => {
  assertStringIncludes(
    page,
    `\n\`\`\`ts\n${script.slice(script.indexOf("\nimport ") + 1)}\`\`\`\n`,
  );
});

Deno.test("src/README.md: the script prints what the page says, with deno.json alone and reading alone", async () => {
  const command = new Deno.Command("deno", {
    args: ["run", "-q", "--no-prompt", "--allow-read", "--no-check", "--config", "deno.json"]
      .concat("tests/library_example.ts"),
    cwd: PROJECT,
    stdin: "null",
  });
  const { stdout, stderr } = await command.output();
  const printed = new TextDecoder().decode(stdout);
  assertEquals(new TextDecoder().decode(stderr), "");
  assertStringIncludes(page, `\n\`\`\`\n${printed}\`\`\`\n`);
});

Deno.test("src/README.md: each export that it calls stable is there", async () => {
  const start = page.indexOf("## From a script");
  const section = page.slice(start, page.indexOf("\n## ", start + 1));
  const named = [...section.matchAll(/`(\w+)` in `([\w/]+\.ts)`/g)];
  assertEquals(named.length >= 12, true, `${named.length}`);
  for (const [, name = "", file = ""] of named) {
    const text = await Deno.readTextFile(`${PROJECT}/src/${file}`);
    const isExported = new RegExp(
      `^export (async )?(function\\*?|class|const|interface) ${name}\\b`,
      "m",
    );
    assertEquals(isExported.test(text), true, `${name} in ${file}`);
  }
});
