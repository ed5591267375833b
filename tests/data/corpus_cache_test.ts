// @ts-types="../declarations/assert.d.ts"
import { assert, assertRejects } from "@std/assert";
import { CorpusError, loadCorpus } from "../../src/data/corpus.ts";
import { inFolder } from "../temporary_folder.ts";
const ABC = "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb";
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
