/**
 * What a run does with the folder that it writes to: what is damaged is named and written again, and
 * what it did not write is left alone.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { WriteError } from "../../src/files/write_whole.ts";
import { manifestOf, manifestText, parseManifest } from "../../src/runs/manifest.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { OutputFolder } from "../../src/runs/output_folder.ts";
import { folderRemarks } from "../../src/runs/folder_remarks.ts";
import { verifyRunFolder } from "../../src/runs/run_folder.ts";
import { usedResults } from "../../src/runs/used_results.ts";
import { verifyCache } from "../../src/runs/verify_cache.ts";
import { Store } from "../../src/store/store.ts";
import { inFolder } from "../temporary_folder.ts";
import { filesIn, runInto, type TestOptions } from "./tiny_run.ts";

const config = `
name: small
corpus: { path: ../tests/data/few_names.txt }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 5 } }
decoding:
  prompts: [a]
  samples: 3
  max_new_tokens: 5
  strategies: [{ strategy: greedy }, { strategy: temperature, temperature: [0.5, 1] }]
`;

/** A run in `folder/run`, with its store and what it says. */
class Place {
  readonly folder: string;
  readonly run: string;
  readonly store: Store;
  readonly said: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
    this.run = `${folder}/run`;
    this.store = new Store(`${folder}/store`);
  }

  async again(overrides: readonly string[] = [], options: TestOptions = {}) {
    this.said.length = 0;
    const experiment = readExperiment("configs/small.yaml", config, overrides);
    const notice = (message: string): void => void this.said.push(message);
    return await runInto(this.run, experiment, { store: this.store, notice, ...options });
  }

  /** What is said before such a run begins. */
  async remarks(overrides: readonly string[]): Promise<string[]> {
    const data = await checkWithCorpus(readExperiment("configs/small.yaml", config, overrides));
    const folder = await OutputFolder.open(this.run, options);
    try {
      return await folderRemarks([{ runs: [{ data, folder }] }]);
    } finally {
      await folder.close();
    }
  }

  path(name: string): string {
    return `${this.run}/${name}`;
  }

  /** Every file of the run but timings, which hold no result. */
  files(): Map<string, string> {
    const names = filesIn(this.run).filter((name) => name !== "timings.csv").sort();
    return new Map(names.map((name) => [name, Deno.readTextFileSync(this.path(name))]));
  }

  async changeBytes(path: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) {
    await Deno.writeFile(path, change(await Deno.readFile(path)));
  }

  assertWhole(before: Map<string, string>): Promise<void> {
    assertEquals(this.files(), before);
    return verifyRunFolder(this.run).then((damage) => assertEquals(damage, []));
  }
}

const options = { wait: false, notice() {}, signal: new AbortController().signal };

/** Where the config has been run once. */
const ran = await Deno.makeTempDir();
await new Place(ran).again();
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

const notThere = (path: string): Promise<unknown> =>
  assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);

function flipLast(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  bytes.set([(bytes.at(-1) ?? 0) ^ 1], bytes.length - 1);
  return bytes;
}

Deno.test("run folder: with a damaged file and a damaged result of each stage, both are named and the run ends whole", () =>
  afterRun(async (place) => {
    const before = place.files();
    for (const stage of ["train", "decode", "measure", "loss", "report"]) {
      await Deno.writeTextFile(place.path("results.csv"), " ", { append: true });
      for (const { id } of await place.store.heads(stage)) {
        await place.changeBytes(place.store.file(id), flipLast);
      }
      assertEquals((await place.again()).failures, []);
      await place.assertWhole(before);
      assert(place.said.some((one) => one.startsWith(`${place.path("results.csv")}: changed or`)));
      // A file is written again from each: samples.csv from samples and measures, losses.csv from losses.
      assert(place.said.some((one) => one.includes("is damaged")), stage);
    }
  }));

