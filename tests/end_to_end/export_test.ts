/**
 * `deno task export` on a run that was just made: real processes, in a clean copy of the project.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cleanClone, tiny } from "./clean_clone.ts";

const { folder: clone, task, outcomes, exists, file } = await cleanClone();
const RUN = "outputs/default";

const made = await task("run", "configs/default.yaml", "--quiet", ...tiny);
assertEquals(made.code, 0, made.stderr);

/** Puts what a run needs to be exported into a new folder. */
async function copyRun(folder: string, ...models: readonly string[]): Promise<void> {
  await Deno.mkdir(`${clone}/${folder}/checkpoints`, { recursive: true });
  for (const name of ["config.yaml", ...models.map((model) => `checkpoints/${model}.json`)]) {
    await Deno.copyFile(`${clone}/${RUN}/${name}`, `${clone}/${folder}/${name}`);
  }
}

await copyRun("outputs/swept/seed=1", "target", "draft");
await copyRun("outputs/swept/seed=2", "target", "draft");
await copyRun("outputs/half", "target");
await copyRun("outputs/damaged", "target", "draft");
const checkpoint = `${clone}/outputs/damaged/checkpoints/target.json`;
await Deno.writeTextFile(checkpoint, (await Deno.readTextFile(checkpoint)).replace("0.1", "0.2"));
await Deno.mkdir(`${clone}/outputs/begun`);
await Deno.writeTextFile(`${clone}/outputs/begun/.begun`, "{}");
await copyRun("outputs/linked", "target", "draft");
await Deno.mkdir(`${clone}/elsewhere`);
await Deno.symlink("../../elsewhere", `${clone}/outputs/linked/exported`);

const weights = ["model.safetensors", "read_model.py"];
const others = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
];

/** The names in a folder of the clone. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(`${clone}/${folder}`)].map(({ name }) => name).sort();
}

Deno.test("export: writes every model of the run, and again the same bytes", async () => {
  const lines = ["target: 4192 parameters, float32", "draft: 1328 parameters, float32"];
  const stdout = lines.map((line) => `${RUN}/exported/${line}\n`).join("");
  const files = [...others, ...weights].sort();
  let before: string | undefined;
  for (const _ of [1, 2]) {
    assertEquals(await task("export", RUN), { code: 0, stdout, stderr: "" });
    assertEquals(namesIn(`${RUN}/exported`), ["draft", "target"]);
    const texts = ["draft", "target"].flatMap((model) => {
      assertEquals(namesIn(`${RUN}/exported/${model}`), files);
      return files.map((name) => Deno.readFileSync(`${clone}/${RUN}/exported/${model}/${name}`));
    });
    const now = texts.map((bytes) => bytes.toBase64()).join();
    assert(before === undefined || before === now);
    before = now;
  }
});

Deno.test("export: one model as ONNX, to a folder that is made", async () => {
  const args = ["--model", "draft", "--format", "onnx", "--output", "a/b"];
  assertEquals(await task("export", RUN, ...args), {
    code: 0,
    stdout: "a/b/draft-onnx: 1328 parameters, float32\n",
    stderr: "",
  });
  assertEquals(namesIn("a/b"), ["draft-onnx"]);
  assertEquals(namesIn("a/b/draft-onnx"), [...others, "model.onnx"].sort());
});

Deno.test("export: of a sweep, every run to a folder of its name", async () => {
  const { code, stderr } = await task("export", "outputs/swept", "--quiet", "--output", "all");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  for (const run of ["seed=1", "seed=2"]) assertEquals(namesIn(`all/${run}`), ["draft", "target"]);
});

Deno.test("export: a run of the exported models has the same samples, results and losses, to the byte", async () => {
  const strategies = "[strategy: greedy, { strategy: top_p, p: 0.9 }, strategy: speculative]";
  const training = tiny.filter((_, i) => tiny[i | 1]?.startsWith("training."));
  const others = tiny.filter((_, i) => !tiny[i | 1]?.startsWith("training."));
  const config = ["configs/default.yaml", ...others, "--quiet"];
  config.push("--set", "engine=reference", "--set", `decoding.strategies=${strategies}`);
  const ran = await task("run", ...config, ...training, "--output", "outputs/exact");
  assertEquals(ran, { code: 0, stdout: "", stderr: "" });
  const { stdout } = await task("export", "outputs/exact");
  assertEquals(stdout.match(/float64/g)?.length, 2);
  const from = ["target", "draft"].flatMap((name) => [
    ...["--set", `models.${name}={ from: "project:outputs/exact/exported/${name}" }`],
  ]);
  const again = await task("run", ...config, ...from, "--output", "outputs/imported");
  assertEquals(again, { code: 0, stdout: "", stderr: "" });
  for (const name of ["samples.csv", "results.csv", "losses.csv"]) {
    assertEquals(file(`outputs/imported/${name}`), file(`outputs/exact/${name}`), name);
  }
});

/** Whether processes may have a file system of their own here. */
const canMount = await new Deno.Command("unshare", {
  args: ["-rm", "sh", "-c", "mount -t tmpfs -o size=40k none /tmp"],
  stderr: "null",
}).output().then(({ success }) => success, () => false);

