/**
 * Asks DuckDB: `deno run --config tests/duckdb/deno.json --allow-read --allow-ffi tests/duckdb/query.ts SQL…`
 * prints the rows of each query, as JSON. DuckDB has 70 MB and needs `--allow-ffi`, so that it has a config
 * of its own, and tests that use it run where `deno install --config tests/duckdb/deno.json` has fetched it.
 *
 * @module
 */

/** The part of `@duckdb/node-api` that is used, whose types are only there where it is installed. */
interface Duckdb {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): unknown }>;
      }>;
    }>;
  };
}

// No literal, since only the config beside this file knows the package.
const name = ["@duckdb", "node-api"].join("/");
const { DuckDBInstance }: Duckdb = await import(name);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const answers: unknown[] = [];
for (const sql of Deno.args) {
  answers.push((await connection.runAndReadAll(sql)).getRowObjectsJson());
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(answers)));