/** What can happen to a file, and how that is named. */
const damages: readonly (readonly [
  what: string,
  change: (text: string) => string | undefined,
  problem: string,
])[] = [
  ["a byte more", (text) => `${text} `, "changed or damaged after the run"],
  ["cut off", (text) => text.slice(0, -1), "changed or damaged after the run"],
  ["empty", () => "", "changed or damaged after the run"],
  ["gone", () => undefined, "gone"],
  [
    "with other line endings",
    (text) => text.replaceAll(/\r?\n/g, text.includes("\r\n") ? "\n" : "\r\n"),
    "line endings were changed, and nothing else",
  ],
];
for (const [what, change, problem] of damages) {
  Deno.test(`run folder: every file but timings ${what}: all are named, and written again`, () =>
    afterRun(async (place) => {
      const before = place.files();
      const names = [...before.keys()].filter((name) => name !== "manifest.json");
      for (const name of names) {
        const changed = change(before.get(name) ?? "");
        if (changed === undefined) await Deno.remove(place.path(name));
        else await Deno.writeTextFile(place.path(name), changed);
      }
      const found = await verifyRunFolder(place.run);
      assertEquals(found.map(({ name }) => name).sort(), names);
      assertEquals(new Set(found.map((one) => one.problem)), new Set([problem]));
      assert(found.every(({ isMended }) => isMended));
      assertEquals((await place.again()).cells.recomputed, 0);
      const [said = "", ...more] = place.said;
      assertEquals(more, []);
      assertStringIncludes(said, `: ${problem}; they are written again`);
      await place.assertWhole(before);
    }));
}

Deno.test("run folder: every byte of the manifest is accounted for (each of its bytes, 3 ways)", () =>
  afterRun(async (place) => {
    const whole = await Deno.readFile(place.path("manifest.json"));
    const decoder = new TextDecoder();
    assertEquals(parseManifest(decoder.decode(whole)).kind, "whole");
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 0x20, 0x80]) {
        const bytes = whole.slice();
        bytes.set([(whole[at] ?? 0) ^ flip], at);
        assertEquals(parseManifest(decoder.decode(bytes)).kind, "damaged", `${at} ^ ${flip}`);
      }
    }
  }));

for (
  const [what, text] of [
    ["with a byte flipped", (text: string) => text.replace("small", "smalm")],
    ["with another white space", (text: string) => text.replace("\n  ", "\n\t ")],
    ["that is empty", () => ""],
    ["that is an empty map", () => "{}"],
    ["that says it is older", (text: string) => text.replace('"version": 3', '"version": 2')],
    [
      "of version 2",
      (text: string) =>
        text.replace('"version": 3', '"version": 2').replace(/ {2}"digest": .*\n/, ""),
    ],
  ] as const
) {
  Deno.test(`run folder: a manifest ${what} is written again`, () =>
    afterRun(async (place) => {
      const before = place.files();
      const manifest = place.path("manifest.json");
      await Deno.writeTextFile(manifest, text(before.get("manifest.json") ?? ""));
      assertEquals((await place.again()).written, true);
      assertEquals(place.said.some((one) => one.startsWith(manifest)), what !== "of version 2");
      await place.assertWhole(before);
    }));
}

Deno.test("run folder: what a run that did not end had written is named and written again, older files removed", () =>
  afterRun(async (place) => {
    const before = place.files();
    await place.again(["report.charts=false"]);
    const without = place.files();
    await place.again();
    const folder = await OutputFolder.open(place.run, options);
    await folder.claim({ files: ["results.csv"], charts: false });
    const stages = { decode: { greedy: "5".repeat(64) } };
    await folder.begin(stages);
    await folder.write([["results.csv", "half"]]);
    await folder.close();
    // As a kill leaves it: no manifest, a mark with the keys, and a file that was half written.
    await Deno.writeTextFile(place.path("report.md.host-12-0123abcd.part"), "half");
    await notThere(place.path("manifest.json"));
    assert((await usedKeys(place.folder)).has("5".repeat(64)));
    assertEquals((await verifyRunFolder(place.run)).map(({ name, state }) => [name, state]), [
      ["manifest.json", "gone"],
    ]);
    assertEquals(await place.remarks([]), [
      `${place.run}: the run that was writing it did not end; its files are written again ` +
      "once this run has its results",
    ]);
    await place.again(["report.charts=false"]);
    await place.assertWhole(without);
    await place.again();
    await place.assertWhole(before);
  }));

