// @ts-types="../../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { Token } from "../../../src/model/language_model.ts";
import {
  arithmeticOf,
  type EngineChoice,
  engineText,
  type LoadedModel,
  trainingEngine,
  type TrainingModel,
  untrained,
} from "../../../src/model/engine.ts";
import { engines } from "../../../src/model/engines.ts";
import { openModel } from "../../../src/model/open_model.ts";
import {
  type Arithmetic,
  ArithmeticError,
  arithmeticProblem,
  arithmetics,
  availableArithmetic,
  processorArithmetic,
} from "../../../src/model/simd/arithmetic.ts";
import { randomWeights } from "../small_model.ts";
import { testInEach } from "./arithmetics.ts";

const choices: readonly [EngineChoice, (Arithmetic | undefined)[], string, string][] = [
  ["simd", ["fused", "strict"], "simd", "simd"],
  [{ simd: "strict" }, ["strict", "strict"], "simd", "simd (strict)"],
  ["onnx", ["fused", "strict"], "simd", "onnx"],
  ["reference", [undefined, undefined], "reference", "reference"],
];

for (const [choice, expected, engine, text] of choices) {
  Deno.test(`arithmeticOf: ${text} trains with ${engine}, in ${expected} on a processor that has ${arithmetics}`, () => {
    assertEquals(arithmetics.map((processor) => arithmeticOf(choice, processor)), expected);
    assertEquals([trainingEngine(choice), engineText(choice)], [engine, text]);
  });
}

Deno.test("availableArithmetic: that of the processor if left out; fused is refused where there is none", () => {
  assertEquals(availableArithmetic(undefined, "strict"), "strict");
  assertEquals(availableArithmetic(undefined, "fused"), "fused");
  assertEquals(availableArithmetic("strict", "fused"), "strict");
  assertEquals(availableArithmetic("fused", "fused"), "fused");
  assertThrows(
    () => availableArithmetic("fused", "strict"),
    ArithmeticError,
    "cannot compute with fused arithmetic: this processor has none",
  );
  assertEquals(availableArithmetic(), processorArithmetic());
});

Deno.test("arithmeticProblem: only fused arithmetic on a strict processor is one", () => {
  const found = arithmetics.map((arithmetic) =>
    arithmetics.map((processor) => arithmeticProblem(arithmetic, processor) !== undefined)
  );
  assertEquals(found, [[false, true], [false, false]]);
});

const spec = { vocabSize: 27, blockSize: 16, nEmbd: 16, nHead: 4, nLayer: 1 };
const weights = randomWeights(spec, 3, 0.2);
const tokens: readonly Token[] = Array.from({ length: 16 }, (_, i) => (5 * i + 1) % 27);

function logitsOf(model: LoadedModel): readonly number[] {
  try {
    const [logits] = model.forward([{ sequence: model.open(), tokens, rows: 16 }]);
    return [...logits ?? []];
  } finally {
    model.close();
  }
}

function gradientOf(model: TrainingModel): readonly number[] {
  try {
    const loss = model.lossAndGradient([tokens]);
    return [loss, ...model.gradient().data];
  } finally {
    model.close();
  }
}

/** Logits and gradients of the engine simd. */
function computed(arithmetic?: Arithmetic): readonly (readonly number[])[] {
  const { languageModel, trainingModel } = engines.simd;
  return [
    logitsOf(languageModel(weights, 1, arithmetic)),
    gradientOf(trainingModel(untrained(weights), 1, 1, arithmetic)),
  ];
}

Deno.test("engines.simd: left out, the arithmetic is that of the processor", () => {
  assertEquals(computed(), computed(processorArithmetic()));
});

testInEach(
  (kind) =>
    `engines.simd: in ${kind} arithmetic logits and gradients are other bits than in strict, if it is another`,
  (kind) => {
    const strict = computed("strict");
    const differ = computed(kind).map((values, i) => String(values) !== String(strict[i]));
    assertEquals(differ, [kind !== "strict", kind !== "strict"]);
  },
);

testInEach(
  (kind) =>
    `openModel: simd decodes in ${kind} arithmetic as it is told, {simd: strict} in none but strict`,
  async (kind) => {
    const open = async (engine: EngineChoice) =>
      logitsOf(await openModel(weights, { engine, arithmetic: kind, threads: 1 }));
    assertEquals(await open("simd"), computed(kind)[0]);
    assertEquals(await open({ simd: "strict" }), computed("strict")[0]);
  },
);
