/**
 * The whole output for people and programs: two runs with a difference of every kind.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jsonOfDiff } from "../../src/diff/render/json.ts";
import { markdownOfDiff } from "../../src/diff/render/markdown.ts";
import { type Paint, plain } from "../../src/diff/render/paint.ts";
import { textOfDiff } from "../../src/diff/render/text.ts";
import {
  changed,
  checkpoint,
  diffOf,
  diffOfFinished,
  example,
  type Files,
  withManifest,
} from "./example_run.ts";

const current: Files = {
  "config.yaml": changed("config.yaml", "k: [1, 5]", "k: [1, 6]")["config.yaml"] ?? "",
  "results.csv":
    `cell,strategy,k,prompts,samples,mean_length,mean_length_low,mean_length_high,tested_at\r
greedy,greedy,,2,20,0.500000,0.410000,0.590000,\r
top_k(k=1),top_k,1,2,10,0.500000,0.400000,0.600000,7 2\r
top_k(k=6),top_k,6,2,10,0.750000,0.650000,0.850000,9 4\r
`,
  "models.csv": changed("models.csv", "4.000000,3.9", "4.050000,3.9")["models.csv"] ?? "",
  "checkpoints/target.json": checkpoint(4),
};
const diff = await diffOf(example, current);
const same = await diffOf(example, example);
const changesAlone = { all: false };
const everything = { all: true };
const textOf = (one: typeof diff, options: { all: boolean }) => textOfDiff(one, options, plain);

Deno.test("textOfDiff: settings, what moved, counts, models and the answer in a sentence", () => {
  assertEquals(textOfDiff(diff, changesAlone, plain), TEXT);
});

Deno.test("textOfDiff: with --all every setting, value and tensor, and the same answer", () => {
  assertEquals(textOfDiff(diff, everything, plain), ALL);
});

Deno.test("textOfDiff: a command that is too long for a line goes on after a backslash", () => {
  const lines = textOfDiff(diff, { all: false, width: 44 }, plain).split("\n");
  const from = lines.indexOf("To compare these cells:");
  assertEquals(lines.slice(from + 1, from + 3), [
    "  deno task compare old new --cells top_k \\",
    "    --by k",
  ]);
});

Deno.test("textOfDiff: equal runs are one line, with --all after the tables", () => {
  const line = "old and new are equal: 3 cells, 2 models";
  assertEquals(textOfDiff(same, changesAlone, plain), line);
  const lines = textOfDiff(same, everything, plain).split("\n");
  assertEquals(lines.at(-1), line);
  for (const shown of ["  seed: 1", "greedy", "  target  equal"]) {
    assert(lines.includes(shown), `${shown}\n${lines.join("\n")}`);
  }
});

/** What computed the models of two runs, and how the answer says it. */
const platforms: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
  ["processor", { processor: "z80" }, /^Only the processor differs: /m],
  [
    "onnxruntime and processor",
    { onnxruntime: "onnxruntime-web 1", processor: "x86_64" },
    /^Only onnxruntime and the processor differ: /m,
  ],
  [
    "another package, which names processors in another way",
    { onnxruntime: "onnxruntime-web 1", processor: "i8086 Model 2" },
    /^Only onnxruntime differs: /m,
  ],
  ["deno, too", { processor: "z80", deno: "3.0.0" }, /^Same settings: /m],
  [
    "another arithmetic",
    { arithmetic: "strict" },
    /^Same settings, made with strict arithmetic: /m,
  ],
  [
    "another arithmetic and deno",
    { arithmetic: "strict", deno: "3.0.0" },
    /^Same settings, made with strict arithmetic: /m,
  ],
  ["nothing", {}, /^Same settings: /m],
];
for (const [what, versions, answer] of platforms) {
  Deno.test(`textOfDiff: runs with the same settings, computed by another platform (${what})`, async () => {
    const own = {
      ...{ microbeam: "0.1.0", deno: "2.9.6", arithmetic: "fused" },
      ...{ onnxruntime: "a 1", processor: "i8086" },
    };
    const moved = changed(
      "results.csv",
      "0.500000,0.400000,0.600000",
      "0.500001,0.400000,0.600000",
    );
    const text = textOf(
      await diffOfFinished(
        withManifest(example, { versions: own }),
        withManifest(moved, { versions: { ...own, ...versions } }),
      ),
      changesAlone,
    );
    assert(answer.test(text), text);
  });
}

