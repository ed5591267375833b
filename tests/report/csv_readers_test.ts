/**
 * Every CSV of a run and of a sweep, with texts that readers like to take for something else, as pandas,
 * DuckDB and a spreadsheet reader read it, by the lines of outputs/README.md.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
// @ts-types="../../src/declarations/csv.d.ts"
import { parse } from "@std/csv";
import { read, utils } from "@e965/xlsx";
import { sha256Hex } from "../../src/files/sha256.ts";
import { PROJECT } from "../../src/files/place.ts";
import { runTask } from "../task_process.ts";

/** Prompts that are corpus documents, too. */
const ODD = [
  "NA",
  "nan",
  "null",
  "=1+1",
  "@x",
  "-1",
  "007",
  "1e5",
  "TRUE",
  'say "hi"',
  "a,b",
  "'x",
];
const CONFIG = `
name: odd
corpus: { path: odd.txt, held_out: 0.3 }
models:
  target: { n_embd: 4, n_head: 1, n_layer: 1 }
  draft: { n_embd: 4, n_head: 1, n_layer: 1 }
training: { target: { steps: 2 }, draft: { steps: 1 } }
decoding:
  prompts: ${JSON.stringify([...ODD, ""])}
  samples: 5
  max_new_tokens: 4
  strategies:
    - strategy: greedy
    - strategy: sample
    - { strategy: beam, beam_width: 2 }
    - { strategy: speculative, draft_k: 2 }
`;

const folder = await Deno.makeTempDir();
const out = `${folder}/out`;
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await Deno.writeTextFile(`${folder}/c.yaml`, CONFIG);
const lines = [...ODD, "é\u{1f600}", "a\u2028b", "c\u0085d", "x;y|z\tw"];
await Deno.writeTextFile(`${folder}/odd.txt`, `${[...lines, ...lines, ...lines].join("\n")}\n`);
const { code, stderr } = await runTask(
  ...["run", `${folder}/c.yaml`, "--set", "seed=1,2", "--quiet"],
  ...["--output", out, "--store", `${folder}/store`, "--workers", "1"],
);
assertEquals([code, stderr], [0, ""]);

type Rows = readonly Readonly<Record<string, string>>[];

/** What the program wrote, by the file's path in the sweep's folder. */
const written = new Map<string, Rows>();
for (const below of ["", "seed=1/", "seed=2/"]) {
  for (const { name } of Deno.readDirSync(`${out}/${below}`)) {
    if (!name.endsWith(".csv")) continue;
    const text = Deno.readTextFileSync(`${out}/${below}${name}`);
    written.set(below + name, parse(text, { skipFirstRow: true }));
  }
}
const isSamples = (path: string): boolean => path.endsWith("samples.csv");
const TEXTS = ["prompt", "continuation", "text"];
/** Of each file the number of rows and, of samples, a few fields of each. */
const expected = Object.fromEntries(
  [...written].map(([path, rows]) => [path, {
    rows: rows.length,
    columns: Object.keys(rows[0] ?? {}),
    fields: isSamples(path)
      ? rows.map((row) => [row["cell"], ...TEXTS.map((name) => row[name]), Number(row["log_prob"])])
      : [],
  }]),
);

Deno.test("CSV files: a run and a sweep have all of theirs, with odd texts in the samples", () => {
  const names = ["comparisons", "losses", "models", "positions", "results", "samples"]
    .concat("timings", "training").map((name) => `${name}.csv`);
  const own = [...written.keys()].filter((path) => path.startsWith("seed=1/")).sort();
  assertEquals(own, names.map((name) => `seed=1/${name}`));
  assert(written.has("results.csv") && written.has("variants.csv"));
  const prompts = new Set(written.get("seed=1/samples.csv")?.map(({ prompt }) => prompt));
  assertEquals(prompts, new Set([...ODD, ""]));
});

Deno.test("CSV files: a spreadsheet reader finds every field as it was written, formulas as text", () => {
  for (const [path, rows] of written) {
    const book = read(Deno.readTextFileSync(`${out}/${path}`), { type: "string", raw: true });
    const sheet = book.Sheets[book.SheetNames[0] ?? ""];
    assert(sheet !== undefined);
    const options = { raw: true, defval: "", blankrows: true };
    assertEquals(utils.sheet_to_json<Rows[number]>(sheet, options), [...rows], path);
    const cells = Object.entries(sheet).filter(([place]) => !place.startsWith("!"));
    assertEquals(cells.filter(([, cell]) => Object.hasOwn(cell, "f")), [], path);
  }
});

/** The Python that has the modules `names`. */
async function pythonWith(names: string): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", `import ${names}`],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

