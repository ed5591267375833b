/**
 * Where results are kept: links of a person's folders are followed once, at the start.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, exists, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();
const { folder: project, task } = clone;
const small = [
  ...["configs/default.yaml", "--quiet", ...tiny],
  ...settings("name=linked", "decoding.strategies=[{ strategy: greedy }]"),
];

/** A folder that is a link in the project, and where results go. */
interface Linked {
  readonly link: string;
  readonly flags?: readonly string[];
  readonly report?: string;
}

const linked: readonly Linked[] = [
  { link: "outputs" },
  { link: "outputs/.cache" },
  { link: "outputs/.cache/store" },
  { link: "outputs/linked" },
  { link: "there", flags: ["--output", "there/run"], report: "there/run" },
  { link: "kept", flags: ["--store", "kept/store"] },
];

/** Puts a link to `target` at `path` of the project while `look` looks, without what is there now. */
async function withLink(
  path: string,
  target: string,
  look: () => Promise<unknown>,
): Promise<void> {
  const [at, aside] = [`${project}/${path}`, `${project}/aside`];
  if (exists(at)) await Deno.rename(at, aside);
  await Deno.mkdir(at.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.symlink(target, at);
  try {
    await look();
  } finally {
    await Deno.remove(at);
    if (exists(aside)) await Deno.rename(aside, at);
  }
}

/** The names directly in a folder. */
const namesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

for (const { link, flags = [], report = "outputs/linked" } of linked) {
  Deno.test(`run: ${link} may be a link to another disk, and a second run finds all there`, () =>
    inFolder((scratch) =>
      withLink(link, scratch, async () => {
        const run = () => task("run", ...small, ...flags);
        assertEquals(await run(), { code: 0, stdout: "", stderr: "" });
        assert(namesIn(scratch).length > 0, "nothing is where the link leads");
        assert(exists(`${project}/${report}/manifest.json`));
        const planned = await task("plan", ...small.filter((flag) => flag !== "--quiet"), ...flags);
        assertEquals(planned.code, 0, planned.stderr);
        assertStringIncludes(planned.stdout, "nothing to compute: everything is cached");
        const compared = await task("diff", report, report, "--quiet");
        assertEquals(compared, { code: 0, stdout: "", stderr: "" });
      })
    ));

  Deno.test(`run: ${link} as a link to nothing is said before the first step, exit code 2`, () =>
    withLink(link, "/nowhere/at/all", async () => {
      const { code, stdout, stderr } = await task("run", ...small, ...flags);
      assertEquals({ code, stdout }, { code: 2, stdout: "" });
      assertStringIncludes(stderr, `${link}`);
      assertStringIncludes(stderr, "a link to /nowhere/at/all, which leads nowhere\n");
      assertEquals(stderr.split("\n").length, 2, stderr);
    }));
}
