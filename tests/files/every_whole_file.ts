/**
 * Writes a file of every kind that is written whole below the folder that its argument names: run by
 * `written_whole_test.ts` under strace.
 *
 * @module
 */
import { readExperiment } from "../../src/config/experiment.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { sha256Hex } from "../../src/files/sha256.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { writePlan } from "../../src/runs/write_plan.ts";
import { Store } from "../../src/store/store.ts";
import { StoreLock } from "../../src/store/store_lock.ts";
import { resultId } from "../../src/store/stored_result.ts";
import { runInto } from "../runs/tiny_run.ts";

const [folder = ""] = Deno.args;
const experiment = readExperiment(
  "configs/tiny.yaml",
  `
name: tiny
corpus: { path: ../tests/data/few_names.txt }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 2 } }
decoding: { prompts: [a], samples: 2, strategies: [{ strategy: greedy }] }
`,
  [],
);
const store = new Store(`${folder}/store`);
const lock = await StoreLock.share(store);
await runInto(`${folder}/outputs/tiny`, experiment, { store });
store.progress(resultId("train", "target", {})).save(new Uint8Array(1000));
const sweep = {
  name: "tiny",
  folder: `${folder}/outputs/tiny`,
  parts: [{ data: await checkWithCorpus(experiment), folder: `${folder}/outputs/tiny` }],
};
await writePlan(`${folder}/plan.json`, [sweep], { store, program: {} });
const names = "ada\nbo\n";
const server = Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen() {} },
  () => new Response(names),
);
await loadCorpus({
  url: `http://127.0.0.1:${server.addr.port}/names.txt`,
  sha256: sha256Hex(names),
  cacheFolder: `${folder}/corpora`,
});
await server.shutdown();
await lock.release();
Deno.exit(0);
