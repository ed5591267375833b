import type { Json } from "../store/canonical_json.ts";
import type { EntryHead, StageId } from "../store/stored_result.ts";

/** A setting or input that is otherwise. */
export interface Difference {
  /** The setting's path, or in words which input. */
  readonly path: string;
  /** Its value then, if it had one that can be shown. */
  readonly old: string | undefined;
  /** Its value now, likewise. */
  readonly now: string | undefined;
}

/** An earlier result, and how it differs from the one in question. */
export interface Nearest {
  /** The earlier one. */
  readonly head: EntryHead;
  /** What is otherwise; nothing where it is the same. */
  readonly differences: readonly Difference[];
  /** How much more work each thing is now, by the sizes of the model. */
  readonly size: number;
}

/** So many differences make another thing, and not a changed one. */
const FAR = 4;

/** The result among `heads` that differs the least from `id`, of those that are of the same kind. */
export function nearestOf(id: StageId, heads: readonly EntryHead[]): Nearest | undefined {
  const comparable = heads.filter((head) => isComparable(id, head.id));
  const nearest = comparable.map((head): Nearest => ({
    head,
    differences: differencesOf(head.id.inputs, id.inputs),
    size: size(id.inputs) / size(head.id.inputs),
  }));
  return nearest.toSorted((a, b) =>
    a.differences.length - b.differences.length ||
    Number(b.head.id.name === id.name) - Number(a.head.id.name === id.name)
  )[0];
}

/** Whether a result can be said to be another one changed. */
export function isNear({ differences }: Nearest): boolean {
  return differences.length <= FAR;
}

/** Results of the same model, or of cells of the same strategy. */
function isComparable(a: StageId, b: StageId): boolean {
  return strategyOf(a) === strategyOf(b) && (a.stage !== "train" || a.name === b.name);
}

function strategyOf({ inputs }: StageId): string {
  const { strategy } = inputs;
  return typeof strategy === "object" && strategy !== null && "strategy" in strategy
    ? String(strategy.strategy)
    : "";
}

/** What is otherwise in `now` than in `old`, path by path. */
function differencesOf(old: StageId["inputs"], now: StageId["inputs"]): Difference[] {
  const before = leavesOf(old);
  const after = leavesOf(now);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): Difference[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (a === b) return [];
    const words = IN_WORDS[path];
    if (words !== undefined) return [{ path: words, old: undefined, now: undefined }];
    return [{ path, old: a ?? "nothing", now: b ?? "nothing" }];
  });
}

/** What a change of an input that is no setting means. */
const IN_WORDS: Readonly<Record<string, string>> = {
  target: "another target",
  draft: "another draft",
  model: "another model",
  "corpus.sha256": "another corpus",
  "versions.stage": "another version of microbeam",
  "versions.v8": "another version of Deno",
};

/** Every value in `inputs` by its path, as text. */
function leavesOf(inputs: Json | undefined, path = ""): Map<string, string> {
  if (inputs === undefined) return new Map();
  const isMap = typeof inputs === "object" && inputs !== null && !Array.isArray(inputs);
  if (!isMap) return new Map([[path, JSON.stringify(inputs)]]);
  return new Map(
    Object.entries(inputs).flatMap(([key, value]) => [
      ...leavesOf(value, path === "" ? key : `${path}.${key}`),
    ]),
  );
}

/** What a model's passes cost, about: its matrices' sizes; 1 where nothing is known of them. */
function size({ models }: StageId["inputs"]): number {
  const sizes = Object.values(typeof models === "object" && models !== null ? models : {})
    .find((value) => typeof value === "object" && value !== null && "n_embd" in value);
  if (typeof sizes !== "object" || sizes === null || !("n_embd" in sizes)) return 1;
  const { n_embd, n_layer } = sizes;
  return Number(n_embd) ** 2 * Number(n_layer);
}
