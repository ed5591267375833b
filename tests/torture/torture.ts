/**
 * `deno task torture`: kills runs, damages what they leave, lets system calls fail, and more, at random,
 * and checks that nothing is lost and nothing is left unsaid.
 *
 * @module
 */
import { parseFlags } from "../../src/cli/args.ts";
import { type Command, ExitCode, runCommand, UsageError } from "../../src/cli/command.ts";
import { notice, print } from "../../src/cli/terminal.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { expectedOneOf } from "../../src/text/suggestions.ts";
import type { Attempt, FaultKind, Finding } from "./kind.ts";
import { kinds } from "./kinds.ts";
import { Sandbox } from "./sandbox.ts";
import { summary, Tally } from "./tally.ts";

const help = `Torture runs: each fault is drawn at random, and afterwards the same command must
end with the same bytes, or say what is wrong, and must have lost nothing.

usage: deno task torture [--minutes N] [--seed N] [--only KIND]… [--number N] [--list]

  --minutes N    how long, shared among the kinds (default: 3)
  --seed N       whole number from which all faults are drawn (default: 1)
  --only KIND    ${kinds.map(({ name }) => name).join(", ")}; may be given again
  --number N     only the fault of this number, as the report of one says; with --only
  --list         list every kind of ending that was found below the table
  --help         print this

A kind that this machine cannot try (without strace, or namespaces of users) is skipped, and the
table says so.

examples:
  deno task torture --minutes 30 --seed 7
  deno task torture --only flips --seed 7 --number 123

Exit codes: 0 nothing was lost and all was named, 1 something was not, 2 a wrong command line.`;

/** `deno task torture`. */
const torture: Command = { summary: "Torture runs", help, run: runTorture };

async function runTorture(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, {
    switches: ["list"],
    values: ["minutes", "seed", "number"],
    lists: ["only"],
  });
  const chosen = kindsNamed(parsed.list("only"));
  const minutes = numberOf("minutes", parsed.value("minutes") ?? "3");
  const seed = numberOf("seed", parsed.value("seed") ?? "1");
  const given = parsed.value("number");
  if (given !== undefined && chosen.length !== 1) {
    throw new UsageError("expected one --only with --number");
  }
  const number = given === undefined ? undefined : numberOf("number", given);
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const tallies: Tally[] = [];
  for (const kind of chosen) {
    const tally = new Tally(kind);
    tallies.push(tally);
    const seconds = 60 * minutes * kind.share / shares;
    await tryKind(kind, { seed, seconds, number, tally });
  }
  print(summary(tallies));
  if (parsed.has("list")) {
    for (const finding of tallies.flatMap(({ findings }) => findings)) print(`  ${finding}`);
  }
  return tallies.some(({ bad }) => bad > 0) ? ExitCode.failed : ExitCode.done;
}

function kindsNamed(names: readonly string[]): readonly FaultKind[] {
  const all = kinds.map(({ name }) => name);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only: ${expectedOneOf(unknown, all)}`);
  return names.length === 0 ? kinds : kinds.filter(({ name }) => names.includes(name));
}

function numberOf(flag: string, text: string): number {
  const number = Number(text);
  const isRight = flag === "minutes" ? number > 0 : Number.isSafeInteger(number) && number >= 0;
  if (isRight && text.trim() !== "") return number;
  throw new UsageError(`--${flag}: expected a number, found "${text}"`);
}

interface Plan {
  readonly seed: number;
  readonly seconds: number;
  /** The only fault to try. */
  readonly number: number | undefined;
  readonly tally: Tally;
}

/** Tries faults of one kind, in a clone of their own. */
async function tryKind(kind: FaultKind, { seed, seconds, number, tally }: Plan): Promise<void> {
  const reason = await kind.unavailable?.();
  if (reason !== undefined) return tally.skip(reason);
  notice(`torture: ${kind.title}`);
  const sandbox = await Sandbox.make();
  try {
    const attempt = await kind.prepare(sandbox);
    const end = performance.now() + 1000 * seconds;
    for (let i = number ?? 0; performance.now() < end; i++) {
      const finding = await tried(attempt, CounterStream.fromSeed(seed).child(kind.name, i));
      tally.add(finding);
      if (finding.end === "lost" || finding.end === "unnamed" || number !== undefined) {
        notice(`${finding.end}: ${finding.fault}`);
        notice(`  deno task torture --only ${kind.name} --seed ${seed} --number ${i}`);
        notice((finding.details ?? finding.said).replaceAll(/^/gm, "  "));
      }
      if (number !== undefined) break;
    }
  } finally {
    await sandbox.close();
  }
}

/** What came of a fault; one that ends in an error of ours is lost. */
async function tried(attempt: Attempt, random: CounterStream): Promise<Finding> {
  try {
    return await attempt(random);
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    return { fault: "the command itself", end: "lost", said: details.slice(0, 60), details };
  }
}

Deno.exit(await runCommand({ torture: () => Promise.resolve(torture) }, ["torture", ...Deno.args]));
