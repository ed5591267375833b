/**
 * The commands that pages and configs show: their configs load with the changes that they make.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { commands as commandsOf } from "../../main.ts";
import { parseArguments } from "../../src/cli/args.ts";
import { LAUNCH_FLAGS } from "../../src/cli/launch_options.ts";
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
  ["src/runs/README.md", 2],
];

/** The flags of the commands that run or plan configs. */
const flags = {
  values: [...RUN_FLAGS.values, ...LAUNCH_FLAGS.values, "write"],
  lists: [...RUN_FLAGS.lists, ...LAUNCH_FLAGS.lists],
  switches: [...RUN_FLAGS.switches, ...LAUNCH_FLAGS.switches],
} as const;

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
      const parsed = parseArguments(wordsOf(command), flags);
      const changes = parsed.inOrder("set", "add")
        .map(({ flag, value }): Change => flag === "set" ? value : { add: value });
      for (const config of parsed.positional) {
        const experiments = await loadExperiments(`${PROJECT}${config}`, changes);
        assert(experiments.length > 0);
      }
    });
  }
}

Deno.test("src/runs/README.md: its commands exist, and have the flags that it gives them", async () => {
  const text = Deno.readTextFileSync(`${PROJECT}src/runs/README.md`);
  const [blocks, inline] = [/^```\w+\n(.*?)^```/gms, /`(--?[a-z][^`]*)`/g].map((pattern) =>
    [...text.matchAll(pattern)].map(([, found = ""]) => found)
  );
  const helps = new Map<string, string>();
  for (const [name, load] of Object.entries(commandsOf)) helps.set(name, (await load()).help);
  const all = [...helps.values()].join("\n");
  const isIn = (help: string, flag: string): boolean => new RegExp(`${flag}(?![\\w-])`).test(help);
  let count = 0;
  for (const line of (blocks ?? []).flatMap((block) => block.split("\n"))) {
    const [, name, rest = ""] = /deno task (?:-q )?(\w+)(.*)/.exec(line) ?? [];
    if (name === undefined) continue;
    const help = helps.get(name.replace(/:.*/, ""));
    assert(help !== undefined, line);
    for (const [flag] of rest.matchAll(/(?<=\s)--[a-z-]+/g)) assert(isIn(help, flag), line);
    count++;
  }
  assert(count >= 10, `${count}`);
  for (const flag of (inline ?? []).flatMap((text) => text.match(/^--[a-z-]+/) ?? [])) {
    assert(isIn(all, flag), flag);
  }
});