Deno.test("textOfDiff: what moved beyond chance is painted, and no line ends in spaces", () => {
  const paint: Paint = { strong: String, weak: String, notable: (text) => `<${text}>` };
  assertStringIncludes(textOfDiff(diff, everything, paint), "<0.001  <moved>\n");
  for (const options of [changesAlone, everything]) {
    assert(!/ $/m.test(textOfDiff(diff, options, plain)));
  }
});

Deno.test("textOfDiff, markdownOfDiff: where nothing can be compared, rows are shown with --all alone", () => {
  const nothing = { ...diff, settings: [], variants: { old: [""], new: ["seed=1", "seed=2"] } };
  for (const render of [textOf, markdownOfDiff]) {
    const short = render(nothing, changesAlone);
    assertStringIncludes(short, "nothing of them can be compared");
    assert(!short.includes("In one run only"), short);
    assertStringIncludes(render(nothing, everything), "In one run only");
  }
});

Deno.test("markdownOfDiff: the same answer, and all differences folded", () => {
  assertEquals(markdownOfDiff(diff, changesAlone), MARKDOWN);
  assertEquals(markdownOfDiff(same, changesAlone), "old and new are equal: 3 cells, 2 models");
});

Deno.test("markdownOfDiff: pipes, backticks and line ends in labels stay within their field", async () => {
  const label = '"a|b `c`\n\u001b[31m→ ü"';
  const odd = changed("results.csv", "greedy,greedy,,2,10", `${label},greedy,,2,11`);
  const lines = markdownOfDiff(await diffOf(example, odd), changesAlone).split("\n");
  const place = lines.indexOf("**`a`&#124;`` b `c`\\u{a}\\u{1b}[31m→ ü ``**");
  assertEquals(
    lines.slice(place + 2, place + 5),
    [
      "| metric | old | new | change | p | chance |",
      "| :-- | --: | --: | --: | --: | --: |",
      "| `samples` | 10 | 11 | +1 |  | – |",
    ],
  );
});

Deno.test("textOfDiff: control characters are escaped", async () => {
  const odd = changed("results.csv", "greedy,greedy,,2,10", '"\u001b[2J\u202eg",greedy,,2,11');
  const text = textOfDiff(await diffOf(example, odd), everything, plain);
  assertStringIncludes(text, "\n\\u{1b}[2J\\u{202e}g\n");
});

Deno.test("textOfDiff, markdownOfDiff: a foreign name of a measure or cell is text in the answer, too", async () => {
  const odd = (value: string): Files => ({
    ...example,
    "results.csv":
      `cell,strategy,k,prompts,<img src=x>|**\u001b[2J**,<img src=x>|**\u001b[2J**_low,` +
      `<img src=x>|**\u001b[2J**_high\r\n"<b>\u202e\`x",top_k,1,2,${value}\r\n`,
  });
  const diff = await diffOf(odd("1.0,0.9,1.1"), odd("2.0,1.9,2.1"));
  const text = textOfDiff(diff, changesAlone, plain);
  assertStringIncludes(text, "\n  <img src=x>|**\\u{1b}[2J**\n    <b>\\u{202e}`x ");
  const [answer = ""] = markdownOfDiff(diff, changesAlone).split("<details>");
  assertStringIncludes(
    answer,
    "| \\<img src=x\\>&#124;\\*\\*\\\\u{1b}\\[2J\\*\\* | `` <b>\\u{202e}`x `` | 1.0 | 2.0 |",
  );
});

