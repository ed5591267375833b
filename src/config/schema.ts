/**
 * The settings of a config, declared once: the types, the defaults, the checks and the JSON Schema that
 * editors use all come from here and, for strategies, from the definitions of `src/decode/`.
 *
 * @module
 */
import { z } from "zod";
import { strategySchema } from "../decode/settings_schema.ts";
import { normalizations } from "../data/normalization.ts";
import { longDocumentChoices } from "../data/windows.ts";
import { WRITTEN_URL } from "../data/secret_url.ts";
import { engineChoices } from "../model/engine.ts";
import { type ConfigPath, startsWith, valueAt } from "./path.ts";
import { NAME } from "./run_name.ts";

/** Where the strategies stand in a config. */
export const STRATEGIES = ["decoding", "strategies"] as const;

/** The largest `models.block_size`. */
export const MOST_BLOCK_SIZE = 65_536;

const TITLE = { title: "microbeam experiment" };

const positiveInteger = z.int().min(1);

const modelSizes = z.strictObject({
  n_embd: positiveInteger.max(16_384).describe("Width of the residual stream"),
  n_head: positiveInteger.describe("Attention heads; divides n_embd"),
  n_layer: positiveInteger.max(1_000).describe("Transformer layers"),
});

const modelFolder = z.strictObject({
  from: z.string().min(1).refine((path) => !path.includes("\0"), "expected text without NUL")
    .describe(
      "The folder of a model in Hugging Face's form, relative to this config or, after project:, to the " +
        "project; or hf:OWNER/NAME@REVISION, a model of the hub, downloaded once",
    ),
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional()
    .describe("SHA-256 that its files must have together, as the config.yaml of a run says it"),
});

const firstLayers = z.strictObject({
  layers: positiveInteger.max(1_000)
    .describe("The first layers of the target, with its head: an early exit"),
});

const decayRate = z.number().min(0).lt(1);
const training = z.strictObject({
  steps: positiveInteger.max(100_000_000).default(1000).describe("Updates"),
  batch_size: positiveInteger.max(65_536).default(32)
    .describe("Documents, or windows of long ones, per update; its gradient is the mean of theirs"),
  learning_rate: z.number().gt(0).default(0.015).describe(
    "Learning rate of the first step; falls linearly to 0",
  ),
  beta1: decayRate.default(0.85).describe("Adam: decay of the mean gradient"),
  beta2: decayRate.default(0.99).describe("Adam: decay of the mean squared gradient"),
  epsilon: z.number().gt(0).default(1e-8).describe("Adam: added to the root of the second moment"),
  initial_std: z.number().min(0).default(0.08)
    .describe("Standard deviation of the initial weights"),
});

const corpus = z.strictObject({
  path: z.string().min(1).refine((path) => !path.includes("\0"), "expected text without NUL")
    .optional()
    .describe(
      "A text file with one document per line, relative to this config or, after project:, to the project",
    ),
  url: z.url({ protocol: /^https?$/ }).regex(WRITTEN_URL).optional()
    .describe(
      "Where to download the corpus once; needs sha256. Its credentials and the values of its query are " +
        "written nowhere; ${HF_TOKEN} and ${MICROBEAM_…} in credentials are the environment's",
    ),
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional()
    .describe("SHA-256 that the file must have, 64 lower-case hexadecimal digits"),
  held_out: z.number().min(0).lt(1).default(0.1).describe(
    "Share of the documents that no model is trained on, chosen by their text alone; 0 trains on all; " +
      "of few documents at least one if left out",
  ),
  normalize: z.enum(normalizations).default(normalizations[0]).describe(
    "Unicode's normal form that documents and prompts are brought into: where one has é as a single " +
      "character (NFC) and the other as two (NFD), they have no token in common",
  ),
  long_documents: z.enum(longDocumentChoices).default(longDocumentChoices[0]).describe(
    "How documents longer than models.block_size are read: windows: whole, in consecutive pieces; " +
      "cut: their beginnings alone, as the original script does; error: they are refused",
  ),
});

const drawnPrompts = z.strictObject({
  from: z.enum(["held_out", "training"]).describe("Which documents they are drawn from"),
  count: positiveInteger.max(100_000).default(200)
    .describe(
      "How many documents are drawn, as many as there are if left out; " +
        "those that begin alike give the same prompt again",
    ),
  length: z.int().min(0).max(65_535).default(1)
    .describe("Characters at the beginning of a document that are its prompt"),
});

