/**
 * The tests in `in_runtime/`, in a process for each onnxruntime, with its own import map and lock: the
 * first start downloads it. Where that cannot be, the tests of that runtime are skipped, visibly.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs deno in the project; what it says. */
async function deno(...args: string[]): Promise<{ code: number; output: string }> {
  const command = new Deno.Command("deno", {
    args,
    cwd: project,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, output: `${decoder.decode(stdout)}\n${decoder.decode(stderr)}` };
}

/** Why the packages of `config` cannot be there; `undefined` where they are, or the registry answers. */
async function missingIn(config: string): Promise<string | undefined> {
  const { code, output } = await deno("install", "-q", "--config", config);
  if (code === 0) return undefined;
  // What is neither cached nor answered for is nobody's fault here.
  return output.trim().split("\n")[0] ?? "";
}

for (const [folder, more] of [["web", []], ["native", ["node_modules"]]] as const) {
  const config = `src/model/onnx/${folder}/deno.json`;
  Deno.test(`${config}: every test of tests/model/onnx/in_runtime passes`, async (t) => {
    const missing = await missingIn(config);
    await t.step({
      name: missing === undefined ? "installed" : `skipped: cannot install it: ${missing}`,
      ignore: missing !== undefined,
      fn: async () => {
        const ffi = more.map((path) => `--allow-ffi=src/model/onnx/${folder}/${path}`);
        const { code, output } = await deno(
          ...["test", "-q", "--no-check", "--no-prompt", "--config", config],
          // Folders of models are written in the folder for temporary files.
          ...["--allow-read", "--allow-write", ...ffi],
          ...["language_model.ts", "folders.ts", "strategies.ts", "exported_graph.ts"]
            .map((file) => `tests/model/onnx/in_runtime/${file}`),
        );
        assertEquals(code, 0, output);
        assertStringIncludes(output, "0 failed");
      },
    });
  });
}

Deno.test("openOnnxModel: without a runtime the message names the tasks that have one", async () => {
  const { openOnnxModel } = await import("../../../src/model/onnx/language_model.ts");
  const { transformerOf } = await import("../../../src/model/transformer.ts");
  const { randomWeights, smallSpec } = await import("../small_model.ts");
  const error = await openOnnxModel(transformerOf(randomWeights(smallSpec)), { threads: 1 })
    .then(() => undefined, (error) => error);
  assert(error instanceof Error);
  assertEquals(error.name, "OnnxRuntimeError");
  for (const task of ["deno task run:native", "deno task run:onnx"]) {
    assertStringIncludes(error.message, task);
  }
});