async function outputOf(command: string, args: readonly string[], cwd: string): Promise<string> {
  const process = new Deno.Command(command, { args: [...args], cwd, stdin: "null" });
  const { success, stdout, stderr } = await process.output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const page = Deno.readTextFileSync(`${PROJECT}/outputs/README.md`);
const pandas = await pythonWith("pandas");
const altair = await pythonWith("pandas, altair");

/** Reads a file as the page reads samples.csv, losses.csv and the others, and tells it as JSON. */
const TELL = `
import glob, json, sys
import pandas as pd
told = {}
for path in sorted(glob.glob("**/*.csv", recursive=True)):
    if path.endswith("samples.csv"):
        frame = pd.read_csv(path, keep_default_na=False, na_values={"overlap": ""},
                            dtype={"prompt": str, "continuation": str, "text": str})
        names = ["cell", "prompt", "continuation", "text", "log_prob"]
        fields = frame[names].values.tolist()
    elif path.endswith("losses.csv"):
        frame, fields = pd.read_csv(path, keep_default_na=False), []
    else:
        frame, fields = pd.read_csv(path), []
    told[path] = {"rows": len(frame), "columns": list(frame.columns), "fields": fields}
json.dump(told, sys.stdout)
`;

Deno.test({
  name: "CSV files: pandas finds the rows, columns, texts and numbers (Debian: python3-pandas)",
  ignore: pandas === undefined,
  fn: async () => {
    assert(page.includes('dtype={"prompt": str, "continuation": str, "text": str},'));
    assertEquals(JSON.parse(await outputOf(pandas ?? "", ["-c", TELL], out)), expected);
  },
});

const recipe = /<!-- recipe -->\n\n```python\n([^]*?)```/.exec(page)?.[1] ?? "";

Deno.test("outputs/README.md: the files and columns of the notebook's recipe are there", () => {
  const paths = [...recipe.matchAll(/"outputs\/default\/([^"]+)"/g)].map(([, path]) => path);
  assertEquals(paths.length, 2);
  for (const path of paths) assert(Deno.statSync(`${out}/seed=1/${path}`).isFile);
  const columns = JSON.parse(/^columns = (.*)$/m.exec(recipe)?.[1] ?? "");
  const known = Object.keys(written.get("seed=1/results.csv")?.[0] ?? {});
  assertEquals(columns.filter((name: string) => !known.includes(name)), []);
});

Deno.test({
  name: "outputs/README.md: the notebook's recipe runs (Debian: python3-altair)",
  ignore: altair === undefined,
  fn: async () => {
    const code = recipe.replaceAll("outputs/default", `${out}/seed=1`);
    const printed = await outputOf(altair ?? "", ["-c", code], folder);
    assert(printed.includes("mean_log_prob") && printed.includes("greedy"), printed);
    const spec = JSON.parse(Deno.readTextFileSync(`${folder}/training-loss.vl.json`));
    assertEquals([spec.width, spec.background], [900, "white"]);
    assert(Deno.readTextFileSync(`${folder}/training-loss.html`).includes("vegaEmbed"));
  },
});

const askDuckdb = ["run", "-q", "--no-prompt", "--cached-only", "--no-check", "--allow-read"]
  .concat("--allow-ffi", "--config", `${PROJECT}/tests/duckdb/deno.json`)
  .concat(`${PROJECT}/tests/duckdb/query.ts`);
const hasDuckdb = (await new Deno.Command("deno", {
  args: [...askDuckdb, "select 1"],
  stdout: "null",
  stderr: "null",
}).output()).success;

Deno.test({
  name: "CSV files: DuckDB finds the rows, texts and numbers " +
    "(deno install --config tests/duckdb/deno.json)",
  ignore: !hasDuckdb,
  fn: async () => {
    // Where a query names some columns only, DuckDB 1.5.6 takes empty texts for null all the same.
    const queries = [...written.keys()].flatMap((path, i) =>
      isSamples(path)
        ? [
          `create table samples_${i} as from read_csv('${path}', sample_size = -1,
           force_not_null = ['prompt', 'continuation', 'text'],
           types = {'prompt': 'varchar', 'continuation': 'varchar', 'text': 'varchar'})`,
          `select cell, prompt, continuation, text, log_prob from samples_${i}`,
        ]
        // Of a folder `seed=1` it makes a column `seed`, unless it is told not to.
        : [`from read_csv('${path}', hive_partitioning = false)`]
    );
    const told = await outputOf("deno", [...askDuckdb, ...queries], out);
    const answers = JSON.parse(told).filter((_: unknown, i: number) =>
      !queries[i]?.startsWith("create")
    );
    for (const [i, [path, facts]] of Object.entries(expected).entries()) {
      const rows: readonly Record<string, unknown>[] = answers[i];
      assertEquals(rows.length, facts.rows, path);
      if (isSamples(path)) {
        assertEquals(rows.map((row) => Object.values(row)), facts.fields, path);
      } else assertEquals(Object.keys(rows[0] ?? {}), facts.columns, path);
    }
  },
});

Deno.test("how to cite: the digests in the reports are those of config.yaml, as manifest.json has them", () => {
  const texts = ["seed=1", "seed=2"].map((run) => {
    const text = Deno.readTextFileSync(`${out}/${run}/config.yaml`);
    const manifest = JSON.parse(Deno.readTextFileSync(`${out}/${run}/manifest.json`));
    assertEquals(manifest.outputs["config.yaml"], sha256Hex(text));
    assert(Deno.readTextFileSync(`${out}/${run}/report.md`).includes(`\`${sha256Hex(text)}\``));
    return text;
  });
  const report = Deno.readTextFileSync(`${out}/report.md`);
  assert(report.includes(`\`${sha256Hex(texts.join(""))}\``), report.slice(-800));
});
