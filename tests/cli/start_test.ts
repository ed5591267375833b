/**
 * How microbeam starts: on an older Deno, and without the permissions of a task.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl } from "@std/path";
import { versionProblem } from "../../main.ts";
import { hasTerminal, onTerminal } from "../end_to_end/on_terminal.ts";

const versions: readonly [string, boolean][] = [
  ["1.46.3", false],
  ["2.6.8", false],
  ["2.7.0", true],
  ["2.10.0-rc.1+ab12", true],
  ["3.0.0", true],
];

for (const [version, isFine] of versions) {
  Deno.test(`versionProblem: Deno ${version} is ${isFine ? "fine" : "refused"}`, () => {
    const expected =
      `expected Deno 2.7 or newer, found ${version}; try: deno upgrade, or npx -y deno@latest task ` +
      "run configs/default.yaml";
    assertEquals(versionProblem(version), isFine ? undefined : expected);
  });
}

const starts: readonly [flags: string[], args: string, expected: string][] = [
  [[], "run configs/default.yaml", "(read, write, env); try: deno task run configs/default.yaml"],
  [["--allow-read", "--allow-env"], "plan x", "(write); try: deno task plan x"],
  [["--allow-read", "--allow-env"], "diff a b", "(run); try: deno task diff a b"],
  [["--allow-read", "--allow-env"], "compare a", "(run); try: deno task compare a"],
];

for (const [flags, args, expected] of starts) {
  Deno.test(`main.ts: deno run ${[...flags, "main.ts", args].join(" ")} names the task`, async () => {
    const command = new Deno.Command("deno", {
      args: ["run", "-q", "--no-prompt", ...flags, "main.ts", ...args.split(" ")],
      cwd: new URL("../../", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "null",
    });
    const { code, stdout, stderr } = await command.output();
    const printed = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const message = `error: cannot start without the permissions of the task ${expected}\n`;
    assertEquals({ code, printed }, { code: 2, printed: ["", message] });
  });
}

Deno.test({
  name: "main.ts: on a terminal, too, a start without permissions asks for none",
  ignore: !hasTerminal,
  fn: async () => {
    const cwd = fromFileUrl(new URL("../../", import.meta.url));
    const args = ["run", "-q", "main.ts", "run", "configs/default.yaml"];
    const { code, shown } = await onTerminal(100, args, { cwd, env: { NO_COLOR: "1" } });
    assertEquals(code, 2, shown);
    assertStringIncludes(shown, "error: cannot start without the permissions of the task ");
  },
});
