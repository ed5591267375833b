/**
 * A real Slurm of its own on this machine: munged, slurmctld, and a slurmd for each node, which is a
 * machine of its own as far as processes, mounts and the host's name go (namespaces of Linux). A shell
 * that is the first process of a namespace starts them and does what it is told on its stdin; when that
 * ends, since the tests are over or their process is gone, it takes all processes and files with it.
 *
 * @module
 */
import { exists } from "../end_to_end/clean_clone.ts";

/** A job, or one of an array, as `squeue` shows it; finished ones stay for some minutes. */
export interface Job {
  /** Such as `12`, or `12_3` in an array. */
  readonly id: string;
  /** The number that it has alone, in an array, too: its `SLURM_JOB_ID`. */
  readonly number: string;
  /** Such as `PENDING`, `RUNNING` or `COMPLETED`. */
  readonly state: string;
  /** Such as `None`, `Dependency` or `JobLaunchFailure`. */
  readonly reason: string;
  /** Where it runs or ran; empty before. */
  readonly node: string;
}

/** A Slurm that is up; when it is disposed of, everything ends and the folder goes. */
export interface Slurm extends AsyncDisposable {
  /** An empty folder for what its users do, gone when it is stopped. */
  readonly folder: string;
  /** What its clients (`sbatch`, `squeue`, `scancel`, `scontrol`) need. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a line of shell with `env` in `folder`; its stdout. Throws where it fails. */
  client(line: string): Promise<string>;
  /** All jobs that it knows of. */
  jobs(): Promise<Job[]>;
  /** Asks for the jobs again and again, until `holds`. */
  untilJobs(holds: (jobs: readonly Job[]) => boolean | Promise<boolean>): Promise<void>;
  /** Ends the node `name` as a power cut would, with all that runs on it. */
  stopNode(name: string): Promise<void>;
  /** Starts the nodes that are stopped, and waits until all are idle. */
  startNodes(): Promise<void>;
  /** Ends slurmctld, as an administrator does; until it is started, clients cannot reach it. */
  stopController(): Promise<void>;
  /** Ends it as a crash does: it forgets what it has not saved, the jobs of the last seconds. */
  crashController(): Promise<void>;
  /** Starts it again. */
  startController(): Promise<void>;
  /** Sends KILL to the processes of a job by its number, behind Slurm's back. */
  killProcesses(number: string): Promise<void>;
  /** Lets the nodes see `path` as a file system that cannot be written, or as it is. */
  setReadOnly(path: string, readOnly: boolean): Promise<void>;
}

const decoder = new TextDecoder();

