/**
 * Another checkout of this program, such as the code before a change, measured in turn with this one: its
 * engine in a process of its own, by its own code.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { basename, fromFileUrl, join, resolve } from "@std/path";
import { UsageError } from "../../src/cli/command.ts";
import type { Duration } from "../../src/stages/interleaved_rounds.ts";
import { Peer } from "./peer.ts";
import { measureIn } from "./peers.ts";
import type { Row } from "./rows.ts";
import type { Work } from "./work.ts";

/** Another checkout, its engine started. */
export interface Before {
  /** Its root. */
  readonly root: string;
  /** The name of its folder, and its revision where that is known. */
  readonly name: string;
  /** Its engine. */
  readonly peer: Peer;
}

/**
 * The root that `--against` names; throws a `UsageError` if there is no checkout with a bench.
 */
export function checkoutAt(folder: string): string {
  const root = resolve(folder);
  for (const file of ["deno.json", "tests/bench/engine.ts", "tests/bench/work.ts"]) {
    try {
      Deno.statSync(join(root, file));
    } catch {
      throw new UsageError(
        `expected a checkout of microbeam after --against, found no ${file} in "${folder}"`,
      );
    }
  }
  return root;
}

/**
 * The revision of the checkout at `root`, and when it came there: from the last line of its log of git;
 * without one, the topmost version of its CHANGELOG.md.
 */
export function revisionOf(root: string): string | undefined {
  const folder = join(root, ".git");
  // In a worktree, `.git` is a file that names its folder.
  const [, named = folder] = /^gitdir: (.*)$/m.exec(textOf(folder) ?? "") ?? [];
  const last = textOf(join(resolve(root, named), "logs", "HEAD"))?.trimEnd().split("\n").at(-1);
  const [, hash, seconds] = /^[0-9a-f]+ ([0-9a-f]{7,}) .*> (\d{1,10}) [-+]\d{4}(?:\t|$)/.exec(
    last ?? "",
  ) ?? [];
  if (hash !== undefined) {
    const day = new Date(1000 * Number(seconds)).toISOString().slice(0, 10);
    return `revision ${hash.slice(0, 7)}, there since ${day}`;
  }
  return /^## (.+)$/m.exec(textOf(join(root, "CHANGELOG.md")) ?? "")?.[1];
}

/** The text of `file`, if it is one that can be read. */
function textOf(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return undefined;
  }
}

/** Starts the engine of the checkout at `root`. To be closed. */
export async function startBefore(root: string): Promise<Before> {
  const script = fromFileUrl(new URL("./against_peer.ts", import.meta.url));
  const config = join(root, "tests", "deno.json");
  const args = ["run", "-q", "--no-prompt", "--allow-read", "--config", config, script, root];
  const revision = revisionOf(root);
  const name = [basename(root), ...revision === undefined ? [] : [revision]].join(": ");
  return { root, name, peer: await Peer.start({ program: "deno", args }) };
}

/** What measures `work` in another checkout, with one thread and with all, where that has the same work. */
export async function measuresBefore(
  before: Before | undefined,
  work: Work,
  threads: readonly number[],
  value: (duration: Duration) => number,
): Promise<Pick<Row, "before">> {
  if (before === undefined) return {};
  const { peer } = before;
  const measures = [];
  for (const count of threads) {
    const prepare = `${work.name}, ${count}`;
    const { has } = await peer.ask({ prepare, item: work, threads: count });
    if (has !== true) return {};
    measures.push(async (seconds: number) => value(await measureIn(peer, prepare, seconds)));
  }
  const [engine, allCores] = measures;
  if (engine === undefined) return {};
  return { before: { engine, ...allCores === undefined ? {} : { allCores } } };
}
