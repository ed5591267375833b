// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
// Unlike assertEquals it tells 0 from −0.
import { deepStrictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { noCosts } from "../../src/decode/strategy.ts";
import type { Sample } from "../../src/measure/sample.ts";
import {
  decodeSamples,
  encodeSamples,
  SampleBytesError,
} from "../../src/measure/samples_format.ts";
import { textOfBytes } from "../../src/text/bytes.ts";
import { anySamples } from "./any_samples.ts";

/** Samples with every double there is, and counts as large as can be. */
const extreme = anySamples({ real: fc.double(), whole: fc.oneof(fc.nat(300), fc.maxSafeNat()) });
const runs = { numRuns: 300, seed: 1 };

function sample(continuation: string, more: Partial<Sample["result"]> = {}): Sample {
  const logProbs = [...continuation, ""].map((_, i) => -Math.sqrt(i + 1));
  return {
    prompt: "a",
    draw: 0,
    number: 0,
    continuation,
    result: {
      tokens: [...continuation].map((_, i) => i),
      stop: "eos",
      logProbs,
      warpedLogProbs: logProbs.map((value) => value / 2),
      costs: { ...noCosts(), targetCalls: 8, targetRows: 9 },
      ...more,
    },
  };
}

/** Which of the results of `samples`, others included, each is the same object as. */
function sharing(samples: readonly Sample[]): number[] {
  const all = samples.flatMap(({ result }) => [result, ...result.others ?? []]);
  return all.map((result) => all.indexOf(result));
}

function bytesOf(samples: readonly Sample[]): Uint8Array {
  return encodeSamples(samples).bytes;
}

Deno.test("decodeSamples: reads any samples again, to the bit (300 cells)", () => {
  fc.assert(
    fc.property(extreme, (samples) => {
      deepStrictEqual([...decodeSamples(bytesOf(samples))], samples);
    }),
    runs,
  );
});

Deno.test("decodeSamples: reads bytes that are no UTF-8 again, whatever is beside them (300 texts)", () => {
  const texts = fc.array(fc.uint8Array({ maxLength: 5 }).map(textOfBytes), { minLength: 1 });
  fc.assert(
    fc.property(texts, (texts) => {
      const samples = texts.map((text) => ({ ...sample("x"), continuation: text }));
      assertEquals([...decodeSamples(bytesOf(samples))].map((each) => each.continuation), texts);
    }),
    runs,
  );
});

Deno.test("encodeSamples: gives the samples that are read from its bytes (300 cells)", () => {
  fc.assert(
    fc.property(extreme, (samples) => {
      const encoded = encodeSamples(samples);
      const read = decodeSamples(encoded.bytes);
      deepStrictEqual([...encoded], [...read]);
      assertEquals([encoded.length, encoded.results], [read.length, read.results]);
    }),
    runs,
  );
});

Deno.test("decodeSamples: 0 and −0 are two numbers", () => {
  const samples = [sample("", { logProbs: [0], warpedLogProbs: [-0] })];
  deepStrictEqual([...decodeSamples(bytesOf(samples))], samples);
});

Deno.test("decodeSamples: a byte-order mark at the beginning of the texts is one of their characters", () => {
  const samples = [{ ...sample("x"), prompt: "\ufeff" }];
  assertEquals([...decodeSamples(bytesOf(samples))], samples);
});

Deno.test("decodeSamples: results that were shared are shared, and no others (300 cells)", () => {
  fc.assert(
    fc.property(extreme, (samples) => {
      assertEquals(sharing([...decodeSamples(bytesOf(samples))]), sharing(samples));
    }),
    runs,
  );
});

Deno.test("encodeSamples: the same samples give the same bytes, and a shared result is there once", () => {
  const [one, other] = [sample("x"), sample("x")];
  assertEquals(bytesOf([one, one]), bytesOf([other, other]));
  assert(bytesOf([one, one]).length < bytesOf([one, other]).length);
});

Deno.test("encodeSamples: takes less than 170 bytes for a text of seven tokens", () => {
  const samples = Array.from({ length: 10_000 }, (_, number) => ({
    ...sample(String(1_000_000 + number)),
    number,
  }));
  const each = bytesOf(samples).length / samples.length;
  assert(each < 170, `${each}`);
});

const refusals: readonly [string, Sample][] = [
  ["a token that is no whole number", sample("x", { tokens: [0.5] })],
  ["a count below 0", sample("x", { costs: { ...noCosts(), bonus: -1 } })],
  ["a count that is no safe integer", { ...sample("x"), number: 2 ** 53 }],
  ["a lone surrogate", { ...sample("x"), continuation: "\ud800" }],
];
for (const [what, refused] of refusals) {
  Deno.test(`encodeSamples: ${what} cannot be written`, () => {
    assertThrows(() => bytesOf([refused]), RangeError, "Cannot write a");
  });
}

const search = { optimal: true, bound: -Infinity };
const others = [sample("y").result];
const bytes = bytesOf([sample("xyz", { others, search }), sample("é😀")]);

Deno.test("decodeSamples: cut off anywhere, or with any byte changed, it is refused", () => {
  for (let i = 0; i < bytes.length; i++) {
    assertThrows(() => decodeSamples(bytes.subarray(0, i)), SampleBytesError);
    assertThrows(() => decodeSamples(bytes.with(i, (bytes[i] ?? 0) ^ 1)), SampleBytesError);
  }
  assertThrows(() => decodeSamples(Uint8Array.of(...bytes, 0)), SampleBytesError);
});

Deno.test("decodeSamples: says what is wrong", () => {
  const foreign = new TextEncoder().encode("cell,prompt,sample");
  assertThrows(
    () => decodeSamples(foreign),
    SampleBytesError,
    "cannot read the samples: expected the format mbtrace, found another",
  );
  assertThrows(
    () => decodeSamples(bytes.subarray(0, 50)),
    SampleBytesError,
    "expected the checksum of what is there, found another: it is damaged or cut off",
  );
  assertThrows(
    () => decodeSamples(withChecksum(bytes.subarray(8, -32).with(0, 3))),
    SampleBytesError,
    "expected version 1 or 2, found 3",
  );
});

/** Samples of this content, so that only the content can be wrong. */
function withChecksum(content: Uint8Array): Uint8Array {
  const body = Uint8Array.of(...bytes.subarray(0, 8), ...content);
  return Uint8Array.of(...body, ...createHash("sha256").update(body).digest());
}

Deno.test("decodeSamples: nonsense with the right checksum is refused too (3000 changes)", () => {
  const content = bytes.subarray(8, -32);
  const changes = fc.array(fc.tuple(fc.nat(content.length - 1), fc.nat(255)), { minLength: 1 });
  let refused = 0;
  fc.assert(
    fc.property(changes, fc.nat(content.length), (changes, length) => {
      const changed = content.slice(0, length);
      for (const [at, byte] of changes) if (at < length) changed[at] = byte;
      try {
        // Some changes are of a number alone, and give samples of another kind, but whole ones.
        for (const { prompt, result } of decodeSamples(withChecksum(changed))) {
          assert(typeof prompt === "string" && typeof result.costs.rounds === "number");
        }
      } catch (error) {
        if (!(error instanceof SampleBytesError)) throw error;
        refused++;
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
  assert(refused > 2000, `${refused}`);
});
