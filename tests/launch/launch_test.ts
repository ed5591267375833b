// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { launch, type LaunchOptions } from "../../src/launch/launch.ts";
import { type Job, LaunchError } from "../../src/launch/launcher.ts";
import { type MadeUpEnd, MadeUpLauncher, madeUpRows, madeUpWork } from "./made_up_work.ts";

const names = [["a", "b", "c", "d"], ["e", "f"]] as const;
const done = (...does: string[]): MadeUpEnd => ({ word: "COMPLETED", ending: "done", does });

/** The names of the tasks of the share of `job`, where a rank is cut into as many shares as it has tasks. */
function tasksOf({ share: { rank, number } }: Job): string {
  return names[rank]?.[number - 1] ?? "";
}

interface Launched {
  readonly launcher: MadeUpLauncher;
  readonly there: Set<string>;
  readonly notices: string[];
  readonly settled: number;
  /** What it threw, if it did. */
  readonly error?: unknown;
}

/** Launches the made-up plan, whose jobs end as `end` says; `prepare` may change the launcher before. */
async function launched(
  end: (job: Job, request: number) => MadeUpEnd | string,
  { prepare = () => {}, ...options }: Partial<LaunchOptions> & {
    readonly there?: readonly string[];
    readonly prepare?: (launcher: MadeUpLauncher) => void;
  } = {},
): Promise<Launched> {
  const there = new Set(options.there);
  const work = madeUpWork(madeUpRows(names), there);
  await work.lookAtAll();
  const launcher = new MadeUpLauncher(there, end);
  prepare(launcher);
  const notices: string[] = [];
  const launching = launch(work, {
    launcher,
    failures: () => Promise.resolve(new Set()),
    progress: { begin() {}, advance() {}, end() {} },
    notice: (message) => notices.push(message),
    signal: new AbortController().signal,
    wait: () => Promise.resolve(),
    ...{ threads: 1, given: {}, longest: Infinity, jobSeconds: 30, atOnce: 100 },
    ...options,
  });
  const thrown = await launching.then(() => ({}), (error: unknown) => ({ error }));
  return { launcher, there, notices, settled: work.settled, ...thrown };
}

Deno.test("launch: one array for each rank, the next after the one before", async () => {
  const { launcher, settled, notices } = await launched((job) => done(tasksOf(job)));
  assertEquals(
    launcher.requests.map(({ shares, after }) => [
      shares.map(({ rank, number, of }) => `${rank}:${number}/${of}`).join(" "),
      after.map(({ id }) => id),
    ]),
    [["0:1/4 0:2/4 0:3/4 0:4/4", []], ["1:1/2 1:2/2", ["1_1", "1_2", "1_3", "1_4"]]],
  );
  assertEquals([settled, notices], [6, []]);
});

Deno.test("launch: what the store has is not started, nor is a rank that has all", async () => {
  const there = ["a", "b", "c", "d", "f"];
  const { launcher } = await launched((job) => done(tasksOf(job)), { there });
  assertEquals(launcher.requests.length, 1);
  assertEquals(launcher.requests[0]?.shares, [{ rank: 1, number: 1, of: 2 }]);
  const none = await launched(() => done(), { there: [...there, "e"] });
  assertEquals(none.launcher.requests, []);
});

