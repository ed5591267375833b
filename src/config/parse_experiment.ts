/**
 * Configs as data, checked against the schema.
 *
 * @module
 */
import { normalizedText } from "../data/normalization.ts";
import type { StrategySettings } from "../decode/definitions.ts";
import { engineNames } from "../model/engine.ts";
import { experiment, type SchemaIssue, type Validated } from "./schema.ts";
import {
  areListed,
  isFolder,
  readingOf,
  type StrategyEntry,
  type WrittenConfig,
} from "./settings.ts";

/** A config that has passed the schema: see {@linkcode parseExperiment}. */
export interface ParsedExperiment {
  /** Everything but the strategies, and these as they are in the data. */
  readonly config: WrittenConfig;
  /** The strategies. */
  readonly strategies: readonly StrategySettings[];
}

/** Checks `data`, which has no lists of values to try, against the schema. */
export function parseExperiment(
  data: unknown,
): ParsedExperiment | { readonly issues: readonly SchemaIssue[] } {
  const result = parsed(data);
  if ("issues" in result) return result;
  const { extends: _extends, zip: _zip, seed, seeding, engine, ...config } = result;
  const { strategies } = config.decoding;
  const entries = strategies.map((settings): StrategyEntry => ({ ...settings }));
  const decoding = { ...config.decoding, strategies: entries };
  const { block_size = hasFolder(config.models) ? undefined : BLOCK_SIZE, ...models } =
    config.models;
  const written: WrittenConfig = {
    // In the order in which a config is written again.
    seed,
    seeding,
    engine: engine ?? (hasFolder(models) ? "onnx" : engineNames[0]),
    ...config,
    models: block_size === undefined ? models : { block_size, ...models },
    decoding,
  };
  return { config: withNormalPrompts(written), strategies };
}

/** `models.block_size` where no model has one of its own. */
const BLOCK_SIZE = 16;

function hasFolder({ target, draft }: Validated["models"]): boolean {
  return [target, draft].some(isFolder);
}

/** The config with its prompts in the normal form that it asks for. */
function withNormalPrompts(config: WrittenConfig): WrittenConfig {
  const { decoding, report } = config;
  const { normalize } = readingOf(config);
  const inForm = (prompts: readonly string[]): string[] =>
    prompts.map((prompt) => normalizedText(prompt, normalize));
  const { prompts } = decoding;
  const { compare_prompts: compared } = report;
  return {
    ...config,
    decoding: { ...decoding, prompts: areListed(prompts) ? inForm(prompts) : prompts },
    report: compared === undefined ? report : { ...report, compare_prompts: inForm(compared) },
  };
}

function parsed(data: unknown): Validated | { readonly issues: readonly SchemaIssue[] } {
  try {
    const result = experiment.safeParse(data, { reportInput: true });
    return result.success ? result.data : { issues: result.error.issues };
  } catch (error) {
    // Zod hands problems on as arguments, of which there can be some hundred thousand.
    // Of a map in place of a list it compares `length` with a limit, whatever is called that.
    const isTooMuch = error instanceof RangeError;
    if (!isTooMuch && !(error instanceof TypeError)) throw error;
    const found = isTooMuch ? "more wrong with it than can be told" : "a map in place of a number";
    const message = `expected a config, found ${found}`;
    return { issues: [{ code: "custom", path: [], input: data, message }] };
  }
}
