// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { pageTable, withGenerated } from "../../src/text/generated_page.ts";

const parts = { a: () => "first", b: () => "second" };
const page =
  "# Title\n\n<!-- a -->\n\nold\n\n<!-- end of a -->\n\nprose\n\n<!-- b -->\n<!-- end of b -->\n";
const written =
  "# Title\n\n<!-- a -->\n\nfirst\n\n<!-- end of a -->\n\nprose\n\n<!-- b -->\n\nsecond\n\n<!-- end of b -->\n";

Deno.test("withGenerated: parts are replaced, the prose around them is not", () => {
  assertEquals(withGenerated(page, parts), written);
});

Deno.test("withGenerated: a page that is up to date stays as it is", () => {
  assertEquals(withGenerated(written, parts), written);
});

Deno.test("withGenerated: an empty page becomes one of the parts alone", () => {
  assertEquals(
    withGenerated("", parts),
    "<!-- a -->\n\nfirst\n\n<!-- end of a -->\n\n<!-- b -->\n\nsecond\n\n<!-- end of b -->\n",
  );
});

for (
  const [marker, found] of [["<!-- b -->\n", "no first"], ["<!-- end of b -->", "only the first"]]
) {
  Deno.test(`withGenerated: a page without ${JSON.stringify(marker)} is refused`, () => {
    assertThrows(() => withGenerated(page.replace(marker ?? "", ""), parts), RangeError, found);
  });
}

Deno.test("pageTable: a pipe does not end a cell", () => {
  assertEquals(pageTable(["a"], [["x|y"]]), "| a    |\n| ---- |\n| x\\|y |");
});
