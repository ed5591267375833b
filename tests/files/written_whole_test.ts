/**
 * Files that are written whole outlast a loss of power: the order of the system calls, as strace shows
 * them for every kind of file.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { basename, dirname, fromFileUrl } from "@std/path";
import { TEMPORARY } from "../../src/files/write_whole.ts";
import { inFolder } from "../temporary_folder.ts";

/** Whether system calls can be watched here. */
const hasStrace = await new Deno.Command("strace", { args: ["-V"] }).output()
  .then(({ success }) => success, () => false);
if (!hasStrace) {
  // deno-lint-ignore no-console
  console.warn("skipped, for want of strace: the order of the system calls that write files");
}

/** A system call that succeeded. */
interface Call {
  readonly name: string;
  /** The paths in its arguments. */
  readonly paths: readonly string[];
  readonly isCreating: boolean;
}

const WATCHED =
  "openat,open,creat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2," +
  "mkdir,mkdirat,link,linkat";

/** The calls on files below `folder` while `script` writes there, in the order in which they ended. */
async function callsOf(script: string, folder: string): Promise<Call[]> {
  const trace = `${folder}.trace`;
  try {
    const { success, stderr } = await new Deno.Command("strace", {
      args: [
        ...["-f", "--seccomp-bpf", "-y", "-qq", "-s", "0", "-e", `trace=${WATCHED}`, "-o", trace],
        ...["deno", "run", "-q", "-A", "--config", "tests/deno.json", script, folder],
      ],
      cwd: fromFileUrl(new URL("../../", import.meta.url)),
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return callsIn(await Deno.readTextFile(trace), folder);
  } finally {
    await Deno.remove(trace).catch(() => {});
  }
}

function callsIn(trace: string, folder: string): Call[] {
  const unfinished = new Map<string, string>();
  return trace.split("\n").flatMap((line): Call[] => {
    const [, thread = "", text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith("<unfinished ...>")) {
      unfinished.set(thread, text.replace(/ *<unfinished \.\.\.>$/, ""));
      return [];
    }
    const call = text.replace(/^<\.\.\. \w+ resumed>/, () => unfinished.get(thread) ?? "");
    const [, name = "", args = "", result = ""] = /^(\w+)\((.*)\) += (-?\d+)/.exec(call) ?? [];
    const paths = [...args.matchAll(/"([^"]*)"|\d<([^>]*)>/g)]
      .map(([, named, open]) => named ?? open ?? "")
      .filter((path) => path.startsWith(folder));
    if (paths.length === 0 || result.startsWith("-")) return [];
    return [{ name, paths, isCreating: args.includes("O_CREAT") || name === "creat" }];
  });
}

/** Every kind of file that is written whole. */
const kinds: readonly [what: string, name: RegExp][] = [
  ["a training", /\/store\/train\/..\/[0-9a-f]{64}$/],
  ["a loss", /\/store\/loss\/..\/[0-9a-f]{64}$/],
  ["a cell's samples", /\/store\/decode\/..\/[0-9a-f]{64}$/],
  ["a cell's measures", /\/store\/measure\/..\/[0-9a-f]{64}$/],
  ["a report", /\/store\/report\/..\/[0-9a-f]{64}$/],
  ["the progress of a training", /\/store\/progress\/[0-9a-f]{64}$/],
  ["the mark of the store's format", /\/store\/\.format$/],
  ["a downloaded corpus", /\/corpora\/[0-9a-f]{64}\.txt$/],
  ["a plan", /\/plan\.json$/],
  ["the mark of writing", /\/tiny\/\.writing$/],
  ["the manifest", /\/tiny\/manifest\.json$/],
  ["a checkpoint", /\/tiny\/checkpoints\/target\.json$/],
  ["a chart", /\/tiny\/charts\/[\w-]+\.svg$/],
  ["a page", /\/tiny\/report\.md$/],
  ["a table", /\/tiny\/results\.csv$/],
  ["samples", /\/tiny\/samples\.csv$/],
  ["a config", /\/tiny\/config\.yaml$/],
];

/** Files that are made in place: locks, and what is known of a download that is not whole yet. */
const IN_PLACE = /^\.lock$|\.download(\.json)?$/;

Deno.test({
  name:
    "writeWhole: every kind of file is flushed before its rename and its folder after, and a manifest comes last (strace)",
  ignore: !hasStrace,
  fn: () =>
    inFolder(async (root) => {
      const folder = `${await Deno.realPath(root)}/w`;
      await Deno.mkdir(folder);
      const calls = await callsOf("tests/files/every_whole_file.ts", folder);
      const isSync = ({ name }: Call): boolean => name === "fsync" || name === "fdatasync";
      const isRename = ({ name }: Call): boolean => name.startsWith("rename");
      const isWrite = ({ name }: Call): boolean => /write/.test(name);
      const at = (path: string, is: (call: Call) => boolean): number[] =>
        calls.flatMap((call, i) => is(call) && call.paths[0] === path ? [i] : []);
      const renames = calls.flatMap((call, i) => isRename(call) ? [{ call, i }] : []);
      for (const { call: { paths: [from = "", to = ""] }, i } of renames) {
        // A download grows in place, and has its name once its digest was found to be right.
        // What goes to the store is filled in a folder of the store.
        const isStored = from.startsWith(`${folder}/store/temporary/`);
        const whole = from.replace(TEMPORARY, "").replace(/\.download$/, "");
        assertEquals(isStored ? basename(whole) : whole, isStored ? basename(to) : to);
        const [written = 0] = at(from, isWrite).slice(-1);
        const flushed = at(from, isSync);
        assert(flushed.some((sync) => written < sync && sync < i), `${to} is not flushed`);
        const folders = at(dirname(to), isSync);
        assert(folders.some((sync) => sync > i), `the folder of ${to} is not flushed`);
      }
      const manifest = renames.find(({ call }) => call.paths[1]?.endsWith("/manifest.json"))?.i ??
        0;
      for (const { call: { paths: [, to = ""] }, i } of renames) {
        if (!to.includes("/tiny/") || i >= manifest) continue;
        const folders = at(dirname(to), isSync);
        assert(
          folders.some((sync) => i < sync && sync < manifest),
          `the folder of ${to} is not flushed before the manifest is there`,
        );
      }
      for (const [i, { name, paths: [path = ""], isCreating }] of calls.entries()) {
        if (name.startsWith("mkdir")) {
          const above = at(dirname(path), isSync);
          assert(
            above.some((sync) => sync > i),
            `the folder of the new folder ${path} is not flushed`,
          );
        }
        if (!isCreating) continue;
        const isKnown = TEMPORARY.test(path) || IN_PLACE.test(basename(path));
        assert(isKnown, `${path} is not written whole`);
      }
      for (const [what, kind] of kinds) {
        const found = renames.some(({ call }) => kind.test(call.paths[1] ?? ""));
        assert(found, `${what} was not written`);
      }
    }),
});
