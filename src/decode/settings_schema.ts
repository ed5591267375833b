/**
 * The schema of all strategies' settings, made from their definitions.
 *
 * @module
 */
import { z } from "zod";
import type { SettingsSchema } from "./definition.ts";
import { strategies, type StrategySettings } from "./definitions.ts";

const [firstStrategy, ...otherStrategies] = strategies;
const first = firstStrategy.schema(z);
const others = otherStrategies.map(({ schema }) => schema(z));

/**
 * The schema of a strategy with its settings.
 *
 * @internal
 */
export const strategySchema: SettingsSchema<StrategySettings> = z.discriminatedUnion("strategy", [
  first,
  ...others,
]);

/**
 * The names of the settings of all strategies: `strategy`, then each behind the one that it follows in
 * the first strategy that has it.
 */
export function settingNames(): readonly string[] {
  const names: string[] = [];
  for (const schema of [first, ...others]) {
    const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    for (const own of alternatives(json)) {
      own.forEach((name, i) => {
        if (names.includes(name)) return;
        const before = i === 0 ? names.length - 1 : names.indexOf(own[i - 1] ?? "");
        names.splice(before + 1, 0, name);
      });
    }
  }
  return names;
}

/** The names in each alternative of a JSON Schema, in order. */
function alternatives(schema: z.core.JSONSchema.BaseSchema): string[][] {
  const several = schema.anyOf ?? schema.oneOf;
  return several?.flatMap(alternatives) ?? [Object.keys(schema.properties ?? {})];
}
