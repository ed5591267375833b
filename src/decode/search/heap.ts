/** Items of which the one with the highest score is at hand; of equal ones any, but always the same. */
export class Heap<Item extends { readonly score: number }> {
  readonly #items: Item[] = [];

  /** How many items there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The highest score, −∞ where there is no item. */
  get highest(): number {
    return this.#items[0]?.score ?? -Infinity;
  }

  /** Adds `item`, whose score stays as it is while it is here. */
  push(item: Item): void {
    const items = this.#items;
    let hole = items.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = items[above] as Item;
      if (parent.score >= item.score) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = item;
  }

  /** Takes out the item with the highest score, `undefined` where there is none. */
  pop(): Item | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= items.length) break;
      const right = items[below + 1];
      if (right !== undefined && right.score > (items[below] as Item).score) below++;
      const child = items[below] as Item;
      if (child.score <= last.score) break;
      items[hole] = child;
      hole = below;
    }
    items[hole] = last;
    return top;
  }
}
