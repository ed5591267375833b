// The kernels of the simd engine, in AssemblyScript: built by `deno task kernels` into two modules,
// kernels.wasm (fused) and kernels_strict.wasm. They differ in `madd` alone: the strict one multiplies
// and adds, which gives the same bits everywhere; the fused one rounds once where the processor can.
//
// Letters: C width of the residual stream, padded to a multiple of 4; N rows (tokens of all sequences,
// packed); H heads; V vocabulary; B block size. Addresses are in bytes, row distances in numbers.

export { adam } from "./adam";
export { attention, attentionBackward, attentionCached } from "./attention";
export { draw } from "./draw";
export { exponentials } from "./exponential";
export { crossEntropy } from "./loss";
export { probe } from "./madd";
export { matmul } from "./matmul";
export { matmulTransposed } from "./matmul_transposed";
export {
  addTo,
  clear,
  copy,
  embed,
  embedBackward,
  reluBackward,
  rmsNorm,
  rmsNormBackward,
} from "./norm";
export { packPlain, packTransposed } from "./pack";
export { pass, passBegin, passEnd, passMultiply, passPrepare } from "./pass";
