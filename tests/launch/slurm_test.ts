// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Job, JobState, Share } from "../../src/launch/launcher.ts";
import { LaunchError } from "../../src/launch/launcher.ts";
import type { ProgramEnd, RunProgram } from "../../src/launch/program.ts";
import {
  NUMBER,
  rangesOf,
  refusedArgument,
  SlurmLauncher,
  type SlurmOptions,
} from "../../src/launch/slurm.ts";
import { inFolder } from "../temporary_folder.ts";

const config = "Configuration data as of 2026\nMaxArraySize            = 4\nMinJobAge = 300 sec\n";
const partitions = "PartitionName=main Default=YES MaxTime=01:00:00 Nodes=n1\n" +
  "PartitionName=other Default=NO MaxTime=UNLIMITED Nodes=n2\n";

/** What the programs of a made-up cluster print, and what they were started with. */
function cluster(answers: Readonly<Record<string, Partial<ProgramEnd>>> = {}) {
  const calls: { program: string; args: readonly string[]; input: string | undefined }[] = [];
  let last = 100;
  const run: RunProgram = (program, args, { input } = {}) => {
    calls.push({ program, args, input });
    const usual = program === "scontrol"
      ? args.includes("config") ? config : partitions
      : program === "sbatch" && input !== undefined
      ? `${++last}\n`
      : "";
    const answer = answers[program === "sbatch" && input === undefined ? "--version" : program];
    return Promise.resolve({ code: 0, stdout: usual, stderr: "", ...answer });
  };
  const options: SlurmOptions = {
    ...{ name: "microbeam-0", folder: "/project", threads: 2, more: ["--qos=long"], run },
    logs: { shown: "logs", path: "/store/100%/logs" },
    command: (
      { of, rank },
    ) => ["/opt/deno", "run", `${NUMBER}/${of}`, "--rank", `${rank}`, "a b", "/{number}/it's"],
  };
  return { calls, options };
}

const shares = (of: number): [Share, ...Share[]] => [
  { rank: 1, number: 1, of },
  ...Array.from({ length: of - 1 }, (_, i) => ({ rank: 1, number: i + 2, of })),
];
const limits = { memory: 768, minutes: 75 };

Deno.test("slurm: the arguments of sbatch, and the script, which becomes the shard", async () => {
  const { calls, options } = cluster();
  const launcher = await SlurmLauncher.open({ ...options, partition: "main", concurrency: 5 });
  const after = [{ id: "7_1" }, { id: "7_2" }, { id: "9_1" }].map((job): Job => ({
    ...{ ...job, share: { rank: 0, number: 1, of: 1 }, log: "", limits },
  }));
  const jobs = await launcher.submit({ shares: shares(3), limits, after });
  assertEquals(jobs.map(({ id, log }) => [id, log]), [
    ...[["101_1", "logs/101_1.log"], ["101_2", "logs/101_2.log"], ["101_3", "logs/101_3.log"]],
  ]);
  assertEquals(calls.at(-1)?.args, [
    ...["--parsable", "--job-name=microbeam-0", "--array=1-3%5"],
    ...["--output=/store/100%%/logs/%A_%a.log", "--open-mode=append", "--chdir=/project"],
    ...["--ntasks=1", "--cpus-per-task=2", "--mem=768M", "--time=1:15:00", "--partition=main"],
    ...["--dependency=afterany:7:9", "--qos=long"],
  ]);
  assertEquals(
    calls.at(-1)?.input,
    "#!/bin/sh\n# A part of a plan of microbeam.\nunset INIT_CWD\nprogram=/opt/deno\n" +
      '[ -x "$program" ] || program=deno\n' +
      `exec "$program" run "$SLURM_ARRAY_TASK_ID"/3 --rank 1 'a b' '/{number}/it'\\''s'\n`,
  );
  assertEquals(launcher.longest, 60);
});

Deno.test("slurm: more shares than the largest array become several, one after the other where so many run at once", async () => {
  for (const concurrency of [undefined, 2]) {
    const { calls, options } = cluster();
    const launcher = await SlurmLauncher.open({
      ...options,
      ...concurrency === undefined ? {} : { concurrency },
    });
    const jobs = await launcher.submit({ shares: shares(9), limits, after: [] });
    const own = calls.filter(({ input }) => input !== undefined);
    const flag = (name: string) =>
      own.map(({ args }) => args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? "");
    const most = concurrency === undefined ? "" : "%2";
    assertEquals(flag("array"), [`1-3${most}`, `0-3${most}`, `0-1${most}`]);
    const each = ["", "afterany:101", "afterany:101:102"];
    assertEquals(flag("dependency"), concurrency === undefined ? ["", "", ""] : each);
    assertStringIncludes(own[2]?.input ?? "", '"$((SLURM_ARRAY_TASK_ID + 8))"/9');
    assertEquals(jobs.map(({ id }) => id).slice(3), [
      ...["102_0", "102_1", "102_2", "102_3", "103_0", "103_1"],
    ]);
  }
});

