/**
 * The engine of another checkout, by that checkout's own bench: a process that stays, which is run with
 * that checkout's packages. Its argument is the root. Beside its own folder it reads two files of this
 * checkout, which name no package.
 *
 *     {"prepare": "name", "item": {…}, "threads": n}   →  {"has": …}    whether it has the same work
 *     {"measure": "name", "seconds": s}                →  {"count": …, "seconds": …}
 *
 * @module
 */
import { repeat } from "../../src/stages/interleaved_rounds.ts";
import { linesOf } from "./lines.ts";
import type { BenchCorpus, Work } from "./work.ts";

/** What is used of the other checkout's `engine.ts` and `work.ts`. */
interface OtherBench {
  engineWork(work: Work, threads: number): () => number;
  benchCorpus(): Promise<BenchCorpus>;
  trainingWorks(corpus: BenchCorpus): Work[];
  decodingWorks(corpus: BenchCorpus): Work[];
}

/** The requests. */
interface Request {
  readonly prepare?: string;
  readonly item?: Work;
  readonly threads?: number;
  readonly measure?: string;
  readonly seconds?: number;
}

const [root = ""] = Deno.args;
const bench = new URL(`file://${root}/tests/bench/`);
const { engineWork }: OtherBench = await import(new URL("engine.ts", bench).href);
const works: OtherBench = await import(new URL("work.ts", bench).href);
const corpus = await works.benchCorpus();
const known = [...works.trainingWorks(corpus), ...works.decodingWorks(corpus)];
const ready = new Map<string, () => number>();

// deno-lint-ignore no-console
const say = (message: object): void => console.log(JSON.stringify(message));
say({ name: "another checkout", version: root, threads: 0 });
for await (const line of linesOf(Deno.stdin.readable)) say(answer(JSON.parse(line)));
Deno.exit();

function answer({ prepare, item, threads = 1, measure, seconds = 0 }: Request): object {
  if (prepare !== undefined && item !== undefined) {
    const same = known.find((work) => work.name === item.name && textOf(work) === textOf(item));
    if (same === undefined) return { has: false };
    ready.set(prepare, engineWork(same, threads));
    return { has: true };
  }
  const work = ready.get(measure ?? "");
  if (work === undefined) throw new RangeError(`Cannot measure "${measure}": it is not ready`);
  return repeat(work, seconds);
}

/** Everything that makes two works the same, but the class of their stop tokens. */
function textOf(work: Work): string {
  return JSON.stringify({ ...work, stops: undefined });
}
