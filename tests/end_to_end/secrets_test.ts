/**
 * The secrets of a corpus's URL: sent to its server, and nowhere else to be found.
 *
 * @module
 */
// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256Hex } from "../../src/files/sha256.ts";
import { cleanClone, type Outcome, settings, tiny } from "./clean_clone.ts";

const { folder, deno } = await cleanClone();
const names = Deno.readTextFileSync(`${folder}/tests/data/few_names.txt`);

/** Every file below the outputs of the clone, hidden ones included, with its bytes as text. */
function* written(path = `${folder}/outputs`): Generator<[string, string]> {
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    const one = `${path}/${name}`;
    if (isDirectory) yield* written(one);
    else yield [one, new TextDecoder("latin1").decode(Deno.readFileSync(one))];
  }
}

/** A file that only those get who know the password and the token. */
async function serving(action: (host: string) => Promise<void>): Promise<void> {
  const expected = [`Basic ${btoa("user:pa55")}`, "Bearer hf_pa55"];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const known = expected.includes(request.headers.get("authorization") ?? "");
    const { searchParams } = new URL(request.url);
    const token = searchParams.get("token") ?? "s3cret";
    return known && token === "s3cret" ? new Response(names) : new Response(null, { status: 403 });
  });
  try {
    await action(`127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

async function task(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return await deno(["task", "-q", command, ...args], { env });
}

function config(url: string, name: string): string {
  const file = `${folder}/configs/${name}.yaml`;
  Deno.writeTextFileSync(
    file,
    `extends: default.yaml
corpus: { path: null, url: ${JSON.stringify(url)}, sha256: ${sha256Hex(names)} }
`,
  );
  return `configs/${name}.yaml`;
}

const rest = tiny.slice(2);

Deno.test("corpus.url: its password and the values of its query are in no file and no message, and the written config runs", () =>
  serving(async (host) => {
    const file = config(`http://user:pa55@${host}/c.txt?token=s3cret`, "secret");
    const wrong = await task("run", [config(`http://user:pa55@${host}/c?token=s3crets`, "no")]);
    assertEquals(wrong.code, 2);
    assertStringIncludes(
      wrong.stderr,
      `the corpus http://${host}/c?token=***: the server answered 403`,
    );
    const swept = settings("seed=1,2");
    const outcomes = [
      wrong,
      await task("plan", [file, ...rest, "--write", "outputs/plan.json"]),
      await task("run", [file, ...rest, "--json"]),
      await task("run", [file, ...rest, ...swept, ...settings("name=swept")]),
      await task("run", [file, "--set", `corpus.url=http://a:pa55@${host}/x?s3cret,2`]),
      await task("run", ["outputs/secret/config.yaml", ...settings("name=again")]),
      await task("diff", ["outputs/secret", "outputs/again", "--all"]),
    ];
    assertEquals(outcomes.map(({ code }) => code), [2, 0, 0, 0, 2, 0, 0]);
    for (const { stdout, stderr } of outcomes) {
      assert(!/pa55|s3cret/.test(stdout + stderr), stdout + stderr);
    }
    const files = [...written()];
    assert(files.length > 30);
    assertEquals(files.filter(([, text]) => /pa55|s3cret/.test(text)).map(([name]) => name), []);
    const [, kept = ""] = files.find(([name]) => name.endsWith("/secret/config.yaml")) ?? [];
    assertStringIncludes(kept, `http://${host}/c.txt?token=***`);
    Deno.removeSync(`${folder}/outputs/.cache/corpora`, { recursive: true });
    const gone = await task("run", ["outputs/secret/config.yaml"]);
    assertEquals(gone.code, 2);
    assertStringIncludes(gone.stderr, "which are never written to a file, found ***");
  }));

Deno.test("corpus.url: ${HF_TOKEN} is the environment's where it is asked for, and stays as it is in every file", () =>
  serving(async (host) => {
    const url = `http://\${HF_TOKEN}@${host}/c.txt`;
    const file = config(url, "variable");
    const without = await task("run", [file, ...rest]);
    assertEquals(without.code, 2);
    assertStringIncludes(without.stderr, "expected the environment to have HF_TOKEN");
    const ran = await task("run", [file, ...rest], { HF_TOKEN: "hf_pa55" });
    assertEquals(ran.code, 0, ran.stderr);
    const files = [...written()];
    assertEquals(files.filter(([, text]) => /pa55/.test(text)).map(([name]) => name), []);
    const [, kept = ""] = files.find(([name]) => name.endsWith("/variable/config.yaml")) ?? [];
    assertStringIncludes(kept, url);
  }));
