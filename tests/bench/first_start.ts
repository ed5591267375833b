/**
 * The first start: the default run by someone who has Deno and a checkout, and nothing installed yet.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { join, resolve } from "@std/path";
import { formatBytes } from "../../src/text/format.ts";
import { PeerAbsentError } from "./peer.ts";
import { ProcessError, secondsOf } from "./project_process.ts";
import type { Row } from "./rows.ts";

/** What Deno says where a registry cannot be reached. */
const UNREACHED = /error sending request|dns error|tcp connect error|Failed caching npm package/;

/**
 * The row, measured once and at once; throws a {@linkcode PeerAbsentError} where packages cannot be
 * downloaded.
 */
export async function firstStartRow(scratch: string): Promise<Row> {
  const home = resolve(scratch, "first-start");
  await Deno.remove(home, { recursive: true }).catch(() => {});
  await Deno.mkdir(join(home, "deno"), { recursive: true });
  try {
    const first = await start(home);
    const installed = await installedIn(join(home, "deno", "npm"));
    const second = await start(home);
    return {
      section: "first",
      name: "the first start of the default run",
      label: "the first start",
      unit: "s",
      better: "lower",
      once: true,
      peers: {},
      engine: () => first,
      bounds: [{
        kind: "process",
        what: "the second start, all installed, nothing cached",
        measure: () => second,
      }],
      note:
        `The first start installs ${installed.packages} packages, ${
          formatBytes(installed.bytes)
        } in ` +
        `${installed.files.toLocaleString("en")} files: the download is part of it.`,
    };
  } catch (error) {
    throw error instanceof ProcessError ? absenceOf(error) : error;
  } finally {
    await Deno.remove(home, { recursive: true }).catch(() => {});
  }
}

/** That the packages cannot be had, where that is why a process failed; the error itself otherwise. */
export function absenceOf(error: ProcessError): Error {
  if (!UNREACHED.test(error.errors)) return error;
  return new PeerAbsentError("the packages cannot be downloaded: no network, or no npm registry");
}

/** A run that computes everything anew, with nothing from other homes. */
async function start(home: string): Promise<number> {
  const output = join(home, "outputs");
  const args = [
    ...["task", "-q", "run", "configs/default.yaml", "--quiet", "--fresh"],
    ...["--output", output, "--store", join(home, "store")],
  ];
  return await secondsOf(args, { env: { HOME: home, DENO_DIR: join(home, "deno") } });
}

/** What is in a folder of packages, as Deno unpacks them: `REGISTRY/[@SCOPE/]NAME/VERSION/…`. */
export async function installedIn(
  folder: string,
): Promise<{ packages: number; files: number; bytes: number }> {
  const counts = { packages: 0, files: 0, bytes: 0 };
  const walk = async (path: string, isInPackage: boolean): Promise<void> => {
    const entries = await Array.fromAsync(Deno.readDir(path));
    const isPackage = !isInPackage && entries.some(({ name }) => name === "package.json");
    if (isPackage) counts.packages++;
    for (const { name, isDirectory } of entries) {
      const inner = join(path, name);
      if (isDirectory) await walk(inner, isInPackage || isPackage);
      else {
        counts.files++;
        counts.bytes += (await Deno.lstat(inner)).size;
      }
    }
  };
  await walk(folder, false);
  return counts;
}
