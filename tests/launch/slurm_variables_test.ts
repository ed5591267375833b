// @ts-types="../declarations/assert.d.ts"
import { assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { MISLEADING } from "../../src/launch/slurm_variables.ts";
import native from "../../src/model/onnx/native/deno.json" with { type: "json" };
import web from "../../src/model/onnx/web/deno.json" with { type: "json" };

Deno.test("slurm: a run may delete exactly the variables that mislead, with each engine", () => {
  for (const [name, { permissions }] of Object.entries({ project, native, web })) {
    assertEquals(permissions.run.env.filter(isOfSlurm).sort(), [...MISLEADING].sort(), name);
  }
});

Deno.test("slurm: what a person has set to see less, or to submit otherwise, reaches no program; accounts do", async () => {
  // With what a run may read of the environment, and no more.
  const variables = project.permissions.run.env.filter(isOfSlurm);
  const process = new URL("slurm_variables_process.ts", import.meta.url).pathname;
  const command = new Deno.Command("deno", {
    args: ["run", "--no-prompt", `--allow-env=${variables}`, "--allow-run=sh", process],
    env: {
      SQUEUE_PARTITION: "mine",
      SQUEUE_ACCOUNT: "mine",
      SQUEUE_FORMAT: "%i",
      SBATCH_WAIT: "",
      SBATCH_ERROR: "errors",
      SLURM_CLUSTERS: "theirs",
      SBATCH_ACCOUNT: "mine",
    },
  });
  const { stdout } = await command.output();
  const left = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(left, ["SBATCH_ACCOUNT=mine", "SQUEUE_FORMAT=%i"]);
});

function isOfSlurm(name: string): boolean {
  return /^(SQUEUE|SBATCH|SLURM)_/.test(name);
}