Deno.test("jsonOfDiff: has the documented structure", () => {
  assertEquals(toFourDecimals(jsonOfDiff(diff, changesAlone)), {
    format: "microbeam-diff",
    version: 1,
    old: "old",
    new: "new",
    equal: false,
    remark: null,
    settings: [{
      path: "decoding.strategies.top_k.k",
      old: [1, 5],
      new: [1, 6],
      kind: "setting",
      variants: [""],
    }],
    variants: { old: [], new: [] },
    cells: {
      compared: 2,
      rows: [
        {
          name: "greedy",
          settings: { strategy: "greedy" },
          metrics: [
            metric("samples", [10, 20], 10, 1),
            {
              ...metric("mean_length", [0.5, 0.5], 0, 0, {
                interval: { low: -0.1345, high: 0.1345 },
                p: 1,
                adjusted_p: 1,
                outside_sampling_error: false,
              }),
              old: { value: 0.5, low: 0.4, high: 0.6 },
              new: { value: 0.5, low: 0.41, high: 0.59 },
            },
          ],
        },
        {
          name: "top_k(k=1)",
          settings: { strategy: "top_k", k: "1" },
          metrics: [
            {
              ...metric("mean_length", [0.25, 0.5], 0.25, 1, {
                interval: { low: 0.1086, high: 0.3914 },
                p: 0.0005,
                adjusted_p: 0.0016,
                outside_sampling_error: true,
              }),
              old: { value: 0.25, low: 0.15, high: 0.35 },
              new: { value: 0.5, low: 0.4, high: 0.6 },
            },
            metric("tested_at", ["7 3", "7 2"], null, null),
          ],
        },
      ],
      one_sided: {
        old: {
          rows: [{ name: "top_k(k=5)", settings: { strategy: "top_k", k: "5" } }],
          settings: [],
          metrics: [],
        },
        new: {
          rows: [{ name: "top_k(k=6)", settings: { strategy: "top_k", k: "6" } }],
          settings: [],
          metrics: [],
        },
      },
    },
    models: {
      compared: 2,
      rows: [{
        name: "target",
        settings: { model: "target" },
        metrics: [{
          ...metric("held_out_bits_per_character", [4, 4.05], 0.05, 0.0125, {
            interval: { low: -0.1303, high: 0.1618 },
            p: 0.5867,
            adjusted_p: 1,
            outside_sampling_error: false,
          }),
          old: { value: 4, low: 3.9, high: 4.1 },
          new: { value: 4.05, low: 3.9, high: 4.1 },
        }],
      }],
      one_sided: {
        old: { rows: [], settings: [], metrics: [] },
        new: { rows: [], settings: [], metrics: [] },
      },
    },
    effects: [{
      of: "cell",
      name: "top_k(k=1)",
      metric: "mean_length",
      size: 0.5,
      exact: false,
    }],
    judged: { metrics: 3, outside: 1, unadjusted: 1, by_chance: 0.15 },
    notes: [
      "old and new have no samples.csv of this version",
      "old and new have no losses.csv of this version",
    ],
    weights: [{
      variant: "",
      model: "target",
      kind: "moved",
      largest: 3,
      relative: 0.375,
      tensors: [
        { name: "wte", largest: 3, relative: 1.2247 },
        ...["wpe", "l0.wq", "l0.wk", "l0.wv", "l0.wo", "l0.fc1", "l0.fc2", "lm_head"]
          .map((name) => ({ name, largest: 0, relative: 0 })),
      ],
    }],
  });
});

Deno.test("jsonOfDiff: equal runs have no rows, with --all all of them", () => {
  const alone = JSON.parse(jsonOfDiff(same, changesAlone));
  assertEquals([alone.equal, alone.settings, alone.cells.rows, alone.weights], [true, [], [], []]);
  const all = JSON.parse(jsonOfDiff(same, everything));
  assertEquals(all.cells.rows.length, 3);
  assertEquals(all.weights, [{ variant: "", model: "target", kind: "equal" }]);
});

