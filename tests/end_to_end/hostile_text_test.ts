/**
 * What a terminal would obey, in every place where a text comes from outside: nothing of it is printed
 * as it is.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { escapeControl, escapeJson, escapeLines } from "../../src/text/characters.ts";
import { cleanClone, type Outcome, settings, tiny } from "./clean_clone.ts";
import { hasTerminal, onTerminal } from "./on_terminal.ts";

/** Sets the clipboard; then DEL, a C1 escape, an override of direction and a line of its own. */
const EVIL = "\x1b]52;c;ZXZpbA==\x07\x7f\x9b31m\u202e\u2066\u2028\nerror: all is well";
const SAID = "\\u{1b}]52;c;ZXZpbA==";

const { folder, task, outcomes } = await cleanClone();

function write(name: string, text: string): string {
  Deno.writeTextFileSync(`${folder}/${name}`, text);
  return name;
}

/** Asserts that nothing of EVIL is printed but as words. */
function assertHarmless({ stdout, stderr }: Outcome): void {
  for (const printed of [stdout, stderr]) {
    assertEquals(printed, escapeLines(printed));
    assert(!/^error: all is well/m.test(printed), printed);
  }
}

/** As YAML, which forbids what is not printable but as escapes. */
const quoted = escapeJson(JSON.stringify(EVIL));
const urlCorpus = `{ path: null, url: ${
  escapeJson(JSON.stringify(`http://127.0.0.1:9/${EVIL}`))
}, sha256: "${"0".repeat(64)}" }`;
const rest = "extends: configs/default.yaml";

const places: readonly [place: string, args: readonly string[]][] = [
  ["the path of a config", ["run", `${EVIL}.yaml`]],
  ["a config's extends", ["run", write("extends.yaml", `extends: ${quoted}\n`)]],
  ["a config's key", ["run", write("key.yaml", `${rest}\n${quoted}: 1\n`)]],
  ["a config's value", ["run", write("value.yaml", `${rest}\nengine: ${quoted}\n`)]],
  ["a config's name", ["run", write("name.yaml", `${rest}\nname: ${quoted}\n`)]],
  ["the path of a corpus", ["run", write("path.yaml", `${rest}\ncorpus: { path: ${quoted} }\n`)]],
  ["the URL of a corpus", ["run", write("url.yaml", `${rest}\ncorpus: ${urlCorpus}\n`)]],
  [
    "a strategy's name",
    ["run", write("cell.yaml", `${rest}\ndecoding: { strategies: [{ strategy: ${quoted} }] }\n`)],
  ],
  ["a prompt", [
    "run",
    write(
      "prompt.yaml",
      `${rest}\ndecoding: { prompts: [${quoted}] }\nreport: { compare_prompts: [${quoted}] }\n`,
    ),
  ]],
  ["a flag", ["run", `--${EVIL.replaceAll("=", "")}`]],
  ["a flag's value", ["run", "configs/default.yaml", "--workers", EVIL]],
  ["a folder", ["run", "configs/default.yaml", "--dry-run", "--output", `outputs/${EVIL}`]],
  ["--set", ["run", "configs/default.yaml", "--set", EVIL]],
  ["a run", ["diff", EVIL, "outputs"]],
  ["a revision", ["diff", `.@${EVIL}`]],
  ["a tolerance", ["diff", "a", "b", "--tolerance", EVIL]],
  ["a run of cells", ["compare", EVIL, "--cells", "*"]],
  ["a cell of another run", ["compare", ".", "--cells", `${EVIL}:*`]],
  ["the run to sample from", ["sample", EVIL]],
  ["the file of a plan", ["run", "--plan", EVIL]],
];

Deno.test("main.ts: nothing that a terminal obeys is printed from a path, a config or an argument", async (t) => {
  for (const command of ["run", "diff", "compare", "sample"]) {
    const own = places.filter(([, [first]]) => first === command);
    const ended = await outcomes(command, own.map(([, args]) => args.slice(1)));
    for (const [i, [place]] of own.entries()) {
      await t.step(place, () => {
        const outcome = ended[i] ?? { code: 0, stdout: "", stderr: "" };
        assertHarmless(outcome);
        // Of a URL that may hide a password nothing is shown at all.
        const isShown = place !== "the URL of a corpus";
        const printed = outcome.stdout + outcome.stderr;
        assertEquals(/\\u(\{1b\}|001b)\]52;c;/.test(printed), isShown, printed);
      });
    }
  }
});

Deno.test("main.ts: nothing that a terminal obeys is printed from a corpus, by any command", async () => {
  const documents = Array.from({ length: 12 }, (_, i) => `a${EVIL.split("\u2028")[0]}${i}`);
  write("evil.txt", documents.join("\n"));
  write(
    "configs/evil.yaml",
    `extends: default.yaml
corpus: { path: ../evil.txt, held_out: 0 }
models: { block_size: 64 }
decoding: { prompts: ["\\e]52", "a\\e"] }
report: { compare_prompts: ["a\\e"] }
`,
  );
  const run = (name: string, ...more: string[]): Promise<Outcome> =>
    task("run", "configs/evil.yaml", ...tiny.slice(4), ...settings(`name=${name}`, ...more));
  const ran = await run("evil");
  assertEquals(ran.code, 0, ran.stderr);
  const other = await run("other", "seed=3");
  const sampled = await task("sample", "outputs/evil", "--prompt", "\x1b]52", "--verbose");
  const json = await task("sample", "outputs/evil", "--prompt", "\x1b]52", "--json");
  const compared = await task("diff", "outputs/evil", "outputs/other", "--all");
  const cells = await task(
    "compare",
    "outputs/evil",
    "outputs/other",
    "--cells",
    "*",
    "--by",
    "run",
  );
  const codes = [sampled, json, compared, cells].map(({ code }) => code);
  assertEquals(codes, [0, 0, 1, 0], sampled.stderr + cells.stderr);
  for (const outcome of [ran, other, sampled, json, compared, cells]) assertHarmless(outcome);
  assertStringIncludes(sampled.stdout, "\\u{1b}]52");
  assertEquals(JSON.parse(json.stdout).samples[0].prompt, "\x1b]52");
});

Deno.test({
  name: "main.ts: on a terminal the program's own colours are all that it is told",
  ignore: !hasTerminal,
  async fn() {
    const { shown } = await onTerminal(80, ["task", "-q", "run", `${EVIL}.yaml`], { cwd: folder });
    assertStringIncludes(shown, "\x1b[31m");
    assertStringIncludes(shown, SAID);
    const own = ["\x1b[31m", "\x1b[39m", "\x1b[1m", "\x1b[22m", "\r\n"];
    const foreign = own.reduce((text, one) => text.replaceAll(one, ""), shown);
    assertEquals(foreign, escapeControl(foreign));
  },
});
