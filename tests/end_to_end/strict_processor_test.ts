/**
 * Commands on a processor without fused arithmetic, as V8 takes this one for when it is told so.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cleanClone, settings, tiny } from "./clean_clone.ts";

/** V8 computes a product and then a sum then; on Arm there is no such flag. */
const STRICT = { DENO_V8_FLAGS: "--no-enable-fma3" };

const clone = await cleanClone();
const on = (env: typeof STRICT | undefined) => (...args: string[]) =>
  clone.deno(["task", "--quiet", ...args], env === undefined ? {} : { env });
const [here, strict] = [on(undefined), on(STRICT)];

const config = ["configs/default.yaml", ...tiny];
const few = settings("decoding.strategies=[{strategy: greedy}, {strategy: temperature}]");

/** The arithmetic of a run, by its manifest. */
function arithmeticOf(run: string): string | undefined {
  return JSON.parse(clone.file(`outputs/${run}/manifest.json`)).versions.arithmetic;
}

Deno.test({
  name:
    "fused arithmetic: a processor without it computes strictly, says so, and refuses what needs it" +
    (Deno.build.arch === "x86_64" ? "" : ", skipped: V8 can leave it out on x86-64 alone"),
  ignore: Deno.build.arch !== "x86_64",
  fn: async () => {
    const run = async (task: typeof here, name: string, ...sets: string[]) => {
      const { code, stderr } = await task(
        "run",
        ...config,
        ...few,
        ...settings(`name=${name}`, ...sets),
      );
      assertEquals(code, 0, stderr);
      return arithmeticOf(name);
    };
    assertEquals(await run(strict, "without"), "strict");
    assertEquals(await run(here, "chosen", "engine.simd=strict"), "strict");
    for (const name of ["samples.csv", "checkpoints/target.json"]) {
      assertEquals(clone.file(`outputs/chosen/${name}`), clone.file(`outputs/without/${name}`));
    }
    // On a processor that has none, all that follows is of the kind tested above.
    if (await run(here, "default") !== "fused") return;

    const { stdout } = await here("diff", "outputs/default", "outputs/without");
    assertStringIncludes(stdout, "Same settings, made with strict arithmetic: ");
    const sampled = await strict("sample", "outputs/default", "--prompt", "ma");
    assertStringIncludes(
      sampled.stderr,
      "computed with strict arithmetic, while the run was with fused",
    );
    assertEquals((await strict("sample", "outputs/without", "--prompt", "ma")).stderr, "");

    // The folder has the other arithmetic: the plan says so, and so does the run that replaces it.
    const planned = await strict("plan", ...config, ...few);
    assertStringIncludes(planned.stdout, "changed   arithmetic: fused → strict (this processor's)");
    const replacing = await strict("run", ...config, ...few);
    assertStringIncludes(replacing.stderr, "its results were made with another arithmetic, and ");
    const cached = (await here("plan", ...config, ...few)).stdout;
    assertStringIncludes(cached, "its files are those of other results; a run replaces them");
    assertStringIncludes(cached, "changed   arithmetic: strict → fused (this processor's)");
    assertEquals(await run(here, "default"), "fused");

    const plan = "outputs/plan.json";
    // One with something to compute: what is cached any processor can use.
    const seed = settings("seed=7");
    assertEquals((await here("plan", ...config, ...few, ...seed, "--write", plan)).code, 0);
    const refused = await strict("run", "--plan", plan, "--shard", "1/2");
    assertStringIncludes(
      refused.stderr,
      "it was written for a processor with fused arithmetic, which this one does not have; ",
    );
    assertEquals(refused.code, 2);
  },
});
