// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { type Experiment, loadExperiments } from "../config/load.ts";
import { runExperiment } from "../pipeline/experiment.ts";
import { OutputFolder } from "../pipeline/output_folder.ts";
import { prepare, type Prepared } from "../pipeline/prepare.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, ExitCode, print, UsageError } from "./command.ts";
import { findPath } from "./find_path.ts";
import { giveUpNetwork, stayInProject } from "./permissions.ts";
import { silent, visibleProgress } from "./progress.ts";

const help = `Train, decode and report.

usage: deno task run CONFIG… [--set path=value[,value…]]… [--output DIR] [--workers N] [--quiet]

  CONFIG              a YAML file such as configs/default.yaml; several run one after another
  --set path=value    change a setting; values divided by commas sweep it, and ranges such as
                      1..8 or 0.5..1.5:0.25; null takes the setting out. In decoding.strategies
                      a strategy's name stands for its entry, in its warp a warper's
  --output DIR        where the results go, seen from the project (default: outputs/<name>)
  --workers N         threads that training and decoding may use (default: the cores); the
                      results are the same bytes with any number
  --quiet             print nothing but errors
  --help              print this

examples:
  deno task run configs/default.yaml
  deno task run configs/default.yaml --set decoding.strategies.speculative.draft_k=1,2,4,8
  deno task run configs/default.yaml --set name=wide --set models.target.n_embd=32

Exit codes: 0 done, 1 something failed, 2 a wrong config or command line.`;

/** `deno task run`. */
export const run: Command = { summary: "Train, decode and report", help, run: runConfigs };

async function runConfigs(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["quiet"],
    values: ["output", "workers"],
    lists: ["set"],
  });
  const configs = parsed.positional;
  const output = parsed.value("output");
  const threads = workers(parsed.value("workers"));
  if (configs.length === 0) {
    throw new UsageError(
      "expected a config, found none; try: deno task run configs/default.yaml",
    );
  }
  if (output !== undefined && configs.length > 1) {
    throw new UsageError(`expected one config with --output, found ${configs.length}`);
  }
  const experiments: Experiment[] = [];
  for (const config of configs) {
    experiments.push(...await loadExperiments(await findPath(config), parsed.list("set")));
  }
  const offline = experiments.every(({ config }) => config.corpus.url === undefined);
  if (offline) await giveUpNetwork();
  const folders = experiments.map(({ name, variant }) =>
    join(output ?? join("outputs", name), variant?.label ?? "")
  );
  const twice = folders.find((folder, i) => folders.indexOf(folder) !== i);
  if (twice !== undefined) {
    throw new UsageError(`expected configs with different names, found two that go to ${twice}`);
  }
  // All are made ready first: a mistake in the last must not be found after the first has run.
  const prepared: Prepared[] = [];
  for (const experiment of experiments) prepared.push(await prepare(experiment));
  await giveUpNetwork();
  await stayInProject(folders);
  const opened: OutputFolder[] = [];
  for (const folder of folders) opened.push(await OutputFolder.open(folder));
  for (const [i, folder] of opened.entries()) {
    await runOne(prepared[i] as Prepared, folder, { quiet: parsed.has("quiet"), threads });
  }
  return ExitCode.done;
}

async function runOne(
  prepared: Prepared,
  folder: OutputFolder,
  { quiet, threads }: { quiet: boolean; threads: number },
): Promise<void> {
  const began = performance.now();
  const progress = quiet ? silent : visibleProgress();
  const summary = await runExperiment(prepared, folder, { threads, progress });
  if (quiet) return;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? "" : "s"}`;
  print(
    `${prepared.experiment.name}: ${count(summary.models, "model")}, ${
      count(summary.cells, "cell")
    }, ` +
      `${count(summary.samples, "sample")} in ${seconds} s`,
  );
  print(`  report   ${folder.file("report.md")}`);
  print(`  results  ${folder.file("results.csv")}`);
}

function workers(given: string | undefined): number {
  if (given === undefined) return navigator.hardwareConcurrency;
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given);
  throw new UsageError(`expected a whole number of workers, at least 1, found "${given}"`);
}
