/**
 * The setting `engine`: a name, or simd without fused arithmetic.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import { readExperiments } from "../../src/config/experiment.ts";
import { problemsOf } from "./refusal.ts";

const minimal = `
corpus: { path: names.txt }
decoding: { prompts: [a], strategies: [{ strategy: greedy }] }
`;
const STRICT = { simd: "strict" };

const accepted: readonly [
  written: string,
  sets: string[],
  engines: unknown[],
  labels: unknown[],
][] = [
  ["", [], ["simd"], [undefined]],
  ["engine: simd", [], ["simd"], [undefined]],
  ["engine: { simd: strict }", [], [STRICT], [undefined]],
  ["engine: simd", ["engine={simd: strict}"], [STRICT], [undefined]],
  ["engine: simd", ["engine.simd=strict"], [STRICT], [undefined]],
  ["engine: reference", ["engine.simd=strict"], [STRICT], [undefined]],
  ["", ["engine.simd=strict"], [STRICT], [undefined]],
  ["engine: { simd: strict }", ["engine=simd"], ["simd"], [undefined]],
  ["engine: { simd: strict }", ["engine=null"], ["simd"], [undefined]],
  [
    "engine: [simd, { simd: strict }, reference]",
    [],
    ["simd", STRICT, "reference"],
    ["engine=simd", "engine=simd-strict", "engine=reference"],
  ],
  [
    "",
    ["engine={simd: strict},simd"],
    [STRICT, "simd"],
    ["engine=simd-strict", "engine=simd"],
  ],
];
for (const [written, sets, engines, labels] of accepted) {
  Deno.test(`config: engine: ${JSON.stringify(written)} with --set ${sets} is ${JSON.stringify(engines)}`, () => {
    const found = readExperiments("c.yaml", `${minimal}${written}\n`, sets);
    assertEquals(found.map(({ config: { engine } }) => engine), engines);
    assertEquals(found.map(({ variant }) => variant?.label), labels);
  });
}

const NAMES = "expected one of simd, reference, onnx, {simd: strict}";
const FUSED = 'expected strict, found "fused"; leave it out: engine: simd is fused where the ' +
  "processor can";
const refused: readonly [written: string, problems: string[]][] = [
  ["engine: smid", [`c.yaml:4:1: engine: ${NAMES}, found "smid"; did you mean "simd"?`]],
  [
    "engine: strict",
    [`c.yaml:4:1: engine: ${NAMES}, found "strict"; did you mean {simd: strict}?`],
  ],
  ["engine: 3", [`c.yaml:4:1: engine: ${NAMES}, found 3`]],
  [
    "engine: { simd: strikt }",
    ['c.yaml:4:11: engine.simd: expected strict, found "strikt"; did you mean "strict"?'],
  ],
  ["engine: { simd: fused }", [`c.yaml:4:11: engine.simd: ${FUSED}`]],
  [
    "engine: [simd, { simd: fused }]",
    [`c.yaml:4:18: engine[1].simd: ${FUSED}`],
  ],
  ["engine: {}", ["c.yaml:4:1: engine.simd: expected strict, found nothing"]],
  [
    "engine: { smid: strict }",
    [
      'c.yaml:4:11: engine.smid: unknown key: expected simd, found "smid"; did you mean "simd"?',
    ],
  ],
  [
    "engine: { onnx: strict }",
    ['c.yaml:4:11: engine.onnx: unknown key: expected simd, found "onnx"'],
  ],
  [
    "engine: [{ simd: strict }, { simd: strict }]",
    ["c.yaml:4:28: engine[1]: expected each value once, found a map again"],
  ],
  [
    "engine: { simd: strict }\nmodels: { target: { from: some/folder } }",
    [
      "c.yaml:4:1: engine: expected onnx, or reference, for models.target, which is read from a " +
      "folder, found simd, which computes trained models only; --set engine=onnx",
    ],
  ],
];
for (const [written, problems] of refused) {
  Deno.test(`config: ${JSON.stringify(written)} is refused`, async () => {
    assertEquals(
      await problemsOf(() => readExperiments("c.yaml", `${minimal}${written}\n`)),
      problems,
    );
  });
}