/** What goes wrong, the answers of the programs, and what the message has. */
const wrong: readonly [string, Record<string, Partial<ProgramEnd>>, string, boolean][] = [
  [
    "sbatch refuses",
    { sbatch: { code: 1, stdout: "", stderr: "sbatch: error: Job violates policy (QOS limit)" } },
    "sbatch refuses the job: Job violates policy (QOS limit)",
    false,
  ],
  [
    "the controller does not answer",
    { sbatch: { code: 1, stdout: "", stderr: "sbatch: error: Socket timed out on send/recv" } },
    "sbatch refuses the job: Socket timed out on send/recv",
    true,
  ],
  [
    "sbatch prints no id",
    { sbatch: { stdout: "hello" } },
    "it ended with 0 and said nothing",
    false,
  ],
  [
    "Slurm has no configuration",
    { scontrol: { code: 1, stderr: "scontrol: fatal: no configuration" } },
    "cannot reach Slurm: no configuration; is SLURM_CONF set, and is this a login node",
    false,
  ],
];
for (const [what, answers, message, mayPass] of wrong) {
  Deno.test(`slurm: where ${what}, that is said`, async () => {
    const { options } = cluster(answers);
    const error = await assertRejects(
      async () => {
        const launcher = await SlurmLauncher.open(options);
        await launcher.submit({ shares: shares(1), limits, after: [] });
      },
      LaunchError,
      message,
    );
    assertEquals(error.mayPass, mayPass);
  });
}

Deno.test("slurm: a partition that does not exist is named with the nearest that does", async () => {
  const { options } = cluster();
  await assertRejects(
    () => SlurmLauncher.open({ ...options, partition: "mian" }),
    LaunchError,
    'unknown partition: expected one of main, other, found "mian"; did you mean "main"?',
  );
});

Deno.test("slurm: without sbatch on the PATH the other launcher is named", async () => {
  const { options } = cluster();
  const run: RunProgram = (program) =>
    Promise.reject(new LaunchError(`cannot find ${program} on the PATH`));
  await assertRejects(
    () => SlurmLauncher.open({ ...options, run }),
    LaunchError,
    "cannot find sbatch on the PATH: --launcher slurm needs Slurm's sbatch, squeue, scancel, scontrol",
  );
});

/** A line of `squeue`. */
const line = (id: string, state: string, code: number, reason: string): string =>
  [id.padEnd(60), state.padEnd(30), String(code).padEnd(20), reason.padEnd(120)].join(" ");

/** The states of jobs, the last line of whose logs is `log`, where squeue prints `stdout`. */
async function statesOf(
  stdout: string,
  log: string,
): Promise<ReadonlyMap<string, JobState> | string> {
  let found: ReadonlyMap<string, JobState> | string = "";
  await inFolder(async (folder) => {
    const { options } = cluster({ squeue: { stdout } });
    const own = { ...options, logs: { shown: "logs", path: folder } };
    const launcher = await SlurmLauncher.open(own);
    const jobs = await launcher.submit({ shares: shares(1), limits, after: [] });
    await Deno.writeTextFile(`${folder}/101_1.log`, `some text\n${log}\n`);
    found = await launcher.states(jobs);
  });
  return found;
}

const memory =
  "slurmstepd-n1: error: Step 3.4294967291 exceeded memory limit (61 > 60), being killed";
const time =
  "slurmstepd: error: *** JOB 101 ON n1 CANCELLED AT 2026-11-26T10:00:00 DUE TO TIME LIMIT ***";

