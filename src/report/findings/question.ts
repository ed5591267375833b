import { joined, type Prose, prose } from "../prose.ts";
import type { FindingDefinition } from "./finding.ts";

/** The most questions that a report begins with. */
const MOST_QUESTIONS = 3;

/**
 * The question of `run`: as its config has it in `written`, or else those of the kinds of findings
 * that apply to it, the first few of them.
 */
export function questionOf<Run>(
  definitions: readonly FindingDefinition<Run>[],
  run: Run,
  written: string | undefined,
): Prose {
  if (written !== undefined) {
    return [{ kind: "text", text: written.trim().replaceAll(/\s+/g, " ") }];
  }
  const asked = definitions.flatMap(({ question }) => {
    const own = question?.(run);
    return own === undefined ? [] : [own];
  });
  return asked.length === 0
    ? prose`How do the strategies continue the same prompts, and how sure is what is measured of them?`
    : joined(asked.slice(0, MOST_QUESTIONS), " ");
}
