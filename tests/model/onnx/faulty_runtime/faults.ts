/**
 * Models in a runtime that fails: what waits for it gets an error, and never waits for ever.
 * `faults_test.ts` starts a process with that runtime.
 *
 * @module
 */
import type { LanguageModel, Token } from "../../../../src/model/language_model.ts";
import { openOnnxModel } from "../../../../src/model/onnx/language_model.ts";
import { OnnxRuntimeError } from "../../../../src/model/onnx/runtime.ts";
import { transformerOf } from "../../../../src/model/transformer.ts";
import { Weights } from "../../../../src/model/weights.ts";
import { PASS, SESSION } from "./onnxruntime.ts";

// The check at load reads tokens from 1 to 3,758, and none that a pass fails by.
const sizes = { vocabSize: 5000, blockSize: 6, nEmbd: 4, nHead: 2 };
const open = (nLayer = 1, threads = 1) =>
  openOnnxModel(transformerOf(new Weights({ ...sizes, nLayer })), { threads });

function read(model: LanguageModel, token: Token): void {
  const sequence = model.open();
  try {
    model.forward([{ sequence, tokens: [token, 0], rows: 2 }]);
  } finally {
    sequence.close();
  }
}

/** What `work` throws, as a line, which names an error that a command would take for a bug. */
async function say(what: string, work: () => unknown): Promise<void> {
  const said = await Promise.resolve().then(work).then(
    () => "works",
    (error) => error instanceof OnnxRuntimeError ? error.message : String(error),
  );
  Deno.stdout.writeSync(new TextEncoder().encode(`${what}: ${said}\n`));
}

const [one, other] = await Promise.all([open(), open(SESSION.releaseRejects)]);
await say("a pass that rejects", () => read(one, PASS.rejects));
await say("the next pass", () => read(one, 0));
await say("a pass that rejects without a message", () => read(one, PASS.rejectsWithoutMessage));
await say("a pass that rejects at length", () => read(one, PASS.rejectsAtLength));
await say("a pass whose answer is noticed late", () => read(one, PASS.isNoticedLate));
await say("the pass that the notice comes in", () => read(one, 0));
await say("a model with more threads", async () => read(await open(1, 2), 0));
await say("a model that cannot be loaded", () => open(SESSION.rejects));
other.close();
await say("a pass after a model that could not be released", () => read(one, 0));
await say("a pass with an error beside it", () => read(one, PASS.throwsBeside));
await say("the next pass", () => read(one, 0));
await say("another model in that thread", () => open());
one.close();
await say("another thread", async () => read(await open(), 0));
await say("a model with an error beside its loading", () => open(SESSION.throwsBeside));
Deno.exit();
