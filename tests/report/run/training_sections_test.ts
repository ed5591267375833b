/**
 * What a report says of where the target stands among n-gram models.
 *
 * @module
 */
// @ts-types="../../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lossMeasuresOf, measuresOf } from "../../../src/report/run/measures_of_run.ts";
import { measures } from "../../../src/measure/measures.ts";
import { overviewOf } from "../../../src/report/run/overview.ts";
import type { ModelLosses } from "../../../src/measure/corpus_loss.ts";
import { loadQuantiles } from "../../../src/measure/quantiles.ts";
import { corpusSection, modelsSection } from "../../../src/report/run/training_sections.ts";
import { transformerOf } from "../../../src/model/transformer.ts";
import { Weights } from "../../../src/model/weights.ts";
import { prose } from "../../../src/report/prose.ts";
import type { RunRecord } from "../../../src/report/run/run_record.ts";
import { record } from "../made_up_run.ts";
import { sectionText } from "../read_report.ts";

await loadQuantiles();

/** The losses of a model on 16 documents of one token each: half are `noise` above `mean`, half below. */
function model(name: string, mean: number, noise = 0.1): ModelLosses {
  const nats = Array.from({ length: 16 }, (_, i) => mean + (i % 2 === 0 ? noise : -noise));
  const ones = nats.map(() => 1);
  const heldOut = {
    documents: 16,
    tokens: 16,
    natsPerToken: { value: mean },
    bitsPerCharacter: { value: mean },
  };
  const documents = nats.map((_, i) => i);
  return {
    name,
    heldOut,
    byDocument: { documents, tokens: ones, characters: ones, nats },
    training: heldOut,
  };
}

const text = (losses: readonly ModelLosses[]): string =>
  sectionText(modelsSection({ ...record, losses }, []));

const target = model("target", 2.2, 0);
const [far, near, ahead] = [model("1-gram", 2.9), model("3-gram", 2.5), model("5-gram", 2)];

// The standard deviation of a difference is 0.1 √(16/15), and t.975 of 15 degrees of freedom 2.1314:
// an interval reaches .055.
const sentences: readonly [what: string, ModelLosses[], says: string][] = [
  [
    "some are beaten",
    [target, far, near, ahead],
    "below that of the 3-gram (2.500; difference -0.300 ± 0.055) and the 1-gram; above that " +
    "of the 5-gram (2.000; difference +0.200 ± 0.055). Differences are to the nearest",
  ],
  ["all are beaten", [target, far, near], "and the 1-gram. The target beats every n-gram model. D"],
  ["none is beaten", [target, ahead], "The target beats none of them: it has learned no more than"],
  [
    "one is not told apart",
    [target, model("2-gram", 2.21), ahead],
    "not told apart from that of the 2-gram (2.210; difference -0.010 ± 0.055); above that",
  ],
];
for (const [what, losses, says] of sentences) {
  Deno.test(`modelsSection: where ${what} it says so`, () => {
    assertStringIncludes(text(losses), "The target's held-out loss is 2.200 nats per token: ");
    assertStringIncludes(text(losses), says);
    assertEquals(text(losses).includes("beats none"), what === "none is beaten");
  });
}

const trainedOnly = ({ name, training }: ModelLosses): ModelLosses => ({ name, training });
const silent: readonly [what: string, ModelLosses[]][] = [
  ["no document was held out", [target, near].map(trainedOnly)],
  ["there are no n-gram models", [target]],
  ["the target's loss failed", [near]],
  ["single losses are not known", [target, near].map(({ byDocument: _, ...losses }) => losses)],
];
for (const [what, losses] of silent) {
  Deno.test(`modelsSection: where ${what} it says nothing of n-gram models that are beaten`, () =>
    assert(!text(losses).includes("The target's held-out loss is")));
}

Deno.test("modelsSection: says that intervals do not cover training where there are any", () => {
  const sentence = "They do not cover training: another seed trains other models";
  assertStringIncludes(text([target]), sentence);
  assert(!text([trainedOnly(target)]).includes(sentence));
});

Deno.test("corpusSection: without a corpus, says where the models come from and which tokens they read", () => {
  const { file: _file, ...corpus } = record.corpus;
  const { config } = record.experiment;
  const models = { ...config.models, target: { from: "x" }, draft: { layers: 2 } };
  const spec = transformerOf(new Weights(SMALL)).spec;
  const run: RunRecord = {
    ...record,
    experiment: { ...record.experiment, config: { ...config, models } },
    corpus: { ...corpus, documents: 0, heldOut: 0, longest: 0 },
    models: [],
    others: [
      { name: "target", from: "a | `b`", spec, parameters: 1 },
      { name: "draft", from: "the first 2 layers of the target", spec, parameters: 1 },
    ],
  };
  const section = corpusSection(run);
  assertEquals(section.heading, prose`Settings`);
  const text = sectionText(section);
  assert(!text.includes("No model was trained"));
  assertStringIncludes(sectionText(modelsSection(run, [])), "No model was trained by this run.");
  assertStringIncludes(text, "The draft is the first 2 layers of the target.");
  for (const absent of ["SHA-256", "held out from training", "small GPT", "training.csv"]) {
    assert(!text.includes(absent), absent);
  }
  assertStringIncludes(text, "characters");
  assertStringIncludes(sectionText(corpusSection(record)), "SHA-256");
});

const SMALL = { vocabSize: 3, blockSize: 4, nEmbd: 2, nHead: 1, nLayer: 2 };

Deno.test("modelsSection: of models that were not trained, says neither what they saw nor what seeds change", () => {
  const spec = transformerOf(new Weights(SMALL)).spec;
  const losses = [model("target", 3), model("2-gram", 2)];
  const others: RunRecord["others"] = [{ name: "target", from: "m", spec, parameters: 1 }];
  const { config } = record.experiment;
  const models = { ...config.models, target: { from: "m" } };
  const experiment = { ...record.experiment, config: { ...config, models } };
  const own = sectionText(modelsSection({ ...record, experiment, models: [], others, losses }, []));
  const trained = sectionText(modelsSection({ ...record, losses }, []));
  for (
    const said of [
      "which no model has seen",
      "another seed trains",
      "learned no more than counting",
    ]
  ) {
    assertStringIncludes(trained, said);
    assert(!own.includes(said), said);
  }
  assertStringIncludes(own, "what the others were trained on is not known");
  assertStringIncludes(own, "The target beats none of them, which were counted in documents");
  assertStringIncludes(own, "SHA-256");
});

Deno.test("modelsSection: of an early exit of a trained target, says that nothing has seen what is held out", () => {
  const spec = transformerOf(new Weights(SMALL)).spec;
  const others: RunRecord["others"] = [{ name: "draft", from: "a layer", spec, parameters: 1 }];
  const losses = [model("target", 3)];
  const text = sectionText(modelsSection({ ...record, others, losses }, []));
  assertStringIncludes(text, "which no model has seen");
  assertStringIncludes(text, "The draft is a part of the target");
  assert(!text.includes("SHA-256"));
});

Deno.test("measuresOf: a report calls documents training documents only where the target was trained", () => {
  const { config } = record.experiment;
  const models = { ...config.models, target: { from: "m" } };
  const run = { ...record, experiment: { ...record.experiment, config: { ...config, models } } };
  assertEquals(measuresOf(record), measures);
  const said = [...measuresOf(run), ...lossMeasuresOf(run, record.losses)]
    .map(({ glossary }) => glossary).join("\n");
  assert(!said.includes("training document") && !said.includes("overfitting"));
  assertEquals(overviewOf(run)?.shown.some(({ name }) => name === "novel_share"), false);
});
