/**
 * A run on a file system that becomes full: a tiny one in memory, which a process sees alone.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cleanClone, tiny } from "./clean_clone.ts";

const clone = await cleanClone();

/** Whether processes may have a file system of their own here. */
const canMount = await new Deno.Command("unshare", {
  args: ["-rm", "sh", "-c", "mount -t tmpfs -o size=40k none /tmp"],
  stderr: "null",
}).output().then(({ success }) => success, () => false);

const run = "deno run -q --no-prompt -P=run main.ts run configs/default.yaml --quiet " +
  tiny.join(" ");

/** Runs `script` where `outputs` is a file system of so many kilobytes. */
async function onTinyDisk(
  kilobytes: number,
  script: string,
): Promise<{ code: number; stderr: string }> {
  const mount = `mount -t tmpfs -o size=${kilobytes}k none outputs`;
  const { code, stderr } = await new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", `${mount} && ${script}`],
    cwd: clone.folder,
    env: { NO_COLOR: "1", INIT_CWD: clone.folder },
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** From too small for a lock to large enough for all but the last file. */
const sizes = [4, 100, 480];
for (const size of sizes) {
  Deno.test({
    name:
      `run: on a disk of ${size} kB it says so and exits with 1; with more room it goes on to the same bytes`,
    ignore: !canMount,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        const { code, stderr } = await onTinyDisk(
          size,
          [
            `${run} 2>${folder}/first`,
            `echo $? >${folder}/code`,
            `test ! -e outputs/default/manifest.json || touch ${folder}/finished`,
            "mount -o remount,size=50m outputs",
            run,
            // What the first one's threads had half written when they were ended, the second removes.
            `find outputs -name '*.part' >${folder}/parts`,
            `cp -r outputs/default ${folder}/outputs`,
          ].join("; "),
        );
        const left = (name: string): string => Deno.readTextFileSync(`${folder}/${name}`);
        assertEquals(left("code"), "1\n", left("first"));
        assertMatch(left("first"), /^error: cannot write outputs\/.*No space left on device.*\n$/);
        assertEquals(left("parts"), "");
        assert(!Array.from(Deno.readDirSync(folder), ({ name }) => name).includes("finished"));
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        for (const [name, sha256] of Object.entries(await whole)) {
          const bytes = await Deno.readFile(`${folder}/outputs/${name}`);
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
          assertEquals(digest, sha256, name);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** The digests of what a run leaves that has room. */
const whole: Promise<Record<string, string>> = (async () => {
  const { code, stderr } = await clone.task("run", "configs/default.yaml", "--quiet", ...tiny);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const manifest = Deno.readTextFileSync(`${clone.folder}/outputs/default/manifest.json`);
  return JSON.parse(manifest).outputs;
})();