/** A metric as JSON has it, where there is no interval. */
function metric(
  name: string,
  [old, current]: readonly [unknown, unknown],
  change: number | null,
  relative: number | null,
  judged?: Readonly<Record<string, unknown>>,
) {
  return {
    metric: name,
    old: { value: old, low: null, high: null },
    new: { value: current, low: null, high: null },
    change,
    relative_change: relative,
    ...judged ?? { interval: null, p: null, adjusted_p: null, outside_sampling_error: null },
    pairing: judged === undefined ? null : "printed intervals",
    same_as: null,
    differs: true,
  };
}

/** The value of `json`, its numbers to four decimals. */
function toFourDecimals(json: string): unknown {
  return JSON.parse(
    json,
    (_, value) => typeof value === "number" ? Number(value.toFixed(4)) : value,
  );
}

const TEXT = `old → new

Settings
  decoding.strategies.top_k.k: [1, 5] → [1, 6]

Moved beyond chance: 1 of 2     old   new  change ± 95 %
  mean length
    top_k(k=1)                 0.25  0.50   +0.25\u00a0±\u00a00.14

Only in old: 1 cell: top_k(k=5)
Only in new: 1 cell: top_k(k=6)

Models: no loss moved beyond chance; weights of target by 38\u00a0% (RMS). Another
  seed of training would move all this, too.
Within chance: 1 comparison of 1 cell and 1 loss of models. Of all 3 (2 of
  cells, 1 of models), chance alone gives about 0.15 with p < 0.05; found 1. Not
  judged: 2 other values that differ, such as counts. --all shows every value.

To compare these cells:
  deno task compare old new --cells top_k --by k

Judged by the printed intervals, since old and new have no samples.csv of this
  version; old and new have no losses.csv of this version.

top_k.k [1, 6] over [1, 5]: mean length +0.25\u00a0±\u00a00.14 (top_k(k=1)); nothing else
  moved beyond chance.`;

const ALL = `old → new

Settings
  name: example
  seed: 1
  corpus.path: names.txt
  models.target.n_embd: 2
  decoding.prompts: [a, b]
  decoding.strategies.greedy.strategy: greedy
  decoding.strategies.top_k.strategy: top_k
  decoding.strategies.top_k.k: [1, 5] → [1, 6]
  report.charts: true
  corpus.sha256: c0
  microbeam: 0.1.0
  deno: 2.9.6

In one run only
        name        only in
  cell  top_k(k=5)  old
  cell  top_k(k=6)  new

Cells
  metric        old   new        change       p  chance
greedy
  prompts         2     2             0       –  –
  samples        10    20           +10       –  –
  mean_length  0.50  0.50   0.00\u00a0±\u00a00.13   1.000  within
top_k(k=1)
  prompts         2     2             0       –  –
  samples        10    10             0       –  –
  mean_length  0.25  0.50  +0.25\u00a0±\u00a00.14  <0.001  moved
  tested_at     7 3   7 2            −1       –  –

Models
  metric                       old    new                  change      p  chance
target
  parameters                    56     56                       0      –  –
  held_out_bits_per_character
                             4.000  4.050  +0.05\u00a0(−0.13\u00a0to\u00a0+0.16)  0.587  within
1-gram
  held_out_bits_per_character
                             5.000  5.000                   0.000      –  –

Weights
  model           largest change  RMS change / RMS
  target                    3.00            37.5 %
  target wte                3.00           122.5 %
  target wpe                0.00             0.0 %
  target l0.wq              0.00             0.0 %
  target l0.wk              0.00             0.0 %
  target l0.wv              0.00             0.0 %
  target l0.wo              0.00             0.0 %
  target l0.fc1             0.00             0.0 %
  target l0.fc2             0.00             0.0 %
  target lm_head            0.00             0.0 %

Interval and p are those of each change alone, not adjusted for how many there
are; what moved is decided by Holm's method over all 3. Chance is that of
sampling and of drawing prompts, not that of training: models of other seeds do
differ.

Judged by the printed intervals, as if both runs were independent, since old and
new have no samples.csv of this version; old and new have no losses.csv of this
version.

top_k.k [1, 6] over [1, 5]: mean length +0.25\u00a0±\u00a00.14 (top_k(k=1)); nothing else
  moved beyond chance.
old and new differ: 1 setting, 2 of 2 cells (4 metrics), 2 cells in one run
only, 1 of 2 models (1 metric), the weights of 1 of 1 model; 1 of 3 comparisons
moved beyond chance (p < 0.05 in 1, by chance alone in 0.15)`;

