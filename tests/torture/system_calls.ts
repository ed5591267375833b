/**
 * System calls that fail: every one that strace shows in a command, on every kind of file.
 *
 * @module
 */
import type { RandomStream } from "../../src/random/random_stream.ts";
import { crash, difference, type Files, leftOver, shapeOf } from "./judge.ts";
import { below, type FaultKind, type Finding, oneOf } from "./kind.ts";
import type { Sandbox } from "./sandbox.ts";
import { emptied, finished, wrong } from "./scenarios.ts";
import { type Call, ELSEWHERE, inject, noTraces, traced } from "./traces.ts";

/** Errors by the calls that can give them, from their manual pages and those of NFS and FUSE. */
const ERRORS: readonly [calls: RegExp, errors: readonly string[]][] = [
  [/^open|^creat/, ["EIO", "EACCES", "EMFILE", "ENOSPC", "EROFS", "EINTR", "ESTALE", "EDQUOT"]],
  [/read(v|64)?$/, ["EIO", "EINTR", "ESTALE", "ENOMEM"]],
  [/write(v|64)?$/, ["EIO", "ENOSPC", "EDQUOT", "EINTR", "EFBIG"]],
  [/sync$/, ["EIO", "ENOSPC", "EINTR", "EDQUOT", "EINVAL", "EROFS"]],
  [/^(rename|link|symlink)/, ["EIO", "ENOSPC", "EACCES", "EROFS", "EDQUOT", "EOPNOTSUPP", "EPERM"]],
  [/^(unlink|rmdir)/, ["EIO", "EACCES", "EROFS", "EBUSY"]],
  [/^mkdir/, ["EIO", "ENOSPC", "EACCES", "EROFS", "EDQUOT"]],
  [/^(flock|fcntl)/, ["ENOLCK", "EOPNOTSUPP", "EINTR", "EIO", "EINVAL"]],
  [/stat|^access|^statx/, ["EIO", "EACCES", "ESTALE", "ENOMEM"]],
  [/^getdents/, ["EIO", "ESTALE", "EINTR"]],
  [/truncate/, ["EIO", "EINTR", "EPERM", "EROFS"]],
  [/^close/, ["EIO", "EINTR", "EDQUOT"]],
  [/./, ["EIO", "EINTR", "EACCES"]],
];

/** Calls that are of ours alone: a file system may refuse them every time. */
const ALWAYS = /^(flock|fsync|fdatasync)$/;

/** A command, what is there before it, and what it calls. */
interface Traced {
  readonly name: string;
  readonly command: readonly string[];
  readonly before: Files;
  /** By call and kind of file. */
  readonly calls: ReadonlyMap<string, readonly Call[]>;
}

/** Failing system calls. */
export const systemCalls: FaultKind = {
  name: "calls",
  title: "failing system calls",
  share: 5,
  unavailable: noTraces,
  async prepare(sandbox) {
    const whole = await finished(sandbox, "tiny");
    const withoutFolder = new Map(
      [...whole.before].filter(([path]) =>
        !path.startsWith(`${whole.folder}/`) && !path.includes("/store/report/")
      ),
    );
    const commands = [
      { name: "run", command: whole.command, before: emptied(sandbox) },
      { name: "run again", command: whole.command, before: whole.before },
      { name: "run from the store", command: whole.command, before: withoutFolder },
      { name: "diff", command: ["diff", whole.folder, whole.folder], before: whole.before },
      { name: "cache --verify", command: ["cache", "--verify"], before: whole.before },
      { name: "cache --prune", command: ["cache", "--prune"], before: whole.before },
      { name: "plan", command: ["plan", "configs/tiny.yaml"], before: whole.before },
    ];
    const ready = new Map<string, Traced>();
    return async (random) => {
      const { name, command, before } = random.next() < 0.4
        ? oneOf(commands.slice(0, 1), random)
        : oneOf(commands, random);
      sandbox.restore(before);
      const calls = ready.get(name)?.calls ??
        Map.groupBy(await traced(sandbox, command), ({ name, file }) => `${name} ${file}`);
      const one = { name, command, before, calls };
      ready.set(name, one);
      return await failOne(sandbox, one, whole, random);
    };
  },
};

