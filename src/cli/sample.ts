// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { readConfigFile } from "../config/layers.ts";
import { readOverride } from "../config/override.ts";
import { valueAt } from "../config/path.ts";
import { constants, STRATEGIES, variantsAt } from "../config/schema.ts";
import { type OneCell, readWithStrategy, type StrategyChoice } from "../config/experiment.ts";
import { normalizedText } from "../data/normalization.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { strategies, strategyOf } from "../decode/definitions.ts";
import type { DecodeResult } from "../decode/strategy.ts";
import { sampleDefinition } from "../decode/sample/sample.ts";
import { logProb, type Sample } from "../measure/sample.ts";
import { placeOf } from "../files/place.ts";
import { CorpusCache } from "../runs/corpus_cache.ts";
import { openTrainedRun, type TrainedRun } from "../runs/trained_run.ts";
import { decodeCell } from "../stages/decode.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { escapeControl } from "../text/characters.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { parseArguments, wholeNumber } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { findRun } from "./paths.ts";
import { keepOnly } from "./permissions.ts";
import { OUTSIDE_HELP } from "./requested_runs.ts";
import { cachePlaces, STORE_HELP } from "./store_place.ts";
import { notice, print, printJson } from "./terminal.ts";

const help = `Try a strategy on the models of a run.

usage: deno task sample RUN [--prompt TEXT]… [--strategy NAME] [--set setting=value]… [-n N]
                        [--model NAME] [--seed N] [--max-new-tokens N] [--store DIR]
                        [--allow-read-outside] [--verbose | --json] [--quiet]

  RUN                 the folder of a run, such as outputs/default; nothing in it is changed
  --prompt TEXT       the beginning of the texts (default: empty); may be repeated
  --strategy NAME     a strategy as in configs (default: sample, the model's own distribution)
  --set setting=value a setting of the strategy, such as p=0.95 or "warp=[{ top_k: 5 }]"; one value
  -n, --samples N     samples per prompt (default: 10)
  --model NAME        target or draft (default: target)
  --seed N            the seed (default: that of the run)
  --max-new-tokens N  the most tokens to generate (default: that of the run)
${STORE_HELP}
${OUTSIDE_HELP}
  --verbose           show the probability of each token, EOS included: the model's own and, if it
                      differs, that in the distribution that the token was chosen from
  --json              print JSON: run, model, cell, seed and samples with the log-probability of
                      each token, nats; described in src/cli/sample.ts
  --quiet             print no remarks on stderr
  --help              print this

Each line has the log-probability of a text, nats, in the model's own distribution, and the text. A
text only depends on the seed, the strategy, the prompt and its number: the texts of a cell of the
run are those in its samples.csv.

examples:
  deno task sample outputs/default --prompt ma --strategy top_p --set p=0.95 -n 20
  deno task sample outputs/default --strategy speculative --set draft_k=2 -n 1 --verbose

Exit codes: 0 done, 1 something failed, 2 a wrong run, checkpoint or command line.`;

/** All samples are in memory until the last is decoded. */
const MOST_SAMPLES = 1_000_000;

/** `deno task sample`. */
export const sample: Command = {
  summary: "Try a strategy on trained models",
  help,
  run: sampleRun,
};

/** A command line; its missing values are those of the run. */
interface SampleRequest extends StrategyChoice {
  readonly prompts: readonly string[];
  readonly samples: number;
  readonly seed: number | undefined;
  readonly maxNewTokens: number | undefined;
}

function parseSampleArguments(args: readonly string[]) {
  return parseArguments(args, {
    switches: ["verbose", "json", "quiet", "allow-read-outside"],
    values: ["strategy", "samples", "model", "seed", "max-new-tokens", "store"],
    lists: ["prompt", "set"],
    letters: { n: "samples" },
  });
}

type SampleArguments = ReturnType<typeof parseSampleArguments>;

