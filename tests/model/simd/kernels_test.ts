// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { MemoryPlan, WasmMemory } from "../../../src/model/simd/wasm_memory.ts";
import type { Arithmetic } from "../../../src/model/simd/arithmetic.ts";
import { compileKernels, kernelModules } from "./build_kernels.ts";

/** A memory with one array of `sizes[i]` numbers after another, and their addresses. */
function memoryOf(
  arithmetic: Arithmetic,
  ...sizes: number[]
): { memory: WasmMemory; addresses: number[] } {
  const plan = new MemoryPlan();
  const addresses = sizes.map((size) => plan.reserve(size));
  return { memory: new WasmMemory(plan, arithmetic), addresses };
}

const bits = new DataView(new ArrayBuffer(8));

/** sum + a·b rounded once: to odd in f64, which loses nothing that decides the rounding to f32. */
function fused(sum: number, a: number, b: number): number {
  const product = a * b;
  const rounded = sum + product;
  const part = rounded - sum;
  const error = (sum - (rounded - part)) + (product - part);
  bits.setFloat64(0, rounded);
  if (error !== 0 && rounded !== 0 && bits.getInt32(4) % 2 === 0) {
    const away = (error > 0) === (rounded > 0);
    bits.setBigInt64(0, bits.getBigInt64(0) + (away ? 1n : -1n));
  }
  return Math.fround(bits.getFloat64(0));
}

/** sum + a·b rounded twice. */
function strict(sum: number, a: number, b: number): number {
  return Math.fround(sum + Math.fround(a * b));
}

/** Both kinds of kernels with what they compute here: fused ones are strict where nothing fuses. */
const arithmetics = (["fused", "strict"] as const).map((arithmetic) => {
  const probed = memoryOf(arithmetic, 1).memory.kernels.probe();
  return { arithmetic, probed, madd: probed === 0 ? strict : fused };
});

Deno.test("probe: 0 from strict kernels, 2⁻²⁴ or 0 from fused ones, as a product of theirs says", () => {
  const a = 1 + 2 ** -12, c = -(1 + 2 ** -11);
  assertEquals([fused(c, a, a), strict(c, a, a)], [2 ** -24, 0]);
  const [probed, always] = arithmetics.map(({ probed }) => probed);
  assert(probed === 0 || probed === 2 ** -24, `${probed}`);
  assertEquals(always, 0);
});

/** Numbers between −1 and 1 that f32 holds exactly. */
function numbers(count: number, salt = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + salt));
}

for (const module of kernelModules) {
  const name = module.wasm.pathname.split("/src/").at(-1);
  Deno.test(`${name}: is what kernels/ beside it compiles to (byte for byte)`, async () => {
    assertEquals(await compileKernels(module), await Deno.readFile(module.wasm));
  });
}

const shapes = [1, 2, 3, 4, 5, 7, 8, 113].flatMap((m) =>
  [4, 8, 12, 28, 32, 36, 48, 68].flatMap((n) => [4, 16, 20].map((k) => ({ m, n, k })))
);

