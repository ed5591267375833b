import { createHash } from "node:crypto";
import { CharacterVocabulary } from "../../src/data/character_vocabulary.ts";
import { Tolerances } from "../../src/diff/tolerances.ts";
import { loadRun } from "../../src/diff/load.ts";
import { diffRuns, type RunDiff } from "../../src/diff/compare.ts";
import type { RunFiles } from "../../src/diff/run_files.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { manifestOf, manifestText } from "../../src/runs/manifest.ts";
import { serializeCheckpoint } from "../../src/train/checkpoint.ts";
import { Weights } from "../../src/model/weights.ts";

/** The files of a run by their names, without the manifest. */
export type Files = Readonly<Record<string, string>>;

/** A tiny model whose weights are 1 but for the first. */
export function checkpoint(first = 1, characters = ["a", "b"], nEmbd = 2): string {
  const spec = { vocabSize: characters.length + 1, blockSize: 2, nEmbd, nHead: 1, nLayer: 1 };
  const weights = new Weights(spec);
  weights.data.fill(1);
  weights.data[0] = first;
  return serializeCheckpoint({
    vocabulary: new CharacterVocabulary(characters),
    training: { steps: 3 },
    weights,
  });
}

/** A run of two strategies on one model. */
export const example: Files = {
  "config.yaml": `name: example
seed: 1
corpus: { path: names.txt, sha256: c0 }
models: { target: { n_embd: 2 } }
decoding:
  prompts: [a, b]
  strategies:
    - strategy: greedy
    - { strategy: top_k, k: [1, 5] }
report: { charts: true }
`,
  "results.csv":
    `cell,strategy,k,prompts,samples,mean_length,mean_length_low,mean_length_high,tested_at\r
greedy,greedy,,2,10,0.500000,0.400000,0.600000,\r
top_k(k=1),top_k,1,2,10,0.250000,0.150000,0.350000,7 3\r
top_k(k=5),top_k,5,2,10,0.750000,0.650000,0.850000,9 4\r
`,
  "models.csv":
    `model,parameters,held_out_bits_per_character,held_out_bits_per_character_low,held_out_bits_per_character_high\r
target,56,4.000000,3.900000,4.100000\r
1-gram,,5.000000,,\r
`,
  "checkpoints/target.json": checkpoint(),
};

/** `files` with the manifest that a run of version 2 would have, without a digest of its own. */
export function withManifest(files: Files, changes: Readonly<Record<string, unknown>> = {}): Files {
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
  const outputs = Object.entries(files).map(([name, text]) => [name, digest(text)]);
  const manifest = {
    format: "microbeam-manifest",
    version: 2,
    versions: { microbeam: "0.1.0", deno: "2.9.6" },
    inputs: { corpus: "c0" },
    outputs: Object.fromEntries(outputs),
    ...changes,
  };
  return { ...files, "manifest.json": JSON.stringify(manifest) };
}

/** `files` with the manifest that a finished run writes now, with a digest of its own. */
export function withDigest(files: Files): Files {
  const outputs = Object.entries(files).map(([name, text]) => [name, sha256Hex(text)]);
  const run = manifestOf("example", { inputs: { corpus: "c0" }, stages: {}, failures: [] });
  const manifest = { ...run, outputs: Object.fromEntries(outputs) };
  return { ...files, "manifest.json": manifestText(manifest) };
}

/** The example with `from` replaced by `to` in the file `name`. */
export function changed(name: string, from: string, to: string): Files {
  const text = example[name] ?? "";
  if (!text.includes(from)) throw new RangeError(`Cannot change ${name}: it has no "${from}"`);
  return { ...example, [name]: text.replace(from, to) };
}

/** A run that lies in memory. */
export function inMemory(label: string, files: Files): RunFiles {
  const textOf = (name: string) => Object.hasOwn(files, name) ? files[name] : undefined;
  return {
    label,
    read: (name) => Promise.resolve(textOf(name)),
    open(name) {
      const text = textOf(name);
      return Promise.resolve(text === undefined ? undefined : [new TextEncoder().encode(text)]);
    },
  };
}

/** Compares two runs, called `old` and `new`, whose files have manifests of their own. */
export async function diffOfFinished(
  old: Files,
  current: Files,
  tolerances: readonly string[] = [],
): Promise<RunDiff> {
  return await diffRuns(
    await loadRun(inMemory("old", old)),
    await loadRun(inMemory("new", current)),
    new Tolerances(tolerances),
  );
}

/** As {@linkcode diffOfFinished}, with the manifests that the files should have. */
export async function diffOf(
  old: Files,
  current: Files,
  tolerances: readonly string[] = [],
): Promise<RunDiff> {
  return await diffOfFinished(withManifest(old), withManifest(current), tolerances);
}
