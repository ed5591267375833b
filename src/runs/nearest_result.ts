import { stageNamed } from "../stages/stages.ts";
import type { Json, ResultId, StoredHead } from "../store/stored_result.ts";

/** A setting or another input that has changed. */
export interface Difference {
  /** The setting's path, or a description of the input. */
  readonly path: string;
  /** The setting's value then. */
  readonly old: string | undefined;
  /** The setting's value now. */
  readonly now: string | undefined;
}

/** An earlier result, and how it differs from the one in question. */
export interface Nearest {
  /** The earlier one. */
  readonly head: StoredHead;
  /** What has changed; nothing where it is the same. */
  readonly differences: readonly Difference[];
  /** The cost of a unit now, relative to then. */
  readonly cost: number;
}

/** With more differences than these it is another result, and not a changed one. */
const FAR = 4;

/** The result among `heads` of the same family that differs the least from `id`. */
export function nearestOf(id: ResultId, heads: readonly StoredHead[]): Nearest | undefined {
  const { family, unitCost, inputNames } = stageNamed(id.stage);
  const comparable = heads.filter((head) => family?.(head.id) === family?.(id));
  const nearest = comparable.map((head): Nearest => ({
    head,
    differences: differencesOf(head.id.inputs, id.inputs, { ...VERSIONS, ...inputNames }),
    cost: (unitCost?.(id) ?? 1) / (unitCost?.(head.id) ?? 1),
  }));
  return nearest.toSorted((a, b) =>
    a.differences.length - b.differences.length ||
    Number(b.head.id.name === id.name) - Number(a.head.id.name === id.name)
  )[0];
}

/** Whether a result is an earlier one with a few changes. */
export function isNear({ differences }: Nearest): boolean {
  return differences.length <= FAR;
}

/** What differs in `now` from `old`, path by path; inputs that are no settings have `names`. */
function differencesOf(
  old: ResultId["inputs"],
  now: ResultId["inputs"],
  names: Readonly<Record<string, string>>,
): Difference[] {
  const before = leavesOf(old);
  const after = leavesOf(now);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path): Difference[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (a === b) return [];
    const words = names[path];
    if (words !== undefined) return [{ path: words, old: undefined, now: undefined }];
    return [{ path, old: a ?? "nothing", now: b ?? "nothing" }];
  });
}

/** What a change of versions means. */
const VERSIONS: Readonly<Record<string, string>> = {
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
