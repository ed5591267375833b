/**
 * The generated tables of `README.md` beside this file: strategies, warpers, drafts and acceptance
 * rules with their settings, as their definitions have them.
 *
 * @module
 */
import { z } from "zod";
import { type GeneratedParts, pageTable, withGenerated } from "../text/generated_page.ts";
import type { StrategyDefinition, WarperDefinition } from "./definition.ts";
import { strategies } from "./definitions.ts";
import type { AcceptanceRuleDefinition, DraftDefinition } from "./speculative/draft.ts";
import { drafts } from "./speculative/drafts/definitions.ts";
import { acceptanceRules } from "./speculative/speculative.ts";
import { warpers } from "./warp/definitions.ts";

/** The text of the page with its tables brought up to date; see {@linkcode withGenerated}. */
export function strategiesPage(current: string): string {
  return withGenerated(current, tables);
}

const tables: GeneratedParts = {
  strategies: () => {
    const others: readonly StrategyDefinition[] = strategies.filter(({ name }) => !isWarper(name));
    return pageTable(
      ["`strategy`", "chooses", "settings (default)", "deterministic", "search", "source"],
      others.map(({ name, summary, schema, isDeterministic, isSearch, reference = "" }) => [
        `\`${name}\``,
        summary,
        settingsOf(schema(z), ["strategy"]),
        isDeterministic ? "yes" : "no",
        isSearch ? "yes" : "no",
        reference,
      ]),
    );
  },
  warpers: () => {
    const all: readonly WarperDefinition[] = warpers;
    return pageTable(
      ["warper", "effect", "limits", "as a strategy (default)", "source"],
      all.map(({ name, summary, edges, strategy, reference = "" }) => [
        `\`${name}\``,
        summary,
        edges,
        `\`${name}\` with \`${strategy.setting}\` (${strategy.default})`,
        reference,
      ]),
    );
  },
  formulas: () => {
    const all: readonly WarperDefinition[] = warpers;
    return pageTable(
      ["warper", "formula"],
      all.map(({ name, formula }) => [`\`${name}\``, formula]),
    );
  },
  drafts: () => {
    const all: readonly DraftDefinition[] = drafts;
    return pageTable(
      ["`draft`", "proposes", "settings (default)", "needs", "source"],
      all.map(({ name, summary, settings, needs, reference = "" }) => [
        `\`${name}\``,
        summary,
        settingsOf(z.object(settings(z)), []),
        needs,
        reference,
      ]),
    );
  },
  "acceptance rules": () => {
    const all: readonly AcceptanceRuleDefinition[] = acceptanceRules;
    return pageTable(
      ["`acceptance_rule`", "effect", "source"],
      all.map(({ name, summary, reference = "" }) => [`\`${name}\``, summary, reference]),
    );
  },
};

function isWarper(name: string): boolean {
  return warpers.some((warper) => warper.name === name);
}

/** The settings that a schema describes, all but `left`, each with its default if it has one. */
function settingsOf(schema: z.ZodType, left: readonly string[]): string {
  const branches = branchesOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  // A setting of several branches is one setting; some branches may have it as their tag.
  const settings = new Map<string, string>();
  for (const properties of branches) {
    for (const [name, property] of Object.entries(properties)) {
      if (left.includes(name) || settings.get(name)?.includes("(")) continue;
      const fallback: unknown = Reflect.get(property, "default");
      const said = fallback === undefined ? "" : ` (${shown(fallback)})`;
      settings.set(name, `\`${name}\`${said}`);
    }
  }
  return [...settings.values()].join(", ");
}

function shown(value: unknown): string {
  return Array.isArray(value) && value.length === 0 ? "none" : String(value);
}

/** The properties of each alternative of a JSON Schema. */
function branchesOf(schema: z.core.JSONSchema.BaseSchema): Record<string, object>[] {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.flatMap(branchesOf);
  return [
    Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, property]) => [
        name,
        typeof property === "object" ? property : {},
      ]),
    ),
  ];
}
