import { join } from "node:path";
import { readConfigFile } from "../config/layers.ts";
import { pathFrom } from "../config/named_files.ts";
import { readOverride } from "../config/override.ts";
import { valueAt } from "../config/path.ts";
import { constants, STRATEGIES, variantsAt } from "../config/schema.ts";
import {
  isOfInputs,
  type OneCell,
  readWithStrategy,
  type StrategyChoice,
} from "../config/experiment.ts";
import { isHubName } from "../data/hub_source.ts";
import { normalizedText } from "../data/normalization.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { strategies, strategyOf } from "../decode/definitions.ts";
import type { Observer } from "../decode/observation.ts";
import { sampleDefinition } from "../decode/sample/sample.ts";
import { readingOf } from "../config/settings.ts";
import { DecodingNumbers } from "../measure/sample.ts";
import { placeOf } from "../files/place.ts";
import { tasksText } from "../model/onnx/platform.ts";
import { onnxRuntime } from "../model/onnx/runtime.ts";
import { processorArithmetic } from "../model/simd/arithmetic.ts";
import { CorpusCache } from "../runs/corpus_cache.ts";
import { readManifest } from "../runs/run_folder.ts";
import { openTrainedRun, type TrainedRun } from "../runs/trained_run.ts";
import { decodeCell, type DecodeContext } from "../stages/decode.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { shellWord } from "../text/shell_word.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { parseArguments, wholeNumber } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { exactMode } from "./explanation/exact_mode.ts";
import { Explanation } from "./explanation/explanation.ts";
import { TokenNames } from "./explanation/token_names.ts";
import { findRun } from "./paths.ts";
import { keepOnly } from "./permissions.ts";
import { platformRemark } from "./platform_remark.ts";
import { OUTSIDE_HELP } from "./requested_runs.ts";
import { explainedLines, type ExplainedSample, sampleLine, samplesJson } from "./samples_output.ts";
import { cachePlaces, STORE_HELP } from "./store_place.ts";
import { notice, print, printJson } from "./terminal.ts";
import { printScores } from "./text_scores.ts";

const help = `Try a strategy on the models of a run, see why it chose each token, or score a text.

usage: deno task sample RUN [--prompt TEXT]… [--strategy NAME] [--set setting=value]… [-n N]
                        [--model NAME] [--seed N] [--max-new-tokens N] [--store DIR]
                        [--allow-read-outside] [--verbose] [--json] [--quiet]
       deno task sample RUN --score TEXT… [--model NAME] [--json]

  RUN                 the folder of a run, such as outputs/default; nothing in it is changed
  --prompt TEXT       the beginning of the texts (default: empty); may be repeated
  --strategy NAME     a strategy as in configs (default: sample, the model's own distribution)
  --set setting=value a setting of the strategy, such as p=0.95 or "warp=[{ top_k: 5 }]"; one value;
                      or where an input of the run is now, if that lies outside the project:
                      models.target.from=FOLDER, models.draft.from=FOLDER, corpus.path=FILE; a
                      path is absolute, relative to RUN, or after project: to the project
  -n, --samples N     samples per prompt (default: 10; with --verbose 1)
  --model NAME        target or draft (default: target)
  --seed N            the seed (default: that of the run)
  --max-new-tokens N  the most tokens to generate (default: that of the run)
  --score TEXT        print the log-probability of each token of TEXT, EOS included, in place of
                      samples: of the target, and of the draft beside it; may be repeated
${STORE_HELP}
${OUTSIDE_HELP}
  --verbose           explain each text: the alternatives at each step, what each warper kept, what
                      was drawn; the rounds of speculative; the beams, what was pruned, and where
                      the most probable text of all was lost
  --json              print JSON: run, model, cell, seed and samples with the log-probability of
                      each token, nats; with --verbose also the steps; with --score the scores;
                      described in src/cli/samples_output.ts and src/cli/text_scores.ts
  --quiet             print no remarks on stderr
  --help              print this

Each line has the log-probability of a text, nats, in the model's own distribution, and the text. A
text only depends on the seed, the strategy, the prompt and its number: the texts of a cell of the
run are those in its samples.csv, and --verbose explains just these.

Texts are computed with the engine and the arithmetic of the run: strict where this processor has no
fused one, and then a remark says so. A run with "engine: onnx" is sampled by
deno task sample:native or deno task sample:onnx.

examples:
  deno task sample outputs/default --prompt ma --strategy top_p --set p=0.95 -n 20
  deno task sample outputs/default --set "warp=[{temperature: 0.8}, {top_p: 0.9}]" --verbose
  deno task sample outputs/default --strategy speculative --set draft_k=4 --verbose
  deno task sample outputs/default --prompt ma --strategy beam --set beam_width=3 --verbose
  deno task sample outputs/default --score maria --score xqzt

Exit codes: 0 done, 1 something failed, 2 a wrong run, checkpoint or command line.`;

/** All samples are in memory until the last is decoded; those that are explained take far more of it. */
const MOST_SAMPLES = 1_000_000;
const MOST_EXPLAINED = 1_000;

