/**
 * The commands that pages and configs show: their configs load with the changes that they make.
 *
 * @module
 */
// @ts-types="../../src/declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { parseArguments } from "../../src/cli/args.ts";
import { RUN_FLAGS } from "../../src/cli/requested_runs.ts";
import type { Change } from "../../src/config/override.ts";
import { loadExperiments } from "../../src/config/experiment.ts";
// @ts-types="../declarations/assert.d.ts"
import { assert } from "@std/assert";

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

const pages: readonly [page: string, leastCommands: number][] = [
  ["configs/README.md", 5],
  ["configs/default.yaml", 1],
  ["outputs/README.md", 1],
  ["README.md", 5],
];

/** The commands of `text` that run or plan a config of the project, without `deno task run`. */
function commandsIn(text: string): string[] {
  const lines = text.matchAll(/^(?:\$ |#\s+)?deno task (?:run|plan) (configs\/[^|\n]*)/gm);
  const inline = text.matchAll(/`deno task (?:run|plan) (configs\/[^`|]*)`/g);
  return [...lines, ...inline].map(([, command = ""]) => command.trim())
    .filter((command) => !command.startsWith("configs/NAME.yaml"));
}

/** The arguments of a command, as a shell divides it. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

for (const [page, least] of pages) {
  const commands = commandsIn(Deno.readTextFileSync(`${PROJECT}${page}`));
  Deno.test(`${page}: shows commands that run or plan a config (at least ${least})`, () =>
    assert(commands.length >= least, `${commands.length}`));
  for (const command of commands) {
    Deno.test(`${page}: ${command}: loads`, async () => {
      const parsed = parseArguments(wordsOf(command), RUN_FLAGS);
      const changes = parsed.inOrder("set", "add")
        .map(({ flag, value }): Change => flag === "set" ? value : { add: value });
      for (const config of parsed.positional) {
        const experiments = await loadExperiments(`${PROJECT}${config}`, changes);
        assert(experiments.length > 0);
      }
    });
  }
}