/** What squeue says of a job and the end of its log; where the job is. */
const states: readonly [stdout: string, log: string, expected: JobState][] = [
  [line("101_1", "PENDING", 0, "Priority"), "", {
    ...{ at: "waiting", word: "PENDING", reason: "Priority" },
  }],
  [line("101_1", "RUNNING", 0, "None"), "error: x", { at: "running", word: "RUNNING" }],
  [line("101_1", "COMPLETING", 0, "None"), "", { at: "running", word: "COMPLETING" }],
  [line("101_1", "NEWER_STATE", 0, "None"), "", { at: "running", word: "NEWER_STATE" }],
  [line("101_1", "COMPLETED", 0, "None"), "error: x", {
    ...{ at: "ended", word: "COMPLETED", ending: "done" },
  }],
  [line("101_1", "FAILED", 256, "NonZeroExitCode"), "error: it waits", {
    ...{ at: "ended", word: "FAILED", ending: "failed", error: "it waits" },
  }],
  [line("101_1", "FAILED", 512, "NonZeroExitCode"), "error: another V8", {
    ...{ at: "ended", word: "exit code 2", ending: "refused", error: "another V8" },
  }],
  [line("101_1", "FAILED", 9, "JobLaunchFailure"), memory, {
    ...{ at: "ended", word: "FAILED", ending: "out of memory" },
  }],
  [line("101_1", "OUT_OF_MEMORY", 0, "OutOfMemory"), "", {
    ...{ at: "ended", word: "OUT_OF_MEMORY", ending: "out of memory" },
  }],
  [line("101_1", "TIMEOUT", 15, "TimeLimit"), "", {
    ...{ at: "ended", word: "TIMEOUT", ending: "out of time" },
  }],
  [line("101_1", "CANCELLED", 15, "None"), "", {
    ...{ at: "ended", word: "CANCELLED", ending: "stopped" },
  }],
  [line("101_1", "NODE_FAIL", 0, "NodeDown"), "", {
    ...{ at: "ended", word: "NODE_FAIL", ending: "stopped" },
  }],
  // Slurm forgets jobs after a while.
  [line("999_1", "RUNNING", 0, "None"), time, {
    ...{ at: "ended", word: "no longer known to Slurm", ending: "out of time" },
  }],
];
for (const [stdout, log, expected] of states) {
  const words = stdout.split(/\s+/).slice(0, 4).join(" ");
  Deno.test(`slurm: ${words}${log === "" ? "" : `, ${log.slice(0, 24)}`}: ${expected.at}`, async () => {
    const found = await statesOf(`${stdout}\nno such line\n`, log);
    assert(typeof found !== "string");
    assertEquals(found.get("101_1"), expected);
  });
}

Deno.test("slurm: a squeue that fails says nothing of the jobs", async () => {
  const { options } = cluster({ squeue: { code: 1, stderr: "slurm_load_jobs error: no contact" } });
  const launcher = await SlurmLauncher.open(options);
  const jobs = await launcher.submit({ shares: shares(1), limits, after: [] });
  assertEquals(await launcher.states(jobs), "slurm_load_jobs error: no contact");
});

Deno.test("slurm: the jobs of the name that wait or run are found, whoever submitted them", async () => {
  const stdout = [
    line("5_1", "COMPLETED", 0, "None"),
    line("6_1", "RUNNING", 0, "None"),
    line("6_2", "PENDING", 0, "Resources"),
    line("7", "PENDING", 0, "Dependency"),
    line("8_1", "COMPLETING", 0, "None"),
  ].join("\n");
  const { calls, options } = cluster({ squeue: { stdout } });
  const launcher = await SlurmLauncher.open(options);
  assertEquals(await launcher.live(), ["6", "7"]);
  assertStringIncludes(calls.at(-1)?.args.join(" ") ?? "", "--me --name=microbeam-0 ");
  assertEquals(await launcher.logsOfLive(), undefined);
  const silent = cluster({ squeue: { code: 1, stderr: "no contact" } });
  assertEquals(await (await SlurmLauncher.open(silent.options)).live(), "no contact");
  const log = "/store/plans/0123/logs/%A_%a.log   ";
  const told = cluster({ squeue: { stdout: `${log}\n${log}\n` } });
  assertEquals(
    await (await SlurmLauncher.open(told.options)).logsOfLive(),
    "/store/plans/0123/logs",
  );
});

Deno.test("slurm: arrays are cancelled by their ids, each once", async () => {
  const { calls, options } = cluster();
  const launcher = await SlurmLauncher.open(options);
  const jobs = await launcher.submit({ shares: shares(6), limits, after: [] });
  assertEquals(await launcher.cancel(jobs), undefined);
  assertEquals(calls.at(-1)?.args, ["--quiet", "101", "102"]);
});

Deno.test("rangesOf: the shortest list", () => {
  assertEquals(rangesOf([7, 1, 2, 4, 3, 10, 9]), "1-4,7,9-10");
});

Deno.test("refusedArgument: what the launcher sets itself", () => {
  const refused = [
    "--array=1",
    "--dependency",
    "-a",
    "-d3",
    "-oX",
    "--output=x",
    "--wrap=x",
    "-Mc",
    // squeue is asked for jobs of the launcher's name: others would count as ended.
    "--job-name=mine",
    "-Jmine",
    "--error=x",
  ];
  for (const word of refused) assertEquals(refusedArgument(["--qos=x", word]), word);
  const fine = ["--account=abc", "-A", "abc", "-p", "main", "--mem-per-cpu=1G", "-w", "n1", "-t1"];
  assertEquals(refusedArgument(fine), undefined);
});