/** `deno task sample`. */
export const sample: Command = {
  summary: "Try a strategy on trained models",
  help,
  run: sampleRun,
};

/** A command line; its missing values are those of the run. */
interface SampleRequest extends StrategyChoice {
  readonly explain: boolean;
  readonly prompts: readonly string[];
  readonly samples: number;
  readonly seed: number | undefined;
  readonly maxNewTokens: number | undefined;
}

function parseSampleArguments(args: readonly string[]) {
  return parseArguments(args, {
    switches: ["verbose", "json", "quiet", "allow-read-outside"],
    values: ["strategy", "samples", "model", "seed", "max-new-tokens", "store"],
    lists: ["prompt", "set", "score"],
    letters: { n: "samples" },
  });
}

type SampleArguments = ReturnType<typeof parseSampleArguments>;

async function sampleRun(args: readonly string[]): Promise<number> {
  const parsed = parseSampleArguments(args);
  const request = requestOf(parsed);
  checkSettings(request, parsed.value("strategy") !== undefined);
  const texts = textsToScore(parsed);
  const run = await findRun(onlyRun(parsed.positional));
  const config = join(run, "config.yaml");
  const text = readConfigFile(config);
  const { downloads, models } = cachePlaces(parsed.value("store"));
  const readsOutside = parsed.has("allow-read-outside");
  await keepOnly({
    read: [
      ...[run, placeOf(run).path, downloads.path, models.path],
      ...pathsIn(request, config),
      ...readsOutside ? ["/"] : [],
    ],
    write: [],
    network: false,
    native: true,
  });
  const one = await readWithStrategy(config, text, request, { readsOutside });
  const model = modelNamed(parsed.value("model"), one, run);
  checkRuntime(one, args);
  if (!parsed.has("quiet")) await remarkOnPlatform(run, one);
  const corpora = new CorpusCache(downloads.path, undefined, models.path);
  const open = (name: ModelName): Promise<TrainedRun> => openTrainedRun(run, name, one, corpora);
  if (texts.length > 0) {
    return await printScores(texts, { run, model, one, open, json: parsed.has("json") });
  }
  const trained = await open(model);
  try {
    const { label: cell, settings } = one.cell;
    const seed = request.seed ?? one.experiment.config.seed;
    const { vocabulary } = trained;
    const samples = decoded(request, seed, one, trained);
    if (parsed.has("json")) {
      printJson(samplesJson({ run, model, cell, seed }, [...samples], vocabulary));
    } else {
      for (const each of samples) {
        print(
          request.explain ? explainedLines(each, vocabulary).join("\n") : sampleLine(each.sample),
        );
      }
    }
    if (strategyOf(settings).isDeterministic && request.samples > 1 && !parsed.has("quiet")) {
      notice(`${cell} is deterministic: its only result is shown once`);
    }
    return ExitCode.done;
  } finally {
    trained.close();
  }
}

/** The folders and files that the command line says a run's models and corpus lie in now. */
function pathsIn({ assignments }: StrategyChoice, config: string): string[] {
  return assignments.map(readOverride).flatMap(({ steps, value }) =>
    isOfInputs(steps) && typeof value === "string" && !isHubName(value)
      ? [pathFrom(value, config)]
      : []
  );
}

/** Throws a {@linkcode UsageError} that names the task to use where models need an onnxruntime. */
function checkRuntime({ experiment: { config } }: OneCell, args: readonly string[]): void {
  if (config.engine !== "onnx" || onnxRuntime() !== undefined) return;
  throw new UsageError(
    `cannot decode: "engine: onnx" needs an onnxruntime, which deno task sample does not have; use ` +
      `${tasksText("sample")}, as in: ` +
      ["deno task sample:native", ...args.map(shellWord)].join(" "),
  );
}

/** Says where texts may differ from those of the run, since something else computes its models here. */
async function remarkOnPlatform(run: string, { experiment: { config } }: OneCell): Promise<void> {
  const found = await readManifest(run);
  if (found.kind !== "whole") return;
  const remark = platformRemark(config.engine, found.manifest, processorArithmetic());
  if (remark !== undefined) notice(remark);
}

/** The texts after --score; throws a {@linkcode UsageError} beside a flag that would mean nothing. */
function textsToScore(parsed: SampleArguments): readonly string[] {
  const texts = parsed.list("score");
  if (texts.length === 0) return texts;
  const given = [
    ...(["strategy", "samples", "seed", "max-new-tokens"] as const)
      .filter((flag) => parsed.value(flag) !== undefined),
    ...parsed.list("prompt").length > 0 ? ["prompt"] : [],
    ...parsed.list("set").some((one) => !isOfInputs(readOverride(one).steps)) ? ["set"] : [],
    ...parsed.has("verbose") ? ["verbose"] : [],
  ];
  if (given.length === 0) return texts;
  throw new UsageError(
    `cannot use --${given[0]} with --score, which gives each token of a whole text its ` +
      "log-probability and generates nothing: leave one of them out",
  );
}