const listedPrompts = z.array(z.string()).min(1);
/** Its lines take its place before a config is checked: see `withPromptsOfFile`. */
const promptsFile = z.strictObject({
  file: z.string().min(1)
    .describe(
      "A text file with one prompt per line, relative to this config or, after project:, to the " +
        "project; read as a corpus is: without surrounding white space and empty lines",
    ),
});
const PROMPTS_MEANING =
  'The beginnings of the texts: a list, in which "" is nothing, how to draw them from documents, or ' +
  "a file that has them";

const engine = z.union([
  z.enum(engineChoices),
  z.strictObject({
    simd: z.enum(["strict"])
      .describe(
        "strict: every product and every sum is rounded, on any processor: for the same bytes on " +
          "machines with fused arithmetic and without, or as before there was any; training takes " +
          "about 1.2 times as long",
      ),
  }),
]);

/**
 * The schema of a config with one value for each setting.
 *
 * @internal
 */
export const experiment = z.strictObject({
  extends: z.string().min(1).optional()
    .describe("A config, relative to this one, whose settings hold where this one says nothing"),
  name: z.string().regex(NAME).optional()
    .describe(
      "Results go to outputs/<name>/: letters from a to z, digits, '.', '_' and '-'; " +
        "the name of the config's file if left out",
    ),
  seed: z.int().default(42).describe("All randomness comes from it"),
  seeding: z.enum(["independent", "sequential"]).default("independent").describe(
    "independent: shuffle and each model's weights have streams of their own; " +
      "sequential: one generator after another draws them all, as the original script does",
  ),
  engine: engine.optional().describe(
    "simd: f32 on WebAssembly SIMD, fast, in fused arithmetic (a product and a sum rounded as one) where " +
      "the processor has it; {simd: strict}: never fused, the same bytes on every processor (see engine.simd); " +
      "reference: f64, several hundred times slower, the original's " +
      "digits; onnx: onnxruntime (tasks run:onnx, run:native), which decodes what simd trained; " +
      "by default onnx for models from folders, else simd",
  ),
  corpus: corpus.optional()
    .describe("The documents; may be left out where nothing is trained, drawn or counted"),
  models: z.strictObject({
    block_size: positiveInteger.max(MOST_BLOCK_SIZE).optional()
      .describe(
        "The longest text a model sees, in tokens, BOS included; by default 16, or as long as models " +
          "from folders can read",
      ),
    target: z.union([modelSizes, modelFolder]).prefault({ n_embd: 16, n_head: 4, n_layer: 1 })
      .describe("The model that is decoded from: one to train, or one from a folder"),
    draft: z.union([modelSizes, modelFolder, firstLayers]).optional()
      .describe("The smaller model that proposes for it; it may be the target's first layers"),
  }).prefault({}),
  training: z.strictObject({
    target: training.prefault({}).describe("How the target is trained"),
    draft: training.prefault({ steps: 500 }).describe("How the draft is trained, if there is one"),
  }).prefault({}),
  decoding: z.strictObject({
    prompts: z.union([drawnPrompts, listedPrompts]).describe(PROMPTS_MEANING),
    samples: positiveInteger.max(10_000_000).default(1000).describe("Samples of each prompt"),
    max_new_tokens: z.int().min(0).default(12)
      .describe(
        "The most tokens to generate, the end of the text not counted; " +
          "what models.block_size has room for if left out",
      ),
    strategies: z.array(strategySchema).min(1)
      .describe("The strategies to try; a list where a value is expected tries each"),
  }),
  report: z.strictObject({
    question: z.string().regex(/\S/).max(1_000).optional().describe(
      "What the run asks, in your own words, which its report begins with; if left out, the strategies " +
        "decide",
    ),
    compare_prompts: z.array(z.string()).min(1).optional()
      .describe(
        "Prompts whose outputs the report shows side by side; the first two if left out, " +
          "or if others are decoded by a --set or a config that extends this one",
      ),
    baseline: z.string().min(1).optional().describe(
      "The cell that the report compares the others with, by its label: top_k(k=5). If left out, or if " +
        "others are decoded by a --set or a config that extends this one: sample, or else the first",
    ),
    ngram_orders: z.array(z.int().min(1).max(16)).refine(
      (orders) => new Set(orders).size === orders.length,
      "expected different orders",
    ).default([1, 2, 3, 4, 5])
      .describe("The n of the n-gram models whose loss stands beside that of the trained models"),
    charts: z.boolean().default(true).describe("Whether the report has charts"),
  }).prefault({}),
  zip: z.array(z.array(z.string()).min(2)).min(1).optional().describe(
    "Groups of swept settings, by their paths, that vary together and not as a product",
  ),
}).meta(TITLE);

/**
 * A config with every default filled in and one value for each setting, as the schema gives it.
 *
 * @internal
 */
export type Validated = z.output<typeof experiment>;

