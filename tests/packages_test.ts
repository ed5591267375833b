/**
 * The packages that a start installs: those that a run needs, and nothing that only tests, benches or the compiling
 * of kernels need. Those have an import map and a lock of their own in `tests/`.
 *
 * @module
 */
// @ts-types="./declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import root from "../deno.json" with { type: "json" };
import { inFolder } from "./temporary_folder.ts";
import own from "./deno.json" with { type: "json" };
import native from "../src/model/onnx/native/deno.json" with { type: "json" };
import web from "../src/model/onnx/web/deno.json" with { type: "json" };

/** The part of a `deno.lock` that is read. */
interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, { readonly dependencies?: readonly string[] }>>;
}

const lockOf = (path: string): Lock =>
  JSON.parse(Deno.readTextFileSync(new URL(path, import.meta.url)));
const locks = {
  "deno.json": lockOf("../deno.lock"),
  "tests/deno.json": lockOf("./deno.lock"),
  "src/model/onnx/web/deno.json": lockOf("../src/model/onnx/web/deno.lock"),
  "src/model/onnx/native/deno.json": lockOf("../src/model/onnx/native/deno.lock"),
};

/** `deno.lock` and the library of tokenizers, for tasks that may need it. */
const TOKENIZERS_LOCK = "src/data/tokenizers.lock";
const TOKENIZERS = "@huggingface/tokenizers@0.2.0";

/** The packages of an import map, as `name@version`. */
function packagesOf(imports: Readonly<Record<string, string>>): string[] {
  const packages = Object.values(imports).map((specifier) =>
    /^npm:((?:@[^/]+\/)?[^@/]+@[^/]+)/.exec(specifier)?.[1] ?? specifier
  );
  return [...new Set(packages)].sort();
}

/** `name@version`, without the versions of peers that a lock's key may end with. */
const plain = (key: string): string => key.replace(/_.*/, "");

Deno.test("deno.json: what a run needs, and the four packages that the project is built on", () => {
  assertEquals(packagesOf(root.imports).map((name) => name.replace(/@[^@]+$/, "")), [
    "cli-progress",
    "deno-std",
    "jstat",
    "markdown-table",
    "random-js",
    "simple-statistics",
    "vega-lite",
    "vega",
    "yaml",
    "zod",
  ]);
  const standard = ["@std/assert", "@std/cli/parse-args", "@std/path", "@std/yaml"];
  assertEquals(standard.filter((name) => !(name in root.imports)), []);
});

Deno.test("tests/deno.json: what deno.json has, in the same versions and ways, and nine packages more", () => {
  const more = [
    // Of src/, but in no import map there: see below.
    "@huggingface/tokenizers",
    ...["@e965/xlsx", "@jax-js/jax", "assemblyscript/asc", "fast-check"],
    // Parsers of Markdown: what a report means must be the same to all.
    ...["markdown-it", "marked", "micromark", "micromark-extension-gfm-table"],
  ];
  const imports: Readonly<Record<string, string>> = own.imports;
  const shared = Object.entries(imports).filter(([name]) => !more.includes(name));
  assertEquals(Object.fromEntries(shared), root.imports);
  for (const name of more) assertStringIncludes(imports[name] ?? "", "npm:");
  assertEquals(own.compilerOptions, root.compilerOptions);
  assertEquals(own.lint, root.lint);
  assertEquals(own.fmt.lineWidth, root.fmt.lineWidth);
});

/** Where the tasks of an onnxruntime differ from those without. */
const runtimes = [
  ["src/model/onnx/web/deno.json", web, "onnxruntime-web", {}],
  ["src/model/onnx/native/deno.json", native, "onnxruntime-node", { ffi: ["node_modules"] }],
] as const;

