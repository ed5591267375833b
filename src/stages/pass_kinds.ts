/**
 * The kinds of passes that recorded texts are made of: those of one model that read as many tokens, and
 * draw or do not.
 *
 * @module
 */
import type { Role } from "../decode/strategy.ts";
import type { LanguageModel } from "../model/language_model.ts";
import type { Beginning, Pass, RecordedTexts } from "./recorded_texts.ts";

/** Passes of one model that read as many tokens. */
export interface PassKind {
  /** Its name: the model, how many tokens it reads, and whether it draws. */
  readonly what: string;
  /** Whether the target makes them, or the draft. */
  readonly role: Role;
  /** Those of all texts. */
  readonly passes: readonly Pass[];
  /** How many of them occur in each of the recorded texts. */
  readonly countIn: Counts;
  /** How many would if no engine drew tokens: to draw one is to choose it, wherever that is done. */
  readonly readingIn: Counts;
}

/** How many passes of a kind occur in each of the texts. */
export type Counts = Map<RecordedTexts, number>;

/** The kinds of passes that occur. First ones of texts, which read the prompt, have kinds of their own. */
export function passKinds(
  recordings: readonly RecordedTexts[],
  target: LanguageModel | undefined,
  nameOf: (model: LanguageModel) => string,
): PassKind[] {
  const kinds = new Map<string, Omit<PassKind, "what"> & { readonly passes: Pass[] }>();
  const kindOf = (pass: Pass) => {
    const what = passName(pass, nameOf(pass.model));
    const known = kinds.get(what) ?? {
      role: pass.model === target ? "target" : "draft",
      passes: [] as Pass[],
      countIn: new Map(),
      readingIn: new Map(),
    };
    kinds.set(what, known);
    known.passes.push(pass);
    return known;
  };
  const addTo = (counts: Counts, texts: RecordedTexts): void =>
    void counts.set(texts, (counts.get(texts) ?? 0) + 1);
  for (const texts of recordings) {
    for (const pass of texts.passes) {
      const kind = kindOf(pass);
      addTo(kind.countIn, texts);
      const reading = pass.draw === undefined ? kind : kindOf({ ...pass, draw: undefined });
      addTo(reading.readingIn, texts);
    }
  }
  return [...kinds].map(([what, kind]): PassKind => ({ what, ...kind }))
    .sort((a, b) => a.what.localeCompare(b.what, "en", { numeric: true }));
}

/** Such as `pass of the target, 3 tokens`; after the prompt a first pass may read proposals. */
function passName({ before, tokens, rows, draw }: Pass, model: string): string {
  const drawn = draw === undefined ? "" : ", drawing";
  if (before.length > 0) return laterPass(tokens.length, model) + drawn;
  const read = rows - 1;
  const proposals = read === 0 ? "" : ` and ${tokensText(read)}`;
  return `first pass of the ${model}, prompt${proposals}${drawn}`;
}

function laterPass(tokens: number, model: string): string {
  return `pass of the ${model}, ${tokensText(tokens)}`;
}

function tokensText(tokens: number): string {
  return `${tokens} ${tokens === 1 ? "token" : "tokens"}`;
}

/** At most `most` of `passes`: at even distances in the order of how many tokens they read. */
export function evenly(passes: readonly Pass[], most: number): Pass[] {
  const length = ({ before, tokens }: Pass): number => before.length + tokens.length;
  const sorted = passes.toSorted((a, b) => length(a) - length(b));
  if (sorted.length <= most) return sorted;
  return Array.from(
    { length: most },
    (_, i) => sorted[Math.floor((i + 0.5) * sorted.length / most)] as Pass,
  );
}

/** The name of the passes of the target that read one token after others, if there are any. */
export function singlePass(
  kinds: readonly PassKind[],
  [beginning]: readonly Beginning[],
  nameOf: (model: LanguageModel) => string,
): string | undefined {
  if (beginning === undefined) return undefined;
  const name = laterPass(1, nameOf(beginning.target));
  return kinds.find(({ what }) => what === name)?.what;
}
