// A pass of decoding over the rows of one thread: embedding, layers and head in one call, or product by
// product where threads divide the columns. Letters as in inference_plan.ts.

import { attentionCached } from "./attention";
import { draw } from "./draw";
import { matmul } from "./matmul";
import { embed, rmsNorm } from "./norm";

/** What a pass works on, as inference_pass.ts writes it: sizes, and addresses of inference_plan.ts. */
@unmanaged
class Pass {
  embd: i32;
  width: i32;
  heads: i32;
  layers: i32;
  /** Bytes of a layer in a cache. */
  layerBytes: usize;
  vocabulary: i32;
  /** The distance of rows of logits. */
  logitsWidth: i32;
  wte: usize;
  wpe: usize;
  rows: usize;
  wanted: usize;
  drawing: usize;
  wantedRows: usize;
  tokens: usize;
  positions: usize;
  caches: usize;
  x: usize;
  normed: usize;
  scales: usize;
  qkv: usize;
  attentionWeights: usize;
  outputs: usize;
  logits: usize;
  draws: usize;
  drawScratch: usize;
}

/** One product: `to` (+)= `from`·B, `[N, K]·[K, N]`. Those of a pass follow it, four a layer, the head. */
@unmanaged
class Product {
  from: usize;
  packed: usize;
  to: usize;
  n: i32;
  k: i32;
  mode: i32;
}

/** The columns of products are divided at multiples of this, a whole number of packed panels. */
const COLUMNS = 32;

/** Runs rows through all layers, the wanted ones through the head, and draws from those that say so. */
export function pass(at: usize): void {
  const products = 4 * changetype<Pass>(at).layers + 1;
  passBegin(at);
  for (let step = 0; step < products; step++) {
    passPrepare(at, step);
    passMultiply(at, step, 0, 1);
  }
  passEnd(at);
}

/** Embeds the rows. */
export function passBegin(at: usize): void {
  const p = changetype<Pass>(at);
  const rows = i32.load(p.rows);
  embed(p.tokens, p.positions, p.wte, p.wpe, p.x, rows, p.width);
  rmsNorm(p.x, p.x, p.scales, rows, p.width, <f32> p.embd);
}

/** Computes what product number `step` needs and no product makes. */
export function passPrepare(at: usize, step: i32): void {
  const p = changetype<Pass>(at);
  const layer = step >> 2, kind = step & 3;
  if (layer == p.layers) return gather(p);
  const rows = i32.load(p.rows);
  if (kind == 1) {
    const offset = <usize> layer * p.layerBytes, head = p.embd / p.heads;
    attentionCached(
      p.qkv,
      p.caches,
      p.positions,
      p.attentionWeights,
      p.outputs,
      rows,
      p.heads,
      head,
      p.width,
      offset,
    );
  } else if (kind != 3) rmsNorm(p.x, p.normed, p.scales, rows, p.width, <f32> p.embd);
}

/** Moves the rows whose logits are wanted to the front. */
function gather(p: Pass): void {
  const bytes = <usize> p.width << 2;
  let to = p.x;
  for (let i = 0, wanted = i32.load(p.wanted); i < wanted; i++, to += bytes) {
    // Never onto a row that is still to be moved.
    const from = p.x + <usize> i32.load(p.wantedRows + (<usize> i << 2)) * bytes;
    if (from == to) continue;
    for (let j: usize = 0; j < bytes; j += 16) v128.store(to + j, v128.load(from + j));
  }
}

/** Computes one of `parts` parts of the columns of product number `step`. */
export function passMultiply(at: usize, step: i32, part: i32, parts: i32): void {
  const p = changetype<Pass>(at);
  const product = changetype<Product>(at + offsetof<Pass>() + <usize> step * offsetof<Product>());
  const rows = i32.load(step == 4 * p.layers ? p.wanted : p.rows);
  const n = product.n, k = product.k;
  let first = 0, last = n;
  if (parts > 1) {
    const blocks = (n + COLUMNS - 1) / COLUMNS;
    first = COLUMNS * (part * blocks / parts);
    last = min(n, COLUMNS * ((part + 1) * blocks / parts));
  }
  const b = product.packed + (<usize> (first * k) << 2), to = product.to + (<usize> first << 2);
  matmul(product.from, k, b, to, n, rows, last - first, k, product.mode);
}

/** Draws from the wanted rows that say so. */
export function passEnd(at: usize): void {
  const p = changetype<Pass>(at);
  if (i32.load(p.drawing) == 0) return;
  draw(p.logits, p.logitsWidth, p.vocabulary, i32.load(p.wanted), p.draws, p.drawScratch);
}
