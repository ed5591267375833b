// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { config, rows, run } from "../runs/tiny_run.ts";

Deno.test("timings.csv: what speculation costs at one stream, beside token by token and theory", async () => {
  const files = await run(config, [
    "decoding.strategies=[{strategy: greedy}, {strategy: speculative, draft_k: 2}, " +
    "{strategy: speculative, draft: ngram, ngram_order: 2, draft_k: 1}]",
  ]);
  const own = rows(files, "timings.csv").filter(({ stage }) => stage === "one stream");
  assertEquals(own.map(({ of }) => of), [
    "pass of the target, 1 row",
    "pass of the target, 3 rows",
    "pass of the draft, 1 row",
    "pass of the target, 2 rows",
    "pass of the 2-gram, 1 row",
    "token by token, beside speculative(draft=model, draft_k=2)",
    "speculative(draft=model, draft_k=2)",
    "token by token, beside speculative(draft=ngram, ngram_order=2, draft_k=1)",
    "speculative(draft=ngram, ngram_order=2, draft_k=1)",
  ]);
  for (const { of, count, seconds, speed_up, predicted_speed_up } of own) {
    assert(Number(count) > 0 && Number(seconds) > 0, of);
    const compared = of?.startsWith("speculative") ?? false;
    assertEquals(Number(speed_up) > 0, compared);
    assertEquals(Number(predicted_speed_up) > 0, compared);
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