async function sampleRun(args: readonly string[]): Promise<number> {
  const parsed = parseSampleArguments(args);
  const request = requestOf(parsed);
  checkSettings(request, parsed.value("strategy") !== undefined);
  const show = presentation(parsed);
  const run = await findRun(onlyRun(parsed.positional));
  const config = join(run, "config.yaml");
  const text = readConfigFile(config);
  const { downloads } = cachePlaces(parsed.value("store"));
  const readsOutside = parsed.has("allow-read-outside");
  await keepOnly({
    read: [run, placeOf(run).path, downloads.path, ...readsOutside ? ["/"] : []],
    write: [],
    network: false,
  });
  const one = await readWithStrategy(config, text, request, { readsOutside });
  const model = modelNamed(parsed.value("model"), one, run);
  const trained = await openTrainedRun(run, model, one, new CorpusCache(downloads.path));
  try {
    const { label: cell, settings } = one.cell;
    const seed = request.seed ?? one.experiment.config.seed;
    show(decoded(request, seed, one, trained), { run, model, cell, seed }, trained.vocabulary);
    if (strategyOf(settings).isDeterministic && request.samples > 1 && !parsed.has("quiet")) {
      notice(`${cell} is deterministic: its only result is shown once`);
    }
    return ExitCode.done;
  } finally {
    trained.close();
  }
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
  return {
    strategy: parsed.value("strategy") ?? sampleDefinition.name,
    assignments: parsed.list("set"),
    prompts: prompts.length === 0 ? [""] : prompts,
    samples: whole("samples", 1, MOST_SAMPLES) ?? 10,
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

/** The samples; a single one per prompt if the strategy is deterministic. */
function decoded(
  { prompts: given, samples, maxNewTokens }: SampleRequest,
  seed: number,
  { experiment, cell }: OneCell,
  { model, resources, vocabulary }: TrainedRun,
): Sample[] {
  const { normalize } = experiment.config.corpus;
  const prompts = [...new Set(given.map((prompt) => normalizedText(prompt, normalize)))];
  for (const prompt of prompts) checkPrompt(prompt, model.spec.blockSize, vocabulary);
  return [...decodeCell(cell, {
    target: model,
    resources,
    vocabulary,
    seed,
    prompts,
    samples: strategyOf(cell.settings).isDeterministic ? 1 : samples,
    maxNewTokens: maxNewTokens ?? experiment.config.decoding.max_new_tokens,
  })];
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

/** Prints samples. */
type Show = (samples: readonly Sample[], from: SampledFrom, vocabulary: Vocabulary) => void;

function presentation(parsed: SampleArguments): Show {
  if (parsed.has("json") && parsed.has("verbose")) {
    throw new UsageError("expected --verbose or --json, found both: JSON has everything");
  }
  if (parsed.has("json")) {
    return (samples, from, vocabulary) => printJson(samplesJson(from, samples, vocabulary));
  }
  if (parsed.has("verbose")) {
    return (samples, _from, vocabulary) => {
      for (const one of samples) {
        print([sampleLine(one), ...sampleDetails(one, vocabulary)].join("\n"));
      }
    };
  }
  return (samples) => samples.forEach((one) => print(sampleLine(one)));
}

/** One line: the log-probability, nats, and the text. */
function sampleLine({ prompt, continuation, result }: Sample): string {
  return `${logProb(result).toFixed(3).padStart(9)}  ${escapeControl(prompt + continuation)}`;
}

/** How a text was generated: one line per token, how it ended, and the counts of speculation. */
function sampleDetails({ result }: Sample, vocabulary: Vocabulary): string[] {
  const drawn = result.warpedLogProbs.some((logProb) => logProb !== 0);
  const tokens = result.logProbs.map((ofModel, i) => {
    const own = probabilityText(ofModel);
    const warped = probabilityText(result.warpedLogProbs[i] ?? NaN);
    const name = tokenName(result, i, vocabulary);
    return drawn && warped !== own ? `${name}  ${own}  drawn with ${warped}` : `${name}  ${own}`;
  });
  return [...tokens, endingText(result), ...speculationText(result), ...proofText(result)]
    .map((line) => `${" ".repeat(11)}${line}`);
}

function tokenName({ tokens }: DecodeResult, i: number, vocabulary: Vocabulary): string {
  const token = tokens[i];
  return (token === undefined ? "EOS" : escapeControl(vocabulary.decode([token]))).padEnd(3);
}

function probabilityText(logProb: number): string {
  return Math.exp(logProb).toFixed(4);
}

function endingText({ stop }: DecodeResult): string {
  switch (stop) {
    case "eos":
      return "ended with EOS";
    case "max_new_tokens":
      return "cut: enough tokens";
    case "block_size":
      return "cut: the end of the block";
  }
}

function speculationText({ speculation, costs }: DecodeResult): string[] {
  if (speculation === undefined) return [];
  const { accepted, tested, proposed, rounds, targetCalls, draftCalls } = costs;
  return [
    `${accepted} of ${tested} tested tokens accepted (${proposed} proposed, ${rounds} rounds); ` +
    `passes: ${targetCalls} of the target, ${draftCalls} of the draft`,
  ];
}

function proofText({ search }: DecodeResult): string[] {
  if (search === undefined) return [];
  return [search.optimal ? "proved to be among the most probable" : "not proved: the budget ended"];
}

/** The origin that all samples of a command share. */
interface SampledFrom {
  /** The folder of the run. */
  readonly run: string;
  /** The model: target or draft. */
  readonly model: string;
  /** The strategy with its settings, as `results.csv` has it. */
  readonly cell: string;
  /** The seed. */
  readonly seed: number;
}

/**
 * The samples as JSON: `{ run, model, cell, seed, samples }`, each sample as in `samples.csv` with its
 * `log_prob` (nats, of the target), its `costs` and its `tokens`: `{ token, log_prob, warped_log_prob }`,
 * the latter in the target's warped distribution. The last token is `null` for EOS.
 */
function samplesJson(
  from: SampledFrom,
  samples: readonly Sample[],
  vocabulary: Vocabulary,
): string {
  const plain = samples.map(({ prompt, number, continuation, result }) => ({
    prompt,
    sample: number,
    continuation,
    stop: result.stop,
    log_prob: logProb(result),
    tokens: result.logProbs.map((log_prob, i) => {
      const token = result.tokens[i];
      return {
        token: token === undefined ? null : vocabulary.decode([token]),
        log_prob,
        warped_log_prob: result.warpedLogProbs[i],
      };
    }),
    costs: costsJson(result),
    ...(result.search === undefined ? {} : { proved: result.search.optimal }),
  }));
  return JSON.stringify({ ...from, samples: plain }, null, 2);
}

function costsJson({ costs }: DecodeResult): Record<string, number> {
  return {
    target_calls: costs.targetCalls,
    draft_calls: costs.draftCalls,
    rounds: costs.rounds,
    proposed: costs.proposed,
    tested: costs.tested,
    accepted: costs.accepted,
    resampled: costs.resampled,
    bonus: costs.bonus,
  };
}
