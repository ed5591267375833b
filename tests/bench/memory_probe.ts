/**
 * Prints the peak of the memory, in bytes, of a process that does what its arguments say: `nothing`;
 * `training NAME` of a work of the bench; `corpus FILE`. That is not this process but one that it starts:
 * the system counts a process from the size that its parent had, and this one is small.
 *
 * @module
 */
import { resourceUsage } from "node:process";
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { print } from "../../src/cli/terminal.ts";

/** What it can do; each loads only what it needs. */
const kinds: Readonly<Record<string, (what: string) => Promise<void>>> = {
  nothing: () => Promise.resolve(),

  async training(name) {
    const { engineWork } = await import("./engine.ts");
    const { benchCorpus, trainingWorks } = await import("./work.ts");
    const work = trainingWorks(await benchCorpus()).find((work) => work.name === name);
    if (work === undefined) throw new RangeError(`Cannot train "${name}": there is no such work`);
    engineWork(work, navigator.hardwareConcurrency)();
  },

  async corpus(file) {
    const { readExperiments } = await import("../../src/config/experiment.ts");
    const { checkWithCorpus } = await import("../../src/runs/check_with_corpus.ts");
    const config = `corpus: { path: ${JSON.stringify(file)} }\nmodels: { block_size: 32 }\n` +
      "decoding: { prompts: [a], strategies: [{ strategy: greedy }] }";
    const [experiment] = readExperiments("/bench.yaml", config);
    if (experiment === undefined) throw new RangeError("Cannot read a corpus: nothing asks for it");
    await checkWithCorpus(experiment);
  },
};

/** Said to the process that does it. */
const ITSELF = "itself";

const [first = "", ...others] = Deno.args;
if (first === ITSELF) {
  const [kind = "", what = ""] = others;
  const act = kinds[kind];
  if (act === undefined) throw new RangeError(`Cannot measure "${kind}": there is no such work`);
  await act(what);
  // In units of 1024 bytes.
  print(String(resourceUsage().maxRSS * 1024));
  Deno.exit();
}
const permissions = ["--config", fromFileUrl(new URL("../deno.json", import.meta.url)), "-P=bench"];
const args = ["run", "-q", ...permissions, fromFileUrl(import.meta.url), ITSELF, ...Deno.args];
const command = new Deno.Command("deno", { args, stdout: "inherit", stderr: "inherit" });
Deno.exit((await command.output()).code);
