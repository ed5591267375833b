// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { readExperiment } from "../../src/config/experiment.ts";
import { byteLevelTokenizer } from "../data/tokenizer_json.ts";
import { writeModelFolder } from "../model/hugging_face/write_model_folder.ts";
import { config, rows, run, runInto } from "../runs/tiny_run.ts";
import { inFolder } from "../temporary_folder.ts";

Deno.test("timings.csv: what speculation costs at one stream, beside token by token", async () => {
  const files = await run(config, [
    "decoding.strategies=[{strategy: greedy}, {strategy: speculative, draft_k: 2}, " +
    "{strategy: speculative, draft: ngram, ngram_order: 2, draft_k: 1, warp: [{temperature: 0.8}]}]",
  ]);
  const own = rows(files, "timings.csv").filter(({ stage }) => stage === "one stream");
  const cells = [
    "speculative(draft=model, draft_k=2)",
    "speculative(draft=ngram, ngram_order=2, draft_k=1, warp=temperature 0.8)",
  ];
  assertEquals(
    own.map(({ what }) => what).filter((what) => !what?.includes("pass of")),
    ["token by token", "token by token, temperature 0.8", ...cells].flatMap((what) => [
      what,
      `choosing tokens: ${what}`,
    ]),
  );
  const passes = own.map(({ what }) => what).filter((what) => what?.includes("pass of"));
  for (
    const expected of [
      "first pass of the target, prompt",
      "first pass of the target, prompt and 2 tokens",
      "pass of the target, 1 token",
      "pass of the target, 3 tokens",
      "pass of the draft, 1 token",
      "pass of the 2-gram, 2 tokens",
    ]
  ) assert(passes.includes(expected), expected);
  for (const row of own) {
    assert(Number(row["count"]) > 0 && Number(row["wall_seconds"]) > 0, row["what"]);
    assert(Number(row["wall_seconds_low"]) <= Number(row["wall_seconds_high"]));
    for (const name of ["speed_up", "predicted_speed_up", "passes_speed_up"]) {
      for (const end of ["", "_low", "_high"]) {
        assertEquals(Number(row[name + end]) > 0, cells.includes(row["what"] ?? ""), name);
      }
    }
    if (cells.includes(row["what"] ?? "")) {
      assert(/^(faster|slower)(, unsteady)?$|^unclear: /.test(row["verdict"] ?? ""));
    }
  }
});

Deno.test("timings.csv: without speculative cells nothing is timed at one stream", async () => {
  const files = await run(config, ["decoding.strategies=[{strategy: greedy}]"]);
  assert(rows(files, "timings.csv").every(({ stage }) => stage !== "one stream"));
});

Deno.test("timings.csv: where no token may be generated nothing is timed at one stream", async () => {
  const files = await run(config, [
    "decoding.strategies=[{strategy: speculative}]",
    "decoding.max_new_tokens=0",
  ]);
  assert(rows(files, "timings.csv").every(({ stage }) => stage !== "one stream"));
});

Deno.test("timings.csv: of a model from a folder one text at a time and batches of 2, 4 and 8, each beside its own passes", () =>
  inFolder(async (folder) => {
    const { json, vocabSize, stops, bos } = byteLevelTokenizer();
    await Deno.mkdir(`${folder}/m`);
    await writeModelFolder(`${folder}/m`, {
      vocabSize,
      layers: 2,
      config: { bos_token_id: bos, eos_token_id: stops[0] },
    });
    await Deno.writeTextFile(`${folder}/m/tokenizer.json`, JSON.stringify(json));
    const text = `
name: real
engine: reference
models: { target: { from: m }, draft: { layers: 1 }, block_size: 16 }
decoding:
  prompts: [hello, an]
  samples: 2
  max_new_tokens: 6
  strategies: [{ strategy: speculative, draft_k: 2 }]
report: { charts: false }
`;
    await runInto(`${folder}/out`, readExperiment(`${folder}/c.yaml`, text));
    const files = new Map([["timings.csv", Deno.readTextFileSync(`${folder}/out/timings.csv`)]]);
    const own = rows(files, "timings.csv").filter(({ stage }) => stage?.includes("stream"));
    assertEquals(
      [...new Set(own.map(({ stage }) => stage))],
      ["one stream", "2 streams", "4 streams", "8 streams"],
    );
    for (const stage of ["one stream", "2 streams", "4 streams", "8 streams"]) {
      const of = (what: string) =>
        own.find((row) => row["stage"] === stage && row["what"]?.startsWith(what)) ?? {};
      assertEquals(Number(of("pass of the target, 1 token")["target_passes"]), 1);
      assert(Number(of("pass of the draft, 1 token")["target_passes"]) > 0, stage);
      assert(Number(of("pass of the target, 3 tokens")["target_passes"]) > 0, stage);
      const { speed_up, predicted_speed_up, passes_speed_up } = of("speculative(");
      for (const ratio of [speed_up, predicted_speed_up, passes_speed_up]) {
        assert(Number(ratio) > 0, stage);
      }
    }
  }));
