// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import {
  type Box,
  crosses,
  type Label,
  LINE_HEIGHT,
  overlap,
  placeLabels,
  POINT_REACH,
  spreadLabels,
} from "../../../src/report/charts/label_placement.ts";
import { numbersFrom } from "./many_cells.ts";

const area = { width: 560, height: 380 };

/** Points with texts, half of them in a crowd. */
function cloud(seed: number, count: number): { labels: Label[]; boxes: Box[] } {
  const next = numbersFrom(seed);
  const labels = Array.from({ length: count }, (_, i): Label => ({
    width: 8 + 100 * next(),
    height: LINE_HEIGHT,
    at: i % 2 === 0
      ? { x: 560 * next(), y: 380 * next() }
      : { x: 200 + 60 * next(), y: 60 + 40 * next() },
  }));
  const boxes = labels.map(({ at: { x, y } }) => ({
    x: x - POINT_REACH,
    y: y - POINT_REACH,
    width: 2 * POINT_REACH,
    height: 2 * POINT_REACH,
  }));
  return { labels, boxes };
}

Deno.test("placeLabels: no text lies on another, on a point, under a line to a point, or outside (6 clouds of 50)", () => {
  let placed = 0;
  for (let seed = 0; seed < 6; seed++) {
    const { labels, boxes } = cloud(seed, 50);
    const found = placeLabels(labels, { area, boxes, lines: [] });
    placed += found.length;
    found.forEach(({ box, leader }, i) => {
      assert(box.x >= 0 && box.y >= 0 && box.x + box.width <= 560 && box.y + box.height <= 380);
      assert(!boxes.some((other) => overlap(box, other)));
      found.forEach((other, j) => {
        if (i === j) return;
        assert(!overlap({ ...box, width: box.width + 5 }, other.box), `seed ${seed}`);
        assert(leader === undefined || !crosses(leader, other.box), `seed ${seed}`);
      });
    });
  }
  assert(placed >= 0.8 * 6 * 50, `expected 240 of 300 placed at least, found ${placed}`);
});

Deno.test("placeLabels: a text alone lies right beside its point; the same each time", () => {
  const label = { width: 40, height: LINE_HEIGHT, at: { x: 100, y: 100 } };
  const [found] = placeLabels([label], { area, boxes: [], lines: [] });
  assertEquals(found?.box, { x: 108, y: 100 - LINE_HEIGHT / 2, width: 40, height: LINE_HEIGHT });
  assertEquals(found?.leader, undefined);
  const { labels, boxes } = cloud(7, 50);
  const again = () => placeLabels(labels, { area, boxes, lines: [] });
  assertEquals(again(), again());
});

Deno.test("placeLabels: a text that is near a free place lies on no line", () => {
  const label = { width: 40, height: LINE_HEIGHT, at: { x: 100, y: 100 } };
  const lines = [{ from: { x: 100, y: 100 }, to: { x: 500, y: 100 } }];
  const [found] = placeLabels([label], { area, boxes: [], lines });
  assert(found !== undefined && !crosses(lines[0] as typeof lines[number], found.box));
});

Deno.test("crosses: lines through a box, beside it, in it, and up to it", () => {
  const box = { x: 10, y: 10, width: 20, height: 10 };
  const cases: readonly [x1: number, y1: number, x2: number, y2: number, crosses: boolean][] = [
    [0, 15, 50, 15, true],
    [0, 0, 50, 25, true],
    [0, 5, 50, 5, false],
    [0, 15, 9, 15, false],
    [15, 12, 20, 18, true],
    [20, 0, 20, 50, true],
    [35, 0, 35, 50, false],
    [0, 25, 15, 50, false],
  ];
  for (const [x1, y1, x2, y2, expected] of cases) {
    const segment = { from: { x: x1, y: y1 }, to: { x: x2, y: y2 } };
    assertEquals(crosses(segment, box), expected, `${x1},${y1} ${x2},${y2}`);
  }
});

Deno.test("spreadLabels: a line apart, in their order, inside, and where they want to be if they can", () => {
  const next = numbersFrom(3);
  for (let i = 0; i < 100; i++) {
    const wanted = Array.from({ length: 8 }, () => 230 * next());
    const heights = spreadLabels(wanted, { top: 0, bottom: 230 });
    const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
    order.slice(1).forEach((one, place) => {
      const before = heights[order[place] ?? 0] ?? NaN;
      assert((heights[one] ?? NaN) - before >= LINE_HEIGHT - 1e-9);
    });
    assert(heights.every((height) => height >= 8 && height <= 222));
  }
  assertEquals(spreadLabels([50, 150, 100], { top: 0, bottom: 230 }), [50, 150, 100]);
});
