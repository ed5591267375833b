/**
 * The earlier result that differs the least from one in question: by how many of the values that it
 * depends on. Earlier results are in a tree, level by level a value, so that those which have much in
 * common are passed together.
 *
 * @module
 */
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
  /** The inputs that have changed; none where it is the same. */
  readonly differences: readonly Difference[];
  /** The cost of a unit now, relative to then. */
  readonly cost: number;
}

/** With more differences than these it is another result, and not a changed one. */
const FAR = 4;

/** Whether an earlier result with these differences was changed a little, and is not another one. */
export function areFew(differences: readonly Difference[]): boolean {
  return differences.length <= FAR;
}

/** `now` beside the earlier result `head`. */
export function beside(head: StoredHead, now: ResultId): Nearest {
  const { unitCost, inputNames, impliedInputs = {} } = stageNamed(now.stage);
  return {
    head,
    // Most are asked for their cost alone.
    get differences() {
      const names = { ...VERSIONS, ...inputNames };
      return differencesOf(head.id.inputs, now.inputs, names, impliedInputs);
    },
    cost: (unitCost?.(now) ?? 1) / (unitCost?.(head.id) ?? 1),
  };
}

/** The earlier results of one stage. */
export class NearestResults {
  readonly #families: ReadonlyMap<string | undefined, Family>;

  /** Of `heads`, all of one stage; of those that differ as little the first in that order is taken. */
  constructor(heads: readonly StoredHead[]) {
    const byFamily = Map.groupBy(heads, ({ id }) => stageNamed(id.stage).family?.(id));
    this.#families = new Map([...byFamily].map(([name, own]) => [name, new Family(own)]));
  }

  /**
   * The result of the family of `id` that differs the least from it, of several one with its name; if
   * all of them differ much, any.
   */
  of(id: ResultId): Nearest | undefined {
    const head = this.#families.get(stageNamed(id.stage).family?.(id))?.nearest(id);
    return head === undefined ? undefined : beside(head, id);
  }

  /** How many nodes of the trees were visited so far: the work of the searches. @internal */
  get visits(): number {
    return [...this.#families.values()].reduce((sum, { visits }) => sum + visits, 0);
  }
}

/** A level of the tree: what lies below each value. */
type Node = Map<string | undefined, Node | StoredHead>;

/** Results whose inputs can be compared. */
class Family {
  /** The levels of the tree below the name: paths of inputs, those with the fewest values first. */
  readonly #paths: readonly {
    readonly path: string;
    /** The values that there are. */
    readonly values: ReadonlySet<string | undefined>;
  }[];
  /** By name, and below that by the values of the paths. */
  readonly #root: Node = new Map();
  /** The heads that were found, by keys and by the values that were looked for. */
  readonly #found = new Map<string, StoredHead>();
  /** Nodes that searches have visited. */
  visits = 0;