for (const [config, own, name, more] of runtimes) {
  const { imports, permissions, lock, compilerOptions, unstable, nodeModulesDir } = own;

  Deno.test(`${config}: what deno.json has and ${name}, frozen, and the permissions of run and sample and ${JSON.stringify(more)}`, () => {
    const { [name]: specifier, ...others } = imports as Readonly<Record<string, string>>;
    assertEquals(others, root.imports);
    assertEquals(specifier, `npm:${name}@1.30.0`);
    assertEquals([lock, compilerOptions], [{ frozen: true }, root.compilerOptions]);
    // Installed in the project, which stays readable, and only when it is imported.
    assertEquals([unstable, nodeModulesDir], [root.unstable, "auto"]);
    // The same folders, as seen from there.
    const seen = (paths: readonly string[]): string[] =>
      paths.map((path) => path.startsWith("/") ? path : `../../../../${path}`.replace(/\/\.$/, ""));
    const { run, sample } = root.permissions;
    assertEquals(permissions, {
      run: { ...run, read: seen(run.read), write: seen(run.write), ...more },
      sample: { ...sample, read: seen(sample.read), ...more },
    });
  });

  Deno.test(`${config}: its lock has what deno.lock has, the same, and what ${name} depends on`, () => {
    const { npm } = locks[config];
    for (const [key, entry] of Object.entries(locks["deno.json"].npm)) {
      assertEquals(npm[key], entry, key);
    }
    const reached = reachedFrom([name], npm);
    const added = Object.keys(npm).filter((key) =>
      !(key in locks["deno.json"].npm) && plain(key) !== TOKENIZERS
    );
    assertEquals(added.filter((key) => !reached.has(key)), []);
  });
}

Deno.test("@huggingface/tokenizers: no start installs it, but who asks for such a model", () => {
  // Deno installs at every start what is named in an import or as a type, and without this all of a lock.
  assertEquals(root.unstable, ["npm-lazy-caching"]);
  const named = [...sources("../src/")].filter((text) => text.includes(`"npm:${TOKENIZERS}"`));
  assertEquals(named.map((text) => text.split(`"npm:${TOKENIZERS}"`).length - 1), [1]);
  assertStringIncludes(named[0] ?? "", `const PACKAGE: string = "npm:${TOKENIZERS}";`);
  // `deno task` itself installs all of deno.lock, whatever the task is.
  assertEquals(Object.keys(locks["deno.json"].npm).filter((key) => key.includes("tokenizers")), []);
});

Deno.test(`${TOKENIZERS_LOCK}: deno.lock and the tokenizers, used by all tasks of microbeam that read models`, () => {
  const whole = lockOf(`../${TOKENIZERS_LOCK}`);
  const specifier = `npm:${TOKENIZERS}`;
  const entry = locks["tests/deno.json"].npm[TOKENIZERS];
  const { npm, specifiers, ...rest } = lockOf("../deno.lock");
  assert(entry !== undefined);
  assertEquals(whole, {
    ...rest,
    specifiers: { ...specifiers, [specifier]: "0.2.0" },
    npm: { ...npm, [TOKENIZERS]: entry },
  });
  for (const [config, { specifiers, npm }] of Object.entries(locks)) {
    if (config === "deno.json") continue;
    assertEquals([specifiers[specifier], npm[TOKENIZERS]], ["0.2.0", entry], config);
  }
  const readNoModel = ["cache", "compare", "diff", "schema"];
  const without = Object.entries<{ command: string }>(root.tasks)
    .filter(([, { command }]) => / run .* main\.ts /.test(command) && !command.includes("--config"))
    .filter(([, { command }]) => !command.includes(`--lock ${TOKENIZERS_LOCK} `))
    .map(([name]) => name);
  assertEquals(without.sort(), readNoModel);
});

/** The texts of all files of TypeScript below a folder. */
function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, import.meta.url))) {
    if (isDirectory && name !== "node_modules") yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) {
      yield Deno.readTextFileSync(new URL(`${folder}${name}`, import.meta.url));
    }
  }
}

/** The keys in `npm` of the packages `names` and of all that they depend on. */
function reachedFrom(names: readonly string[], npm: Lock["npm"]): ReadonlySet<string> {
  const keys = Object.keys(npm);
  const reached = new Set<string>();
  // A dependency is named without its version where there is one version alone.
  const reach = (name: string): void => {
    const key = keys.find((key) => plain(key) === name || key.startsWith(`${name}@`));
    assert(key !== undefined, `${name} is not in the lock`);
    if (reached.has(key)) return;
    reached.add(key);
    npm[key]?.dependencies?.forEach(reach);
  };
  names.forEach(reach);
  return reached;
}

const maps = [["deno.json", root], ["tests/deno.json", own], ...runtimes] as const;
for (const [config, { imports }] of maps) {
  Deno.test(`${config}: its lock has the packages of its import map, what those depend on, and no more`, () => {
    const { specifiers, npm } = locks[config];
    const isOfTask = config.includes("onnx");
    const packages = [...packagesOf(imports), ...isOfTask ? [TOKENIZERS] : []].sort();
    assertEquals(Object.keys(specifiers).map((name) => name.slice("npm:".length)).sort(), packages);
    const reached = reachedFrom(packages, npm);
    assertEquals(Object.keys(npm).filter((key) => !reached.has(key)), []);
  });
}