const MARKDOWN = `## \`old\` → \`new\`

**\`top_k.k\` \`[1, 6]\` over \`[1, 5]\`: mean length +0.25\u00a0±\u00a00.14 (\`top_k(k=1)\`); nothing else moved beyond chance.**

- \`decoding.strategies.top_k.k\`: \`[1, 5]\` → \`[1, 6]\`

| moved | in | old | new | change ± 95 % |
| :-- | :-- | --: | --: | --: |
| mean length | \`top_k(k=1)\` | 0.25 | 0.50 | +0.25\u00a0±\u00a00.14 |

Only in \`old\`: 1 cell: \`top_k(k=5)\`.

Only in \`new\`: 1 cell: \`top_k(k=6)\`.

Within chance: 1 comparison of 1 cell and 1 loss of models. Of all 3 (2 of cells, 1 of models), chance alone gives about 0.15 with p \\< 0.05; found 1. Not judged: 2 other values that differ, such as counts. Models: no loss moved beyond chance; weights of \`target\` by 38\u00a0% (RMS). Another seed of training would move all this, too.

<details>
<summary>All differences</summary>

### Settings

| setting | old | new |
| :-- | :-- | :-- |
| \`decoding.strategies.top_k.k\` | \`[1, 5]\` | \`[1, 6]\` |

### In one run only

|  | name | only in |
| :-- | :-- | :-- |
| cell | \`top_k(k=5)\` | \`old\` |
| cell | \`top_k(k=6)\` | \`new\` |

### Cells

**\`greedy\`**

| metric | old | new | change | p | chance |
| :-- | --: | --: | --: | --: | --: |
| \`samples\` | 10 | 20 | +10 |  | – |
| \`mean_length\` | 0.50 | 0.50 | 0.00\u00a0±\u00a00.13 | 1.000 | within |

**\`top_k(k=1)\`**

| metric | old | new | change | p | chance |
| :-- | --: | --: | --: | --: | --: |
| \`mean_length\` | 0.25 | 0.50 | +0.25\u00a0±\u00a00.14 | \\<0.001 | moved |
| \`tested_at\` | 7 3 | 7 2 | −1 |  | – |

### Models

**\`target\`**

| metric | old | new | change | p | chance |
| :-- | --: | --: | --: | --: | --: |
| \`held_out_bits_per_character\` | 4.000 | 4.050 | +0.05\u00a0(−0.13\u00a0to\u00a0+0.16) | 0.587 | within |

### Weights

| model | largest change | RMS change / RMS |
| :-- | --: | --: |
| \`target\` | 3.00 | 37.5 % |

Interval and p are those of each change alone, not adjusted for how many there are; what moved is decided by Holm's method over all 3. Chance is that of sampling and of drawing prompts, not that of training: models of other seeds do differ.

Judged by the printed intervals, as if both runs were independent, since old and new have no samples.csv of this version; old and new have no losses.csv of this version.

old and new differ: 1 setting, 2 of 2 cells (4 metrics), 2 cells in one run only, 1 of 2 models (1 metric), the weights of 1 of 1 model; 1 of 3 comparisons moved beyond chance (p \\< 0.05 in 1, by chance alone in 0.15)

</details>`;