/** Runs `line` in a shell. */
async function shell(
  line: string,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly ok: boolean; readonly stdout: string; readonly stderr: string }> {
  const command = new Deno.Command("sh", { args: ["-c", line], stdin: "null", ...options });
  const { success, stdout, stderr } = await command.output();
  return { ok: success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Daemons are where only administrators look for programs. */
const DAEMONS = "PATH=$PATH:/usr/sbin:/sbin";

/** How often something is looked for, ten times a second at most, until it counts as never to come. */
const MOST_LOOKS = 3000;

/** Why no Slurm can be started here; nothing if one can. */
export async function slurmProblem(): Promise<string | undefined> {
  const checks: readonly [line: string, problem: string][] = [
    ["[ $(id -u) = 0 ]", "only root can start munged and slurmd"],
    [
      `${DAEMONS}; for i in munged slurmctld slurmd sbatch squeue; do command -v $i || exit 1; done`,
      "Slurm is not installed (Debian: apt-get install slurm-wlm munge)",
    ],
    [
      "unshare --mount --uts --pid --fork --kill-child --mount-proc true",
      "this machine gives no namespaces to processes, and those are the nodes",
    ],
  ];
  for (const [line, problem] of checks) if (!(await shell(line)).ok) return problem;
  try {
    await using _ = await startSlurm({ nodes: 2 });
  } catch (error) {
    return `Slurm does not start here: ${error instanceof Error ? error.message : error}`;
  }
}

/** Ports of this machine that nobody listens to. */
function freePorts(count: number): number[] {
  const taken = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  for (const listener of taken) listener.close();
  return taken.map(({ addr }) => addr.port);
}

/** The settings: those of a small cluster without accounting or cgroups, made impatient. */
function slurmConf(folder: string, nodes: readonly string[]): string {
  const [port = 0, ...ports] = freePorts(1 + nodes.length);
  return `ClusterName=microbeam
SlurmctldHost=${Deno.hostname().split(".")[0]}(127.0.0.1)
SlurmctldPort=${port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/log/slurmctld
SlurmdLogFile=${folder}/log/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
SlurmdTimeout=60
KillWait=10
${
    nodes.map((name, i) =>
      `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${
        ports[i]
      } CPUs=1 RealMemory=4000`
    ).join("\n")
  }
PartitionName=main Nodes=${nodes.join(",")} Default=YES MaxTime=60 DefMemPerCPU=1000 State=UP
`;
}

/** What the shell of the cluster knows how to do; `$1` to `$3` are the words after each. */
const FUNCTIONS = `
PATH=$PATH:/usr/sbin:/sbin
controller() { slurmctld -D -f "$SLURM_CONF" </dev/null >>log/controller.out 2>&1 & echo $! >controller; }
node() {
  unshare --mount --uts --pid --fork --kill-child --mount-proc sh -c '
    echo "$1" >/proc/sys/kernel/hostname
    slurmd -D -N "$1" -f "$SLURM_CONF" & wait' - "$1" </dev/null >>log/node.out 2>&1 &
  echo $! >"$1.unshare"
}
end() { kill "-$1" "$2"; wait "$2"; true; }
init() { tr -d ' ' <"/proc/$1/task/$1/children"; }
on_nodes() { for i in *.unshare; do nsenter --target "$(init "$(cat "$i")")" --mount "$@" || return; done; }
killed() {
  for i in /proc/[0-9]*; do
    if tr '\\0' '\\n' <"$i/environ" 2>/dev/null | grep -qx "SLURM_JOB_ID=$1"; then kill -KILL "\${i#/proc/}"; fi
  done
  true
}
`;

/**
 * Does lines of shell in a namespace until there are no more; then everything in it ends, and so does what
 * was started to use this Slurm outside of it. Files go when nobody is left to write any.
 */
const SUPERVISOR = `
unshare --mount --pid --fork --kill-child --mount-proc sh -c '
  cd "$1"; trap : INT TERM HUP
  while read -r line; do eval "$line"; echo $?; done' - "$1"
for i in $(grep -lz "^SLURM_CONF=$SLURM_CONF$" /proc/[0-9]*/environ 2>/dev/null); do
  i=\${i#/proc/}; [ "\${i%/environ}" = $$ ] || kill -KILL "\${i%/environ}" 2>/dev/null
done
rm -rf "$1"
`;

/** Starts a Slurm, whose nodes are called n1, n2, …, and waits until they are idle. */
export async function startSlurm({ nodes }: { readonly nodes: number }): Promise<Slurm> {
  const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
  const top = await Deno.makeTempDir({ prefix: "slurm-" });
  const folder = `${top}/work`;
  const env = { SLURM_CONF: `${top}/slurm.conf` };
  for (const name of ["work", "state", "log", ...names]) await Deno.mkdir(`${top}/${name}`);
  // munged wants a key that none but its owner reads, and a folder that all may pass through.
  await Deno.chmod(top, 0o711);
  const key = crypto.getRandomValues(new Uint8Array(64));
  await Deno.writeFile(`${top}/munge.key`, key, { mode: 0o400 });
  await Deno.writeTextFile(env.SLURM_CONF, slurmConf(top, names));

  const supervisor = new Deno.Command("sh", {
    args: ["-c", SUPERVISOR, "-", top],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    // A Ctrl-C is not for it: it ends when its stdin does.
    detached: true,
  }).spawn();
  const input = supervisor.stdin.getWriter();
  const output = supervisor.stdout.getReader();
  const tell = async (line: string): Promise<void> => {
    await input.write(new TextEncoder().encode(`${line}\n`));
    const { value } = await output.read();
    const code = decoder.decode(value).trim();
    if (code !== "0") throw new Error(`Cannot do ${JSON.stringify(line)}: exit code ${code}`);
  };
  const stop = async (): Promise<void> => {
    await input.close();
    await output.cancel();
    await supervisor.status;
  };
  const client: Slurm["client"] = async (line) => {
    const { ok, stdout, stderr } = await shell(line, { cwd: folder, env });
    if (!ok) throw new Error(`Cannot run ${JSON.stringify(line)}: ${stderr}`);
    return stdout.trim();
  };
  const jobs: Slurm["jobs"] = async () =>
    (await client("squeue --all --array --states all --noheader --format '%i|%A|%T|%r|%N'"))
      .split("\n").filter((line) => line !== "").map((line) => {
        const [id = "", number = "", state = "", reason = "", node = ""] = line.split("|");
        return { id, number, state, reason, node };
      });
  /** A shell waits, so that no test does; not for ever, since what never comes would stop the suite. */
  const until = (line: string) =>
    client(
      `i=0; until ${line}; do i=$((i + 1)); [ $i -lt ${MOST_LOOKS} ] || exit 1; sleep .1; done`,
    );
  const idle = (names: readonly string[]) =>
    until(
      `[ "$(sinfo -hN -t idle -o %N 2>/dev/null | grep -cxE '${
        names.join("|")
      }')" = ${names.length} ]`,
    );
  try {
    const functions = `${top}/functions.sh`;
    await Deno.writeTextFile(functions, FUNCTIONS);
    await tell(`. "${functions}"`);
    await tell(
      "munged --foreground --socket=$PWD/munge.socket --key-file=$PWD/munge.key " +
        "--pid-file=$PWD/munged.pid --seed-file=$PWD/munge.seed --log-file=$PWD/log/munged " +
        "</dev/null >log/munged.out 2>&1 &",
    );
    await until(`[ -S ${top}/munge.socket ]`);
    await tell("controller");
    for (const name of names) await tell(`node ${name}`);
    await idle(names);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    env,
    client,
    jobs,
    async untilJobs(holds) {
      for (let looks = 0; !await holds(await jobs()); looks++) {
        if (looks === MOST_LOOKS) throw new Error("Cannot see the jobs expected: too many looks");
        await client("sleep .1");
      }
    },
    async stopNode(name) {
      await tell(`end KILL "$(cat ${name}.unshare)" && rm ${name}.unshare`);
      await client(`scontrol update nodename=${name} state=down reason=stopped`);
    },
    async startNodes() {
      for (const name of names.filter((name) => !exists(`${top}/${name}.unshare`))) {
        await tell(`node ${name}`);
        // A node that has registered in the meantime is up, and cannot be resumed.
        await client(`scontrol update nodename=${name} state=resume || true`);
      }
      await idle(names);
    },
    stopController: () => tell('end TERM "$(cat controller)"'),
    crashController: () => tell('end KILL "$(cat controller)"'),
    async startController() {
      await tell("controller");
      await until("scontrol ping >/dev/null 2>&1");
    },
    killProcesses: (number) => tell(`killed ${number}`),
    setReadOnly: (path, readOnly) =>
      tell(
        readOnly ? `on_nodes mount --bind -o ro "${path}" "${path}"` : `on_nodes umount "${path}"`,
      ),
    [Symbol.asyncDispose]: stop,
  };
}
