// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import { CounterStream, philox4x32 } from "../../src/random/counter_stream.ts";
import { PythonRandom } from "../../src/random/python_random.ts";

type Path = (string | number)[];

function draw(stream: CounterStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.next());
}

/** Pearson's statistic of numbers in [0, 1) over equal bins: chi-square with bins − 1 degrees. */
function chiSquare(values: readonly number[], bins: number): number {
  const counts = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(value * bins);
    counts[bin] = (counts[bin] ?? NaN) + 1;
  }
  const expected = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The correlation of each number with the one `lag` places on; for uniform numbers N(0, 1/count). */
function serialCorrelation(values: readonly number[], lag: number): number {
  const pairs = values.slice(lag).map((next, i) => (values[i] as number - 0.5) * (next - 0.5));
  return 12 * pairs.reduce((sum, product) => sum + product, 0) / pairs.length;
}

// Quantiles at which each statistic below raises a false alarm once in 10^6 seeds; the seeds are
// fixed, so a test that passes once passes always.
const CHI_SQUARE_255_DEGREES = 377.08;
const NORMAL_TWO_SIDED = 4.892;

const SAMPLE = 200_000;

for (
  const [name, values] of [
    ["one stream", (): number[] => draw(CounterStream.fromSeed(1), SAMPLE)],
    ["first draws of numbered children", (): number[] => {
      const parent = CounterStream.fromSeed(2).child("samples");
      return Array.from({ length: SAMPLE }, (_, i) => parent.child(i).next());
    }],
    ["second draws of numbered children", (): number[] => {
      const parent = CounterStream.fromSeed(3);
      return Array.from({ length: SAMPLE }, (_, i) => draw(parent.child(i), 2)[1] ?? NaN);
    }],
    [
      "first draws of neighbouring seeds",
      (): number[] => Array.from({ length: SAMPLE }, (_, i) => CounterStream.fromSeed(i).next()),
    ],
    ["first draws of named children", (): number[] => {
      const parent = CounterStream.fromSeed(4);
      return Array.from({ length: SAMPLE }, (_, i) => parent.child(`cell ${i}`).next());
    }],
  ] as const
) {
  Deno.test(`CounterStream: ${name}: uniform (chi-square, 256 bins, false alarm 1e-6)`, () => {
    const drawn = values();
    assertLess(chiSquare(drawn, 256), CHI_SQUARE_255_DEGREES);
    // The bits below the first eight as well.
    assertLess(chiSquare(drawn.map((u) => (u * 2 ** 45) % 1), 256), CHI_SQUARE_255_DEGREES);
  });
  Deno.test(`CounterStream: ${name}: uncorrelated (lags 1 to 4, false alarm 4e-6)`, () => {
    const drawn = values();
    for (const lag of [1, 2, 3, 4]) {
      const bound = NORMAL_TWO_SIDED / Math.sqrt(SAMPLE - lag);
      assertLess(Math.abs(serialCorrelation(drawn, lag)), bound, `lag ${lag}`);
    }
  });
}

// Recorded from this code: a change of these changes every result that was ever published.
const KNOWN_ANSWERS: { seed: number; path: Path; id: string; first: number[] }[] = [
  {
    seed: 0,
    path: [],
    id: "125a530063b32b24a51fce7a92ae49de",
    first: [0.9195246391607995, 0.41155510282784324, 0.42445561179569335],
  },
  {
    seed: 42,
    path: [],
    id: "8d72f02e7411d5c8c936bd38810071dc",
    first: [0.36149564122845423, 0.4156690922510101, 0.8498494549337415],
  },
  {
    seed: -1,
    path: [],
    id: "4b82431dac2f186017a550b7365b309e",
    first: [0.3740229401918016, 0.817550542931418, 0.032990352413301616],
  },
  {
    seed: 42,
    path: ["init", "target"],
    id: "5ea562c9d2f2e31b6cf3f039630eacab",
    first: [0.4522737718220988, 0.3220737037844056, 0.8853684146268257],
  },
  {
    seed: 42,
    path: ["cell", 3, "sample", 999999],
    id: "daa84123c57d774104a6cd9d0a2e1656",
    first: [0.7416483030186016, 0.7009199247332839, 0.3009074881502627],
  },
  {
    seed: 42,
    path: ["Zoë, naïve ☃ 𝄞"],
    id: "25c526a5de1fa421fab1cfeeb053a08b",
    first: [0.012882074776831565, 0.511134008767845, 0.7495123879476362],
  },
  {
    seed: 42,
    path: [-9007199254740991],
    id: "8efdb96c33676c4bd86c02233c954c9c",
    first: [0.34896001602407545, 0.19436746580261577, 0.5719042541181045],
  },
];

for (const { seed, path, id, first } of KNOWN_ANSWERS) {
  Deno.test(`CounterStream: seed ${seed}, path ${JSON.stringify(path)}: recorded draws (exact)`, () => {
    const stream = CounterStream.fromSeed(seed).child(...path);
    assertEquals(stream.seedBits().toString(16), id);
    assertEquals(draw(stream, 3), first);
  });
}

