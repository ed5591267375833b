// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
const project = new URL("../../", import.meta.url).pathname;
const clone = await Deno.makeTempDir();
const listed = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: project }).output();
for (
  const name of new TextDecoder().decode(listed.stdout).split("\0").filter((name) => name !== "")
) {
  await Deno.mkdir(`${clone}/${name.split("/").slice(0, -1).join("/")}`, { recursive: true });
  await Deno.copyFile(`${project}${name}`, `${clone}/${name}`);
}
globalThis.addEventListener("unload", () => Deno.removeSync(clone, { recursive: true }));
async function deno(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args,
    cwd,
    env: { NO_COLOR: "1", INIT_CWD: cwd },
    stdin: "null",
  }).output();
  const d = new TextDecoder();
  return { code, stdout: d.decode(stdout), stderr: d.decode(stderr) };
}
const task = (...args: string[]) => deno(clone, "task", "--quiet", ...args);
const small = ["--set", "training.target.steps=5", "--set", "training.draft.steps=5"];

Deno.test("deno task schema: --check says when the file is out of date, and without it it is written", async () => {
  const schema = Deno.readTextFileSync(`${clone}/configs/schema.json`);
  Deno.writeTextFileSync(`${clone}/configs/schema.json`, "{}\n");
  const { code, stderr } = await task("schema", "--check");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "run deno task schema");
  assertEquals((await task("schema")).code, 0);
  assertEquals(Deno.readTextFileSync(`${clone}/configs/schema.json`), schema);
});
Deno.test("run: without a corpus.url the network is given up", async () => {
  Deno.writeTextFileSync(
    `${clone}/probe.ts`,
    `
    import { run } from "./src/cli/run.ts";
    await run.run(["configs/default.yaml", "--quiet", "--set", "decoding.samples=1", ${
      small.map((one) => JSON.stringify(one))
    }]);
    console.log((await Deno.permissions.query({ name: "net" })).state);
  `,
  );
  const { stdout } = await deno(clone, "run", "-q", "-P=run", "--no-prompt", "probe.ts");
  assertEquals(stdout, "prompt\n");
});
