// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { dirname, join } from "@std/path";
import { inFolder } from "../temporary_folder.ts";
import { absenceOf, installedIn } from "./first_start.ts";
import { PeerAbsentError } from "./peer.ts";
import { ProcessError } from "./project_process.ts";

// What Deno 2.9 says in a network namespace without a network.
const UNREACHED = "error: Failed caching npm package 'cli-progress@3.12.0'\n\nCaused by:\n" +
  "    0: error sending request for url (https://registry.npmjs.org/cli-progress/): client error\n" +
  "    1: client error (Connect)\n    2: dns error\n";

Deno.test("absenceOf(): packages that cannot be had are an absence, any other failure is an error", () => {
  const unreached = absenceOf(new ProcessError(["task"], UNREACHED));
  assert(unreached instanceof PeerAbsentError);
  assertStringIncludes(unreached.message, "no network");
  const broken = new ProcessError(["task"], "error: cannot use configs/default.yaml");
  assert(absenceOf(broken) === broken);
});

Deno.test("installedIn(): counts packages, their files and bytes, those of a scope, too", () =>
  inFolder(async (folder) => {
    const files: [string, number][] = [
      ["registry/a/1.0.0/package.json", 10],
      ["registry/a/1.0.0/src/a.js", 20],
      // A package inside of another one is a part of it.
      ["registry/a/1.0.0/test/package.json", 1],
      ["registry/a/2.0.0/package.json", 10],
      ["registry/@scope/b/1.0.0/package.json", 30],
      ["registry/a/registry.json", 5],
    ];
    for (const [file, size] of files) {
      await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
      await Deno.writeTextFile(join(folder, file), "x".repeat(size));
    }
    assertEquals(await installedIn(folder), { packages: 3, files: 6, bytes: 76 });
  }));
