/**
 * The page about speed: it is what its numbers make of it, its chart can be read, and it says how to repeat
 * what it shows.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { textsOf } from "../report/charts/svg_texts.ts";
import { inFolder } from "../temporary_folder.ts";
import { PAGE, pageFiles, readReport } from "./page.ts";
import { SECTIONS } from "./rows.ts";
import { LAYOUTS, speedChart } from "./speed_chart.ts";
import { COMPARED, type SpeedSection, speedSections } from "./speed_lines.ts";

const report = await readReport(PAGE.numbers);
const page = Deno.readTextFileSync(PAGE.text);

Deno.test("tests/bench/README.md: its tables and its chart are what its numbers make of them", async () => {
  for (const [file, text] of await pageFiles(page, report)) {
    assertEquals(
      Deno.readTextFileSync(file),
      text,
      `${file} is not up to date: run deno task bench --page --from ${PAGE.numbers}`,
    );
  }
});

Deno.test("tests/bench/README.md: every section of the bench is in its numbers", () => {
  const measured = new Set<string>(report.results.map(({ section }) => section));
  if (report.speculation !== undefined) measured.add("speculation");
  assertEquals(SECTIONS.filter((section) => !measured.has(section)), []);
});

Deno.test("readReport(): a file that no bench wrote is refused by name", () =>
  inFolder(async (folder) => {
    const file = join(folder, "bench.json");
    await Deno.writeTextFile(file, "{}");
    await assertRejects(() => readReport(file), SyntaxError, `results and peers in "${file}"`);
  }));

/** Lines with everything that a chart can have: far apart, and at the same place. */
const sections: SpeedSection[] = [{
  title: "Made up",
  lines: [
    {
      name: "a name that is longer than any other",
      reached: "1,234,567 tokens/s",
      speeds: [{ who: "all cores", speed: 1.9 }, { who: "jax-js", speed: 1 / 300 }],
    },
    { name: "another", reached: "1 s", speeds: [{ who: "bound", speed: 40 }] },
    {
      name: "all at one place",
      reached: "1 MB",
      speeds: COMPARED.map((who) => ({ who, speed: 1 })),
    },
  ],
}];

for (const [name, layout] of Object.entries(LAYOUTS)) {
  for (
    const [what, shown] of [["the page's", speedSections(report)], ["extreme", sections]] as const
  ) {
    Deno.test(`speedChart(), ${name}, ${what} numbers: all texts are inside, none is on another`, async () => {
      const svg = await speedChart(shown, layout);
      const [, width, height] = /width="(\d+)" height="([\d.]+)"/.exec(svg) ?? [];
      assertEquals(Number(width), layout.width);
      const texts = textsOf(svg);
      assert(texts.length > 10);
      for (const one of texts) {
        const { x, y, width, height: high } = one.box;
        const isInside = x >= 0 && x + width <= layout.width && y >= 0 &&
          y + high <= Number(height);
        assert(isInside, one.text);
        const overlapping = texts.filter((other) =>
          other !== one && other.box.x < x + width && x < other.box.x + other.box.width &&
          other.box.y < y + high && y < other.box.y + other.box.height
        );
        assertEquals(overlapping.map(({ text }) => text), [], one.text);
      }
    });
  }
}

Deno.test("speedSections(): a speed is that of others, where microbeam on one core is 1", () => {
  const summary = (median: number) => ({ median, min: median, max: median, rounds: [median] });
  const [section] = speedSections({
    ...report,
    speculation: { times: [], cells: [] },
    results: [{
      section: "training",
      name: "training of a model",
      label: "a model",
      unit: "µs/document",
      better: "lower",
      engine: summary(10),
      allCores: summary(4),
      strict: { ...summary(15), ratio: summary(1.5) },
      before: { ...summary(20), ratio: summary(2) },
      peers: { PyTorch: { ...summary(5), ratio: summary(0.5) } },
      bounds: [{ kind: "arithmetic", what: "products", ...summary(8), reached: summary(0.8) }],
    }],
  });
  assertEquals(section, {
    title: "Training",
    subtitle: "width/heads/layers × documents",
    lines: [{
      name: "a model",
      reached: "10.0 µs/document",
      speeds: [
        { who: "all cores", speed: 2.5 },
        { who: "strict", speed: 1 / 1.5 },
        { who: "before", speed: 0.5 },
        { who: "PyTorch", speed: 2 },
        { who: "bound", speed: 1.25 },
      ],
    }],
  });
});

Deno.test("tests/bench/README.md: says how to repeat it, and what did not pay", () => {
  for (const text of ["deno task bench --page", "--against", "## What did not pay"]) {
    assertStringIncludes(page, text);
  }
});
