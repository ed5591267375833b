// The kernels of decoding, in AssemblyScript: built by `deno task kernels` into ../kernels.wasm. Strict
// arithmetic, no fused or relaxed one: the same bits everywhere.
//
// Rows are of f64; addresses are in bytes. Each row has room for seven numbers more, to make pairs,
// fours and eights.

export { shiftedSum, softmax } from "./softmax";
export {
  divide,
  exponentials,
  exponentialsWithMean,
  keepFrom,
  largest,
  squares,
  sumOf,
  sumOfExponentials,
} from "./large";
export { selectNearRoughly, selectRoughly } from "./rough_selection";
export { keepNear, keepSelected, select, selectNear } from "./selection";