for (const { arithmetic, madd } of arithmetics) {
  Deno.test(`matmul, ${arithmetic}: is the sum in order of k, bit for bit (${shapes.length} shapes, 3 modes)`, () => {
    for (const { m, n, k } of shapes) {
      const { memory, addresses: [a = 0, w = 0, b = 0, c = 0] } = memoryOf(
        arithmetic,
        m * k,
        n * k,
        Math.ceil(n / 8) * 8 * k,
        m * n,
      );
      const [x, y, before] = [numbers(m * k), numbers(n * k, 1), numbers(m * n, 2)];
      memory.f32.set(x, a / 4);
      memory.f32.set(y, w / 4);
      memory.kernels.packTransposed(w, k, b, n, k);
      for (const mode of [0, 1, 2]) {
        memory.f32.set(before, c / 4);
        memory.kernels.matmul(a, k, b, c, n, m, n, k, mode);
        for (let i = 0; i < m * n; i++) {
          const [row, column] = [Math.floor(i / n), i % n];
          let sum = 0;
          for (let j = 0; j < k; j++) {
            sum = madd(sum, x[row * k + j] as number, y[column * k + j] as number);
          }
          if (mode === 1) sum = Math.fround(sum + (before[i] as number));
          if (mode === 2) sum = Math.max(sum, 0);
          assertEquals(memory.f32[c / 4 + i], sum, `${m}×${n}×${k}, mode ${mode}, element ${i}`);
        }
      }
    }
  });

  Deno.test(`packPlain, matmul, ${arithmetic}: dy·W is the sum in order, bit for bit (${shapes.length} shapes)`, () => {
    for (const { m, n, k } of shapes) {
      const { memory, addresses: [a = 0, w = 0, b = 0, c = 0] } = memoryOf(
        arithmetic,
        m * k,
        n * k,
        Math.ceil(n / 8) * 8 * k,
        m * n,
      );
      const [x, y] = [numbers(m * k), numbers(n * k, 1)];
      memory.f32.set(x, a / 4);
      memory.f32.set(y, w / 4);
      memory.kernels.packPlain(w, n, b, n, k);
      memory.kernels.matmul(a, k, b, c, n, m, n, k, 0);
      for (let i = 0; i < m * n; i++) {
        const [row, column] = [Math.floor(i / n), i % n];
        let sum = 0;
        for (let j = 0; j < k; j++) {
          sum = madd(sum, x[row * k + j] as number, y[j * n + column] as number);
        }
        assertEquals(memory.f32[c / 4 + i], sum, `${m}×${n}×${k}, element ${i}`);
      }
    }
  });

  Deno.test(`matmulTransposed, ${arithmetic}: is the sum in order of rows, bit for bit`, () => {
    for (const r of [0, 1, 3, 127, 128, 129, 257]) {
      for (const [m, n] of [[4, 4], [8, 12], [28, 16], [12, 40], [8, 128], [4, 140]] as const) {
        const { memory, addresses: [a = 0, b = 0, c = 0, copies = 0] } = memoryOf(
          arithmetic,
          r * m,
          r * n,
          m * n,
          128 * (n + 8),
        );
        const [x, y] = [numbers(r * m), numbers(r * n, 1)];
        memory.f32.set(x, a / 4);
        memory.f32.set(y, b / 4);
        memory.f32.fill(NaN, c / 4, c / 4 + m * n);
        memory.kernels.matmulTransposed(a, m, b, n, c, n, r, m, n, copies);
        for (let i = 0; i < m * n; i++) {
          let sum = 0;
          for (let j = 0; j < r; j++) {
            const left = x[j * m + Math.floor(i / n)] as number;
            sum = madd(sum, left, y[j * n + i % n] as number);
          }
          assertEquals(memory.f32[c / 4 + i], sum, `${r}: ${m}×${n}, element ${i}`);
        }
      }
    }
  });
}

for (const { arithmetic } of arithmetics) {
  Deno.test(`exponentials, ${arithmetic}: within 2 units in the last place of eˣ from −87 to 88 (200,000 points)`, () => {
    const count = 200_000;
    const { memory, addresses: [x = 0] } = memoryOf(arithmetic, count);
    const inputs = Float32Array.from({ length: count }, (_, i) => -87 + 175 * i / (count - 1));
    memory.f32.set(inputs, x / 4);
    memory.kernels.exponentials(x, count);
    let worst = 0;
    inputs.forEach((input, i) => {
      const exact = Math.exp(input);
      const unit = 2 ** (Math.floor(Math.log2(exact)) - 23);
      worst = Math.max(worst, Math.abs((memory.f32[x / 4 + i] as number) - exact) / unit);
    });
    assert(worst <= 2, `${worst} units`);
  });

  Deno.test(`exponentials, ${arithmetic}: of a masked score is exactly 0, of 0 exactly 1`, () => {
    const { memory, addresses: [x = 0] } = memoryOf(arithmetic, 4);
    memory.f32.set([-1e30, -88, 0, -Infinity], x / 4);
    memory.kernels.exponentials(x, 4);
    assertEquals([...memory.f32.subarray(x / 4, x / 4 + 4)], [0, 0, 1, 0]);
  });

  Deno.test(`adam, ${arithmetic}: is algorithm 1 in f32 (1e-6)`, () => {
    const { memory, addresses: [p = 0, g = 0, m = 0, v = 0] } = memoryOf(arithmetic, 4, 4, 4, 4);
    const gradients = [numbers(4), numbers(4, 1)];
    memory.f32.set([1, 2, 3, 4], p / 4);
    const expected = [1, 2, 3, 4];
    const [first, second] = [[0, 0, 0, 0], [0, 0, 0, 0]];
    gradients.forEach((gradient, t) => {
      memory.f32.set(gradient, g / 4);
      const [c1, c2] = [1 - 0.9 ** (t + 1), 1 - 0.99 ** (t + 1)];
      memory.kernels.adam(p, g, m, v, 4, 0.1 / c1, 1 / c2, 0.9, 0.99, 1e-8);
      gradient.forEach((slope, i) => {
        first[i] = 0.9 * (first[i] as number) + 0.1 * slope;
        second[i] = 0.99 * (second[i] as number) + 0.01 * slope * slope;
        const root = Math.sqrt(second[i] / c2) + 1e-8;
        expected[i] = (expected[i] as number) - 0.1 * (first[i] / c1) / root;
      });
    });
    expected.forEach((value, i) =>
      assertAlmostEquals(memory.f32[p / 4 + i] as number, value, 1e-6)
    );
  });
}
