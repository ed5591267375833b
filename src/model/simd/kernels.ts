/**
 * The compiled kernels, as WebAssembly exports them. Their source is AssemblyScript, in `kernels/`;
 * addresses are in bytes, row distances and counts in numbers.
 *
 * @module
 */

/** The exports of the compiled modules; each is documented in its source. */
export interface Kernels {
  /** `kernels/adam.ts` */
  adam(
    parameters: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    rate: number,
    inverse: number,
    beta1: number,
    beta2: number,
    epsilon: number,
  ): void;
  /** `kernels/norm.ts` */
  addTo(to: number, from: number, count: number): void;
  /** `kernels/attention.ts` */
  attention(
    qkv: number,
    starts: number,
    weights: number,
    out: number,
    rows: number,
    heads: number,
    width: number,
    ld: number,
    room: number,
  ): void;
  /** `kernels/attention.ts` */
  attentionBackward(
    dout: number,
    qkv: number,
    starts: number,
    weights: number,
    dqkv: number,
    scratch: number,
    rows: number,
    heads: number,
    width: number,
    ld: number,
    room: number,
  ): void;
  /** `kernels/attention.ts` */
  attentionCached(
    qkv: number,
    caches: number,
    positions: number,
    weights: number,
    out: number,
    rows: number,
    heads: number,
    width: number,
    ld: number,
    layerOffset: number,
  ): void;
  /** `kernels/norm.ts` */
  clear(to: number, count: number): void;
  /** `kernels/norm.ts` */
  copy(to: number, from: number, count: number): void;
  /** `kernels/loss.ts` */
  crossEntropy(
    logits: number,
    targets: number,
    factors: number,
    rows: number,
    v: number,
    ld: number,
    probabilities: number,
  ): void;
  /** `kernels/draw.ts` */
  draw(logits: number, ld: number, v: number, count: number, draws: number, scratch: number): void;
  /** `kernels/norm.ts` */
  embed(
    tokens: number,
    positions: number,
    wte: number,
    wpe: number,
    x: number,
    rows: number,
    ld: number,
  ): void;
  /** `kernels/norm.ts` */
  embedBackward(
    tokens: number,
    positions: number,
    dx: number,
    dwte: number,
    dwpe: number,
    rows: number,
    ld: number,
  ): void;
  /** `kernels/exponential.ts` */
  exponentials(x: number, count: number): void;
  /** `kernels/matmul.ts`; see {@linkcode MatmulMode} */
  matmul(
    a: number,
    lda: number,
    b: number,
    c: number,
    ldc: number,
    m: number,
    n: number,
    k: number,
    mode: number,
  ): void;
  /** `kernels/matmul_transposed.ts` */
  matmulTransposed(
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
    r: number,
    m: number,
    n: number,
    scratch: number,
  ): void;
  /** `kernels/pack.ts` */
  packPlain(w: number, ld: number, packed: number, n: number, k: number): void;
  /** `kernels/pack.ts` */
  packTransposed(w: number, ld: number, packed: number, n: number, k: number): void;
  /** `kernels/pass.ts` */
  pass(at: number): void;
  /** `kernels/pass.ts` */
  passBegin(at: number): void;
  /** `kernels/pass.ts` */
  passEnd(at: number): void;
  /** `kernels/pass.ts` */
  passMultiply(at: number, step: number, part: number, parts: number): void;
  /** `kernels/pass.ts` */
  passPrepare(at: number, step: number): void;
  /** `kernels/madd.ts`: 2⁻²⁴ if these kernels round a·b + c once on this processor, 0 if twice. */
  probe(): number;
  /** `kernels/norm.ts` */
  reluBackward(dh: number, h: number, count: number): void;
  /** `kernels/norm.ts` */
  rmsNorm(x: number, y: number, scales: number, rows: number, ld: number, c: number): void;
  /** `kernels/norm.ts` */
  rmsNormBackward(
    dy: number,
    y: number,
    scales: number,
    dx: number,
    rows: number,
    ld: number,
    c: number,
    add: number,
  ): void;
}

/** Whether the kernel `matmul` stores its product, adds it, or stores max(0, ·). */
export const MatmulMode = { store: 0, add: 1, relu: 2 } as const;

const FILES = { fused: "./kernels.wasm", strict: "./kernels_strict.wasm" } as const;

const compiled: Partial<Record<keyof typeof FILES, WebAssembly.Module>> = {};

/** The kernels of this arithmetic over `memory`; each module is compiled once. */
export function instantiateKernels(
  memory: WebAssembly.Memory,
  arithmetic: "fused" | "strict",
): Kernels {
  const module = compiled[arithmetic] ??= new WebAssembly.Module(
    Deno.readFileSync(new URL(FILES[arithmetic], import.meta.url)),
  );
  const env = { memory, abort: () => {} };
  // Sound since the same sources give the module and the interface; the tests call every kernel.
  return new WebAssembly.Instance(module, { env }).exports as unknown as Kernels;
}
