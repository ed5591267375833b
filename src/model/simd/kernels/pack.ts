// Products are `A · B`, `[M, K] · [K, N]`. B is packed in panels of 16 columns, `[K, 16]` each, of which
// the last has 8 where 8 are enough; columns past N hold zeros. So one row reads all of B in the order
// in which it lies, and tiles of 8 columns leave whole cache lines for their neighbours. K and N are
// multiples of 4.

/** Columns of a panel of B. */
export const PANEL = 16;

/** Columns of the panel before which `left` columns are left: all 16, or 8 if they hold them. */
@inline
export function panelWidth(left: i32): i32 {
  return left > 8 ? PANEL : 8;
}

/** Packs the transpose of `w` `[N, K]` (row distance `ld`): the B of X·Wᵀ. */
export function packTransposed(w: usize, ld: i32, packed: usize, n: i32, k: i32): void {
  const row = <usize> ld << 2;
  for (let first = 0; first < n; first += 4) {
    const panel = first & ~15;
    const step = <usize> panelWidth(n - panel) << 2;
    let to = packed + ((<usize> panel * k + (first & 15)) << 2);
    let w0 = w + <usize> first * row, w1 = w0 + row, w2 = w1 + row, w3 = w2 + row;
    for (let j = 0; j < k; j += 4) {
      const a = v128.load(w0), b = v128.load(w1), c = v128.load(w2), d = v128.load(w3);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
      to += step;
      v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
      to += step;
      v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
      to += step;
      v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
      to += step;
      w0 += 16;
      w1 += 16;
      w2 += 16;
      w3 += 16;
    }
  }
}

/** Packs `w` `[K, N]` (row distance `ld`) as it is: the B of dY·W. */
export function packPlain(w: usize, ld: i32, packed: usize, n: i32, k: i32): void {
  const row = <usize> ld << 2;
  let to = packed;
  for (let panel = 0; panel < n; panel += PANEL) {
    let from = w + (<usize> panel << 2);
    const width = <usize> panelWidth(n - panel) << 2, inside = min(width, <usize> (n - panel) << 2);
    for (let j = 0; j < k; j++) {
      for (let at: usize = 0; at < inside; at += 16) v128.store(to + at, v128.load(from + at));
      from += row;
      to += width;
    }
  }
}