function requestOf(parsed: SampleArguments): SampleRequest {
  const whole = (
    flag: "samples" | "seed" | "max-new-tokens",
    least: number,
    most: number,
  ): number | undefined => {
    const given = parsed.value(flag);
    return given === undefined ? undefined : wholeNumber(flag, given, { least, most });
  };
  const prompts = parsed.list("prompt");
  const explain = parsed.has("verbose");
  return {
    explain,
    strategy: parsed.value("strategy") ?? sampleDefinition.name,
    assignments: parsed.list("set"),
    prompts: prompts.length === 0 ? [""] : prompts,
    samples: whole("samples", 1, explain ? MOST_EXPLAINED : MOST_SAMPLES) ?? (explain ? 1 : 10),
    seed: whole("seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    maxNewTokens: whole("max-new-tokens", 0, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * Throws a {@linkcode UsageError} for a setting that the strategy does not have but others have: with the
 * strategy left out, one of those was meant.
 */
function checkSettings({ strategy, assignments }: StrategyChoice, isGiven: boolean): void {
  const entries = variantsAt({ decoding: { strategies: [{}] } }, [...STRATEGIES, 0]);
  for (const assignment of assignments) {
    const { set, steps: [setting = ""] } = readOverride(assignment);
    if (setting === "engine") {
      throw new UsageError(
        `cannot use ${set}: sample takes the engine and the arithmetic of the run; for others make a ` +
          `run: deno task run CONFIG --set name=… ${set}`,
      );
    }
    const having = new Set(
      entries.filter((entry) => valueAt(entry, ["properties", setting]) !== undefined)
        .map((entry) => String(constants(entry).get("strategy"))),
    );
    if (
      having.size === 0 || having.has(strategy) || strategies.every(({ name }) => name !== strategy)
    ) continue;
    throw new UsageError(
      `cannot use ${set}: the strategy ${strategy}${isGiven ? "" : " (no --strategy was given)"} ` +
        `has no ${setting}; it goes with --strategy ${[...having].join(" or ")}`,
    );
  }
}

function onlyRun([run, ...more]: readonly string[]): string {
  if (run === undefined) {
    throw new UsageError("expected a run, found none; try: deno task sample outputs/default");
  }
  if (more.length === 0) return run;
  throw new UsageError(`expected one run, found ${more.length + 1}: a prompt goes after --prompt`);
}

function modelNamed(given = "target", { experiment }: OneCell, run: string): ModelName {
  const names: readonly ModelName[] = experiment.config.models.draft === undefined
    ? ["target"]
    : ["target", "draft"];
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new UsageError(`unknown model of ${run}: ${expectedOneOf(given, names)}`);
}

/** The samples, one after the other; a single one per prompt if the strategy is deterministic. */
function* decoded(
  { prompts: given, samples, maxNewTokens: most, explain }: SampleRequest,
  seed: number,
  { experiment, cell }: OneCell,
  { model: target, resources, vocabulary }: TrainedRun,
): Generator<ExplainedSample, void> {
  const { decoding } = experiment.config;
  const { normalize } = readingOf(experiment.config);
  const prompts = [...new Set(given.map((prompt) => normalizedText(prompt, normalize)))];
  for (const prompt of prompts) checkPrompt(prompt, target.spec.blockSize, vocabulary);
  const { isDeterministic, isSearch } = strategyOf(cell.settings);
  const maxNewTokens = most ?? decoding.max_new_tokens;
  const names = new TokenNames(vocabulary);
  const searches = new Map(
    (explain && isSearch ? prompts : []).map((prompt) => [prompt, {
      mode: exactMode({
        target,
        prompt: vocabulary.encodePrompt(prompt),
        stops: vocabulary.stops,
        maxNewTokens,
      }),
    }]),
  );
  const explanations: Explanation[] = [];
  const observer = (prompt: string): Observer => {
    const explanation = new Explanation(prompt, names, searches.get(prompt)?.mode);
    explanations.push(explanation);
    return explanation.observe;
  };
  const context: DecodeContext = {
    ...{ target, resources, vocabulary, seed, prompts, maxNewTokens },
    samples: isDeterministic ? 1 : samples,
    ...explain ? { observer } : {},
  };
  const numbers = new DecodingNumbers();
  for (const sample of decodeCell(cell, context)) {
    const number = numbers.next(sample.result);
    const explanation = explanations[number];
    delete explanations[number];
    yield { sample, explanation, search: searches.get(sample.prompt) };
  }
}

function checkPrompt(prompt: string, blockSize: number, vocabulary: Vocabulary): void {
  const unknown = vocabulary.describeUnknown(prompt);
  if (unknown !== undefined) throw new UsageError(`cannot use --prompt: ${unknown}`);
  const length = vocabulary.encodePrompt(prompt).length;
  if (length <= blockSize) return;
  throw new UsageError(
    `cannot use --prompt: expected at most ${blockSize} tokens with BOS (models.block_size), ` +
      `found ${shown(prompt)}, which is ${length}`,
  );
}
