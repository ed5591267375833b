// @ts-types="../declarations/assert.d.ts"
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Corpus, loadCorpus } from "../../src/data/corpus.ts";
import { CorpusError, parseDocuments } from "../../src/data/corpus_text.ts";
import { inFolder } from "../temporary_folder.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const texts: readonly [string, string, string[]][] = [
  ["LF", "ab\ncd\n", ["ab", "cd"]],
  ["CRLF", "ab\r\ncd\r\n", ["ab", "cd"]],
  ["CR alone", "ab\rcd", ["ab", "cd"]],
  ["no last newline", "ab\ncd", ["ab", "cd"]],
  ["blank lines and lines of white space", "\n\nab\n \t\ncd\n\n", ["ab", "cd"]],
  ["white space around documents, not inside", "  ab c \n\td", ["ab c", "d"]],
  ["what Python strips and JavaScript would not", "\x1cab\x1f\n\x85\nc\x1cd", ["ab", "c\x1cd"]],
  ["a byte order mark", "\uFEFFab\ncd", ["ab", "cd"]],
  ["letters beyond ASCII", "zoë\nΩμέγα\n😀x", ["zoë", "Ωμέγα", "😀x"]],
];

for (const [name, text, documents] of texts) {
  Deno.test(`parseDocuments: ${name}`, () => {
    assertEquals([...parseDocuments("c.txt", utf8(text))], documents);
  });
}

/** A text in UTF-16. */
function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), isLittleEndian);
  return bytes;
}

const refused: readonly [string, Uint8Array, string][] = [
  ["an empty file", utf8(""), "c.txt: expected one document per line, found none"],
  ["blank lines alone", utf8("\n \r\n\t"), "found none"],
  ["a NUL", utf8("ab\nc\0d"), "found a NUL at byte 4"],
  [
    "UTF-16 with a byte order mark",
    utf16("\uFEFF日本", true),
    "expected UTF-8 text, found UTF-16; convert it, such as with: iconv -f UTF-16 -t UTF-8",
  ],
  ["UTF-16 with a mark, big-endian", utf16("\uFEFFab", false), "found UTF-16;"],
  ["UTF-16 without a mark", utf16("ann\r\nbob 日本\r\n", true), "found UTF-16LE;"],
  ["UTF-16 without a mark, big-endian", utf16("ann\nbob\n", false), "found UTF-16BE;"],
  ["bytes that are not UTF-8", Uint8Array.of(97, 10, 98, 10, 0xff, 10), "other bytes on line 3"],
  ["a letter cut off at the end", utf8("ab\né").slice(0, -1), "other bytes on line 2"],
];

for (const [name, bytes, message] of refused) {
  Deno.test(`parseDocuments: ${name} is refused`, () => {
    assertThrows(() => parseDocuments("c.txt", bytes), CorpusError, message);
  });
}

const plain = ({ documents, sha256 }: Corpus) => ({ documents: [...documents], sha256 });
const ABC = "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"; // "abc\n"

Deno.test("loadCorpus: a path gives its documents and digest", () =>
  inFolder(async (folder) => {
    const path = `${folder}/c.txt`;
    await Deno.writeTextFile(path, "abc\n");
    assertEquals(plain(await loadCorpus({ path })), { documents: ["abc"], sha256: ABC });
    assertEquals((await loadCorpus({ path, sha256: ABC })).sha256, ABC);
  }));

Deno.test("loadCorpus: a file with another digest is refused, and both digests are named", () =>
  inFolder(async (folder) => {
    const path = `${folder}/c.txt`;
    await Deno.writeTextFile(path, "abcd\n");
    const error = await assertRejects(() => loadCorpus({ path, sha256: ABC }), CorpusError);
    assertStringIncludes(error.message, `expected SHA-256 ${ABC}, found `);
  }));

Deno.test("loadCorpus: a file that is not there is named", async () => {
  await assertRejects(
    () => loadCorpus({ path: "/nowhere/c.txt" }),
    CorpusError,
    "/nowhere/c.txt: there is no such file",
  );
});

/** Serves `answer` while `action` runs. */
async function serving(
  answer: () => Response,
  action: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  try {
    await action(`http://127.0.0.1:${server.addr.port}/c.txt`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("loadCorpus: a URL is downloaded once, verified, and then read from the cache", () =>
  inFolder(async (cacheFolder) => {
    let requests = 0;
    const answer = (): Response => {
      requests++;
      return new Response("abc\n");
    };
    await serving(answer, async (url) => {
      for (let i = 0; i < 3; i++) {
        const corpus = await loadCorpus({ url, sha256: ABC, cacheFolder });
        assertEquals(plain(corpus), { documents: ["abc"], sha256: ABC });
      }
    });
    assertEquals(requests, 1);
    assertEquals(Array.from(Deno.readDirSync(cacheFolder), ({ name }) => name), [`${ABC}.txt`]);
  }));

const byHand = (folder: string): string =>
  `put the file with SHA-256 ${ABC} at ${folder}/${ABC}.txt`;

const failures: readonly [string, () => Response, string][] = [
  ["another digest", () => new Response("changed\n"), `expected SHA-256 ${ABC}, found `],
  ["an error", () => new Response("no", { status: 404 }), "the server answered 404"],
];

for (const [name, answer, message] of failures) {
  Deno.test(`loadCorpus: a download with ${name} is refused, not kept, and can be done by hand`, () =>
    inFolder(async (cacheFolder) => {
      await serving(answer, async (url) => {
        const load = () => loadCorpus({ url, sha256: ABC, cacheFolder });
        const error = await assertRejects(load, CorpusError, message);
        assertStringIncludes(error.message, byHand(cacheFolder));
      });
      assertEquals([...Deno.readDirSync(cacheFolder)], []);
    }));
}

Deno.test("loadCorpus: without a network the error says which file to put where", () =>
  inFolder(async (cacheFolder) => {
    let url = "";
    await serving(() => new Response(), (running) => Promise.resolve(void (url = running)));
    const load = () => loadCorpus({ url, sha256: ABC, cacheFolder });
    const error = await assertRejects(load, CorpusError, `cannot download the corpus ${url}`);
    assertStringIncludes(error.message, byHand(cacheFolder));
    await Deno.writeTextFile(`${cacheFolder}/${ABC}.txt`, "abc\n");
    assertEquals([...(await load()).documents], ["abc"]);
  }));

Deno.test("loadCorpus: the cache's folder is made where there is none", () =>
  inFolder(async (folder) => {
    const cacheFolder = `${folder}/cache/corpora`;
    await serving(
      () => new Response("abc\n"),
      async (url) => void await loadCorpus({ url, sha256: ABC, cacheFolder }),
    );
    assert((await Deno.stat(`${cacheFolder}/${ABC}.txt`)).isFile);
  }));

Deno.test("loadCorpus: a file in the cache that was changed is refused", () =>
  inFolder(async (cacheFolder) => {
    await Deno.writeTextFile(`${cacheFolder}/${ABC}.txt`, "abcd\n");
    const load = () => loadCorpus({ url: "http://127.0.0.1:1/c.txt", sha256: ABC, cacheFolder });
    await assertRejects(load, CorpusError, `expected SHA-256 ${ABC}, found `);
  }));

Deno.test("loadCorpus: a folder is not said to be missing", () =>
  inFolder(async (path) => {
    const error = await assertRejects(
      () => loadCorpus({ path }),
      CorpusError,
      `cannot read the corpus ${path}: `,
    );
    assert(!error.message.includes("there is no such file"));
  }));
