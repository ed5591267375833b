// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { settingValues } from "../../src/config/setting_values.ts";

Deno.test("settingValues: a chain is a text, in the order written", () => {
  assertEquals(settingValues({ strategy: "sample", warp: [{ temperature: 0.8 }, { top_k: 5 }] }), {
    strategy: "sample",
    warp: "temperature 0.8 → top_k 5",
  });
  assertEquals(settingValues({ strategy: "sample", warp: [] }), {
    strategy: "sample",
    warp: "none",
  });
  assertEquals(settingValues({ strategy: "top_k", k: 5 }), { strategy: "top_k", k: 5 });
});