/** How the first job of `b` ends, and the limits of the jobs for it. */
const tries: readonly [word: string, MadeUpEnd["ending"], memory: number[], minutes: number[]][] = [
  ["OUT_OF_MEMORY", "out of memory", [768, 1536], [14, 14]],
  ["TIMEOUT", "out of time", [768, 768], [14, 28]],
  ["NODE_FAIL", "stopped", [768, 768], [14, 14]],
  ["PREEMPTED", "stopped", [768, 768], [14, 14]],
  ["CANCELLED", "stopped", [768, 768], [14, 14]],
  ["FAILED", "failed", [768, 768], [14, 14]],
];
for (const [word, ending, memory, minutes] of tries) {
  Deno.test(`launch: after ${word} the same share again, and what could not be done without it`, async () => {
    let first = true;
    const there = new Set<string>();
    const { launcher, notices, settled } = await launched((job) => {
      const name = tasksOf(job);
      if (name === "b" && first) {
        first = false;
        return { word, ending };
      }
      if (job.share.rank === 1 && !there.has("b")) return { word: "FAILED", ending: "failed" };
      there.add(name);
      return done(name);
    });
    assertEquals(settled, 6);
    const shares = launcher.requests.map(({ shares }) =>
      shares.map(({ rank, number }) => `${rank}:${number}`).join(" ")
    );
    assertEquals(shares, ["0:1 0:2 0:3 0:4", "1:1 1:2", "0:2", "1:1 1:2"]);
    const own = [0, 2].flatMap((i) => launcher.requests[i]?.limits ?? []);
    assertEquals(own.map(({ memory }) => memory), memory);
    assertEquals(own.map(({ minutes }) => minutes), minutes);
    assertEquals(notices.length, 1);
    assertStringIncludes(
      notices[0] ?? "",
      `1 of 6 jobs ended without all of their results (${word}`,
    );
    assertStringIncludes(notices[0] ?? "", "log: 1_2.log");
  });
}

Deno.test("launch: a share is given up after 4 jobs, and the log is named; the others are done", async () => {
  const { launcher, notices, settled } = await launched((job) =>
    tasksOf(job) === "b"
      ? { word: "OUT_OF_MEMORY", ending: "out of memory" }
      : job.share.rank === 1
      ? { word: "FAILED", ending: "failed" }
      : done(tasksOf(job))
  );
  assertEquals(settled, 3);
  const own = launcher.requests.filter(({ shares: [{ rank }] }) => rank === 0);
  assertEquals(own.map(({ limits }) => limits.memory), [768, 1536, 3072, 6144]);
  assertEquals(
    notices.at(-1),
    "error: shard 2 of 4 of rank 0 is not done: 4 jobs, of which the last ended as " +
      "OUT_OF_MEMORY: out of memory (log: 7_2.log)",
  );
});

Deno.test("launch: a share that its job refuses is given up at once, and the reason is told", async () => {
  const error = "cannot use the plan plan.json: main.ts is another";
  const { launcher, notices } = await launched((job) =>
    job.share.rank === 0
      ? { word: "exit code 2", ending: "refused", error }
      : { word: "FAILED", ending: "failed" }
  );
  assertEquals(launcher.requests.length, 2);
  assertEquals(notices.length, 1 + 3 + 1);
  assertStringIncludes(notices[0] ?? "", "4 of 6 jobs ended without all of their results (4 × ");
  assertEquals(
    notices[1],
    `error: shard 1 of 4 of rank 0 is not done: its job ended as exit code 2: ${error} ` +
      "(log: 1_1.log)",
  );
});

Deno.test("launch: a task that failed is not tried again, nor what needs it", async () => {
  const { launcher, notices, settled } = await launched(
    (job) =>
      tasksOf(job) === "b" || job.share.rank === 1
        ? { word: "FAILED", ending: "failed" }
        : done(tasksOf(job)),
    { failures: () => Promise.resolve(new Set(["b"])) },
  );
  assertEquals([launcher.requests.length, settled, notices], [2, 6, []]);
});

Deno.test("launch: while nobody knows the states nothing is started again, and results that come count", async () => {
  let looks = 0;
  const there = new Set<string>();
  const { launcher, notices, settled } = await launched((job) => {
    if (++looks < 50) return "Unable to contact slurm controller";
    there.add(tasksOf(job));
    return done(tasksOf(job));
  });
  assertEquals([launcher.requests.length, settled], [2, 6]);
  assertEquals(notices, [
    "cannot ask for the jobs now (Unable to contact slurm controller); they are still waited for",
  ]);
});

Deno.test("launch: Ctrl-C cancels what has not ended, and says so", async () => {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  const { launcher, notices, error } = await launched(
    (job) => tasksOf(job) === "a" ? done("a") : "no answer",
    {
      signal: controller.signal,
      wait: () => {
        controller.abort(reason);
        return Promise.resolve();
      },
    },
  );
  assertEquals(error, reason);
  assertEquals(launcher.cancelled, ["1_1", "1_2", "1_3", "1_4", "2_1", "2_2"]);
  assertEquals(notices.at(-1), "cancelled 6 jobs (1, 2)");
});

