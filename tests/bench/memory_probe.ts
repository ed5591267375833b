/**
 * Trains the work that its argument names and prints the peak of its memory, in bytes: a process of
 * its own, so that nothing else counts.
 *
 * @module
 */
import { resourceUsage } from "node:process";
import { print } from "../../src/cli/terminal.ts";
import { engineWork } from "./engine.ts";
import { benchCorpus, trainingWorks } from "./work.ts";

const [name] = Deno.args;
const work = trainingWorks(await benchCorpus()).find((work) => work.name === name);
if (work === undefined) throw new RangeError(`Cannot train "${name}": there is no such work`);
engineWork(work, navigator.hardwareConcurrency)();
// In units of 1024 bytes.
print(String(resourceUsage().maxRSS * 1024));
Deno.exit();
