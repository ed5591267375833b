// @ts-types="../declarations/path.d.ts"
import { join } from "@std/path";
import { readConfigFile } from "../config/config_file.ts";
import { expectedOneOf, shown } from "../text/suggestions.ts";
import { type OneCell, readWithStrategy, type StrategyChoice } from "../config/one_strategy.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { strategyOf } from "../decode/definitions.ts";
import type { Sample } from "../measure/sample.ts";
import { decodeCell } from "../stages/decode_cells.ts";
import type { ModelName } from "../stages/experiment_data.ts";
import { openTrainedRun, type TrainedRun } from "../runs/trained_run.ts";
import { type Arguments, parseArguments, wholeNumber } from "./args.ts";
import { type Command, ExitCode, UsageError } from "./command.ts";
import { notice, print } from "./terminal.ts";
import { findRun } from "./paths.ts";
import { sampleDetails, type SampledFrom, sampleLine, samplesJson } from "./sample_text.ts";

const help = `Try a strategy on the models of a run.

usage: deno task sample RUN [--prompt TEXT]… [--strategy NAME] [--set setting=value]… [-n N]
                        [--model NAME] [--seed N] [--max-new-tokens N]
                        [--verbose | --json] [--quiet]

  RUN                 the folder of a run, such as outputs/default; nothing in it is changed
  --prompt TEXT       what the texts begin with (default: nothing); may be given again
  --strategy NAME     a strategy as configs have it (default: sample, the model's own distribution)
  --set setting=value a setting of the strategy, such as p=0.95 or "warp=[{ top_k: 5 }]"; one value
  -n, --samples N     decodings of each prompt (default: 10)
  --model NAME        target or draft (default: target)
  --seed N            where all randomness comes from (default: the run's own)
  --max-new-tokens N  the most tokens to generate (default: the run's own)
  --verbose           show each token's probability, EOS included: the model's own and, where it is
                      another, that in the distribution that the token was chosen from
  --json              print JSON: run, model, cell, seed and samples, with the log-probability of
                      each token, nats; it is described in src/cli/sample_text.ts
  --quiet             print no remarks on stderr
  --help              print this

A line is the text's log-probability, nats, of the model's own distribution, and the text. Texts
come from the seed, the strategy, the prompt and their number alone: those of a cell of the run are
the same as in its samples.csv.

examples:
  deno task sample outputs/default --prompt ma --strategy top_p --set p=0.95 -n 20
  deno task sample outputs/default --strategy speculative --set draft_k=2 -n 1 --verbose

Exit codes: 0 done, 1 something failed, 2 a wrong run, checkpoint or command line.`;

/** They are held in memory until all are decoded. */
const MOST_SAMPLES = 1_000_000;

/** `deno task sample`. */
export const sample: Command = {
  summary: "Try a strategy on trained models",
  help,
  run: sampleRun,
};

/** What the command line asks for; what it leaves out is the run's own. */
interface Asked extends StrategyChoice {
  readonly prompts: readonly string[];
  readonly samples: number;
  readonly seed: number | undefined;
  readonly maxNewTokens: number | undefined;
}

async function sampleRun(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: ["verbose", "json", "quiet"],
    values: ["strategy", "samples", "model", "seed", "max-new-tokens"],
    lists: ["prompt", "set"],
    letters: { n: "samples" },
  });
  const asked = askedFor(parsed);
  const show = presentation(parsed);
  const run = await findRun(onlyRun(parsed.positional));
  const config = join(run, "config.yaml");
  const one = readWithStrategy(config, readConfigFile(config), asked);
  const model = modelNamed(parsed.value("model"), one, run);
  const trained = await openTrainedRun(run, model, one);
  try {
    const { label: cell, settings } = one.cell;
    const seed = asked.seed ?? one.experiment.config.seed;
    show(decoded(asked, seed, one, trained), { run, model, cell, seed }, trained.vocabulary);
    if (strategyOf(settings).isDeterministic && asked.samples > 1 && !parsed.has("quiet")) {
      notice(`${cell} finds the same every time, which is shown once`);
    }
    return ExitCode.done;
  } finally {
    trained.close();
  }
}

function askedFor(parsed: Arguments): Asked {
  const whole = (flag: string, least: number, most: number): number | undefined => {
    const given = parsed.value(flag);
    return given === undefined ? undefined : wholeNumber(flag, given, { least, most });
  };
  const prompts = parsed.list("prompt");
  return {
    strategy: parsed.value("strategy") ?? "sample",
    assignments: parsed.list("set"),
    prompts: prompts.length === 0 ? [""] : [...new Set(prompts)],
    samples: whole("samples", 1, MOST_SAMPLES) ?? 10,
    seed: whole("seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    maxNewTokens: whole("max-new-tokens", 0, Number.MAX_SAFE_INTEGER),
  };
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

/** The samples, of a strategy without randomness once. */
function decoded(
  { prompts, samples, maxNewTokens }: Asked,
  seed: number,
  { experiment, cell }: OneCell,
  { model, resources, vocabulary }: TrainedRun,
): Sample[] {
  for (const prompt of prompts) checkPrompt(prompt, model.spec.blockSize, vocabulary);
  return decodeCell(cell, {
    target: model,
    resources,
    vocabulary,
    seed,
    prompts,
    samples: strategyOf(cell.settings).isDeterministic ? 1 : samples,
    maxNewTokens: maxNewTokens ?? experiment.config.decoding.max_new_tokens,
  });
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

/** How samples are shown. */
type Show = (samples: readonly Sample[], from: SampledFrom, vocabulary: Vocabulary) => void;

function presentation(parsed: Arguments): Show {
  if (parsed.has("json") && parsed.has("verbose")) {
    throw new UsageError("expected --verbose or --json, found both: the latter has it all");
  }
  if (parsed.has("json")) {
    return (samples, from, vocabulary) => print(samplesJson(from, samples, vocabulary));
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
