// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { MadeAhead, RoomAhead } from "../../src/runs/made_ahead.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { RunState } from "../../src/runs/run_state.ts";
import { TablesAhead } from "../../src/runs/run_tables.ts";
import { decode } from "../../src/stages/decode.ts";
import { LostResultError, Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { config, runInto, runOptions } from "./tiny_run.ts";

/** Parts of one byte each, 0 to 4, and which of them were made; the one `bad` cannot be. */
function parts(bad?: number): { made: number[]; file: MadeAhead } {
  const made: number[] = [];
  async function* make(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) {
      await Promise.resolve();
      if (i === bad) throw new RangeError(`cannot make ${i}`);
      made.push(i);
      yield Uint8Array.of(i);
    }
  }
  return { made, file: new MadeAhead(make()) };
}

/** The bytes of `file`. */
async function bytesOf(file: MadeAhead): Promise<number[]> {
  const bytes: number[] = [];
  for await (const part of file) bytes.push(...part);
  return bytes;
}

const rooms: readonly [what: string, room: number | undefined, ahead: number[]][] = [
  ["nothing is made ahead unless that is asked for", undefined, []],
  ["ahead is made what there is room for", 3, [0, 1, 2]],
  ["all can be made ahead", 100, [0, 1, 2, 3, 4]],
];
for (const [what, room, ahead] of rooms) {
  Deno.test(`MadeAhead: ${what}; all parts come once and in order`, async () => {
    const { made, file } = parts();
    if (room !== undefined) await file.make(new RoomAhead(room));
    assertEquals(made, ahead);
    assertEquals(await bytesOf(file), [0, 1, 2, 3, 4]);
    assertEquals(made, [0, 1, 2, 3, 4]);
  });
}

Deno.test("MadeAhead: files share the room", async () => {
  const room = new RoomAhead(7);
  const [first, second] = [parts(), parts()];
  await first.file.make(room);
  await second.file.make(room);
  assertEquals([first.made.length, second.made.length, room.isLeft], [5, 2, false]);
});

Deno.test("MadeAhead: who asks while parts are made gets those and the others, once and in order", async () => {
  const { file } = parts();
  const making = file.make(new RoomAhead());
  assertEquals(await bytesOf(file), [0, 1, 2, 3, 4]);
  await making;
});

Deno.test("MadeAhead: what making a part throws is thrown to who asks for it, and to nobody else", async () => {
  const { file } = parts(3);
  await file.make(new RoomAhead());
  await assertRejects(() => bytesOf(file), RangeError, "cannot make 3");
});

Deno.test("TablesAhead: once it is stopped, a report that is written later begins nothing", async () => {
  const data = await checkWithCorpus(readExperiment("configs/tiny.yaml", config));
  const store = new Store("a-store-that-is-not-there");
  let reads = 0;
  store.read = () => {
    reads++;
    return Promise.reject(new LostResultError("gone"));
  };
  const state = new RunState(runOptions(store));
  for (const [isStopped, expected] of [[false, 2], [true, 0]] as const) {
    reads = 0;
    const ahead = new TablesAhead([state.tasksOf(data)], state);
    if (isStopped) ahead.stop();
    ahead.begin(data);
    await new Promise((resolve) => setTimeout(resolve));
    // The first cell, and the first loss.
    assertEquals(reads, expected);
  }
});

Deno.test("runSweeps: once the report is written, lines of samples are made before anyone asks for them", async () => {
  const experiment = readExperiment("configs/tiny.yaml", config, [
    "report.charts=false",
    "decoding.strategies=[{strategy: greedy}, {strategy: speculative, draft_k: 2}]",
  ]);
  const read = decode.decode;
  const { begin } = OutputFolder.prototype;
  const { promise: allRead, resolve } = Promise.withResolvers<void>();
  let cells = 0;
  // No report reads samples: who makes their lines reads those of each cell.
  decode.decode = (body) => {
    if (++cells === 2) resolve();
    return read(body);
  };
  OutputFolder.prototype.begin = async function (this: OutputFolder, stages) {
    // If nobody has read them by now, this waits in vain.
    await allRead;
    return await begin.call(this, stages);
  };
  try {
    await inFolder(async (folder) => {
      await runInto(folder, experiment, { threads: 2 });
      const samples = await Deno.readTextFile(`${folder}/samples.csv`);
      assertEquals(samples.trimEnd().split("\r\n").length, 1 + 2 * 3 * 7);
    });
  } finally {
    decode.decode = read;
    OutputFolder.prototype.begin = begin;
  }
  assertEquals(cells, 2);
});
