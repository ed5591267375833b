// @ts-types="../../declarations/assert.d.ts"
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { MemoryPlan, WasmMemory } from "../../../src/model/simd/wasm_memory.ts";
import { compileKernels, kernelModules } from "./build_kernels.ts";

/** An memory with one array of `sizes[i]` numbers after another, and their addresses. */
function memoryOf(...sizes: number[]): { memory: WasmMemory; addresses: number[] } {
  const plan = new MemoryPlan();
  const addresses = sizes.map((size) => plan.reserve(size));
  return { memory: new WasmMemory(plan), addresses };
}

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

Deno.test(`matmul: is the sum in order of k, bit for bit (${shapes.length} shapes, 3 modes)`, () => {
  for (const { m, n, k } of shapes) {
    const { memory, addresses: [a = 0, w = 0, b = 0, c = 0] } = memoryOf(
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
          const term = Math.fround((x[row * k + j] as number) * (y[column * k + j] as number));
          sum = Math.fround(sum + term);
        }
        if (mode === 1) sum = Math.fround(sum + (before[i] as number));
        if (mode === 2) sum = Math.max(sum, 0);
        assertEquals(memory.f32[c / 4 + i], sum, `${m}×${n}×${k}, mode ${mode}, element ${i}`);
      }
    }
  }
});

Deno.test(`packPlain, matmul: dy·W is the sum in order, bit for bit (${shapes.length} shapes)`, () => {
  for (const { m, n, k } of shapes) {
    const { memory, addresses: [a = 0, w = 0, b = 0, c = 0] } = memoryOf(
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
        const term = Math.fround((x[row * k + j] as number) * (y[j * n + column] as number));
        sum = Math.fround(sum + term);
      }
      assertEquals(memory.f32[c / 4 + i], sum, `${m}×${n}×${k}, element ${i}`);
    }
  }
});

Deno.test("matmulTransposed: is the sum in order of rows, bit for bit (blocks and remainders)", () => {
  for (const r of [0, 1, 3, 127, 128, 129, 257]) {
    for (const [m, n] of [[4, 4], [8, 12], [28, 16], [12, 40], [8, 128], [4, 140]] as const) {
      const { memory, addresses: [a = 0, b = 0, c = 0, copies = 0] } = memoryOf(
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
          sum = Math.fround(sum + Math.fround(left * (y[j * n + i % n] as number)));
        }
        assertEquals(memory.f32[c / 4 + i], sum, `${r}: ${m}×${n}, element ${i}`);
      }
    }
  }
});

Deno.test("exponentials: within 2 units in the last place of eˣ from −87 to 88 (200,000 points)", () => {
  const count = 200_000;
  const { memory, addresses: [x = 0] } = memoryOf(count);
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

Deno.test("exponentials: of a masked score is exactly 0, of 0 exactly 1", () => {
  const { memory, addresses: [x = 0] } = memoryOf(4);
  memory.f32.set([-1e30, -88, 0, -Infinity], x / 4);
  memory.kernels.exponentials(x, 4);
  assertEquals([...memory.f32.subarray(x / 4, x / 4 + 4)], [0, 0, 1, 0]);
});

Deno.test("adam: is algorithm 1 in f32 (1e-6)", () => {
  const { memory, addresses: [p = 0, g = 0, m = 0, v = 0] } = memoryOf(4, 4, 4, 4);
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
  expected.forEach((value, i) => assertAlmostEquals(memory.f32[p / 4 + i] as number, value, 1e-6));
});
