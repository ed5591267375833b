import { basename, join } from "node:path";
import { readExperiments } from "../config/experiment.ts";
import { readConfigFile } from "../config/layers.ts";
import type { WrittenConfig } from "../config/settings.ts";
import { placeOf } from "../files/place.ts";
import {
  checkExportPlace,
  checkTrained,
  exportableModel,
  exportedModel,
  type ExportFormat,
  exportFormats,
  exportName,
  type ExportPlace,
  ownModels,
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

const help = `Write the trained models of a run for other programs, a folder for each.

usage: deno task export RUN [--model target|draft|all] [--format safetensors|onnx] [--output DIR]
                        [--quiet]

  RUN                 the folder of a run, such as outputs/default, or that of a sweep, of which
                      every run is exported; what it has is not changed
  --model NAME        target, draft or all (default: all that the run has trained, and a draft that
                      is the first layers of such a target); a model from a folder is one already
  --format NAME       safetensors (default): weights for PyTorch, and for runs of your own
                      onnx: a graph for onnxruntime, to a folder called target-onnx
  --output DIR        the folder that the models' folders come to (default: the folder exported in
                      that of the run)
  --quiet             print nothing but errors
  --help              print this

A folder is in Hugging Face's form: config.json (model_type microbeam: sizes and parts),
generation_config.json (the token that ends a text), tokenizer.json and tokenizer_config.json (each
character is a token, and BOS the last), and the weights, beside which read_model.py reads them with
PyTorch alone:

  python3 outputs/default/exported/target/read_model.py ma

A config takes such a folder for a model: { target: { from: ../outputs/default/exported/target } }.

As safetensors no number is rounded: weights that simd trained are float32, those of the engine
reference float64. ONNX is float32; where that rounds numbers, the last line says so.

The folder of an earlier export is replaced whole; one with any other file in it is refused.

examples:
  deno task export outputs/default
  deno task export outputs/default --model target --format onnx --output outputs/models

Exit codes: 0 done, 1 something could not be written, 2 a wrong run, checkpoint or command line.`;

/** `deno task export`. */
export const exportRun: Command = {
  summary: "Write trained models for PyTorch and other programs",
  help,
  run: exportModels,
};

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
  const format = formatNamed(parsed.value("format"));
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
    runToExport(run, place, { model: parsed.value("model"), format })
  );
  // Before anything is written.
  for (const { folder, config, models, place } of exported) {
    for (const model of models) {
      await checkTrained(folder, model, config);
      await checkExportPlace(place(model));
    }
  }
  for (const { folder, config, models, place } of exported) {
    for (const model of models) {
      const written = exportedModel(await exportableModel(folder, model, config), format);
      await writeExported(place(model), written);
      if (parsed.has("quiet")) continue;
      const { root, name } = place(model);
      const { parameters, type, isRounded } = written;
      const rounded = isRounded ? ", rounded from float64" : "";
      print(
        `${join(root.shown, name)}: ${formatCount(parameters, "parameter")}, ${type}${rounded}`,
      );
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

function formatNamed(given: string = exportFormats[0]): ExportFormat {
  const found = exportFormats.find((format) => format === given);
  if (found !== undefined) return found;
  throw new UsageError(`unknown --format: ${expectedOneOf(given, exportFormats)}`);
}

/** The run in `folder`, of which `model` is to be exported to a folder at `place`. */
function runToExport(
  folder: string,
  { root, name: above }: ExportPlace,
  { model = "all", format }: { readonly model: string | undefined; readonly format: ExportFormat },
): RunToExport {
  const file = join(folder, "config.yaml");
  // The files that the config names, such as the corpus, are not read.
  const [experiment, ...others] = readExperiments(file, readConfigFile(file), [], {
    readsOutside: true,
  });
  if (experiment === undefined || others.length > 0) {
    throw new UsageError(`expected the config of one run, found a sweep in ${file}`);
  }
  const { config } = experiment;
  const own = ownModels(config);
  if (own.length === 0) {
    throw new UsageError(
      `nothing to export of ${folder}: its models come from folders, which have this form already`,
    );
  }
  const models = model === "all" ? own : own.filter((name) => name === model);
  if (models.length === 0) {
    throw new UsageError(`unknown model of ${folder}: ${expectedOneOf(model, [...own, "all"])}`);
  }
  const place = (model: ModelName): ExportPlace => {
    const name = exportName(model, format);
    return { root, name: above === "" ? name : `${above}/${name}` };
  };
  return { folder, config, models, place };
}
