/**
 * Hostile configs: those of `configs/` with what breaks parsers, checks and memories in them. Each ends
 * in a plan or in one error with its file and place.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import type { Outcome } from "../end_to_end/clean_clone.ts";
import { crash, shapeOf } from "./judge.ts";
import { below, type FaultKind, type Finding, oneOf } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";

/** Memory that a plan may take, MiB: of Deno itself with all modules it is some 200. */
const MOST_MEMORY = 900;

/** Hostile configs. */
export const hostileConfigs: FaultKind = {
  name: "configs",
  title: "hostile configs",
  share: 4,
  async prepare(sandbox) {
    const { folder } = sandbox;
    const texts = [...Deno.readDirSync(`${folder}/configs`)]
      .filter(({ name }) => name.endsWith(".yaml")).map(({ name }) => name).sort()
      .map((name) => Deno.readTextFileSync(`${folder}/configs/${name}`));
    // The same letters in fewer lines, enough to draw prompts from: what a config says is the point here.
    const names = `${folder}/configs/data/names.txt`;
    const some = Deno.readTextFileSync(names).split("\n").slice(0, 2000);
    await Deno.writeTextFile(names, `${some.join("\n")}\n`);
    return (random) => planHostile(sandbox, texts, random);
  },
};

const FILE = "configs/hostile.yaml";

async function planHostile(
  sandbox: Sandbox,
  texts: readonly string[],
  random: RandomStream,
): Promise<Finding> {
  let text = oneOf(texts, random);
  const names: string[] = [];
  for (let i = 1 + below(3, random); i > 0; i--) {
    const [name, change] = oneOf(CHANGES, random);
    names.push(name);
    text = change(text, random);
  }
  await Deno.writeFile(`${sandbox.folder}/${FILE}`, bytesOf(text, random));
  const overrides = random.next() < 0.2
    ? ["--set", `${oneOf(pathsIn(text), random)}=${oneOf(VALUES, random)}`]
    : [];
  const fault = overrides.length > 0 ? "a config and a --set" : "a config";
  await sandbox.server.resetPeak();
  const outcome = await sandbox.call("plan", FILE, ...overrides);
  const peak = await sandbox.server.peak();
  const said = `${outcome.code} ${shapeOfProblem(outcome)}`;
  const problem = crash(outcome) ?? misplaced(outcome) ??
    (peak > MOST_MEMORY ? `it took ${Math.round(peak)} MiB` : undefined);
  if (problem !== undefined) {
    const details = [names.join(", "), ...overrides, problem, text.slice(0, 3000)].join("\n");
    return { fault, end: "lost", said, details };
  }
  return { fault, end: outcome.code === 0 ? "survived" : "named", said };
}

/** What an error lacks: file and place, or an end. */
function misplaced({ code, stderr }: Outcome): string | undefined {
  if (code === 0) return undefined;
  if (code !== 2) return `exit code ${code}: ${stderr}`;
  if (stderr.length > 20_000) {
    return `an error of ${stderr.length} characters: ${stderr.slice(0, 300)}`;
  }
  const isPlaced = stderr.includes(FILE) || /\w+\.yaml:\d+:\d+: /.test(stderr) ||
    stderr.includes("--set");
  return isPlaced ? undefined : `no place: ${stderr}`;
}

/** What the first problem of a message says, whichever setting it is about. */
function shapeOfProblem({ stderr }: Outcome): string {
  const [first = "", second = ""] = stderr.trim().split("\n");
  const problem = second === "" ? first : second;
  const expected = problem.indexOf(": expected ");
  const said = expected < 0 ? problem : problem.slice(expected + 2).replace(/, found .*/, "");
  return shapeOf(said).split(" ").slice(0, 6).join(" ");
}

type Change = (text: string, random: RandomStream) => string;

const at = (text: string, random: RandomStream): number => below(text.length + 1, random);

