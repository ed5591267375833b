/** Every way to take one of each of `choices`, the last varying fastest. */
export function product<Item>(choices: readonly (readonly Item[])[]): Item[][] {
  return choices.reduce<Item[][]>(
    (partial, items) => partial.flatMap((taken) => items.map((item) => [...taken, item])),
    [[]],
  );
}
