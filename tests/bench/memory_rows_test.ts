// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, join } from "@std/path";
import { inFolder } from "../temporary_folder.ts";
import { writeCorpus } from "./memory_rows.ts";
import { outputOf, PROJECT } from "./project_process.ts";

const probe = fromFileUrl(new URL("./memory_probe.ts", import.meta.url));

/** The peak that the probe prints, MB. */
async function peak(...args: string[]): Promise<number> {
  const command = ["run", "-q", "--config", "tests/deno.json", "-P=bench", probe, ...args];
  return Number(await outputOf(command, { checkout: PROJECT })) / 1e6;
}

Deno.test("memory_probe.ts: a corpus takes more than nothing does, whatever this process has (at least its bytes)", () =>
  inFolder(async (folder) => {
    // Much more than a process that does nothing: the system would count it, if this one were the parent.
    const ballast = new Uint8Array(200e6).fill(1);
    const corpus = join(folder, "corpus.txt");
    await writeCorpus(corpus, 5e6);
    const [nothing, read] = [await peak("nothing"), await peak("corpus", corpus)];
    assert(nothing < 150 && nothing < ballast.length / 1e6, `${nothing} MB`);
    assert(read > nothing + 5, `${read} MB`);
  }));

Deno.test("writeCorpus(): writes so many bytes, in lines that hardly come twice", () =>
  inFolder(async (folder) => {
    const corpus = join(folder, "corpus.txt");
    await writeCorpus(corpus, 2_000_000);
    const text = await Deno.readTextFile(corpus);
    assertEquals(text.length, 2_000_000);
    const lines = text.split("\n");
    assert(new Set(lines).size > 0.999 * lines.length);
  }));
