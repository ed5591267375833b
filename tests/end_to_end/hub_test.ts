/**
 * A run of a model of the hub: downloaded once, kept by its commit, and the token nowhere to be found.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
// @ts-types="../declarations/path.d.ts"
import { dirname } from "@std/path";
import { COMMIT, failure, REPOSITORY, withHub } from "../data/hub_server.ts";
import { byteLevelTokenizer } from "../data/tokenizer_json.ts";
import { writeModelFolder } from "../model/hugging_face/write_model_folder.ts";
import { inFolder } from "../temporary_folder.ts";
import { cleanClone, type Outcome } from "./clean_clone.ts";

const { folder, deno, file } = await cleanClone();

/** The files of a model with two shards and a tokenizer. */
async function modelFiles(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const { json, vocabSize, bos, stops } = byteLevelTokenizer();
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  await inFolder(async (model) => {
    await writeModelFolder(model, {
      vocabSize,
      shards: 2,
      config: { bos_token_id: bos, eos_token_id: stops[0] },
    });
    await Deno.writeTextFile(`${model}/tokenizer.json`, JSON.stringify(json));
    for (const { name } of Deno.readDirSync(model)) {
      files[name] = Deno.readFileSync(`${model}/${name}`);
    }
  });
  return files;
}

/** Every file below the outputs of the clone with its bytes as text. */
function* written(path = `${folder}/outputs`): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    const one = `${path}/${name}`;
    if (isDirectory) yield* written(one);
    else yield [one, new TextDecoder("latin1").decode(Deno.readFileSync(one))];
  }
}

const CONFIG = `models: { target: { from: "hf:${REPOSITORY}" } }
engine: reference
decoding:
  prompts: [a, the]
  samples: 2
  max_new_tokens: 4
  strategies:
    - { strategy: greedy }
report: { charts: false }
`;

/** A model that nobody has. */
const OTHER = CONFIG.replace("tiny", "other");

Deno.test("from: hf:… is downloaded by the plan, and is what the run and its own config.yaml use ever after", async () => {
  const files = await modelFiles();
  await Deno.writeTextFile(`${folder}/configs/hub.yaml`, CONFIG);
  await withHub(files, async ({ origin, asked }) => {
    const task = (...args: string[]): Promise<Outcome> =>
      deno(["task", "-q", ...args], { env: { HF_ENDPOINT: origin, HF_TOKEN: "hf_pa55" } });
    const plan = await task("plan", "configs/hub.yaml");
    assertEquals(plan.code, 0, plan.stderr);
    assertStringIncludes(plan.stderr, `downloading ${REPOSITORY} from the hub`);
    assert(asked.length > 0);
    asked.length = 0;
    const run = await task("run", "configs/hub.yaml");
    assertEquals(run.code, 0, run.stderr);
    const kept = file("outputs/hub/config.yaml");
    assertStringIncludes(kept, `from: "hf:${REPOSITORY}@${COMMIT}"`);
    const again = await task("run", "outputs/hub/config.yaml", "--output", "outputs/again");
    assertEquals(again.code, 0, again.stderr);
    assertEquals(file("outputs/again/samples.csv"), file("outputs/hub/samples.csv"));
    assertEquals(asked, []);
    const secret = [...written()].filter(([, text]) => /pa55|s1gnature/.test(text));
    assertEquals(secret.map(([name]) => name), []);
    for (const { stdout, stderr } of [plan, run, again]) {
      assert(!/pa55|s1gnature/.test(stdout + stderr));
    }
    const weights = `${folder}/outputs/.cache/models/${REPOSITORY.replace("/", "--")}/${COMMIT}/` +
      "model-00001-of-00002.safetensors";
    const bytes = Deno.readFileSync(weights);
    Deno.writeFileSync(weights, bytes.with(bytes.length - 1, 255 - (bytes.at(-1) ?? 0)));
    const damaged = await task("run", "configs/hub.yaml");
    assertEquals(damaged.code, 2);
    assertStringIncludes(damaged.stderr, "delete the folder to have it downloaded again");
    await Deno.remove(dirname(weights), { recursive: true });
    const cached = await task("run", "configs/hub.yaml");
    assertEquals(cached.code, 0, cached.stderr);
    assertEquals(Deno.readFileSync(weights), bytes);
  });
});

Deno.test("from: hf:… of a plan is downloaded where the plan is run", async () => {
  await Deno.writeTextFile(`${folder}/configs/planned.yaml`, CONFIG);
  await withHub(await modelFiles(), async ({ origin, asked }) => {
    const env = { HF_ENDPOINT: origin };
    const plan = await deno(
      ["task", "-q", "plan", "configs/planned.yaml", "--write", "outputs/plan.json"],
      { env },
    );
    assertEquals(plan.code, 0, plan.stderr);
    asked.length = 0;
    const run = await deno([
      ...["task", "-q", "run", "--plan", "outputs/plan.json"],
      ...["--store", `${folder}/outputs/elsewhere/store`],
    ], { env });
    assertEquals(run.code, 0, run.stderr);
    assertEquals(asked.filter((one) => one.startsWith("cdn")).length, 2);
    assertStringIncludes(run.stderr, `downloading ${REPOSITORY} from the hub`);
  });
});

Deno.test("from: hf:… that is gated says what to do, at its line", () =>
  withHub({}, async ({ origin }) => {
    await Deno.writeTextFile(`${folder}/configs/gated.yaml`, OTHER);
    const { code, stderr } = await deno(["task", "-q", "run", "configs/gated.yaml"], {
      env: { HF_ENDPOINT: origin },
    });
    assertEquals(code, 2);
    assertStringIncludes(stderr, "configs/gated.yaml:1");
    assertStringIncludes(stderr, `it is gated (${origin} answered 401): ask for access at`);
  }, { hub: () => failure(401, "GatedRepo") }));

Deno.test("from: hf:… in a config that another extends says where to write it", () =>
  withHub({}, async ({ origin, asked }) => {
    await Deno.writeTextFile(`${folder}/configs/base.yaml`, OTHER);
    await Deno.writeTextFile(`${folder}/configs/child.yaml`, "extends: base.yaml\n");
    const { code, stderr } = await deno(["task", "-q", "run", "configs/child.yaml"], {
      env: { HF_ENDPOINT: origin },
    });
    assertEquals([code, asked], [2, []]);
    assertStringIncludes(
      stderr,
      "deno task plan downloads it, with a config that has the name itself",
    );
  }));
