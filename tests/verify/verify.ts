/**
 * `deno task verify`: whether speculative decoding draws from exactly the target's distribution, by
 * enough samples to notice small errors, and whether intervals cover as often as they say.
 *
 * @module
 */
import { parseArguments } from "../../src/cli/args.ts";
import { type Command, ExitCode, runCommand, UsageError } from "../../src/cli/command.ts";
import { notice, print } from "../../src/cli/terminal.ts";
import { table, thousands } from "../../src/report/markdown.ts";
import { describeCoverage, isAsListed, simulateAll } from "./coverage_report.ts";
import { type Examination, examineAll, FALSE_ALARM, type Verdict } from "./losslessness.ts";

const help = `Show that speculative decoding changes no distribution, and how often intervals cover.

usage: deno task verify [--only lossless|coverage] [--samples N] [--replicates N]

  --only WHAT      one of the two parts
  --samples N      per candidate of the first (default: 200000, which takes some minutes)
  --replicates N   of each size in the second (default: 2000; about 5 minutes on two cores)
  --help           print this

The first part draws samples over a grid of warpers, drafts and draft_k, and compares their frequencies with
the exact probability of every text by a χ² test (Holm-corrected: one false alarm in ${
  1 / FALSE_ALARM
} at most).
The same test must reject the acceptance rule of the original script and faults made on purpose.

The second draws cells again and again from a table of texts whose probabilities are known, in the sizes that
configs have, and counts how often each kind of 95 % interval covers what it is about: 93 to 97 of 100 times,
within the 99 % interval of Clopper and Pearson; shares may cover more often. Exactly those sizes must fall
short that src/measure/coverage_limits.ts lists, which reports name.

Exit code 1 if any verdict is not as it must be.`;

/** `deno task verify`. */
const verify: Command = { summary: "Show losslessness, and how often intervals cover", help, run };

const parts = ["lossless", "coverage"] as const;

async function run(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, {
    switches: [],
    values: ["samples", "replicates", "only"],
    lists: [],
  });
  const [extra] = parsed.positional;
  if (extra !== undefined) throw new UsageError(`expected flags alone, found "${extra}"`);
  const samples = numberOf("--samples", parsed.value("samples") ?? "200000", 1000);
  const replicates = numberOf("--replicates", parsed.value("replicates") ?? "2000", 100);
  const only = parsed.value("only");
  if (only !== undefined && !parts.some((part) => part === only)) {
    throw new UsageError(`expected ${parts.join(" or ")} after --only, found "${only}"`);
  }
  const verdicts = [
    ...(only === "coverage" ? [] : [verifyLossless(samples)]),
    ...(only === "lossless" ? [] : [await verifyCoverage(replicates)]),
  ];
  return verdicts.every(Boolean) ? ExitCode.done : ExitCode.failed;
}

function verifyLossless(samples: number): boolean {
  const examination = examineAll({
    losslessSamples: samples,
    brokenSamples: samples,
    onVerdict: (done, of) => {
      if (done % 10 === 0 || done === of) notice(`verify: ${done} of ${of}`);
    },
  });
  print(described(examination, samples));
  return asItMustBe(examination);
}

async function verifyCoverage(replicates: number): Promise<boolean> {
  const found = await simulateAll({
    replicates,
    threads: Math.max(1, Math.min(4, navigator.hardwareConcurrency)),
    onCase: (done, of) => {
      if (done % 10 === 0 || done === of) notice(`verify: ${done} of ${of} sizes`);
    },
  });
  print(describeCoverage(found, replicates));
  return isAsListed(found);
}

function numberOf(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new UsageError(
    `expected a whole number of at least ${least} after ${flag}, found "${text}"`,
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
