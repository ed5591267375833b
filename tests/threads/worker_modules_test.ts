/**
 * The modules that a thread loads before its first task: each takes time on every thread of every run.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";

/** The part of what `deno info --json` prints that is read. */
interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** Every module that `file` loads, itself included; dynamic imports and those of types load none. */
async function modulesOf(file: string): Promise<Set<string>> {
  const command = new Deno.Command("deno", {
    args: ["info", "--json", "--config", "deno.json", file],
    cwd: new URL("../../", import.meta.url),
  });
  const { stdout } = await command.output();
  const graph: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const known = new Map(graph.modules.map((module) => [module.specifier, module]));
  const reached = new Set<string>();
  const reach = (specifier: string): void => {
    if (reached.has(specifier)) return;
    reached.add(specifier);
    for (const { code, isDynamic } of known.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) reach(code.specifier);
    }
  };
  graph.roots.forEach(reach);
  return reached;
}

Deno.test("worker.ts: a thread loads neither what checks configs nor what draws charts", async () => {
  const modules = [...await modulesOf("src/threads/worker.ts")];
  const packages = modules.filter((name) => name.startsWith("npm:")).map((name) =>
    name.replace(/^npm:\/?/, "").replace(/@[^@]*$/, "")
  );
  assertEquals(packages.sort(), ["deno-std", "random-js", "simple-statistics"]);
  const config = modules.filter((name) => name.includes("/src/config/"))
    .map((name) => name.replace(/.*\/src\//, ""));
  assertEquals(config, ["config/settings.ts"]);
});