/** Replaces the value after a colon, or an item of a list. */
function withValue(text: string, value: string, random: RandomStream): string {
  const values = [...text.matchAll(/(?<=: |- |\[|, )[^\s{}[\],#][^{}[\],#\n]*/g)];
  if (values.length === 0) return text + value;
  const { index, 0: old } = oneOf(values, random);
  return text.slice(0, index) + value + text.slice(index + old.length);
}

function withLines(text: string, change: (lines: string[], random: RandomStream) => void): Change {
  return (_, random) => {
    const lines = text.split("\n");
    change(lines, random);
    return lines.join("\n");
  };
}

/** Changes of a text, by name. */
const CHANGES: readonly [string, Change][] = [
  [
    "a character",
    (text, random) => {
      const i = at(text, random);
      return text.slice(0, i) + String.fromCharCode(below(0x180, random)) + text.slice(i + 1);
    },
  ],
  [
    "characters taken out",
    (text, random) => {
      const i = at(text, random);
      return text.slice(0, i) + text.slice(i + 1 + below(20, random));
    },
  ],
  [
    "hostile text put in",
    (text, random) => {
      const i = at(text, random);
      return text.slice(0, i) + oneOf(TEXTS, random) + text.slice(i);
    },
  ],
  ["another value", (text, random) => withValue(text, oneOf(VALUES, random), random)],
  ["another value", (text, random) => withValue(text, oneOf(VALUES, random), random)],
  ["a list for a value", (text, random) => withValue(text, "[1, a, null, [2]]", random)],
  ["a map for a value", (text, random) => withValue(text, "{ a: 1, __proto__: 2 }", random)],
  ["a number", (text, random) => withValue(text, hostileNumber(random), random)],
  ["a number", (text, random) => withValue(text, hostileNumber(random), random)],
  ["deep nesting", (text, random) => withValue(text, deep(random), random)],
  ["a long value", (text, random) => withValue(text, "x".repeat(10 ** below(6, random)), random)],
  [
    "a line twice",
    (text, random) =>
      withLines(
        text,
        (lines) => lines.splice(below(lines.length, random), 0, oneOf(lines, random)),
      )(
        text,
        random,
      ),
  ],
  [
    "a line taken out",
    (text, random) =>
      withLines(text, (lines) => lines.splice(below(lines.length, random), 1))(text, random),
  ],
  [
    "another indent",
    (text, random) =>
      withLines(text, (lines) => {
        const i = below(lines.length, random);
        lines[i] = " ".repeat(below(8, random)) + (lines[i] ?? "").trimStart();
      })(text, random),
  ],
  ["cut off", (text, random) => text.slice(0, at(text, random))],
  ["twice", (text) => `${text}\n${text}`],
  [
    "a path",
    (text, random) => text.replace(/path: \S+/, `path: ${oneOf(PATHS, random)}`),
  ],
  ["extends", (text, random) => `extends: ${oneOf(PATHS, random)}\n${text}`],
];

function hostileNumber(random: RandomStream): string {
  return oneOf([
    ...["0", "-1", "1e308", "1e999", "-0", ".inf", "-.inf", ".nan", "1e-320", "0x7fffffff"],
    ...["9007199254740993", "123456789012345678901234567890", "2147483648", "4294967296", "0.1"],
    `${below(100_000, random)}`,
    `${10 ** below(16, random)}`,
    `${random.next()}`,
  ], random);
}

function deep(random: RandomStream): string {
  const depth = 10 ** (1 + below(5, random));
  return oneOf([
    "[".repeat(depth) + "]".repeat(depth),
    "{ a: ".repeat(depth) + "1" + " }".repeat(depth),
    "[".repeat(depth),
    "- ".repeat(depth),
  ], random);
}

/** Values that a setting should not have, or hardly. */
const VALUES: readonly string[] = [
  ..."null|~|true|no|''|[]|{}|a|1..8|1..1e9|0..1:1e-9|8..1|..|1..1e6|[1..1000, 1..1000]".split("|"),
  ...'[1, 2, 3]|[[1]]|!!binary aGk=|!foo x|&a 1|*a|2020-01-01|1:30|0o17|1_000|"\\u0000"|é'.split(
    "|",
  ),
  ..."\"\\ud800\"|'\u202e'|日本語|../x|/|.|con|__proto__|constructor|toString|greedy|sample".split(
    "|",
  ),
  ..."$" + "{HF_TOKEN}|http://127.0.0.1:1/x|http://u:p@h/x?token=1|file:///etc/passwd".split("|"),
];

/** Texts that YAML, JavaScript and terminals trip over. */
const TEXTS: readonly string[] = [
  ..."\t|\0|\r|\ufeff|\u2028|\u0085|{|}|[|]|&|*|!|%|@|`|'|\"|#|,|?|:|-|<|\\|\x1b]52;c;aGk=\x07"
    .split("|"),
  ..."? |: |- |<<: *a|<<: { seed: 2 }|&a [*a, *a]|---\n|...\n|%YAML 1.1\n---\n|zip: [[seed, seed]]\n"
    .split("|"),
  "|\n",
  ">-\n",
  "__proto__: { polluted: 1 }\n",
  "constructor: { prototype: 1 }\n",
  "seed: 1\nseed: 2\n",
  "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n" +
  "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d]\n",
];

/** Paths of what is no corpus and no config. */
const PATHS: readonly string[] = [
  ...["/dev/zero", "/dev/stdin", "/dev/null", "/proc/self/mem", "/proc/self/environ", "/", "."],
  ...["/etc/passwd", "/etc/shadow", "hostile.yaml", "schema.json", "nope.yaml", "../deno.json"],
  ...["data/names.txt", "../src/model/simd/kernels/kernels.wasm", "default.yaml", "project:", "''"],
];

/** Paths of settings in a text, roughly. */
function pathsIn(text: string): readonly string[] {
  const keys = [...text.matchAll(/(\w+):/g)].map(([, key = ""]) => key);
  return ["seed", "models.target.n_embd", "decoding.samples", "corpus.path", "x", ...keys];
}

/** The text as UTF-8, and now and then as something else. */
function bytesOf(text: string, random: RandomStream): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const encoding = below(60, random);
  if (encoding > 2) return bytes;
  if (encoding === 0) return Uint8Array.from(text, (character) => character.charCodeAt(0));
  const wide = new Uint8Array(
    new Uint16Array([0xfeff, ...Array.from(text, (c) => c.charCodeAt(0))])
      .buffer,
  );
  return encoding === 1 ? wide : bytes.map((byte, i) => i % 97 === 0 ? 255 : byte);
}
