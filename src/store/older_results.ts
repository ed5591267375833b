/**
 * The results that an older version of the program left in a store: they are of no use to this one,
 * which leaves them alone.
 *
 * @module
 */
import { pathInside } from "../files/inside.ts";
import { readBounded } from "../files/read_bounded.ts";
import { writeWhole } from "../files/write_whole.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import type { Store } from "./store.ts";
import { FORMAT_VERSION } from "./stored_result.ts";

/** The file with the newest version of the format that has used a store. */
const MARK = ".format";
const MOST_BYTES = 100;

/**
 * The first time that a run of this version uses `store`: tells `notice` how many results of older
 * versions are in it, and how to remove them.
 */
export async function nameOlderResults(
  store: Store,
  notice: (message: string) => void,
): Promise<void> {
  const mark = await pathInside(store.root, MARK);
  const marked = await readBounded(mark, MOST_BYTES).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => "",
  );
  if (Number(/^microbeam-store-(\d+)\n$/.exec(marked)?.[1] ?? 0) >= FORMAT_VERSION) return;
  let [count, bytes] = [0, 0];
  for await (const file of store.olderFiles()) {
    if (file.kind !== "result") continue;
    if ((await store.formatVersion(file) ?? FORMAT_VERSION) >= FORMAT_VERSION) continue;
    count++;
    bytes += file.bytes;
  }
  if (count > 0) {
    notice(
      `${store.shownAs} has ${formatCount(count, "result")} of an older version of microbeam ` +
        `(${formatBytes(bytes)}), which this one cannot use and leaves alone; ` +
        "deno task cache --prune --older removes them",
    );
  }
  await writeWhole(mark, `microbeam-store-${FORMAT_VERSION}\n`);
}
