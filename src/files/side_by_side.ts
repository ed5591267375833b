/**
 * Does `action` with each of `items`, begun in their order, with up to `most` of them at a time. Where one
 * fails, no other is begun, and those that were are waited for; then throws what the first that failed threw.
 */
export async function sideBySide<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  most: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = each(items);
  const failures: unknown[] = [];
  const oneAfterAnother = async (): Promise<void> => {
    try {
      for (;;) {
        const next = await iterator.next();
        if (next.done === true || failures.length > 0) return;
        await action(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: most }, oneAfterAnother));
  if (failures.length === 0) return;
  await iterator.return();
  throw failures[0];
}

async function* each<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): AsyncGenerator<Item, void, void> {
  yield* items;
}