Deno.test("run folder: a mark that outlasted its manifest's writing changes nothing, and goes", () =>
  afterRun(async (place) => {
    const before = place.files();
    await Deno.copyFile(place.path("manifest.json"), place.path(".writing"));
    assertEquals((await place.again()).written, false);
    assertEquals(place.said, []);
    await place.assertWhole(before);
  }));

/** Runs into a folder of its own, and is interrupted before its first result or, with all, after the last. */
async function interrupted(place: Place, overrides: readonly string[] = []): Promise<void> {
  const stop = new AbortController();
  const progress = { begin: () => stop.abort(), advance() {}, end() {} };
  await assertRejects(() => place.again(overrides, { progress, signal: stop.signal }));
}

Deno.test("run folder: of an interrupted run the results are known as needed, until it has ended", () =>
  inFolder(async (folder) => {
    const place = new Place(folder);
    await interrupted(place);
    assertEquals(filesIn(place.run), [".begun"]);
    const needed = await usedKeys(folder);
    assertEquals(await verifyRunFolder(place.run), []);
    await place.again();
    assert(!filesIn(place.run).includes(".begun"));
    assertEquals(needed, await usedKeys(folder));
    assert(needed.size > 5);
    const before = place.files();
    // A whole run beside the mark of another, which was interrupted: both sets of results are needed.
    await interrupted(place, ["seed=2"]);
    assert((await usedKeys(folder)).isSupersetOf(needed));
    assert((await usedKeys(folder)).size > needed.size);
    await place.again();
    await place.assertWhole(before);
  }));

Deno.test("run folder: no mark is left where nothing has to be computed, and the mark of a failed run stays", () =>
  inFolder(async (folder) => {
    const place = new Place(folder);
    await place.again();
    await Deno.remove(place.run, { recursive: true });
    await assertRejects(() => place.again([], { signal: AbortSignal.abort() }));
    assertEquals(filesIn(folder).filter((name) => name.startsWith("run/")), []);
    const { failures } = await place.again(["training.target.learning_rate=1e+30"]);
    assert(failures.length > 0);
    assertEquals(filesIn(place.run), [".begun"]);
  }));

Deno.test("run folder: with the mark of an interrupted run, files that no run wrote stay foreign", () =>
  afterRun(async (place) => {
    await Deno.rename(place.path("manifest.json"), place.path(".begun"));
    const before = filesIn(place.run);
    await assertRejects(
      () => place.again(["seed=2"]),
      WriteError,
      "results.csv, comparisons.csv, models.csv",
    );
    assertEquals(filesIn(place.run), before);
  }));

Deno.test("run folder: a damaged mark of an interrupted run does not tell what is needed, and the run mends it", () =>
  inFolder(async (folder) => {
    const place = new Place(folder);
    await interrupted(place);
    await place.changeBytes(place.path(".begun"), flipLast);
    const { unknown } = await usedResults([folder]);
    assertEquals(unknown.map(({ path }) => path), [place.path(".begun")]);
    const used = await usedResults([folder]);
    const { damagedRuns } = await verifyCache(place.store, used);
    assertEquals(damagedRuns.map(({ files }) => files.map(({ path }) => path)), [[
      place.path(".begun"),
    ]]);
    await Deno.mkdir(`${folder}/other/.begun`, { recursive: true });
    const other = await verifyCache(place.store, await usedResults([`${folder}/other`]));
    assertEquals(other.damagedRuns.map(({ mend }) => mend), [
      `move away ${folder}/other/.begun, and rerun it`,
    ]);
    await Deno.remove(`${folder}/other`, { recursive: true });
    await place.again();
    assertEquals((await usedResults([folder])).unknown, []);
    assert(!filesIn(place.run).includes(".begun"));
  }));

Deno.test("run folder: a damaged lock of a killed run is taken over", () =>
  afterRun(async (place) => {
    const before = place.files();
    await Deno.writeTextFile(place.path(".lock"), "qrocess 12 on host, since 2026-01-01\n");
    await place.again();
    await place.assertWhole(before);
  }));

/** Outside of the run, and not to be touched. */
const PRECIOUS = "mine\n";

