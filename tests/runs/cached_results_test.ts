/**
 * Which results are recomputed and which are reused when a config changes.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { config as tiny, filesIn, runInto, type TestOptions } from "./tiny_run.ts";

const config = `${tiny}
report: { charts: false }
`;

/** A folder with a store and runs. */
class Place {
  readonly store: Store;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.store = new Store(`${folder}/store`);
  }

  /** Runs a config; how many results were recomputed. */
  async run(text = config, overrides: string[] = [], options: TestOptions = {}) {
    const experiment = readExperiment("configs/tiny.yaml", text, overrides);
    const folder = `${this.#folder}/${experiment.name}`;
    const { models, cells, failures, written } = await runInto(folder, experiment, {
      store: this.store,
      ...options,
    });
    return { models: models.recomputed, cells: cells.recomputed, failures, written };
  }

  /** The files of a run but timings, by name. */
  files(name = "tiny"): Map<string, string> {
    const folder = `${this.#folder}/${name}`;
    const names = filesIn(folder).filter((name) => name !== "timings.csv").sort();
    return new Map(names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
  }

  /** The file of the run called `name`. */
  path(name: string): string {
    return `${this.#folder}/tiny/${name}`;
  }
}

const inPlace = (action: (place: Place) => Promise<void>): Promise<void> =>
  inFolder((folder) => action(new Place(folder)));

/** Where the config has been run once. */
const ran = await Deno.makeTempDir();
await new Place(ran).run();
globalThis.addEventListener("unload", () => {
  Deno.removeSync(ran, { recursive: true });
});

/** A place of its own, where the config has been run once. */
const afterRun = (action: (place: Place) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    for (const name of filesIn(ran)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(`${ran}/${name}`, `${folder}/${name}`);
    }
    await action(new Place(folder));
  });

/** The same config as a person might write it another time. */
const reordered = `
# A comment, and another order of the keys.
${config.split("\n").filter((line) => /^(seed|corpus|name)/.test(line)).reverse().join("\n")}
${
  config.slice(config.indexOf("models:")).replace(
    "{ strategy: top_k, k: 5 }",
    "{ k: 5, strategy: top_k }",
  )
}`;

const changes: readonly [what: string, string, string[], models: number, cells: number][] = [
  ["nothing", config, [], 0, 0],
  ["comments and the order of keys", reordered, [], 0, 0],
  ["the name", config, ["name=other"], 0, 0],
  ["the report", config, ["report.charts=true"], 0, 0],
  ["top_k alone", config, ["decoding.strategies.top_k.k=6"], 0, 1],
  ["a cell more", config, ["decoding.strategies.speculative.draft_k=2,3,4"], 0, 1],
  ["a cell less", config, ["decoding.strategies.temperature.temperature=0.8"], 0, 0],
  ["the samples", config, ["decoding.samples=8"], 0, 9],
  ["the prompts", config, ["decoding.prompts=[a, mar]"], 0, 9],
  ["the draft's steps", config, ["training.draft.steps=41"], 1, 2],
  ["the target's steps", config, ["training.target.steps=61"], 1, 9],
  ["the draft's width", config, ["models.draft.n_embd=6"], 1, 2],
  [
    "the draft taken away",
    config,
    [
      "models.draft=null",
      "training.draft=null",
      "decoding.strategies.speculative=null",
    ],
    0,
    0,
  ],
  ["the seed", config, ["seed=2"], 2, 9],
  ["what is held out", config, ["corpus.held_out=0.2"], 2, 9],
  ["the block", config, ["models.block_size=15"], 2, 9],
  ["the learning rate", config, ["training.target.learning_rate=0.02"], 1, 9],
];
for (const [what, text, overrides, models, cells] of changes) {
  Deno.test(`cached results: after a change of ${what}, ${models} models and ${cells} cells are recomputed`, () =>
    afterRun(async (place) => {
      const again = await place.run(text, overrides);
      assertEquals([again.models, again.cells, again.failures], [models, cells, []]);
      await assertSameAsFresh(place, text, overrides);
    }));
}

/** A run from old and new results has the same bytes as one without old results. */
async function assertSameAsFresh(place: Place, text: string, overrides: string[]): Promise<void> {
  const { name } = readExperiment("configs/tiny.yaml", text, overrides);
  const reused = place.files(name);
  await inPlace(async (fresh) => {
    await fresh.run(text, overrides);
    assertEquals(reused, fresh.files(name));
  });
}

Deno.test("cached results: the first run computes everything", () =>
  inPlace(async (place) => {
    assertEquals(await place.run(), { models: 2, cells: 9, failures: [], written: true });
  }));

Deno.test("cached results: with sequential seeding, the draft begins after the target's draws", () =>
  inPlace(async (place) => {
    await place.run(config, ["seeding=sequential"]);
    const wider = ["seeding=sequential", "models.target.n_embd=12"];
    assertEquals((await place.run(config, wider)).models, 2);
    await assertSameAsFresh(place, config, wider);
  }));

Deno.test("cached results: a cell's results are reused wherever it stands in the grid", () =>
  afterRun(async (place) => {
    const other = ["decoding.strategies=[{strategy: top_p, p: [0.9, 1]}, {strategy: greedy}]"];
    assertEquals((await place.run(config, other)).cells, 1);
    await assertSameAsFresh(place, config, other);
  }));

Deno.test("cached results: --fresh recomputes everything, to the same bytes", () =>
  afterRun(async (place) => {
    const before = place.files();
    const { models, cells } = await place.run(config, [], { fresh: true });
    assertEquals([models, cells], [2, 9]);
    assertEquals(place.files(), before);
  }));

