/**
 * Runs that were committed, and checked out where git makes other line endings of what it takes for
 * text, as Git for Windows does unless told otherwise.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { diffRuns } from "../../src/diff/compare.ts";
import { loadRun } from "../../src/diff/load.ts";
import { Tolerances } from "../../src/diff/tolerances.ts";
import { areEqual } from "../../src/diff/render/sections.ts";
import { findRunFiles } from "../../src/diff/run_files.ts";
import { verifyRunFolder } from "../../src/runs/run_folder.ts";
import { Store } from "../../src/store/store.ts";
import { filesIn, runInto } from "../runs/tiny_run.ts";

const experiment = readExperiment(
  "configs/small.yaml",
  `
corpus: { path: ../tests/data/few_names.txt }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 5 } }
report: { charts: false }
decoding: { prompts: [a], samples: 3, strategies: [{ strategy: greedy }, { strategy: top_k, k: 2 }] }
`,
);

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});
const store = new Store(`${folder}/store`);

function git(...args: string[]): void {
  const own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=true"];
  const { success, stderr } = new Deno.Command("git", { args: [...own, ...args] }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

/** Commits a run as a person does, in a repository with these attributes; a clone of it. */
async function cloneWith(name: string, attributes: string): Promise<string> {
  const repository = `${folder}/${name}`;
  git("init", "-q", repository);
  await runInto(`${repository}/outputs/run`, experiment, { store });
  await Deno.writeTextFile(`${repository}/.gitignore`, "/outputs/*\n");
  await Deno.writeTextFile(`${repository}/.gitattributes`, attributes);
  git("-C", repository, "add", ".gitignore", ".gitattributes");
  git("-C", repository, "add", "-f", "outputs/run");
  git("-C", repository, "commit", "-q", "-m", "a run");
  git("clone", "-q", repository, `${repository}-clone`);
  return `${repository}-clone/outputs/run`;
}

/** Compares two runs as `diff` does; what it notes. */
async function notesOf(old: string, current: string): Promise<readonly string[]> {
  const load = async (run: string) => await loadRun((await findRunFiles(run, [folder])).files);
  const [before, after] = [await load(old), await load(current)];
  assert(areEqual(await diffRuns(before, after, new Tolerances([]))));
  return [...before.notes, ...after.notes];
}

Deno.test("line endings: a clone of a committed run has its bytes, in a folder and as a revision", async () => {
  const clone = await cloneWith("kept", Deno.readTextFileSync(".gitattributes"));
  const original = `${folder}/kept/outputs/run`;
  const names = filesIn(original);
  assertEquals(filesIn(clone).sort(), names.toSorted());
  for (const name of names) {
    assertEquals(Deno.readFileSync(`${clone}/${name}`), Deno.readFileSync(`${original}/${name}`));
  }
  assertEquals(await verifyRunFolder(clone), []);
  assertEquals(await notesOf(original, clone), []);
  assertEquals(await notesOf(`${clone}@HEAD`, clone), []);
});

Deno.test("line endings: where git has changed them, diff, run and the check of the folder say that it is all", async () => {
  const clone = await cloneWith("changed", "");
  const original = `${folder}/changed/outputs/run`;
  const damage = await verifyRunFolder(clone);
  assertEquals(new Set(damage.map(({ state }) => state)), new Set(["other line endings"]));
  const names = damage.map(({ name }) => name);
  assert(names.includes("manifest.json") && names.includes("config.yaml"), names.join());
  const what = "line endings were changed, and nothing else";
  assertEquals(await notesOf(original, clone), [`${clone}: ${what}, in ${names.join(", ")}`]);
  // What git stores has other line endings, too: those of CSV.
  assertEquals((await notesOf(`${clone}@HEAD`, original)).length, 1);
  const said: string[] = [];
  const notice = (message: string): void => void said.push(message);
  assert((await runInto(clone, experiment, { store, notice })).written);
  assertEquals(said.map((one) => one.includes(what)), [true]);
  assertEquals(await verifyRunFolder(clone), []);
  assertEquals(await notesOf(original, clone), []);
});