Deno.test({
  name: "export: where a disk has room for one export, the second is named, and the first stays",
  ignore: !canMount,
  fn: async () => {
    const command = "deno run -q --no-prompt -P=export main.ts export outputs/default " +
      "--quiet --model target --output tiny";
    const sums = "find tiny -type f | sort | xargs cksum";
    const script = ["mkdir tiny", "mount -t tmpfs -o size=64k none tiny", command, sums, command];
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: ["-rm", "sh", "-c", [...script, "echo then $?", sums].join("; ")],
      cwd: clone,
      env: { NO_COLOR: "1", INIT_CWD: clone },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const [before = "", after = ""] = decoder.decode(stdout).split("then 1\n");
    assertEquals(before.split("\n").length - 1, 6, decoder.decode(stderr));
    assertEquals(after, before);
    assertMatch(
      decoder.decode(stderr),
      /^error: cannot write tiny\/target\/[\w.]+: No space left on device.*\n$/,
    );
  },
});

const mistakes: readonly [args: string[], code: number, message: string][] = [
  [[], 2, "expected a run, found none"],
  [["a", "b"], 2, "expected one run, found 2"],
  [["outputs/defalt"], 2, 'found none called "outputs/defalt"; did you mean "default"?'],
  [["outputs/begun"], 2, "outputs/begun, which is one that was interrupted, or failed"],
  [["outputs/example"], 2, "found outputs/example, which has no config.yaml"],
  [[RUN, "--format", "onx"], 2, 'safetensors, onnx, found "onx"; did you mean "onnx"?'],
  [[RUN, "--model", "both"], 2, 'expected one of target, draft, all, found "both"'],
  [[RUN, "--output", "src"], 2, "which is a folder of the project's own files"],
  [[RUN, "--output", "/proc/x"], 2, "cannot use /proc/x"],
  [["outputs/half", "--output", "x"], 2, "cannot export the draft of outputs/half"],
  [["outputs/damaged", "--output", "x"], 2, "it was changed or damaged"],
  [
    ["outputs/linked"],
    1,
    "outputs/linked/exported/target: expected a folder of its own, found a l",
  ],
];

Deno.test("export: mistakes are named, and nothing is written", async () => {
  const found = await outcomes("export", mistakes.map(([args]) => args));
  for (const [i, [args, code, message]] of mistakes.entries()) {
    assertEquals(found[i]?.code, code, args.join(" "));
    assertStringIncludes(found[i]?.stderr ?? "", message);
    assertEquals(found[i]?.stdout, "");
  }
  assertEquals(exists("x"), false);
  assertEquals(namesIn("elsewhere"), []);
});