for (
  const [whole, parts] of [
    [["a", "b"], [["a"], ["b"]]],
    [["cell", 3, "sample", 9], [["cell", 3], [], ["sample"], [9]]],
    [[], [[], []]],
  ] as [Path, Path[]][]
) {
  Deno.test(`CounterStream.child: ${JSON.stringify(whole)} in parts is the same stream (exact)`, () => {
    const root = CounterStream.fromSeed(7);
    const stepwise = parts.reduce((stream, part) => stream.child(...part), root);
    assertEquals(stepwise.seedBits(), root.child(...whole).seedBits());
    assertEquals(draw(stepwise, 5), draw(root.child(...whole), 5));
  });
}

Deno.test("CounterStream.child: different paths are different streams (all pairs of 22)", () => {
  const paths: Path[] = [
    [],
    [0],
    [1],
    [-1],
    [12],
    ["12"],
    [1, 2],
    [2, 1],
    ["a"],
    ["b"],
    ["ab"],
    ["a", "b"],
    ["b", "a"],
    [""],
    ["", ""],
    ["a", ""],
    ["a\0"],
    ["\0a"],
    [2 ** 32],
    [Number.MAX_SAFE_INTEGER],
    [Number.MIN_SAFE_INTEGER],
    ["é"],
  ];
  const root = CounterStream.fromSeed(7);
  const ids = new Set(paths.map((path) => root.child(...path).seedBits()));
  assertEquals(ids.size, paths.length);
});

Deno.test("CounterStream.child: independent of draws made, and leaves the parent as it was (exact)", () => {
  const fresh = CounterStream.fromSeed(7);
  const used = CounterStream.fromSeed(7);
  const head = draw(used, 3);
  assertEquals(draw(used.child("x", 1), 8), draw(fresh.child("x", 1), 8));
  // Three draws: the second number of a block is pending across the children made in between.
  const tail = [used.next(), used.child(5).next(), used.next(), used.next()];
  const undisturbed = draw(CounterStream.fromSeed(7), 6);
  assertEquals([...head, tail[0], tail[2], tail[3]], undisturbed);
});

Deno.test("CounterStream: streams drawn from in turn do not touch each other (exact)", () => {
  const root = CounterStream.fromSeed(7);
  const [a, b] = [root.child("a"), root.child("b")];
  const interleaved = Array.from({ length: 9 }, () => [a.next(), b.next()]);
  assertEquals(interleaved.map(([first]) => first), draw(root.child("a"), 9));
  assertEquals(interleaved.map(([, second]) => second), draw(root.child("b"), 9));
});

Deno.test("CounterStream.child: a million children have a million ids (64 bits compared)", () => {
  const parent = CounterStream.fromSeed(2018);
  const ids = new BigUint64Array(1_000_000);
  for (let i = 0; i < ids.length; i++) ids[i] = parent.child(i).seedBits();
  ids.sort();
  assert(ids.every((id, i) => i === 0 || id !== ids[i - 1]));
});

Deno.test("CounterStream.seedBits: the whole id seeds PythonRandom (exact)", () => {
  const stream = CounterStream.fromSeed(7);
  const bits = stream.child("init").seedBits();
  assert(bits >= 0n && bits < 1n << 128n);
  const first = new PythonRandom(bits).random();
  assertEquals(new PythonRandom(stream.child("init").seedBits()).random(), first);
  for (const changed of [bits ^ 1n, bits ^ (1n << 40n), bits ^ (1n << 127n)]) {
    assertNotEquals(new PythonRandom(changed).random(), first);
  }
});

const lone = "\ud800";
const refusals: [string, () => unknown, string][] = [
  ["a seed of 0.5", () => CounterStream.fromSeed(0.5), "got '0.5'"],
  ["a seed of 2^53", () => CounterStream.fromSeed(2 ** 53), "got '9007199254740992'"],
  ["a seed of NaN", () => CounterStream.fromSeed(NaN), "got 'NaN'"],
  ["a path with 1.5", () => CounterStream.fromSeed(0).child("a", 1.5), "got '1.5'"],
  ["a path with infinity", () => CounterStream.fromSeed(0).child(Infinity), "got 'Infinity'"],
  ["a lone surrogate", () => CounterStream.fromSeed(0).child(lone), "expected well-formed text"],
];
for (const [name, action, message] of refusals) {
  Deno.test(`CounterStream: refuses ${name}`, () => {
    assertThrows(action, RangeError, message);
  });
}

interface PhiloxAnswer {
  name: string;
  counter: [number, number, number, number];
  key: [number, number];
  words: number[];
}

// The three philox4x32-10 vectors of Random123's tests/kat_vectors.
const PHILOX_ANSWERS: PhiloxAnswer[] = [
  {
    name: "zeros",
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    name: "ones",
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    name: "digits of pi",
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

for (const { name, counter, key, words } of PHILOX_ANSWERS) {
  Deno.test(`philox4x32: the published words for ${name} (exact)`, () => {
    const out = new Uint32Array(4);
    philox4x32(...counter, ...key, out);
    assertEquals([...out], words);
  });
}

Deno.test("philox4x32: signed and unsigned words of the same bits are the same (exact)", () => {
  const unsigned = new Uint32Array(4);
  const signed = new Int32Array(4);
  philox4x32(0xdeadbeef, 0xffffffff, 0x80000000, 1, 0xcafebabe, 0x90000000, unsigned);
  philox4x32(0xdeadbeef | 0, -1, 0x80000000 | 0, 1, 0xcafebabe | 0, 0x90000000 | 0, signed);
  assertEquals([...signed].map((word) => word >>> 0), [...unsigned]);
});
