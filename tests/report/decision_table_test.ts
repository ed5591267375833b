// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { decisionTable } from "../../src/report/decision_table.ts";
import { plainOf, prose } from "../../src/report/prose.ts";

Deno.test("decisionTable: of very many tied cells it names the first ones and counts the others", () => {
  const used = (count: number): string => {
    const use = Array.from({ length: count }, (_, i) => `c${i + 1}`);
    const { rows: [row] } = decisionTable([{ want: prose`a`, use, because: prose`b` }]);
    return plainOf(row?.[1]?.text ?? []);
  };
  const cases: readonly [count: number, text: string][] = [
    [1, "c1"],
    [2, "c1 or c2"],
    [6, "c1, c2, c3, c4, c5 or c6"],
    [7, "c1, c2, c3, c4, c5 or 2 others"],
    [200, "c1, c2, c3, c4, c5 or 195 others"],
  ];
  for (const [count, text] of cases) assertEquals(used(count), text);
});
