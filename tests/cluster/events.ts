/**
 * What happens to clusters while a sweep is computed on one: none of it may change a byte of the results.
 *
 * @module
 */
import { type Outcome, outcomeOf } from "../end_to_end/clean_clone.ts";
import type { Job, Slurm } from "./slurm.ts";
import type { SweepPlace } from "./sweep_place.ts";

/** Something that happens. */
export interface ClusterEvent {
  /** Its name, for a command line. */
  readonly name: string;
  /** What happens, as a clause. */
  readonly title: string;
  /**
   * Computes the sweep at `place` on `slurm`; it happens once there are so many `results`, and a job runs
   * that it can happen to.
   */
  compute(slurm: Slurm, place: SweepPlace, results: number): Promise<Computed>;
  /** What stderr says of it, if it happens at the first moment that it can. */
  readonly said?: RegExp;
}

/** A sweep that was computed. */
export interface Computed {
  /** How the last process that it took ended. */
  readonly outcome: Outcome;
  /** Whether it happened: the sweep may be over before it can. */
  readonly happened: boolean;
}

/** Waits for the moment of an event: a job that runs and is as wanted; none if the sweep is over before. */
type Moment = (isWanted?: (job: Job) => boolean) => Promise<Job | undefined>;

/** Many small jobs, of which two run at once. */
const onSlurm = (memory = "900M"): string[] => [
  ...["--launcher", "slurm", "--workers", "1", "--quiet"],
  ...["--concurrency", "2", "--job-seconds", "0", "--memory", memory, "--time", "10"],
];

/** The moment once `place` has so many `results`; over once `run` has ended. */
function momentOf(
  slurm: Slurm,
  place: SweepPlace,
  { run, results }: { readonly run: Deno.ChildProcess; readonly results: number },
): Moment {
  let isOver = false;
  run.status.then(() => isOver = true);
  return async (isWanted = () => true) => {
    let found: Job | undefined;
    await slurm.untilJobs(async (jobs) => {
      if (await place.results() < results) return isOver;
      found = jobs.find((job) => job.state === "RUNNING" && isWanted(job));
      return isOver || found !== undefined;
    });
    return found;
  };
}

/** An event that a launcher lives through; `happen` says whether it happened. */
function during(
  [name, title]: readonly [name: string, title: string],
  happen: (slurm: Slurm, moment: Moment, place: SweepPlace) => Promise<boolean>,
  said?: RegExp,
): ClusterEvent {
  return {
    name,
    title,
    async compute(slurm, place, results) {
      const run = place.start(onSlurm());
      const output = run.output();
      const happened = await happen(slurm, momentOf(slurm, place, { run, results }), place);
      return { outcome: outcomeOf(await output), happened };
    },
    ...said === undefined ? {} : { said },
  };
}

/** What every test of the suite takes time for: each job is a process that takes a second to start. */
export const testedEvents: readonly ClusterEvent[] = [
  during(["kill", "a job is killed with SIGKILL"], async (slurm, moment) => {
    const job = await moment();
    if (job !== undefined) await slurm.killProcesses(job.number);
    return job !== undefined;
  }),
  {
    name: "interrupt",
    title: "the launcher is interrupted, cancels its jobs, and is started again",
    async compute(slurm, place, results) {
      const run = place.start(onSlurm());
      const output = run.output();
      const job = await momentOf(slurm, place, { run, results })();
      if (job === undefined) return { outcome: outcomeOf(await output), happened: false };
      run.kill("SIGINT");
      const { code, stderr } = outcomeOf(await output);
      if (code !== 130) throw new Error(`Expected the exit code 130, found ${code}: ${stderr}`);
      return { outcome: await place.run(...onSlurm()), happened: true };
    },
  },
  {
    name: "memory",
    title: "jobs ask for too little memory",
    async compute(_, place) {
      return { outcome: await place.run(...onSlurm("100M")), happened: true };
    },
    said: /out of memory/,
  },
  during(["node", "one of two nodes stops"], async (slurm, moment) => {
    const job = await moment(({ node }) => node === "n2");
    if (job !== undefined) await slurm.stopNode("n2");
    return job !== undefined;
  }),
];

/** What is tried by hand. */
const otherEvents: readonly ClusterEvent[] = [
  {
    name: "twice",
    title: "another launcher computes the same, and this one waits for its jobs",
    async compute(slurm, place, results) {
      const run = place.start(onSlurm(), "others");
      const output = run.output();
      const job = await momentOf(slurm, place, { run, results })();
      const own = await place.run(...onSlurm(), "--wait");
      const other = outcomeOf(await output);
      // The same launcher twice: what is left of one does not matter to the other.
      if (other.code !== own.code) return { outcome: other, happened: true };
      return { outcome: own, happened: job !== undefined };
    },
  },
  during(["controller", "the controller is restarted"], async (slurm, moment) => {
    const job = await moment();
    if (job === undefined) return false;
    await slurm.stopController();
    await slurm.startController();
    return true;
  }),
  during(
    ["read-only", "nodes cannot write the store for a while"],
    async (slurm, moment, place) => {
      const job = await moment();
      if (job === undefined) return false;
      await slurm.setReadOnly(place.store, true);
      const isFailed = ({ state }: Job): boolean => state === "FAILED";
      const earlier = new Set((await slurm.jobs()).filter(isFailed).map(({ number }) => number));
      await slurm.untilJobs((jobs) =>
        jobs.some((own) => isFailed(own) && !earlier.has(own.number))
      );
      await slurm.setReadOnly(place.store, false);
      return true;
    },
    /ended without all of their results/,
  ),
  during(["nothing", "nothing happens"], () => Promise.resolve(true)),
  {
    name: "by-hand",
    title: "nothing happens, and arrays are submitted by hand",
    async compute(_, place) {
      return { outcome: await place.byHand(3), happened: true };
    },
  },
  during(["crash", "the controller crashes and forgets jobs"], async (slurm, moment) => {
    const job = await moment();
    if (job === undefined) return false;
    await slurm.crashController();
    await slurm.startController();
    return true;
  }),
  during(["cancel", "all jobs are cancelled by somebody"], async (slurm, moment) => {
    const job = await moment();
    if (job !== undefined) await slurm.client("scancel --user root");
    return job !== undefined;
  }),
];

/** All of them. */
export const allEvents: readonly ClusterEvent[] = [...testedEvents, ...otherEvents];