Deno.test("locks: what is in both is the same, and tests/ adds eight packages and parsers of Markdown", () => {
  const [fewer, more] = [locks["deno.json"].npm, locks["tests/deno.json"].npm];
  const parsers = reachedFrom(
    ["markdown-it", "marked", "micromark", "micromark-extension-gfm-table"],
    more,
  );
  const extra = Object.keys(more).filter((key) => !(key in fewer) && !parsers.has(key));
  assertEquals(extra.map((key) => key.replace(/@[^@]+$/, "")), [
    "@e965/xlsx",
    "@huggingface/tokenizers",
    "@jax-js/jax",
    "assemblyscript",
    "binaryen",
    "fast-check",
    "long",
    "pure-rand",
  ]);
  for (const [key, entry] of Object.entries(fewer)) assertEquals(more[key], entry, key);
});

Deno.test("tasks: only those of tests, torture and kernels fetch the packages of tests/, and every lock is frozen", () => {
  const fetching = Object.entries<{ command: string }>(root.tasks)
    .filter(([, { command }]) => command.includes("--config tests/deno.json"))
    .map(([name]) => name);
  assertEquals(fetching.sort(), ["bench", "check", "kernels", "test", "torture"]);
  for (const [config] of runtimes) {
    const using = Object.entries<{ command: string }>(root.tasks)
      .filter(([, { command }]) => command.includes(config)).map(([name]) => name);
    const kind = config.includes("web") ? "onnx" : "native";
    assertEquals(using, [`run:${kind}`, `sample:${kind}`]);
  }
  assertEquals([root.lock.frozen, own.lock.frozen], [true, true]);
  for (const [name, { command }] of Object.entries<{ command: string }>(root.tasks)) {
    const others = command.replace(`--lock ${TOKENIZERS_LOCK} `, "");
    assert(!/--frozen=false|--no-lock|--lock|--no-config|\bnpm:/.test(others), name);
  }
});

/** Runs `deno …` in a copy of `deno.json`, its lock and the program. */
async function inCopy(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stderr: string }> {
  for (const name of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(new URL(`../${name}`, import.meta.url), `${folder}/${name}`);
  }
  const command = new Deno.Command("deno", { args: [...args], cwd: folder, env, stdin: "null" });
  const { code, stderr } = await command.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("deno.json: a package that its lock does not list cannot be imported", () =>
  inFolder(async (folder) => {
    const specifier = own.imports["fast-check"];
    const { code, stderr } = await inCopy(folder, ["eval", `import "${specifier}"`]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "The lockfile is out of date");
  }));

/** Whether the registry answers; offline, everything that is installed already still works. */
const registryAnswers = await new Deno.Command("deno", {
  args: [
    "eval",
    "--no-config",
    "await fetch('https://registry.npmjs.org/zod', { method: 'HEAD' })",
  ],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success);

Deno.test({
  name:
    "deno.json: into an empty cache it fetches what is imported, as its lock has it, and no more",
  ignore: !registryAnswers,
  fn: () =>
    inFolder(async (folder) => {
      const cache = `${folder}/cache`;
      // What is behind a condition and no literal, as the tokenizers, is not fetched either.
      const other =
        'const name: string = "npm:@huggingface/tokenizers@0.2.0"; if (Deno.args[0]) import(name);';
      const program = `import "vega-lite"; ${other}`;
      const { code, stderr } = await inCopy(folder, ["eval", program], { DENO_DIR: cache });
      assertEquals(code, 0, stderr);
      const registry = `${cache}/npm/registry.npmjs.org`;
      const names = Array.from(Deno.readDirSync(registry), ({ name }) => name)
        .flatMap((name) =>
          name.startsWith("@")
            ? Array.from(Deno.readDirSync(`${registry}/${name}`), (one) => `${name}/${one.name}`)
            : [name]
        );
      const fetched = names.flatMap((name) =>
        Array.from(Deno.readDirSync(`${registry}/${name}`))
          .filter(({ isDirectory }) => isDirectory)
          .map((version) => `${name}@${version.name}`)
      );
      const expected = [...reachedFrom(["vega-lite"], locks["deno.json"].npm)].map(plain);
      assertEquals(fetched.sort(), expected.sort());
    }),
});