/** Something that no run made, in the way of one; the names by which it is said. */
const foreign: readonly (readonly [
  what: string,
  make: (place: Place) => Promise<unknown>,
  named: string,
])[] = [
  ["a link for a file", (place) => replaced(place, "results.csv", link), "results.csv (a link)"],
  [
    "a link for a chart",
    (place) => replaced(place, "charts/likelihood-diversity.svg", link),
    "charts/likelihood-diversity.svg (a link)",
  ],
  [
    "a link for the manifest",
    (place) => replaced(place, "manifest.json", link),
    "manifest.json (a link)",
  ],
  [
    "a link for the lock",
    (place) => Deno.symlink(`${place.folder}/precious.txt`, place.path(".lock")),
    ".lock (a link)",
  ],
  [
    "another program's lock, in a folder that no run wrote",
    async (place) => {
      await Deno.remove(place.path("manifest.json"));
      await Deno.writeTextFile(place.path(".lock"), PRECIOUS);
    },
    "what is there as .lock;",
  ],
  [
    "a link for the mark",
    (place) => Deno.symlink(`${place.folder}/precious.txt`, place.path(".writing")),
    ".writing (a link)",
  ],
  [
    "a link for the mark of an interrupted run",
    (place) => Deno.symlink(`${place.folder}/precious.txt`, place.path(".begun")),
    ".begun (a link)",
  ],
  ["a link for a folder", (place) => replaced(place, "charts", link), "charts (a link)"],
  [
    "a file for a folder",
    (place) => replaced(place, "checkpoints", (path) => Deno.writeTextFile(path, PRECIOUS)),
    "checkpoints (a file)",
  ],
  [
    "a folder for a file",
    (place) => replaced(place, "samples.csv", folderAt),
    "samples.csv (a folder)",
  ],
  [
    "a folder for the manifest",
    (place) => replaced(place, "manifest.json", folderAt),
    "manifest.json (a folder)",
  ],
  ["a pipe for a file", (place) => replaced(place, "report.md", pipe), "report.md (a pipe"],
  [
    "a pipe for the manifest",
    (place) => replaced(place, "manifest.json", pipe),
    "manifest.json (a pipe",
  ],
  [
    "files without a manifest",
    (place) => Deno.remove(place.path("manifest.json")),
    "results.csv, comparisons.csv, models.csv",
  ],
  [
    "another program's manifest",
    (place) =>
      Deno.writeTextFile(place.path("manifest.json"), '{"name": "a web page", "icons": []}'),
    "manifest.json, ",
  ],
];

async function replaced(
  place: Place,
  name: string,
  make: (path: string, place: Place) => Promise<unknown>,
): Promise<void> {
  await Deno.remove(place.path(name), { recursive: true });
  await make(place.path(name), place);
}

async function link(path: string, { folder }: Place): Promise<void> {
  const isFolder = path.endsWith("charts");
  await Deno.symlink(isFolder ? `${folder}/elsewhere` : `${folder}/precious.txt`, path);
}

function folderAt(path: string): Promise<void> {
  return Deno.mkdir(path);
}

function pipe(path: string): Promise<void> {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  return Promise.resolve();
}

for (const [what, make, named] of foreign) {
  Deno.test(`run folder: ${what}: the run says which, and stops before its first step`, () =>
    afterRun(async (place) => {
      await Deno.mkdir(`${place.folder}/elsewhere`);
      await Deno.writeTextFile(`${place.folder}/elsewhere/precious.txt`, PRECIOUS);
      await Deno.writeTextFile(`${place.folder}/precious.txt`, PRECIOUS);
      await make(place);
      const isLocked = named.includes(".lock");
      const before = isLocked ? [] : filesIn(place.run);
      const begun: string[] = [];
      const progress = { begin: (phase: string) => begun.push(phase), advance() {}, end() {} };
      const error = await assertRejects(() => place.again(["seed=2"], { progress }), WriteError);
      assertStringIncludes(error.message, `cannot write to ${place.run}: `);
      assertStringIncludes(error.message, named);
      assertEquals(begun, []);
      if (!isLocked) assertEquals(filesIn(place.run), before);
      for (const precious of ["precious.txt", "elsewhere/precious.txt"]) {
        assertEquals(Deno.readTextFileSync(`${place.folder}/${precious}`), PRECIOUS);
      }
    }));
}

