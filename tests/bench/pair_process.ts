/**
 * Pairs of models from folders, measured in a process that was started for an onnxruntime, and their
 * table. Without a folder: padded models, made of one that is small and trained.
 *
 * @module
 */
// @ts-types="../declarations/path.d.ts"
import { fromFileUrl, join, resolve } from "@std/path";
import { table } from "../../src/report/markdown.ts";
import type { Ranged } from "../../src/report/timings_csv.ts";
import { sharedModel } from "../shared_models.ts";
import type { Decoding, PairCell, PairRequest, PairResult } from "./model_pair.ts";
import { writePaddedFolder } from "./padded_folder.ts";
import type { PaddedSizes } from "./padded_model.ts";

/** Runtimes, by the folders that have their configs. */
export const RUNTIMES = ["native", "web"] as const;
/** One of them. */
export type Runtime = typeof RUNTIMES[number];

/** What is asked for. */
export interface PairOptions {
  /** What computes. */
  readonly runtime: Runtime;
  /** The folder of the target; padded models if left out. */
  readonly target?: string | undefined;
  /** The folder of the draft, or how many of the target's first layers it is. */
  readonly draft: string | number;
  /** Threads of the runtime. */
  readonly threads: number;
  /** Whether rough numbers do. */
  readonly isQuick: boolean;
  /** For each kind of decoding, about. */
  readonly seconds: number;
  /** Padded models are written there. */
  readonly scratch: string;
  /** Told before each pair. */
  readonly onPair?: (title: string) => void;
}

/** A pair and what was measured, or why it was not. */
export interface MeasuredPair {
  /** The target and its draft. */
  readonly title: string;
  /** Threads of the runtime. */
  readonly threads: number;
  /** The result. */
  readonly result?: PairResult;
  /** Why there is none. */
  readonly absent?: string;
  /** The acceptance of the same draft of the small model that was padded. */
  readonly untouched?: PairResult["acceptance"];
}

/** The small model that is padded. */
const SMALL = "stories260K";
/** About 86 million parameters, whose weights do not fit a cache. */
const LARGE = { width: 384, headWidth: 32, heads: 12, hiddenWidth: 1024, layers: 53 } as const;
/** Where the small model's five layers are, and the layers of the draft. */
const PADDED: readonly { title: string; places: readonly number[]; layers: number }[] = [
  { title: "whose draft is always right: 5 of 53 layers", places: [0, 1, 2, 3, 4], layers: 5 },
  { title: "with an early exit: 4 of 53 layers", places: [0, 1, 2, 3, 52], layers: 4 },
];

