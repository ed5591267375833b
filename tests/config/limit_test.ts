// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { type Experiment, readExperiments } from "../../src/config/experiment.ts";

const minimal = `name: whole
corpus: { path: names.txt }
training: { target: { steps: 100 } }
decoding:
  prompts: { from: training, count: 50 }
  samples: 20
  strategies:
    - strategy: greedy
report: { compare_prompts: [a] }
`;
function limited(limit: number, ...overrides: string[]): Experiment {
  const [experiment] = readExperiments("c.yaml", minimal, overrides, { limit });
  return experiment as Experiment;
}
const sizes = ({ config: { training, decoding } }: Experiment) => ({
  steps: [training.target.steps, training.draft.steps],
  samples: decoding.samples,
  prompts: "count" in decoding.prompts ? decoding.prompts.count : decoding.prompts,
});

Deno.test("limit: steps, samples and drawn prompts are at most that, and the run has its own name", () => {
  const experiment = limited(30);
  assertEquals(sizes(experiment), { steps: [30, 30], samples: 20, prompts: 30 });
  assertEquals([experiment.name, experiment.limit], ["whole-limit-30", 30]);
});

Deno.test("limit: what is less stays", () => {
  assertEquals(sizes(limited(1000)), { steps: [100, 500], samples: 20, prompts: 50 });
});

Deno.test("limit: listed prompts stay, all of them, and which of them are compared", () => {
  const experiment = limited(1, "decoding.prompts=[a, b]");
  assertEquals(sizes(experiment), { steps: [1, 1], samples: 1, prompts: ["a", "b"] });
  assertEquals(experiment.config.report.compare_prompts, ["a"]);
});

Deno.test("limit: of drawn prompts those to compare may be gone, and so none is named", () => {
  assertEquals(limited(1).config.report.compare_prompts, undefined);
});

Deno.test("limit: holds for every variant, whose labels stay", () => {
  const experiments = readExperiments("c.yaml", minimal, ["training.target.steps=5,50"], {
    limit: 10,
  });
  assertEquals(experiments.map(({ config }) => config.training.target.steps), [5, 10]);
  assertEquals(experiments.map(({ variant, name }) => [variant?.label, name]), [
    ["training.target.steps=5", "whole-limit-10"],
    ["training.target.steps=50", "whole-limit-10"],
  ]);
});

Deno.test("limit: a config is checked as it is, before it is limited", () => {
  assertThrows(() => limited(1, "decoding.samples=x"), ConfigError, "decoding.samples");
  assertThrows(
    () => limited(10, `name=${"n".repeat(95)}`),
    ConfigError,
    "name: expected a name that -limit-10 can follow within 100 characters",
  );
});