Deno.test("run folder: through a link for a folder nothing is removed, whatever the manifest lists", () =>
  afterRun(async (place) => {
    const { kind, ...found } = parseManifest(place.files().get("manifest.json") ?? "");
    assert(kind === "whole" && "manifest" in found);
    const outputs = { ...found.manifest.outputs, "charts/precious.txt": sha256Hex(PRECIOUS) };
    const listing = manifestText({ ...found.manifest, outputs });
    await Deno.writeTextFile(place.path("manifest.json"), listing);
    await Deno.mkdir(`${place.folder}/elsewhere`);
    await Deno.writeTextFile(`${place.folder}/elsewhere/precious.txt`, PRECIOUS);
    await replaced(place, "charts", link);
    await place.again(["report.charts=false"]);
    assertEquals(Deno.readTextFileSync(`${place.folder}/elsewhere/precious.txt`), PRECIOUS);
    assert(place.said.some((one) => one.includes("charts/precious.txt")));
  }));

Deno.test("run folder: a chart that is no longer drawn is removed as it was written, and stays if it was changed", () =>
  afterRun(async (place) => {
    const [changed, whole] = ["charts/training-loss.svg", "charts/likelihood-diversity.svg"];
    await Deno.writeTextFile(place.path(changed), "mine", { append: true });
    await Deno.writeTextFile(place.path("charts/notes.svg"), "mine");
    await place.again(["report.charts=false"]);
    await notThere(place.path(whole));
    assert(Deno.readTextFileSync(place.path(changed)).endsWith("mine"));
    assertEquals(Deno.readTextFileSync(place.path("charts/notes.svg")), "mine");
    assert(place.said.some((one) => one.startsWith(`${place.path(changed)}: an earlier run's`)));
  }));

Deno.test("run folder: a damaged manifest removes nothing", () =>
  afterRun(async (place) => {
    await Deno.writeTextFile(place.path("manifest.json"), " ", { append: true });
    await place.again(["report.charts=false"]);
    assert((await Deno.stat(place.path("charts/training-loss.svg"))).isFile);
  }));

Deno.test("run folder: files of other names are left alone, with and without a manifest", () =>
  inFolder(async (folder) => {
    const place = new Place(folder);
    await Deno.mkdir(place.path("charts"), { recursive: true });
    await Deno.writeTextFile(place.path("notes.txt"), PRECIOUS);
    await Deno.writeTextFile(place.path("a.host-12-0123abcd.part.txt"), PRECIOUS);
    await place.again();
    await place.again(["seed=2"]);
    for (const name of ["notes.txt", "a.host-12-0123abcd.part.txt"]) {
      assertEquals(Deno.readTextFileSync(place.path(name)), PRECIOUS);
    }
  }));

const replacements: readonly (readonly [overrides: string[], said: string | undefined])[] = [
  [[], undefined],
  [["report.charts=false", "name=other"], undefined],
  [["seed=2"], "seed: 42 → 2; to keep both: another --output"],
  [
    ["decoding.samples=4", "decoding.strategies.temperature=null"],
    "decoding.samples: 3 → 4, decoding.strategies.temperature: removed; ",
  ],
];
for (const [overrides, said] of replacements) {
  Deno.test(`folderRemarks: ${JSON.stringify(overrides)}: ${said ?? "nothing is said"}`, () =>
    afterRun(async (place) => {
      const messages = await place.remarks(overrides);
      assertEquals(messages.length, said === undefined ? 0 : 1);
      const begin =
        `${place.run}: its results are of another config, and replaced once this run has ` +
        "its own: ";
      if (said !== undefined) assertStringIncludes(messages[0] ?? "", begin + said);
    }));
}

