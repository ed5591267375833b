// @ts-types="../../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";

const EXPECTED = `\
a pass that rejects: Cannot compute logits: cannot compute
the next pass: works
a pass that rejects without a message: Cannot compute logits: RangeError
a pass that rejects at length: Cannot compute logits: ${"…".repeat(1362)}
a pass whose answer is noticed late: works
the pass that the notice comes in: works
a model with more threads: works
a model that cannot be loaded: Cannot load a model into onnxruntime-web: cannot load
a pass after a model that could not be released: works
a pass with an error beside it: Cannot compute logits: thrown beside
the next pass: Cannot compute logits: thrown beside
another model in that thread: Cannot load a model into onnxruntime-web: thrown beside
another thread: works
a model with an error beside its loading: Cannot load a model into onnxruntime-web: thrown beside
`;

Deno.test("OnnxModel: whatever fails in the thread of a runtime is an error of who waits for it", async () => {
  const folder = new URL("faulty_runtime/", import.meta.url);
  const runtime = new URL("onnxruntime.ts", folder).href;
  const map = JSON.stringify({
    imports: { "onnxruntime-web": `${runtime}?onnxruntime-web@1.30.0` },
  });
  const { stdout, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-check", "--no-prompt", "--no-lock", "--allow-read"],
      `--import-map=data:application/json,${encodeURIComponent(map)}`,
      new URL("faults.ts", folder).href,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(`${decoder.decode(stdout)}${decoder.decode(stderr)}`, EXPECTED);
});
