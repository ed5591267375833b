/**
 * `deno task verify`: whether speculative decoding draws from exactly the target's distribution, by
 * enough samples to notice small errors.
 *
 * @module
 */
import { parseArguments } from "../../src/cli/args.ts";
import { type Command, ExitCode, runCommand, UsageError } from "../../src/cli/command.ts";
import { notice, print } from "../../src/cli/terminal.ts";
import { table, thousands } from "../../src/report/markdown.ts";
import { type Examination, examineAll, FALSE_ALARM, type Verdict } from "./losslessness.ts";

const help = `Show that speculative decoding changes no distribution.

usage: deno task verify [--samples N]

  --samples N   per candidate (default: 200000, which takes some minutes)
  --help        print this

Draws samples over a grid of warpers, drafts and draft_k, and compares their frequencies with the exact
probability of every text by a χ² test (Holm-corrected: one false alarm in ${
  1 / FALSE_ALARM
} at most).
The same test must reject the acceptance rule of the original script and faults made on purpose. Exit code 1 if
any verdict is not as it must be.`;

/** `deno task verify`. */
const verify: Command = { summary: "Show that speculative decoding is lossless", help, run };

function run(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { switches: [], values: ["samples"], lists: [] });
  const [extra] = parsed.positional;
  if (extra !== undefined) throw new UsageError(`expected flags alone, found "${extra}"`);
  const samples = samplesOf(parsed.value("samples") ?? "200000");
  const examination = examineAll({
    losslessSamples: samples,
    brokenSamples: samples,
    onVerdict: (done, of) => {
      if (done % 10 === 0 || done === of) notice(`verify: ${done} of ${of}`);
    },
  });
  print(described(examination, samples));
  return Promise.resolve(asItMustBe(examination) ? ExitCode.done : ExitCode.failed);
}

function samplesOf(text: string): number {
  const samples = Number(text);
  if (Number.isInteger(samples) && samples >= 1000) return samples;
  throw new UsageError(
    `expected a whole number of at least 1000 after --samples, found "${text}"`,
  );
}

function asItMustBe({ lossless, broken }: Examination): boolean {
  return lossless.every(({ rejected }) => !rejected) && broken.every(({ rejected }) => rejected);
}

function described(examination: Examination, samples: number): string {
  const { lossless, broken } = examination;
  return [
    `## Must be lossless: ${lossless.length} candidates, ${thousands(samples)} samples each`,
    "",
    tableOf(lossless),
    "",
    "## Must be rejected",
    "",
    tableOf(broken),
    "",
    asItMustBe(examination)
      ? `All as it must be, with a chance of a false alarm of ${FALSE_ALARM} over all candidates (Holm).`
      : "NOT as it must be: see the last column.",
  ].join("\n");
}

function tableOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    verdict.name,
    verdict.chiSquare.toFixed(1),
    verdict.degreesOfFreedom,
    verdict.pValue.toPrecision(2),
    verdict.totalVariation.toFixed(4),
    verdict.rejected ? "rejected" : "not rejected",
  ]);
  return table(["candidate", "χ²", "degrees", "p", "distance", "verdict"], rows);
}

if (import.meta.main) {
  const code = await runCommand({ verify: () => Promise.resolve(verify) }, [
    "verify",
    ...Deno.args,
  ]);
  Deno.exit(code);
}
