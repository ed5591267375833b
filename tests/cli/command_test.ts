// deno-lint-ignore-file no-console -- what a command prints is what is tested here
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Command, runCommand } from "../../src/cli/command.ts";
import { LinkedPathError } from "../../src/files/inside.ts";
import { ListingError } from "../../src/files/listing.ts";
import { StoreError } from "../../src/store/read_stored.ts";
import { CheckpointError } from "../../src/train/checkpoint.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line of which the only command, `try`, does `action`. */
async function outcome(
  args: readonly string[],
  action: () => Promise<number> = () => Promise.resolve(0),
): Promise<Outcome> {
  const command: Command = { summary: "Try", help: "how to try", run: action };
  const { log, error } = console;
  let [stdout, stderr] = ["", ""];
  console.log = (text: string) => stdout += `${text}\n`;
  console.error = (text: string) => stderr += `${text}\n`;
  try {
    const code = await runCommand({ try: () => Promise.resolve(command) }, args);
    return { code, stdout, stderr };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("runCommand: a bug exits with 1, asks to be reported and shows its stack", async () => {
  const { code, stderr } = await outcome(["try"], () => Promise.reject(new TypeError("x is none")));
  assertEquals(code, 1);
  assertMatch(stderr, /this is a bug in microbeam[^]*TypeError: x is none\n\s+at /);
});

const ofTheMachine: readonly Error[] = [
  new Error("Input/output error (os error 5)"),
  new Error("Too many open files (os error 24): open 'a'"),
  new ListingError("cannot list the folder a: Stale file handle (os error 116)"),
  new StoreError("cannot read a: Too many open files (os error 24)"),
  new LinkedPathError("expected a file or folder of its own at a, found a symbolic link"),
];
for (const thrown of ofTheMachine) {
  Deno.test(`runCommand: "${thrown.message}" exits with 1 and shows no stack`, async () => {
    const { code, stderr } = await outcome(["try"], () => Promise.reject(thrown));
    assertEquals({ code, stderr }, { code: 1, stderr: `error: ${thrown.message}\n` });
  });
}

Deno.test("runCommand: a damaged checkpoint exits with 2 and shows no stack", async () => {
  const { code, stderr } = await outcome(["try"], () => Promise.reject(new CheckpointError("cut")));
  assertEquals(code, 2);
  assert(stderr.endsWith(": cut\n") && !/^\s+at /m.test(stderr), stderr);
});

Deno.test("runCommand: the version, the commands, and the help of one", async () => {
  assertMatch((await outcome(["--version"])).stdout, /^microbeam \d+\.\d+\.\d+\n$/);
  const overview = await outcome(["--help"]);
  assertMatch(overview.stdout, /^ {2}deno task try +Try$/m);
  assertEquals(overview.code, 0);
  assertEquals(await outcome([]), { ...overview, code: 2 });
  const help = { code: 0, stdout: "how to try\n", stderr: "" };
  assertEquals(await outcome(["try", "--help"]), help);
  assertEquals(await outcome(["try", "--wrong", "x", "-h"]), help);
});

Deno.test("runCommand: arguments after -- are not flags", async () => {
  const action = () => Promise.resolve(7);
  assertEquals((await outcome(["try", "--", "--help", "--version", "-h"], action)).code, 7);
});
