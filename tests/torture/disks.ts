/**
 * Disks that become full, and disks that cannot be written: file systems that a process sees alone.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import { crash, difference, type Files, leftOver, shapeOf } from "./judge.ts";
import { below, type FaultKind, type Finding, oneOf, works } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { emptied, finished, type Scenario, wrong } from "./scenarios.ts";

/** Why processes may have no file system of their own here; `undefined` if they may. */
export async function noMounts(): Promise<string | undefined> {
  return await works("unshare", "-rm", "sh", "-c", "mount -t tmpfs none /tmp")
    ? undefined
    : "no unshare that may mount (Linux with namespaces of users)";
}

/** Tiny disks. */
export const tinyDisks: FaultKind = {
  name: "full",
  title: "full disks",
  share: 2,
  unavailable: noMounts,
  async prepare(sandbox) {
    const whole = await finished(sandbox, "tiny");
    const bytes = [...whole.before].filter(([path]) => /\.cache|tiny/.test(path))
      .reduce((sum, [, { length }]) => sum + 4096 * Math.ceil(length / 4096), 0);
    return (random) => fill(sandbox, whole, bytes / 1024, random);
  },
};

/** Runs where a folder is a disk with little room, and again when it has more. */
async function fill(
  sandbox: Sandbox,
  whole: Scenario,
  kilobytes: number,
  random: RandomStream,
): Promise<Finding> {
  const where = oneOf(["outputs", "outputs", "outputs/.cache", "outputs/tiny"], random);
  // Room for so many bytes, or so many files.
  const limit = below(3, random) > 0
    ? `size=${4 * (1 + below(Math.ceil(kilobytes / 4), random))}k`
    : `nr_inodes=${2 + below(70, random)}`;
  const left = `${sandbox.folder}/left`;
  await Deno.remove(left, { recursive: true }).catch(() => {});
  await Deno.mkdir(left);
  sandbox.restore(emptied(sandbox));
  const script = [
    `mkdir -p ${where}`,
    `mount -t tmpfs -o ${limit} none ${where}`,
    `"$0" "$@" 2>${left}/stderr; echo $? >${left}/code`,
    `cp -r outputs/tiny ${left}/first 2>/dev/null`,
    `mount -o remount,size=50m,nr_inodes=10000 ${where}`,
    '"$0" "$@"; code=$?',
    `cp -r outputs ${left}/outputs`,
    "exit $code",
  ].join("; ");
  const outcome = await sandbox.process(whole.command, {
    under: ["unshare", "-rm", "sh", "-c", script],
  });
  const text = (name: string): string => Deno.readTextFileSync(`${left}/${name}`);
  const first = { code: Number(text("code")), stdout: "", stderr: text("stderr") };
  const within = (folder: string): Files =>
    new Map([...sandbox.files(`left/${folder}`)].map(([path, bytes]) => [
      path.replace(`left/${folder}`, folder === "first" ? "outputs/tiny" : folder),
      bytes,
    ]));
  const finishedAtOnce = first.code === 0 || within("first").has("outputs/tiny/manifest.json");
  const files = within("outputs");
  const results = new Map([...files].filter(([path]) => path.startsWith("outputs/tiny/")));
  const problem = crash(first) ??
    (finishedAtOnce ? difference(within("first"), whole.expected) : undefined) ??
    crash(outcome) ??
    (outcome.code === 0 ? undefined : `with more room: ${outcome.code}: ${outcome.stderr}`) ??
    difference(results, whole.expected) ?? leftOver(files);
  const fault = `${limit.replace(/\d+\w?/, "N")} for ${where}`;
  const said = `${first.code} ${shapeOf(first.stderr)}`;
  if (problem === undefined) return { fault, end: first.code === 0 ? "survived" : "named", said };
  return { fault, end: "lost", said, details: `${limit}: ${problem}\n${first.stderr}` };
}

/** What a person does with a disk that cannot be written. */
interface Use {
  readonly command: (whole: Scenario) => readonly string[];
  /** Whether it must succeed where there is a whole run. */
  readonly succeeds: boolean;
}

const ELSEWHERE = "elsewhere";

const USES: Readonly<Record<string, Use>> = {
  run: { command: ({ command }) => command, succeeds: false },
  "run --fresh": { command: ({ command }) => [...command, "--fresh"], succeeds: false },
  "run elsewhere": {
    command: ({ command }) => [
      ...command,
      ...["--output", `${ELSEWHERE}/run`, "--store", `${ELSEWHERE}/store`],
    ],
    succeeds: true,
  },
  diff: { command: ({ folder }) => ["diff", folder, folder], succeeds: true },
  plan: { command: () => ["plan", "configs/tiny.yaml"], succeeds: true },
  cache: { command: () => ["cache"], succeeds: true },
  "cache --verify": { command: () => ["cache", "--verify"], succeeds: true },
  "cache --prune": { command: () => ["cache", "--prune"], succeeds: false },
};

/** Disks that can only be read. */
export const readOnlyDisks: FaultKind = {
  name: "read-only",
  title: "read-only disks",
  share: 1,
  unavailable: noMounts,
  async prepare(sandbox) {
    const whole = await finished(sandbox, "tiny");
    return (random) => useReadOnly(sandbox, whole, random);
  },
};

async function useReadOnly(
  sandbox: Sandbox,
  whole: Scenario,
  random: RandomStream,
): Promise<Finding> {
  const [name, use] = oneOf(Object.entries(USES), random);
  const where = oneOf(
    ["outputs", "outputs/.cache", "outputs/.cache/store", "outputs/tiny"],
    random,
  );
  const isWhole = below(3, random) > 0;
  await Deno.remove(`${sandbox.folder}/${ELSEWHERE}`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${sandbox.folder}/${ELSEWHERE}`);
  sandbox.restore(isWhole ? whole.before : emptied(sandbox));
  await Deno.mkdir(`${sandbox.folder}/${where}`, { recursive: true });
  const before = sandbox.files();
  const script = `mount --bind ${where} ${where} && mount -o remount,bind,ro ${where} && "$0" "$@"`;
  const command = use.command(whole);
  const outcome = await sandbox.process(command, { under: ["unshare", "-rm", "sh", "-c", script] });
  const crashed = crash(outcome) ??
    (use.succeeds && outcome.code !== 0 && (isWhole || name !== "diff")
      ? `exit code ${outcome.code}: ${outcome.stderr}`
      : undefined);
  const elsewhere = name === "run elsewhere" && crashed === undefined
    ? difference(renamed(sandbox.files(`${ELSEWHERE}/run`), `${ELSEWHERE}/run`), whole.expected)
    : undefined;
  const inside = (files: Files): Files =>
    new Map([...files].filter(([path]) => path.startsWith(`${where}/`)));
  const problem = crashed ?? elsewhere ?? difference(inside(sandbox.files()), inside(before)) ??
    await lostAfter(sandbox, whole);
  const fault = `${name}: ${where} read-only`;
  const said = `${outcome.code} ${shapeOf(outcome.stderr)}`;
  if (problem !== undefined) return { fault, end: "lost", said, details: problem };
  return { fault, end: outcome.stderr.trim() === "" ? "survived" : "named", said };
}

function renamed(files: Files, folder: string): Files {
  return new Map([...files].map(([path, bytes]) => [path.replace(folder, "outputs/tiny"), bytes]));
}

async function lostAfter(sandbox: Sandbox, whole: Scenario): Promise<string | undefined> {
  const problem = wrong(sandbox, whole, await sandbox.call(...whole.command)) ??
    leftOver(sandbox.files());
  return problem === undefined ? undefined : `the next run: ${problem}`;
}
