/**
 * Corpora that are none, through the real command line: one error that names the setting and the file,
 * exit code 2, and nothing written.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cleanClone, settings } from "./clean_clone.ts";

const { folder: clone, outcomes } = await cleanClone();

/** Every file below `folder`. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

/** Writes `content` to a file. */
const file = (content: Uint8Array) => (path: string) => Deno.writeFile(path, content);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const corpora: readonly [string, (path: string) => Promise<unknown>, string][] = [
  ["a program", file(utf8("\x7fELF\x02\x01\x01\0\0")), "expected text, found a NUL at byte 7"],
  [
    "a picture",
    file(Uint8Array.of(0x89, 80, 78, 71, 13, 10)),
    "expected UTF-8 text, found other bytes",
  ],
  [
    "white space alone",
    file(utf8(" \t\r\n".repeat(1000))),
    "expected one document per line, found none",
  ],
  ["nothing", file(utf8("")), "expected one document per line, found none"],
  ["a line of 100 MB", file(new Uint8Array(1e8).fill(97)), "found 0.1, which holds out 0 of 1"],
  ["a folder", (path) => Deno.mkdir(path), "expected a file, found a folder"],
  [
    "a pipe that nobody writes to",
    (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    "expected a file, found a pipe",
  ],
  ["a device without an end", (path) => Deno.symlink("/dev/zero", path), "a device or the like"],
  [
    "a file of a terabyte",
    async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2 ** 40);
    },
    "expected at most 256 MiB, found 1048576 MiB",
  ],
  [
    "more characters than a checkpoint has room for",
    file(
      utf8(Array.from({ length: 2 ** 16 }, (_, i) => String.fromCodePoint(0x20000 + i)).join("\n")),
    ),
    "models.target: expected a model whose checkpoint takes at most 0.5 GiB, found one that takes",
  ],
];

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
for (const [i, [, make]] of corpora.entries()) await make(`${folder}/${i}.txt`);

const before = filesBelow(clone);
const refused = await outcomes(
  "run",
  corpora.map((_, i) => [
    "configs/default.yaml",
    ...settings(`corpus.path=${folder}/${i}.txt`, "decoding.prompts=['']", "report=null"),
    ...settings("models.target.n_embd=256", "models.target.n_head=4"),
  ]),
);
const after = filesBelow(clone);

for (const [i, [name, , message]] of corpora.entries()) {
  Deno.test(`run: a corpus that is ${name}: one message, exit code 2`, () => {
    const { code, stdout, stderr } = refused[i] ?? {};
    assert(stderr !== undefined);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, message);
    assert(stderr.startsWith("error: cannot use configs/default.yaml\n"), stderr);
    assert(stderr.length < 1000 && !/^\s+at /m.test(stderr), "a stack trace is shown");
  });
}

Deno.test("run: a corpus that is refused leaves nothing written", () => {
  assertEquals(after, before);
});
