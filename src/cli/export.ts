// @ts-types="../declarations/path.d.ts"
import { basename, join } from "@std/path";
import { readExperiments } from "../config/experiment.ts";
import { readConfigFile } from "../config/layers.ts";
import type { WrittenConfig } from "../config/schema.ts";
import { placeOf } from "../files/place.ts";
import {
  checkExportPlace,
  exportableModel,
  exportedModel,
  type ExportPlace,
  trainedModels,
  writeExported,
} from "../runs/exported_model.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { formatCount } from "../text/format.ts";
import { expectedOneOf } from "../text/suggestions.ts";
import { parseArguments } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { givenPlace } from "./output_place.ts";
import { findRuns } from "./paths.ts";
import { keepOnly } from "./permissions.ts";
import { print } from "./terminal.ts";

const help = `Write the trained models of a run in Hugging Face's form, a folder for each.

usage: deno task export RUN [--model target|draft|all] [--format safetensors] [--output DIR]
                        [--quiet]

  RUN                 the folder of a run, such as outputs/default, or that of a sweep, of which every
                      run is exported; what it has is not changed
  --model NAME        target, draft or all (default: all that the run has trained)
  --format NAME       safetensors: the weights as model.safetensors, for PyTorch and for runs
  --output DIR        the folder that the models' folders come to (default: exported in that of the
                      run)
  --quiet             print nothing but errors
  --help              print this

A model's folder has config.json (model_type microbeam: sizes and parts), model.safetensors,
generation_config.json (the token that ends a text), tokenizer.json and tokenizer_config.json (each
character a token, and BOS the last), and read_model.py, which needs PyTorch alone:

  python3 outputs/default/exported/target/read_model.py ma
  models: { target: { from: ../outputs/default/exported/target } }     in a config

No number is rounded: weights that simd trained are float32, those of the engine reference float64.
The folder of an earlier export is replaced whole; one with any other file in it is refused.

examples:
  deno task export outputs/default
  deno task export outputs/default --model target --output outputs/models

Exit codes: 0 done, 1 something could not be written, 2 a wrong run, checkpoint or command line.`;

/** `deno task export`. */
export const exportRun: Command = {
  summary: "Write trained models for PyTorch and other programs",
  help,
  run: exportModels,
};

/** The forms of an exported model. */
const FORMATS: readonly string[] = ["safetensors"];

/** A run to export. */
interface RunToExport {
  readonly folder: string;
  readonly config: WrittenConfig;
  readonly models: readonly ModelName[];
  /** Where the model of that name comes to. */
  readonly place: (model: ModelName) => ExportPlace;
}

async function exportModels(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["quiet"],
    values: ["format", "model", "output"],
    lists: [],
  });
  const { folder, runs } = await findRuns(onlyRun(parsed.positional));
  const format = parsed.value("format") ?? "safetensors";
  if (!FORMATS.includes(format)) {
    throw new UsageError(`unknown --format: ${expectedOneOf(format, FORMATS)}`);
  }
  const output = parsed.value("output");
  const given = output === undefined ? undefined : givenPlace(output);
  const places = new Map(
    runs.map((run): [string, ExportPlace] => {
      if (given === undefined) return [run, { root: placeOf(run), name: "exported" }];
      return [run, { root: given, name: run === folder ? "" : basename(run) }];
    }),
  );
  await keepOnly({
    read: runs.flatMap((run) => [run, placeOf(run).path]),
    write: [...places.values()].map(({ root, name }) => join(root.path, name)),
    network: false,
  });
  const exported = [...places].map(([run, place]) =>
    runToExport(run, parsed.value("model"), place)
  );
  // Everything that can be in the way is looked for before anything is written.
  for (const { models, place } of exported) {
    for (const model of models) await checkExportPlace(place(model));
  }
  for (const { folder, config, models, place } of exported) {
    for (const model of models) {
      const written = exportedModel(await exportableModel(folder, model, config));
      await writeExported(place(model), written);
      if (parsed.has("quiet")) continue;
      const { root, name } = place(model);
      const what = `${formatCount(written.parameters, "parameter")}, ${written.type}`;
      print(`${join(root.shown, name)}: ${what}`);
    }
  }
  return ExitCode.done;
}

function onlyRun([run, ...more]: readonly string[]): string {
  if (run === undefined) {
    throw new UsageError("expected a run, found none; try: deno task export outputs/default");
  }
  if (more.length === 0) return run;
  throw new UsageError(`expected one run, found ${more.length + 1}`);
}

/** The run in `folder`, of which `model` is to be exported to a folder at `place`. */
function runToExport(folder: string, model = "all", place: ExportPlace): RunToExport {
  const file = join(folder, "config.yaml");
  // The files that the config names, such as the corpus, are not read.
  const [experiment, ...others] = readExperiments(file, readConfigFile(file), [], {
    readsOutside: true,
  });
  if (experiment === undefined || others.length > 0) {
    throw new UsageError(`expected the config of one run, found a sweep in ${file}`);
  }
  const { config } = experiment;
  const trained = trainedModels(config);
  const models = model === "all" ? trained : trained.filter((name) => name === model);
  if (models.length === 0) {
    throw new UsageError(
      `unknown model of ${folder}: ${expectedOneOf(model, [...trained, "all"])}`,
    );
  }
  const { root, name } = place;
  const below = (model: ModelName): string => name === "" ? model : `${name}/${model}`;
  return { folder, config, models, place: (model) => ({ root, name: below(model) }) };
}
