// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LinkedPathError, pathInside, pathInsideSync } from "../../src/files/inside.ts";
import { inFolder } from "../temporary_folder.ts";

const found: readonly [what: string, name: string][] = [
  ["a file", "charts/a.svg"],
  ["a folder", "charts"],
  ["the folder itself", ""],
  ["nothing yet", "charts/b.svg"],
  ["nothing yet in no folder yet", "new/folder/b.svg"],
  ["nothing, where a file is in the way", "charts/a.svg/b"],
];
for (const [what, name] of found) {
  Deno.test(`pathInside: finds ${what}, and the folder's own path may be a link`, () =>
    inFolder(async (outside) => {
      await Deno.mkdir(`${outside}/real/charts`, { recursive: true });
      await Deno.writeTextFile(`${outside}/real/charts/a.svg`, "");
      await Deno.symlink(`${outside}/real`, `${outside}/root`);
      const expected = name === "" ? `${outside}/root` : `${outside}/root/${name}`;
      assertEquals(await pathInside(`${outside}/root`, name), expected);
      assertEquals(pathInsideSync(`${outside}/root`, name), expected);
    }));
}

const links: readonly [what: string, link: string, target: string, name: string][] = [
  ["a file", "a.csv", "../precious.txt", "a.csv"],
  ["a folder on the way", "charts", "../elsewhere", "charts/a.svg"],
  ["a folder deep on the way", "own/deep", "../../elsewhere", "own/deep/x/a.svg"],
  ["nothing", "a.csv", "nowhere", "a.csv"],
  ["its own folder", "charts", ".", "charts/a.svg"],
];
for (const [what, link, target, name] of links) {
  Deno.test(`pathInside: a link to ${what} is refused and named`, () =>
    inFolder(async (outside) => {
      const root = `${outside}/root`;
      await Deno.mkdir(`${root}/own`, { recursive: true });
      await Deno.mkdir(`${outside}/elsewhere`);
      await Deno.writeTextFile(`${outside}/precious.txt`, "");
      await Deno.symlink(target, `${root}/${link}`);
      const message =
        `expected a file or folder of its own at ${root}/${link}, found a symbolic link`;
      await assertRejects(() => pathInside(root, name), LinkedPathError, message);
      assertThrows(() => pathInsideSync(root, name), LinkedPathError, message);
    }));
}

for (const name of ["..", "../a", "a/../b", "/a", "a/", "a//b", "./a"]) {
  Deno.test(`pathInside: "${name}" is no name inside a folder`, async () => {
    await assertRejects(() => pathInside("root", name), RangeError);
    assertThrows(() => pathInsideSync("root", name), RangeError);
  });
}