Deno.test("cached results: --fresh reads no earlier result", () =>
  afterRun(async (place) => {
    const before = place.files();
    for (const stage of ["train", "decode", "measure", "loss"] as const) {
      const [first, ...others] = await place.store.heads(stage);
      assert(first !== undefined);
      const { body } = await place.store.read(first.id);
      // Whole entries, as far as their digests tell, with the result of another.
      for (const { id, effort } of others) await place.store.write({ id, effort, body });
    }
    await place.run(config, [], { fresh: true });
    assertEquals(place.files(), before);
  }));

Deno.test("cached results: a folder that holds the run already is not written to", () =>
  afterRun(async (place) => {
    const { mtime } = Deno.statSync(place.path("report.md"));
    assertEquals((await place.run()).written, false);
    assertEquals(Deno.statSync(place.path("report.md")).mtime, mtime);
  }));

for (const name of ["report.md", "samples.csv", "checkpoints/target.json"]) {
  Deno.test(`cached results: where ${name} was changed or removed, the folder is restored`, () =>
    afterRun(async (place) => {
      const before = place.files();
      await Deno.writeTextFile(place.path(name), "edited");
      assertEquals((await place.run()).written, true);
      assertEquals(place.files(), before);
      await Deno.remove(place.path(name));
      assertEquals(await place.run(), { models: 0, cells: 0, failures: [], written: true });
      assertEquals(place.files(), before);
    }));
}

Deno.test("cached results: every damaged entry is named, set aside and recomputed, to the same bytes", () =>
  afterRun(async (place) => {
    const before = place.files();
    const files: string[] = [];
    for await (const { path } of place.store.files()) files.push(path);
    for (const file of files) {
      const bytes = await Deno.readFile(file);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      await Deno.writeFile(file, bytes);
    }
    await Deno.writeTextFile(place.path("manifest.json"), "edited");
    const said: string[] = [];
    const { failures } = await place.run(config, [], { notice: (one) => void said.push(one) });
    assertEquals(failures, []);
    assertEquals(place.files(), before);
    // Losses and measures are recomputed for the report, which was found damaged before they were.
    assert(said.some((one) => one.startsWith(place.path("manifest.json"))));
    for (const message of said.filter((one) => !one.startsWith(place.path("manifest.json")))) {
      // Of two threads that find the same one damaged, the second finds it gone.
      assertMatch(message, /(is damaged, and was set aside as .*|is gone); it is recomputed$/);
    }
    assert(said.some((one) => one.includes("(report tiny)")));
    assert(said.some((one) => one.includes("(train target)")));
    assert(said.some((one) => one.includes("(decode greedy)")));
  }));

Deno.test("cached results: where a report finds a damaged entry while timings are taken, these end before anything begins again", () =>
  afterRun(async (place) => {
    for await (const { path } of place.store.files()) {
      const [, head = ""] = (await Deno.readTextFile(path)).split("\n");
      const { stage } = JSON.parse(head);
      if (stage === "report" || stage === "time") await Deno.remove(path);
      if (stage !== "loss") continue;
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      await Deno.writeFile(path, bytes);
    }
    const told: string[] = [];
    const progress = {
      begin: (phase: string) => void told.push(phase),
      advance() {},
      end: () => void told.push("end"),
    };
    const { failures } = await place.run(config, [], { threads: 2, progress });
    assertEquals(failures, []);
    assertEquals(told[0], "timing speculation");
    assertEquals(told.map((one) => one === "end"), told.map((_, i) => i % 2 === 1), `${told}`);
  }));

Deno.test("cached results: every entry damaged in its head is named, set aside and recomputed, to the same bytes", () =>
  afterRun(async (place) => {
    const before = place.files();
    const files: string[] = [];
    for await (const { path } of place.store.files()) files.push(path);
    // A place of its own for each: in the first line, its digest, and the JSON.
    for (const [i, file] of files.entries()) {
      const bytes = await Deno.readFile(file);
      const place = i * 7 % 200;
      bytes[place] = (bytes[place] as number) ^ 0x20;
      await Deno.writeFile(file, bytes);
    }
    const said: string[] = [];
    const { failures } = await place.run(config, [], { notice: (one) => void said.push(one) });
    assertEquals(failures, []);
    assertEquals(place.files(), before);
    for (const file of files) {
      assert(said.some((one) => one.startsWith(`${file} (`)), `${file} is not named`);
    }
  }));

Deno.test("cached results: what an older version of the store wrote is left alone, and all is computed", () =>
  afterRun(async (place) => {
    const older: string[] = [];
    for await (const { path, stage } of place.store.files()) {
      await Deno.remove(path);
      older.push(`${path.replace(/[^/]*$/, "")}${sha256Hex(path)}`);
      await Deno.writeTextFile(older.at(-1) ?? "", `${"0".repeat(64)}\n{"stage":"${stage}"}\n`);
    }
    await Deno.writeTextFile(place.path("manifest.json"), "{}\n");
    const { models, cells, failures } = await place.run();
    assertEquals([models, cells, failures], [2, 9, []]);
    for (const file of older) assert(Deno.statSync(file).isFile);
  }));

Deno.test("cached results: a store of a version that had one folder for each stage is used as it is, and nothing computed", () =>
  afterRun(async (place) => {
    const before = place.files();
    for await (const { path, stage, name, kind } of place.store.files()) {
      if (kind !== "result") continue;
      await Deno.rename(path, `${place.store.root}/${stage}/${name.replace(/^..\//, "")}`);
    }
    await Deno.writeTextFile(place.path("manifest.json"), "edited");
    assertEquals(await place.run(), { models: 0, cells: 0, failures: [], written: true });
    assertEquals(place.files(), before);
    for await (const { name, kind } of place.store.files()) {
      assert(kind !== "result" || !name.includes("/"), `${name} was computed`);
    }
  }));
