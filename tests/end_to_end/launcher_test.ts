/**
 * Runs by jobs: what they write is what a run here writes. Slurm's programs are small scripts here, which
 * run what is submitted at once; tests/cluster has a real one.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, outcomeOf, settings, tiny } from "./clean_clone.ts";

const clone = await cleanClone();

/** A run of two cells: each process takes a second of the suite. */
const small = [
  "configs/default.yaml",
  ...tiny,
  ...settings("decoding.strategies=[{strategy: greedy},{strategy: top_k, k: 4}]"),
];

/** The files below a folder but for `timings.csv`, by their paths. */
function filesIn(folder: string, inside = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${inside}`)) {
    const path = `${inside}${name}`;
    if (isDirectory) {
      for (const [key, text] of filesIn(folder, `${path}/`)) files.set(key, text);
    } else if (name !== "timings.csv") {
      files.set(path, Deno.readTextFileSync(`${folder}/${path}`));
    }
  }
  return files;
}

/** The text of the first file whose path begins with that of a log. */
function logsIn(store: string): string {
  const [plan] = [...Deno.readDirSync(`${store}/plans`)].filter(({ isDirectory }) => isDirectory);
  const logs = `${store}/plans/${plan?.name}/logs`;
  return [...Deno.readDirSync(logs)].map(({ name }) => Deno.readTextFileSync(`${logs}/${name}`))
    .join("\n");
}

/** Slurm's programs: jobs run when they are submitted, and the second `squeue` fails. */
const programs: Readonly<Record<string, string>> = {
  scontrol: `case "$*" in *config*) echo "MaxArraySize = 1001";;
    *) echo "PartitionName=main Default=YES MaxTime=60";; esac`,
  sbatch: `[ "$1" = --version ] && { echo slurm 1; exit; }
    for arg; do case "$arg" in --array=*) array="\${arg#--array=}";; --output=*) out="\${arg#--output=}";;
      --chdir=*) cd "\${arg#--chdir=}";; esac; done
    cat > "$STATE/script"; echo "$*" >> "$STATE/submitted"
    id=$(cat "$STATE/id" 2>/dev/null || echo 1); echo $((id + 1)) > "$STATE/id"
    first="\${array%%-*}"; last="\${array##*-}"
    for index in $(seq "\${first:-0}" "\${last:-0}"); do
      log=$(echo "$out" | sed "s/%A/$id/; s/%a/$index/; s/%j/$id/")
      if [ -e "$STATE/kill" ] && [ "$id" = 1 ]; then code=9
      else SLURM_ARRAY_TASK_ID=$index sh "$STATE/script" >> "$log" 2>&1; code=$?; fi
      case $code in 0) state=COMPLETED;; 9) state=OUT_OF_MEMORY;; *) state=FAILED;; esac
      echo "\${id}_$index $state $((256 * code)) None " >> "$STATE/states"
    done; echo $id`,
  squeue: `echo "$*" >> "$STATE/asked"
    [ "$(wc -l < "$STATE/asked")" = 2 ] && { echo "no contact" >&2; exit 1; }
    [ ! -e "$STATE/states" ] || cat "$STATE/states"`,
  scancel: `echo "$*" >> "$STATE/cancelled"`,
};

/** The environment that has them on its PATH; their state is in `folder`. */
async function fakeSlurm(folder: string): Promise<Record<string, string>> {
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return { PATH: `${folder}:${Deno.env.get("PATH")}`, STATE: folder };
}

Deno.test("--launcher: processes and jobs of Slurm leave the bytes of a run here, but for timings.csv", () =>
  inFolder(async (folder) => {
    const places = (name: string): string[] => [
      ...["--store", `${folder}/store-${name}`, "--output", `${folder}/${name}`],
    ];
    const here = await clone.task("run", ...small, ...places("here"), "--quiet");
    assertEquals(here, { code: 0, stdout: "", stderr: "" });
    const expected = filesIn(`${folder}/here`);
    assert(expected.size > 10);

    const flags = ["--launcher", "local", "--job-seconds", "0", "--concurrency", "2"];
    const local = await clone.task("run", ...small, ...places("local"), ...flags);
    assertEquals(local.code, 0, local.stderr);
    assertEquals(filesIn(`${folder}/local`), expected);
    assertMatch(local.stderr, /computing by processes: (\d+) of \1 tasks in /);
    assertMatch(logsIn(`${folder}/store-local`), /shard 2 of 2, rank 1: (\d+) of \1 tasks done/);

    await Deno.mkdir(`${folder}/slurm-programs`);
    const env = await fakeSlurm(`${folder}/slurm-programs`);
    await Deno.writeTextFile(`${env["STATE"]}/kill`, "");
    const args = ["--launcher", "slurm", "--sbatch", "--account=abc", "--sbatch", "--qos 'a b'"];
    // As a cluster's modules do, which is more than Deno lets a program of few permissions pass on.
    const command = new Deno.Command("sh", {
      args: [
        ...["-c", 'LD_LIBRARY_PATH=/nowhere exec deno task --quiet run "$@"', "sh"],
        ...[...small, ...places("slurm"), ...args, "--quiet"],
      ],
      ...{
        cwd: clone.folder,
        env: { NO_COLOR: "1", INIT_CWD: clone.folder, ...env },
        stdin: "null",
      },
    });
    const slurm = outcomeOf(await command.output());
    assertEquals(slurm.code, 0, slurm.stderr);
    assertEquals(filesIn(`${folder}/slurm`), expected);
    assertStringIncludes(slurm.stderr, "cannot ask for the jobs now (no contact); they are still");
    assertMatch(
      slurm.stderr,
      /1 of \d jobs ended without .* \(OUT_OF_MEMORY: out of memory; log: /,
    );
    const submitted = Deno.readTextFileSync(`${env["STATE"]}/submitted`);
    assertMatch(submitted, /^.*--dependency=afterany:1 --account=abc --qos a b\n/m);
  }));

Deno.test("--launcher slurm --detach: submits all ranks of a plan that lies anywhere and the job that writes the folders, and returns", () =>
  inFolder(async (folder) => {
    const env = await fakeSlurm(folder);
    const places = ["--store", `${folder}/store`, "--output", `${folder}/run`];
    const plan = `${folder}/plan.json`;
    const wrote = await clone.task("plan", ...small, "--set=seed=1", ...places, "--write", plan);
    assertEquals(wrote.code, 0, wrote.stderr);
    const flags = ["--launcher", "slurm", "--detach", "--memory", "700M"];
    const words = ["task", "--quiet", "run", "--plan", plan, ...places, ...flags];
    await Deno.writeTextFile(`${folder}/states`, "77_1 PENDING 0 Resources \n78 RUNNING 0 None \n");
    const refused = await clone.deno(words, { env });
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /^error: jobs of the same work are queued or running \(77, 78\)\n/);
    assertMatch(refused.stderr, /\n {2}follow {5}deno task run --plan \S+ --status --store /);
    assertMatch(refused.stderr, /\n {2}end them {3}scancel 77 78\n/);
    await Deno.remove(`${folder}/states`);
    await Deno.remove(`${folder}/asked`);
    const { code, stdout, stderr } = await clone.deno(words, { env });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(
      stdout,
      /^submitted \d+ tasks in (\d) jobs of Slurm, and one that writes the folders/,
    );
    assertStringIncludes(stdout, "job 1: 1 job of rank 0\n");
    assertMatch(stdout, /\n {2}cancel {3}scancel 1 2( \d)+$/m);
    assert((await Deno.stat(`${folder}/run/report.md`)).isFile);
    const submitted = Deno.readTextFileSync(`${folder}/submitted`).trimEnd().split("\n");
    const [merge = ""] = submitted.slice(-1);
    assertMatch(merge, /--mem=700M --time=1:00:00 --dependency=afterany:/);

    await Deno.remove(`${folder}/store/train`, { recursive: true });
    const [{ name = "" } = {}] = [...Deno.readDirSync(`${folder}/store/plans`)];
    const kept = `${folder}/store/plans/${name}/plan.json`;
    const lacking = await clone.task("merge", kept, ...places);
    assertEquals(lacking.code, 1);
    assertMatch(
      lacking.stderr,
      /\n {2}repeat the command with --launcher .* \S+\/logs say so\n {2}or /,
    );
  }));

Deno.test("--launcher local: a second command is refused at its start, Ctrl-C ends the processes, and a repeated command goes on", async () => {
  const long = settings("name=long", "models.target.n_embd=64", "training.target.steps=500000");
  const words = ["configs/default.yaml", ...tiny, ...long, "--launcher", "local"];
  const process = clone.start(...words);
  const plans = `${clone.folder}/outputs/.cache/store/plans`;
  await clone.until(() => {
    try {
      return [...Deno.readDirSync(plans)].some(({ name }) =>
        [...Deno.readDirSync(`${plans}/${name}/shards`)].some(({ name }) => name.endsWith(".json"))
      );
    } catch {
      return false;
    }
  });
  const second = await clone.task("run", ...words);
  assertEquals(second.code, 1);
  assertMatch(second.stderr, /^error: cannot write to outputs\/long: another run is .*--wait/);
  process.kill("SIGINT");
  const { code, stderr } = await process.output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 130, text);
  assertMatch(text, /^cancelled \d shards?: their processes have ended$/m);
  assertStringIncludes(
    text,
    "interrupted: finished results are saved; repeat the command to resume",
  );
});

/** Command lines that are refused, and why. */
const refused: readonly [args: string[], message: string][] = [
  [["--partition", "a"], "expected --launcher slurm with --partition, found --partition alone"],
  [["--concurrency", "2"], "expected --launcher with --concurrency, found --concurrency alone"],
  [["--detach"], "expected --launcher slurm with --detach, found --detach alone"],
  [
    ["--launcher", "local", "--time", "1"],
    "expected --launcher slurm with --time, found --launcher",
  ],
  [["--launcher", "pbs"], 'unknown launcher: expected one of slurm, local, found "pbs"'],
  [["--launcher", "slurm", "--time", "soon"], 'after --time, found "soon"'],
  [["--launcher", "slurm", "--memory", "4 GB"], 'such as 4G or 500M after --memory, found "4 GB"'],
  [["--launcher", "slurm", "--sbatch", "--array=1-3"], 'the launcher sets, found "--array=1-3"'],
  [["--launcher", "slurm", "--sbatch", "'--qos"], "expected a closing '"],
  [
    ["--launcher", "local", "--fresh"],
    "expected --launcher without --fresh, found both: jobs go on from what the store has; --store ",
  ],
];

Deno.test("--launcher: options that mean nothing are refused", async () => {
  const lines = refused.map(([args]) => ["configs/default.yaml", ...args]);
  const outcomes = await clone.outcomes("run", lines);
  for (const [i, { code, stderr }] of outcomes.entries()) {
    assertStringIncludes(stderr, refused[i]?.[1] ?? "");
    assertEquals(code, 2);
  }
});