/** One thing that is wrong with a config, before it is put into words. */
export type SchemaIssue = z.core.$ZodIssue;

let jsonSchema: Readonly<Record<string, unknown>> | undefined;

/** The JSON Schema of a config with one value for each setting, in which defaults may be left out. */
export function experimentJsonSchema(): Readonly<Record<string, unknown>> {
  // It takes milliseconds to make.
  jsonSchema ??= z.toJSONSchema(writtenExperiment(), { io: "input" });
  return jsonSchema;
}

/** A config as it may be written, with a file of prompts. */
function writtenExperiment(): z.ZodType {
  const prompts = z.union([drawnPrompts, listedPrompts, promptsFile]).describe(PROMPTS_MEANING);
  const decoding = experiment.shape.decoding.extend({ prompts });
  return experiment.extend({ decoding }).meta(TITLE);
}

/** The part of the JSON Schema that is about the value at `path`, of variants the one that it is. */
export function schemaAt(data: unknown, path: ConfigPath): unknown {
  const variants = variantsAt(data, path);
  const value = valueAt(data, path);
  return variants.length === 1 ? variants[0] : variants.find((variant) => agrees(variant, value));
}

/** The part of the JSON Schema that is about the value at `path`: its variants if it has several. */
export function variantsAt(data: unknown, path: ConfigPath): readonly unknown[] {
  let variants: readonly unknown[] = [experimentJsonSchema()];
  let value = data;
  for (const key of path) {
    const schema = variants.length === 1 ? variants[0] : variants.find((one) => agrees(one, value));
    value = valueAt(value, [key]);
    // Prompts are a map or a list.
    const list = valueAt(schema, ["anyOf", 1]) ?? schema;
    variants = flattened(
      typeof key === "number" ? valueAt(list, ["items"]) : valueAt(propertiesOf(schema), [key]),
    );
  }
  return variants;
}

/** The properties of a map, or those of each of several that may stand in one place. */
export function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const choices = valueAt(schema, ["anyOf"]);
  const maps = Array.isArray(choices) ? choices : [schema];
  return Object.assign({}, ...maps.map((map) => valueAt(map, ["properties"])));
}

/** The variants of a map, and of each of those; the schema itself if it has none. */
function flattened(schema: unknown): readonly unknown[] {
  const variants = valueAt(schema, ["oneOf"]);
  return Array.isArray(variants) ? variants.flatMap(flattened) : [schema];
}

/** The properties of a map that can have one value only, by which its variants are told apart. */
export function constants(variant: unknown): Map<string, unknown> {
  const properties = valueAt(variant, ["properties"]) ?? {};
  return new Map(
    Object.entries(properties).flatMap(([key, property]) => {
      const constant = valueAt(property, ["const"]);
      return constant === undefined ? [] : [[key, constant]];
    }),
  );
}

/** Whether `value` has the constants of `variant`, or leaves out what has a default. */
function agrees(variant: unknown, value: unknown): boolean {
  return [...constants(variant)].every(([key, constant]) =>
    (valueAt(value, [key]) ?? valueAt(variant, ["properties", key, "default"])) === constant
  );
}

/** A setting, or a map of settings. */
export interface Setting {
  /** Such as `models`, `target`, `n_embd`. */
  readonly path: readonly string[];
  /** Whether a config may have a list in its place, which makes a variant of each value. */
  readonly sweepable: boolean;
  /** Its JSON Schema. */
  readonly schema: unknown;
}

let settings: readonly Setting[] | undefined;

/** Every setting and every map of settings outside `decoding.strategies`, in the schema's order. */
export function allSettings(): readonly Setting[] {
  settings ??= settingsBelow(experimentJsonSchema(), []);
  return settings;
}

/** The types of what may stand in one place. */
function variantTypes(schema: unknown): readonly unknown[] {
  const choices = valueAt(schema, ["anyOf"]);
  return (Array.isArray(choices) ? choices : [schema]).map((one) => valueAt(one, ["type"]));
}

/** They say where results go and how they are shown, and so change none; a file is read once. */
const NEVER_SWEPT: readonly string[] = ["extends", "name", "report", "decoding.prompts.file"];
const ONE_VALUE: readonly unknown[] = ["integer", "number", "string", "boolean"];

function settingsBelow(schema: unknown, above: readonly string[]): Setting[] {
  return Object.entries(propertiesOf(schema)).flatMap(([key, property]) => {
    const path = [...above, key];
    const sweepable = variantTypes(property).some((type) => ONE_VALUE.includes(type)) &&
      !NEVER_SWEPT.some((one) => startsWith(path, one.split(".")));
    return [{ path, sweepable, schema: property }, ...settingsBelow(property, path)];
  });
}