Deno.test("launch: Ctrl-C is heard while squeue does not answer, and while jobs are submitted", async () => {
  for (const asked of ["states", "submit"] as const) {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const { launcher, error } = await launched(() => done(), {
      signal: controller.signal,
      prepare: (launcher) => {
        if (asked === "states") {
          launcher.states = () => {
            queueMicrotask(() => controller.abort(reason));
            return Promise.withResolvers<never>().promise;
          };
        } else {
          const submit = launcher.submit.bind(launcher);
          launcher.submit = (request) => {
            controller.abort(reason);
            return submit(request);
          };
        }
      },
    });
    assertEquals(error, reason);
    const ofFirst = ["1_1", "1_2", "1_3", "1_4"];
    assertEquals(launcher.cancelled, asked === "submit" ? ofFirst : [...ofFirst, "2_1", "2_2"]);
  }
});

Deno.test("launch: where the jobs of a rank are refused, those of the ranks before are cancelled", async () => {
  const { launcher, error } = await launched(() => done(), {
    prepare: (launcher) => {
      const submit = launcher.submit.bind(launcher);
      launcher.submit = (request) =>
        request.shares[0].rank === 1
          ? Promise.reject(new LaunchError("sbatch refuses it"))
          : submit(request);
    },
  });
  assert(error instanceof LaunchError);
  assertEquals(launcher.cancelled, ["1_1", "1_2", "1_3", "1_4"]);
});

Deno.test("launch: a share for which more memory is refused is given up, and no other one", async () => {
  const tried: string[] = [];
  const { launcher, notices, settled } = await launched((job) => {
    const name = tasksOf(job);
    tried.push(name);
    if (name === "a") return { word: "OUT_OF_MEMORY", ending: "out of memory" };
    if (name === "b" && tried.filter((own) => own === name).length === 1) {
      return { word: "NODE_FAIL", ending: "stopped" };
    }
    return job.share.rank === 1 ? { word: "FAILED", ending: "failed" } : done(name);
  }, {
    prepare: (launcher) => {
      const submit = launcher.submit.bind(launcher);
      launcher.submit = (request) =>
        request.limits.memory > 1000
          ? Promise.reject(new LaunchError("sbatch refuses the job: too much memory"))
          : submit(request);
    },
  });
  assertEquals(settled, 3);
  assertEquals(tried.filter((name) => name === "b").length, 2);
  assertStringIncludes(notices[1] ?? "", "sbatch refuses the job: too much memory; 1 share given");
  assertEquals(launcher.cancelled, []);
});

Deno.test("launch: where a scheduler does not answer, only the request that it did not hear is repeated", async () => {
  let silent = 3;
  const { launcher, notices, settled } = await launched((job) => done(tasksOf(job)), {
    prepare: (launcher) => {
      const submit = launcher.submit.bind(launcher);
      launcher.submit = (request) =>
        request.shares[0].rank === 1 && silent-- > 0
          ? Promise.reject(new LaunchError("no answer", { mayPass: true }))
          : submit(request);
    },
  });
  assertEquals(launcher.requests.map(({ shares: [{ rank }] }) => rank), [0, 1]);
  assertEquals([settled, notices], [6, ["no answer; trying again"]]);
});

Deno.test("launch: jobs that are said to run for ever are cancelled once all of their results are there", async () => {
  const { launcher, notices, settled } = await launched(() => done(), {
    prepare: (launcher) => {
      launcher.states = (jobs) => {
        for (const job of jobs) launcher.leave(tasksOf(job));
        const running = { at: "running", word: "RUNNING" } as const;
        return Promise.resolve(new Map(jobs.map(({ id }) => [id, running])));
      };
    },
  });
  assertEquals(settled, 6);
  assertEquals(launcher.cancelled.length, 6);
  assertEquals(notices, [
    "6 jobs did not end although nothing of theirs is left to do",
    "cancelled 6 jobs (1, 2)",
  ]);
});
