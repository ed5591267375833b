// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";
import { createWarpers, warpers } from "../../src/decode/warp/definitions.ts";
import { chainOf, losslessGrid, source } from "./lossless_grid.ts";
import { sequenceProbabilities } from "./sequences.ts";

const plain = sequenceProbabilities(source, []);

for (const { name } of warpers) {
  Deno.test(`the grid of losslessness: ${name} is in it, and a twentieth of the mass goes elsewhere`, () => {
    const warped = sequenceProbabilities(source, createWarpers(chainOf(name)));
    const distance = warped.reduce((sum, p, text) => sum + Math.abs(p - (plain[text] ?? 0)), 0) / 2;
    assert(distance >= 0.05, `total variation ${distance}`);
    const named = losslessGrid.filter((one) => one.name.includes(` ${name} `));
    assert(named.length >= 3, `${named.length} cells`);
  });
}
