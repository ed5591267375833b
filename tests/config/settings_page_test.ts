// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { generatedFiles } from "../../src/cli/schema.ts";
import { allSettings } from "../../src/config/schema.ts";
import { settingsPage } from "../../src/config/settings_page.ts";
import { strategies } from "../../src/decode/definitions.ts";
import { drafts } from "../../src/decode/speculative/drafts/definitions.ts";
import { warpers } from "../../src/decode/warp/definitions.ts";

const root = new URL("../../", import.meta.url);

for (const { file, make } of generatedFiles) {
  Deno.test(`${file}: is up to date with the code (deno task schema)`, () => {
    const written = Deno.readTextFileSync(new URL(file, root));
    assertEquals(written, make(written));
  });
}

Deno.test("settingsPage: has every strategy, warper, draft and swept setting", () => {
  const page = Deno.readTextFileSync(new URL("configs/README.md", root));
  const names = [...strategies, ...warpers, ...drafts].map(({ name }) => name);
  const settings = allSettings().filter(({ sweepable }) => sweepable)
    .map(({ path }) => path.join("."));
  for (const name of [...names, ...settings]) assert(page.includes(`| \`${name}\``), name);
  // The default of a map stands beside the settings in it.
  assert(!page.includes("[object"));
});

Deno.test("settingsPage: a page without the place of a table is refused", () => {
  assertThrows(() => settingsPage("# Configs\n"), RangeError, "<!-- settings -->");
});