  constructor(heads: readonly StoredHead[]) {
    const leaves = heads.map((head) => ({ head, values: leavesOf(head.id.inputs) }));
    const paths = new Set(leaves.flatMap(({ values }) => [...values.keys()]));
    this.#paths = [...paths]
      .map((path) => ({ path, values: new Set(leaves.map(({ values }) => values.get(path))) }))
      .sort((a, b) => a.values.size - b.values.size);
    for (const { head, values } of leaves) {
      let node = this.#root;
      const steps = [head.id.name, ...this.#paths.map(({ path }) => values.get(path))];
      const last = steps.pop();
      for (const step of steps) {
        const known = node.get(step);
        const next: Node = known instanceof Map ? known : new Map();
        node.set(step, next);
        node = next;
      }
      if (!node.has(last)) node.set(last, head);
    }
  }

  /** The head that differs the least from `id`. */
  nearest(id: ResultId): StoredHead | undefined {
    const known = this.#found.get(id.key);
    if (known !== undefined) return known;
    const leaves = leavesOf(id.inputs);
    // A value that no head has differs from all: searches that differ in such values alone are one.
    const values = this.#paths.map(({ path, values }) => {
      const value = leaves.get(path);
      return values.has(value) ? { value } : UNKNOWN;
    });
    const texts = values.map((value) => value === UNKNOWN ? "unknown" : value.value ?? "nothing");
    const search = [...texts, id.name].join("\n");
    const found = this.#found.get(search) ?? this.#search(id.name, values);
    this.#found.set(search, found).set(id.key, found);
    return found;
  }

  #search(name: string, values: readonly QueryValue[]): StoredHead {
    /** How many of the values from each level on differ from those of every head. */
    const unknown = [0];
    for (const value of values.toReversed()) {
      unknown.unshift((unknown[0] ?? 0) + (value === UNKNOWN ? 1 : 0));
    }
    const [least = 0] = unknown;
    const query = { steps: [{ value: name }, ...values], unknown };
    for (let most = least; most <= Math.max(FAR, least); most++) {
      const found = this.#visit(this.#root, 0, most, query);
      if (found !== undefined) return found;
    }
    return this.#any(query.steps);
  }

  /** A head below `node` that differs in at most `most` values from `level` on. */
  #visit(
    node: Node | StoredHead | undefined,
    level: number,
    most: number,
    query: Query,
  ): StoredHead | undefined {
    if (!(node instanceof Map)) return node;
    // The first level is the name, which is no difference.
    if (most < (query.unknown[Math.max(level - 1, 0)] ?? 0)) return undefined;
    this.visits++;
    const step = query.steps[level];
    const same = step === undefined || step === UNKNOWN ? undefined : node.get(step.value);
    const found = this.#visit(same, level + 1, most, query);
    const left = level === 0 ? most : most - 1;
    if (found !== undefined || left < 0) return found;
    for (const other of node.values()) {
      if (other === same) continue;
      const found = this.#visit(other, level + 1, left, query);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A head that has the values of `steps` where it can, level by level. */
  #any(steps: Query["steps"]): StoredHead {
    let node: Node | StoredHead | undefined = this.#root;
    for (const step of steps) {
      if (!(node instanceof Map)) break;
      this.visits++;
      const same: Node | StoredHead | undefined = step === UNKNOWN
        ? undefined
        : node.get(step.value);
      node = same ?? node.values().next().value;
    }
    if (node !== undefined && !(node instanceof Map)) return node;
    throw new TypeError("Cannot find any result: expected at least one");
  }
}

/** A value that is looked for; `undefined` where the result has none at that path. */
type QueryValue = { readonly value: string | undefined } | typeof UNKNOWN;
/** A value that no head has. */
const UNKNOWN = 0;

/** The name and the values that are looked for. */
interface Query {
  /** The name, and a value for each path. */
  readonly steps: readonly QueryValue[];
  /** For each path, how many values from there on no head has. */
  readonly unknown: readonly number[];
}

/**
 * The differences of `now` from `old`, path by path; inputs that are not settings have `names`, and those
 * that are `implied` by another difference are left out.
 */
function differencesOf(
  old: ResultId["inputs"],
  now: ResultId["inputs"],
  names: Readonly<Record<string, string>>,
  implied: Readonly<Record<string, string>>,
): Difference[] {
  const before = leavesOf(old);
  const after = leavesOf(now);
  const differences: Difference[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(path), after.get(path)];
    const cause = implied[path];
    if (a === b || cause !== undefined && before.get(cause) !== after.get(cause)) continue;
    const words = names[path];
    const change = { path, old: a ?? "nothing", now: b ?? "nothing" };
    differences.push(
      words === undefined ? change : { path: words, old: undefined, now: undefined },
    );
  }
  return differences;
}

/** Descriptions of changed versions. */
const VERSIONS: Readonly<Record<string, string>> = {
  "versions.stage": "another version of microbeam",
  "versions.v8": "another version of Deno",
};

/** The leaves that {@linkcode leavesOf} found: it is asked several times for each result. */
const known = new WeakMap<ResultId["inputs"], ReadonlyMap<string, string>>();

/** Every value in `inputs` by its path, as text. */
function leavesOf(inputs: ResultId["inputs"]): ReadonlyMap<string, string> {
  const found = known.get(inputs);
  if (found !== undefined) return found;
  const leaves = new Map<string, string>();
  addLeaves(inputs, "", leaves);
  known.set(inputs, leaves);
  return leaves;
}

function addLeaves(
  inputs: { readonly [key: string]: Json | undefined },
  above: string,
  leaves: Map<string, string>,
): void {
  for (const key in inputs) {
    const value = inputs[key];
    if (value === undefined) continue;
    const path = above + key;
    if (isMap(value)) addLeaves(value, `${path}.`, leaves);
    else leaves.set(path, JSON.stringify(value));
  }
}

function isMap(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
