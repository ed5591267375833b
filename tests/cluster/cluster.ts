/**
 * By hand: a sweep on a real Slurm again and again, while one thing after the other happens to the
 * cluster, at random moments. Its files have to be those of a local run each time.
 *
 * @module
 */
import { parseFlags } from "../../src/cli/args.ts";
import { type Command, ExitCode, runCommand, UsageError } from "../../src/cli/command.ts";
import { print } from "../../src/cli/terminal.ts";
import { CounterStream } from "../../src/random/counter_stream.ts";
import { expectedOneOf } from "../../src/text/suggestions.ts";
import { allEvents, type ClusterEvent } from "./events.ts";
import { slurmProblem, startSlurm } from "./slurm.ts";
import { otherwise, SweepPlace } from "./sweep_place.ts";

const help = `Compute a sweep on a Slurm of its own while something happens to it; the files must
be those of a local run, byte for byte.

usage: deno run --config tests/deno.json -P=test tests/cluster/cluster.ts
                [--rounds N] [--seed N] [--only EVENT]…

  --rounds N     how often (default: 20)
  --seed N       whole number from which the moments are drawn (default: 1)
  --only EVENT   ${allEvents.map(({ name }) => name).join(", ")}; may be given again
  --help         print this

Exit codes: 0 all were the same, 1 one was not, 2 a wrong command line.`;

const cluster: Command = { summary: "Compute a sweep on a Slurm of its own", help, run: rounds };

async function rounds(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, { switches: [], values: ["rounds", "seed"], lists: ["only"] });
  const count = wholeNumber("rounds", parsed.value("rounds") ?? "20");
  const seed = wholeNumber("seed", parsed.value("seed") ?? "1");
  const chosen = eventsNamed(parsed.list("only"));
  const problem = await slurmProblem();
  if (problem !== undefined) throw new UsageError(`cannot start a Slurm: ${problem}`);

  await using slurm = await startSlurm({ nodes: 2 });
  const local = new SweepPlace(slurm, "local");
  const expected = { outcome: await local.run("--quiet"), files: await local.files() };
  const all = await local.results();
  let different = 0;
  for (let round = 1; round <= count; round++) {
    const random = CounterStream.fromSeed(seed).child(round);
    const event = chosen[(round - 1) % chosen.length];
    if (event === undefined) break;
    const results = Math.floor(all * random.next());
    const place = new SweepPlace(slurm, `round-${round}`);
    const { outcome, happened } = await event.compute(slurm, place, results);
    const found = otherwise({ outcome, files: await place.files() }, expected);
    const when = happened ? `after ${results} of ${all} results` : "over before it could happen";
    print(`${round}: ${event.title}, ${when}: ${found ?? "the same files"}`);
    if (found !== undefined) different++;
    await slurm.startNodes();
  }
  return different === 0 ? ExitCode.done : ExitCode.failed;
}

function eventsNamed(names: readonly string[]): readonly ClusterEvent[] {
  const all = allEvents.map(({ name }) => name);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only: ${expectedOneOf(unknown, all)}`);
  return names.length === 0 ? allEvents : allEvents.filter(({ name }) => names.includes(name));
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag}: expected a whole number, found "${text}"`);
}

Deno.exit(await runCommand({ cluster: () => Promise.resolve(cluster) }, ["cluster", ...Deno.args]));
