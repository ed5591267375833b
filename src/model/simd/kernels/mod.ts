// The kernels of the simd engine, in AssemblyScript: built by `deno task kernels` into kernels.wasm.
// Strict multiplications and additions alone, no fused or relaxed ones: the same bits everywhere.
//
// Letters: C width of the residual stream, padded to a multiple of 4; N rows (tokens of all sequences,
// packed); H heads; V vocabulary; B block size. Addresses are in bytes, row distances in numbers.

export { adam } from "./adam";
export { attention, attentionBackward, attentionCached } from "./attention";
export { draw } from "./draw";
export { exponentials } from "./exponential";
export { crossEntropy } from "./loss";
export { matmul } from "./matmul";
export { matmulTransposed } from "./matmul_transposed";
export { addTo, embed, embedBackward, reluBackward, rmsNorm, rmsNormBackward } from "./norm";
export { packPlain, packTransposed } from "./pack";
