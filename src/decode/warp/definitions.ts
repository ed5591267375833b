/**
 * The list of warpers, and chains of them: everything else about a warper follows from its definition
 * in this list.
 *
 * @module
 */
import type { z } from "zod";
import type { WarperChain, WarperDefinition, Zod } from "../definition.ts";
import { epsilonDefinition, etaDefinition } from "./epsilon.ts";
import { minPDefinition } from "./min_p.ts";
import {
  frequencyPenaltyDefinition,
  noRepeatNgramDefinition,
  presencePenaltyDefinition,
  repetitionPenaltyDefinition,
} from "./penalties.ts";
import { temperatureDefinition } from "./temperature.ts";
import { topKDefinition } from "./top_k.ts";
import { topNSigmaDefinition } from "./top_n_sigma.ts";
import { topPDefinition } from "./top_p.ts";
import { typicalPDefinition } from "./typical_p.ts";
import type { Warper } from "./warper.ts";

/**
 * Every warper, in the order of configs and tables.
 *
 * @internal
 */
export const warpers = [
  temperatureDefinition,
  topKDefinition,
  topPDefinition,
  minPDefinition,
  typicalPDefinition,
  topNSigmaDefinition,
  epsilonDefinition,
  etaDefinition,
  repetitionPenaltyDefinition,
  presencePenaltyDefinition,
  frequencyPenaltyDefinition,
  noRepeatNgramDefinition,
] as const;

/** The name of a warper in configs. */
export type WarperName = (typeof warpers)[number]["name"];

/** One warper of a chain with its value: `{ top_k: 5 }`. */
export type WarperSettings = {
  [Name in WarperName]: { readonly [Key in Name]: number };
}[WarperName];

const byName: ReadonlyMap<string, WarperDefinition> = new Map(
  warpers.map((warper) => [warper.name, warper]),
);

/** The warpers of `chain` with their values, in its order. */
export function createWarpers(chain: WarperChain): Warper[] {
  return chain.flatMap((settings) =>
    Object.entries(settings).map(([name, value]) => {
      const warper = byName.get(name);
      if (warper === undefined) {
        throw new RangeError(
          `Cannot warp by "${name}": expected one of ${[...byName.keys()].join(", ")}`,
        );
      }
      return warper.create(value);
    })
  );
}

/** `chain` without the warpers that change no distribution, such as `top_p: 1`. */
export function effectiveChain(chain: WarperChain): WarperChain {
  return chain.filter((settings) =>
    Object.entries(settings).some(([name, value]) => byName.get(name)?.identity !== value)
  );
}

/** A hint for the message that refuses `value` of the warper or setting `name`, if there is one. */
export function refusalHint(name: string, value: unknown): string | undefined {
  const definitions: readonly WarperDefinition[] = warpers;
  return definitions.find(({ refused, strategy, ...warper }) =>
    refused?.value === value && [warper.name, strategy.setting].includes(name)
  )?.refused?.hint;
}

/**
 * The schema of a chain.
 *
 * @internal
 */
export type ChainSchema = z.ZodType<readonly WarperSettings[], readonly WarperSettings[]>;

let chain: ChainSchema | undefined;

/** The schema of a chain: a list of maps with one key each, in the order of application. */
export function chainSchema(z: Zod): ChainSchema {
  return chain ??= z.array(warperSchema(z)) as unknown as ChainSchema;
}

/** Zod's types cannot say "exactly one of these keys"; a union would have a message for each of them. */
function warperSchema(z: Zod): z.ZodType {
  const values = warpers.map(({ name, value }): [string, z.ZodType] => {
    const schema = value(z);
    return [name, schema.optional().describe(schema.description ?? name)];
  });
  return z.strictObject(Object.fromEntries(values)).refine(
    (entry) => Object.keys(entry).length === 1,
    {
      error: ({ input }) => {
        const names = Object.keys(input as object);
        return names.length === 0
          ? "expected a warper and its value, such as top_k: 5, found an empty map"
          : `expected one warper in each item of the list, found ${names.join(" and ")}`;
      },
      // An unknown name has been found already.
      when: ({ issues }) => issues.length === 0,
    },
  ).meta({ minProperties: 1, maxProperties: 1 });
}