async function failOne(
  sandbox: Sandbox,
  { name: title, command, before, calls }: Traced,
  whole: Parameters<typeof wrong>[1],
  random: RandomStream,
): Promise<Finding> {
  const [, group] = oneOf([...calls], random);
  const { name, count } = oneOf(group, random);
  const error = oneOf(ERRORS.find(([calls]) => calls.test(name))?.[1] ?? [], random);
  const from = ALWAYS.test(name) && below(2, random) === 0 ? "1+" : `${count}`;
  sandbox.restore(before);
  const { outcome, hit } = await inject(sandbox, command, name, `error=${error}:when=${from}`);
  const files = [...new Set(hit)].sort();
  const target = files.includes(ELSEWHERE) ? ELSEWHERE : files.join(", ");
  const fault = `${title}: ${name}${target === ELSEWHERE ? " of Deno's own" : ""}`;
  const said = `${outcome.code} ${shapeOf(outcome.stderr)}`;
  // Threads share the calls differently every time: a thread that made as many may not be there.
  if (files.length === 0) return { fault: `${title}: none`, end: "survived", said: "", count: 0 };

  // What Deno says when it cannot load a module is Deno's, and that Rust panics where a folder cannot
  // be closed.
  const isDenos = target === ELSEWHERE || name === "close" && /has panicked/.test(outcome.stderr);
  const crashed = isDenos ? undefined : crash(outcome);
  const isRun = command[0] === "run";
  const left = sandbox.files();
  const problem = crashed ??
    (isRun ? lostByRun(sandbox, whole, outcome.code) : lostByLooking(command, before, left)) ??
    await lostAfter(sandbox, whole);
  const at = `inject=${name}:error=${error}:when=${from} (${files.join(", ")})`;
  if (problem !== undefined) {
    return { fault, end: "lost", said, details: [at, problem, outcome.stderr].join("\n") };
  }
  const isUnseen = outcome.code === 0 && error !== "EINTR" && isChecked(title, name, files);
  if (isUnseen) {
    return { fault, end: "unnamed", said, details: `${at}\n${title} says that all is well` };
  }
  return { fault, end: outcome.stderr.trim() === "" ? "survived" : "named", said };
}

/** Whether a command promises the content of a file that it could not open or read. */
function isChecked(title: string, call: string, files: readonly string[]): boolean {
  const checked = title === "diff"
    ? /^run\/\w/
    : title === "cache --verify"
    ? /KEY$|^run\/\w/
    : /^$/;
  return /^open|read(v|64)?$/.test(call) &&
    files.some((file) => checked.test(file) && !/timings|progress/.test(file));
}

/** What is wrong if a run says that it is done and is not. */
function lostByRun(
  sandbox: Sandbox,
  { folder, expected }: Parameters<typeof wrong>[1],
  code: number,
): string | undefined {
  return code === 0 ? difference(sandbox.files(folder), expected) : undefined;
}

/** What is wrong if a command that only looks, or prunes what nobody needs, changed files. */
function lostByLooking(
  command: readonly string[],
  before: Files,
  left: Files,
): string | undefined {
  const results = (files: Files): Files =>
    new Map([...files].filter(([path]) => !/\.lock$|\.part$/.test(path)));
  const changed = difference(results(left), results(before));
  return changed === undefined ? undefined : `${command.join(" ")} changed files:\n${changed}`;
}

/** What is wrong after the same run without a fault. */
async function lostAfter(
  sandbox: Sandbox,
  whole: Parameters<typeof wrong>[1],
): Promise<string | undefined> {
  const outcome = await sandbox.call(...whole.command);
  const problem = wrong(sandbox, whole, outcome) ?? leftOver(sandbox.files());
  return problem === undefined ? undefined : `the next run: ${problem}`;
}