/** Measures the pair that is asked for, or the padded ones. */
export async function measurePairs(options: PairOptions): Promise<MeasuredPair[]> {
  const { target, draft, threads, scratch } = options;
  if (target !== undefined) {
    const title = `${target} by ${typeof draft === "number" ? `its first ${draft} layers` : draft}`;
    options.onPair?.(title);
    return [{
      title,
      threads,
      ...await measured({ ...requestOf(options), target, draft }, options),
    }];
  }
  const small = sharedModel(SMALL);
  if (small === undefined) {
    const absent = `shared/models/${SMALL}, which would be padded, is not beside the project; ` +
      "give --target FOLDER";
    return [{ title: "padded models", threads, absent }];
  }
  const pairs: MeasuredPair[] = [];
  for (const { title, places, layers } of PADDED) {
    const folder = join(scratch, `padded-${layers}`);
    const sizes: PaddedSizes = { ...LARGE, places };
    options.onPair?.(`${SMALL} padded ${title}`);
    await writePaddedFolder(small, sizes, folder);
    try {
      const request = requestOf(options);
      const own = await measured({ ...request, target: folder, draft: layers }, options);
      // The acceptance alone: a pass of so small a model says nothing.
      const few = { seconds: 0, draftKs: [1], streams: [1] } as const;
      const asked = { ...request, ...few, target: small, draft: layers };
      const untouched = layers === places.length ? undefined : await measured(asked, options);
      pairs.push({
        title: `${SMALL} padded ${title}`,
        threads,
        ...own,
        ...(untouched !== undefined && "result" in untouched
          ? { untouched: untouched.result.acceptance }
          : {}),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return pairs;
}

function requestOf(
  { threads, isQuick, seconds }: PairOptions,
): Omit<PairRequest, "target" | "draft"> {
  return {
    engine: "onnx",
    threads,
    draftKs: isQuick ? [2, 4] : [1, 2, 3, 4, 6, 8],
    streams: isQuick ? [1, 4] : [1, 2, 4, 8],
    maxNewTokens: isQuick ? 16 : 40,
    seconds,
  };
}

/** Measures in a process of its own. */
async function measured(
  request: PairRequest,
  { runtime }: PairOptions,
): Promise<{ result: PairResult } | { absent: string }> {
  const project = fromFileUrl(new URL("../../", import.meta.url));
  const config = `src/model/onnx/${runtime}/deno.json`;
  const library = `src/model/onnx/${runtime}/node_modules`;
  const paths = { target: resolve(request.target) };
  const draft = typeof request.draft === "number" ? request.draft : resolve(request.draft);
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", "--config", config, "--allow-read"],
      ...(runtime === "native" ? [`--allow-ffi=${library}`] : []),
      ...["tests/bench/model_pair.ts", JSON.stringify({ ...request, ...paths, draft })],
    ],
    cwd: project,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    const said = decoder.decode(stderr).split("\n").filter((line) => line !== "");
    return { absent: said.find((line) => line.includes("rror")) ?? said[0] ?? `exit code ${code}` };
  }
  return { result: JSON.parse(decoder.decode(stdout)) };
}

/** Pairs as Markdown: passes, acceptance, speeds, and where speculation pays. */
export function pairsText(pairs: readonly MeasuredPair[]): string {
  return pairs.map((pair) => pairText(pair)).join("\n");
}

function pairText({ title, threads, result, absent, untouched }: MeasuredPair): string {
  if (result === undefined) return `${title}: not measured (${absent}).\n`;
  const { runtime, parameters, loadSeconds, passes, acceptance, isIdentical, cells } = result;
  const ofUntouched = untouched === undefined
    ? ""
    : `; of ${SMALL} itself, untouched, ${acceptanceText(untouched)}`;
  return [
    `${title}. ${(parameters / 1e6).toFixed(1)} million parameters, ${runtime}, ${threads} ${
      threads === 1 ? "thread" : "threads"
    }, both loaded in ${loadSeconds.toFixed(1)} s.`,
    "",
    table(
      ["tokens", "target, ms", "in passes", "draft, ms"],
      passes.map(({ tokens, target, draft }) => [
        tokens,
        rangeText(target, 1000, 1),
        (target.value / (passes[0]?.target.value ?? NaN)).toFixed(2),
        rangeText(draft, 1000, 2),
      ]),
    ),
    "",
    `Accepted: ${acceptanceText(acceptance)}${ofUntouched}. Greedy texts are ${
      isIdentical ? "the same" : "NOT the same"
    } as token by token, for every draft_k.`,
    "",
    table(
      ["decoding", "streams", "draft_k", "c", "v", "passes", "predicted", "measured"],
      cells.map(({ decoding, streams, draftK, draftStep, verification, speedUps }) => [
        decoding,
        ...[streams, draftK],
        ...[draftStep, verification].map((value) => Number.isNaN(value) ? "" : value.toFixed(2)),
        ...[speedUps.ofPasses, speedUps.predicted, speedUps.measured].map((range) =>
          rangeText(range, 1, 2)
        ),
      ]),
    ),
    "",
    ...bestTexts(cells),
    "",
  ].join("\n");
}

function acceptanceText({ greedy, sampled }: PairResult["acceptance"]): string {
  return `${greedy.toFixed(2)} of greedy proposals, ${
    sampled.toFixed(2)
  } of drawn ones (the mean α)`;
}

function rangeText({ value, low, high }: Ranged, factor: number, decimals: number): string {
  const [middle, from, to] = [value, low, high].map((x) => (factor * x).toFixed(decimals));
  return `${middle} (${from} to ${to})`;
}

/** The best `draft_k` of each kind of decoding and number of streams, and where speculation pays. */
export function bestTexts(cells: readonly PairCell[]): string[] {
  const groups = Map.groupBy(cells, ({ decoding, streams }) => `${decoding} ${streams}`);
  const bests = [...groups.values()].flatMap((own) => {
    const by = (key: keyof PairCell["speedUps"]): PairCell | undefined =>
      own.toSorted((a, b) => b.speedUps[key].value - a.speedUps[key].value)[0];
    const [measured, predicted] = [by("measured"), by("predicted")];
    return measured === undefined || predicted === undefined ? [] : [{ measured, predicted }];
  });
  const lines = bests.map(({ measured: { decoding, streams, draftK, speedUps }, predicted }) =>
    `Best draft_k, ${decoding}, ${
      streams === 1 ? "one stream" : `${streams} streams`
    }: ${draftK} ` +
    `measured (${speedUps.measured.value.toFixed(2)} ×), ${predicted.draftK} predicted (${
      predicted.speedUps.predicted.value.toFixed(2)
    } ×).`
  );
  const stops = (["greedy", "sampled"] satisfies Decoding[]).flatMap((decoding) => {
    const own = bests.map(({ measured }) => measured).filter((best) => best.decoding === decoding);
    const lost = own.find(({ speedUps }) => speedUps.measured.low <= 1);
    if (own.length === 0) return [];
    return lost === undefined
      ? `Speculation pays, ${decoding}, at ${own.map(({ streams }) => streams).join(", ")} streams.`
      : `Speculation stops paying, ${decoding}, at ${lost.streams} ${
        lost.streams === 1 ? "stream" : "streams"
      }.`;
  });
  return [...lines, ...stops].map((line) => `${line}  `);
}