Deno.test("run folder: a link where the folder of a sweep's variant should be is refused", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.mkdir(`${folder}/sweep`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/sweep/seed=1`);
    const sweep = await OutputFolder.open(`${folder}/sweep`, options);
    await assertRejects(() => sweep.openInside("seed=1", options), WriteError, "seed=1 (a link)");
    await assertRejects(() => sweep.openInside("../elsewhere", options), WriteError, "elsewhere");
    await sweep.close();
    assertEquals([...Deno.readDirSync(`${folder}/elsewhere`)], []);
  }));

Deno.test("usedResults: the keys are those of runs by links, and of damaged manifests all but what was damaged", () =>
  inFolder(async (folder) => {
    const keys = ["1", "2", "3", "4"].map((digit) => digit.repeat(64));
    const write = async (path: string, key = ""): Promise<void> => {
      await Deno.mkdir(`${folder}/${path}`, { recursive: true });
      const run = manifestOf("a", {
        inputs: { corpus: "" },
        stages: { train: { target: key } },
        failures: [],
      });
      await Deno.writeTextFile(
        `${folder}/${path}/manifest.json`,
        manifestText({ ...run, outputs: {} }),
      );
    };
    await write("outputs/a", keys[0]);
    await write("outputs/sweep/seed=1", keys[1]);
    await write("scratch", keys[2]);
    await write("elsewhere", keys[3]);
    await Deno.symlink(`${folder}/scratch`, `${folder}/outputs/linked`);
    await Deno.symlink(`${folder}/elsewhere`, `${folder}/outputs/sweep/linked`);
    await Deno.writeTextFile(`${folder}/outputs/a/manifest.json`, "x", { append: true });
    const found = await usedKeys(`${folder}/outputs`);
    assertEquals(keys.map((key) => found.has(key)), [true, true, true, false]);
    // Nothing is pruned while it is not known what the run behind the other link needs.
    const { unknown } = await usedResults([`${folder}/outputs`]);
    assert(unknown.some(({ path }) => path === `${folder}/outputs/sweep/linked`));
  }));

for (const cut of ['"failures"', '"outputs"', '"timings"']) {
  Deno.test(`usedResults: in a manifest that is cut off at ${cut}, digests of files are no keys`, () =>
    afterRun(async (place) => {
      const whole = await usedKeys(place.folder);
      const text = place.files().get("manifest.json") ?? "";
      const end = text.includes(cut) ? text.indexOf(cut) : text.length - 9;
      await Deno.writeTextFile(place.path("manifest.json"), text.slice(0, end));
      assertEquals(await usedKeys(place.folder), whole);
      const { damagedRuns } = await verifyCache(place.store, await usedResults([place.folder]));
      assertEquals(damagedRuns.map(({ mend }) => mend), [
        "its command, repeated, writes it again, and computes what the store lacks",
      ]);
    }));
}

async function usedKeys(folder: string): Promise<Set<string>> {
  return new Set([...(await usedResults([folder])).runs.values()].flatMap((keys) => [...keys]));
}

Deno.test("OutputFolder: a damaged mark of a run that has begun is named", () =>
  inFolder(async (folder) => {
    const run = manifestOf("", { inputs: { corpus: "" }, stages: {}, failures: [] });
    const text = manifestText({ ...run, outputs: {} });
    const said: string[] = [];
    for (const content of [text, `${text} `]) {
      await Deno.writeTextFile(`${folder}/.begun`, content);
      const { signal } = new AbortController();
      const options = { wait: false, notice: (one: string) => void said.push(one), signal };
      await (await OutputFolder.open(folder, options)).close();
    }
    assertEquals(said.length, 1);
    assertStringIncludes(said[0] ?? "", `${folder}/.begun: `);
  }));

Deno.test("OutputFolder: one that was made and nothing was written to is gone when it is closed", () =>
  inFolder(async (folder) => {
    const there = async (path: string): Promise<boolean> =>
      await Deno.stat(`${folder}/${path}`).then(() => true, () => false);
    await Deno.mkdir(`${folder}/old`);
    for (const name of ["old", "new"]) {
      const sweep = await OutputFolder.open(`${folder}/${name}`, options);
      const variant = await sweep.openInside("variant", options);
      await variant.close();
      await sweep.close();
    }
    const written = await OutputFolder.open(`${folder}/written`, options);
    await written.markBegun({});
    await written.close();
    // What was there before is anybody's.
    const found = [await there("old"), await there("old/variant"), await there("new")];
    assertEquals([...found, await there("written")], [true, false, false, true]);
  }));
