// @ts-types="../declarations/assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { type Experiment, loadExperiments } from "../../src/config/experiment.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { checkWithCorpus } from "../../src/runs/check_with_corpus.ts";
import { inFolder } from "../temporary_folder.ts";

const SECRET = "root:$6$salt$hash:20000:0";
const config = `
corpus: { path: names.txt, held_out: 0 }
models: { target: { n_embd: 4, n_head: 1, n_layer: 1 } }
training: { target: { steps: 1 } }
decoding: { prompts: [r], strategies: [{ strategy: greedy }] }
`;

/** A folder of configs, beside it a folder with a secret, and links between them. */
async function inTwoFolders(
  look: (own: string, outside: string) => Promise<unknown>,
): Promise<void> {
  await inFolder(async (folder) => {
    const [own, outside] = [`${folder}/own`, `${folder}/outside`];
    for (const made of [own, outside]) await Deno.mkdir(made);
    await Deno.writeTextFile(`${own}/names.txt`, "rar\narr\n");
    await Deno.writeTextFile(`${outside}/secret`, `${SECRET}\n`);
    await Deno.writeTextFile(`${outside}/base.yaml`, config);
    await Deno.symlink(`${outside}/secret`, `${own}/link.txt`);
    await Deno.symlink(outside, `${own}/folder`);
    await look(own, outside);
  });
}

async function checked(
  own: string,
  text: string,
  overrides: readonly string[] = [],
  readsOutside = false,
): Promise<string | undefined> {
  await Deno.writeTextFile(`${own}/c.yaml`, text);
  const [experiment] = await loadExperiments(`${own}/c.yaml`, overrides, { readsOutside });
  return (await checkWithCorpus(experiment as Experiment)).corpus?.sha256;
}

const named: readonly [string, string][] = [
  ["an absolute path", "OUTSIDE/secret"],
  ["a path that climbs", "../outside/secret"],
  ["a link", "link.txt"],
  ["a folder that is a link", "folder/secret"],
  ["what is not there", "../outside/nothing"],
  ["a file of the system", "/etc/shadow"],
];

for (const [what, path] of named) {
  Deno.test(`corpus.path: ${what} outside is refused, and the command line allows it`, () =>
    inTwoFolders(async (own, outside) => {
      const from = path.replace("OUTSIDE", outside);
      const text = config.replace("names.txt", from);
      const { message } = await assertRejects(() => checked(own, text), ConfigError);
      assertEquals(message.includes("expected a file in the folder of"), true, message);
      assertEquals(message.includes("--allow-read-outside allows it"), true, message);
      assertEquals(message.includes(SECRET), false, message);
      if (path === "/etc/shadow" || path.endsWith("nothing")) return;
      const sha256 = await checked(own, text, [], true);
      assertEquals(await checked(own, config, [`corpus.path=${from}`]), sha256);
    }));

  Deno.test(`extends: ${what} outside is refused, and never quoted`, () =>
    inTwoFolders(async (own, outside) => {
      const text = `extends: ${path.replace("OUTSIDE", outside)}\n`;
      for (const readsOutside of [false, true]) {
        const { message } = await assertRejects(
          () => checked(own, text, [], readsOutside),
          ConfigError,
        );
        assertEquals(message.includes("--allow-read-outside allows it"), !readsOutside, message);
        assertEquals(message.includes("root:"), false, message);
      }
    }));
}

Deno.test("extends: with --allow-read-outside a base may lie outside", () =>
  inTwoFolders(async (own) => {
    const text = "extends: ../outside/base.yaml\ncorpus: { path: names.txt }\n";
    await checked(own, text, [], true);
  }));

const notConfigs: readonly [string, string, string][] = [
  ["passwords", "root:x:0:0:root\nuser:y:1:1:user\n", "c.yaml:1:1: expected a map, found text"],
  ["a number", "12345\n", "c.yaml:1:1: expected a map, found a single value"],
  ["a key twice", "my secret: 1\nmy secret: 2\n", "base.yaml:2:1: expected each key once"],
  ["a tag", "a: !secret 1\n", "base.yaml:1:4: expected a value without a tag"],
  ["an alias", "a: *secret\n", "base.yaml:1:11: expected an anchor before its alias"],
  ["a broken list", "a: [secret\n", "base.yaml:2:1: expected YAML"],
];

for (const [what, text, message] of notConfigs) {
  Deno.test(`extends: of a file that is no config (${what}) nothing is quoted`, () =>
    inTwoFolders(async (own) => {
      await Deno.writeTextFile(`${own}/base.yaml`, text);
      const found = await assertRejects(() => checked(own, "extends: base.yaml\n"), ConfigError);
      const expected = `cannot use ${own}/c.yaml\n  ${own}/${
        message.replace("c.yaml", "base.yaml")
      }`;
      assertEquals(found.message, expected);
    }));
}
