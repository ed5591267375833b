// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DiffError, findRunFiles } from "../../src/diff/run_files.ts";
import { inFolder } from "../temporary_folder.ts";

/** A checkout with a committed run, and a file that shows whether a command was run. */
interface Checkout {
  readonly folder: string;
  readonly marker: string;
  /** A program that makes it. */
  readonly command: string;
  readonly git: (...args: string[]) => string;
}

function inCheckout(action: (checkout: Checkout) => Promise<void>): Promise<void> {
  return inFolder(async (parent) => {
    const folder = `${parent}/checkout`;
    const git = (...args: string[]): string => {
      const identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
      const { success, stdout, stderr } = new Deno.Command("git", {
        args: [...identity, "-C", folder, ...args],
      }).outputSync();
      assert(success, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout).trim();
    };
    Deno.mkdirSync(`${folder}/outputs/run`, { recursive: true });
    git("init", "-q", "-b", "main");
    Deno.writeTextFileSync(`${folder}/outputs/run/a`, "committed");
    Deno.writeTextFileSync(`${folder}/.gitattributes`, "* filter=evil diff=evil\n");
    git("add", "--all", "--force");
    git("commit", "-q", "-m", "it");
    const [marker, command] = [`${parent}/marker`, `${parent}/command`];
    Deno.writeTextFileSync(command, `#!/bin/sh\ntouch ${marker}\nexit 1\n`, { mode: 0o755 });
    await action({ folder, marker, command, git });
  });
}

/** What reading the committed run gives: its text, or the message of the error. */
async function reading(folder: string): Promise<string | undefined> {
  try {
    return await (await findRunFiles("outputs/run@HEAD", [folder])).files.read("a");
  } catch (error) {
    if (!(error instanceof DiffError)) throw error;
    return error.message;
  }
}

async function exists(file: string): Promise<boolean> {
  return await Deno.lstat(file).then(() => true, () => false);
}

/** Makes the checkout a partial clone that lacks the committed file, and has this configuration. */
function makePartial({ folder, git }: Checkout, config: string): void {
  const hash = git("rev-parse", "HEAD:outputs/run/a");
  Deno.removeSync(`${folder}/.git/objects/${hash.slice(0, 2)}/${hash.slice(2)}`);
  git("config", "core.repositoryFormatVersion", "1");
  git("config", "extensions.partialClone", "origin");
  const all = '[remote "origin"]\n\tpromisor = true\n\tpartialCloneFilter = blob:none\n' + config;
  Deno.writeTextFileSync(`${folder}/.git/config`, all, { append: true });
}

/** Configurations by which fetching what a partial clone lacks would run a command. */
const fetching: readonly [string, (command: string) => string][] = [
  ["an uploadpack", (command) => `\turl = .\n\tuploadpack = "${command}"\n`],
  [
    "an uploadpack of an allowed protocol",
    (command) => `\turl = .\n\tuploadpack = "${command}"\n[protocol "file"]\n\tallow = always\n`,
  ],
  [
    "a url of an allowed ext protocol",
    (command) =>
      `	url = ext::${command}
` +
      `[protocol "ext"]\n\tallow = always\n`,
  ],
  [
    "core.sshCommand",
    (command) => `\turl = ssh://127.0.0.1/x\n[core]\n\tsshCommand = "${command}"\n`,
  ],
  [
    "core.gitProxy",
    (command) => `\turl = git://127.0.0.1/x\n[core]\n\tgitProxy = "${command}"\n`,
  ],
];

for (const [name, config] of fetching) {
  Deno.test(`findRunFiles: a partial clone whose remote has ${name} runs nothing and says what it lacks`, () =>
    inCheckout(async (checkout) => {
      const { folder, marker, command, git } = checkout;
      makePartial(checkout, config(command));
      const hash = git("ls-tree", "HEAD", "outputs/run/a").split(/\s/)[2];
      const found = await reading(folder);
      assert(!await exists(marker), "the command was run");
      assertEquals(
        found,
        "cannot read a of outputs/run@HEAD: this clone is partial and lacks it, and a comparison " +
          `fetches nothing; if you trust the repository, fetch it with: git cat-file -e ${hash}`,
      );
    }));
}

/** Other settings of git that name commands. */
const commands: readonly ((command: string) => string)[] = [
  (command) => `[core]\n\tfsmonitor = "${command}"\n`,
  (command) => `[core]\n\tpager = "${command}"\n\teditor = "${command}"\n`,
  (command) => `[pager]\n\trev-parse = "${command}"\n\tls-tree = true\n\tcat-file = "${command}"\n`,
  (command) => `[core]\n\taskPass = "${command}"\n\talternateRefsCommand = "${command}"\n`,
  (command) => `[alias]\n\trev-parse = "!${command}"\n\tcat-file = "!${command}"\n`,
  (command) => `[diff]\n\texternal = "${command}"\n[diff "evil"]\n\ttextconv = "${command}"\n`,
  (command) => `[filter "evil"]\n\tsmudge = "${command}"\n\tprocess = "${command}"\n`,
  (command) => `[credential]\n\thelper = "!${command}"\n[gpg]\n\tprogram = "${command}"\n`,
];

Deno.test("findRunFiles: no setting of a checkout and no hook of it runs a command", () =>
  inCheckout(async ({ folder, marker, command }) => {
    const hooks = `${folder}/.git/hooks`;
    Deno.mkdirSync(hooks, { recursive: true });
    for (const hook of ["post-checkout", "post-index-change", "reference-transaction"]) {
      Deno.writeTextFileSync(`${hooks}/${hook}`, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    }
    const all = commands.map((config) => config(command)).join("");
    Deno.writeTextFileSync(`${folder}/.git/config`, all, { append: true });
    assertEquals(await reading(folder), "committed");
    assert(!await exists(marker), "a command was run");
  }));

Deno.test("findRunFiles: a folder of a checkout that looks like a repository is not taken for one", () =>
  inCheckout(async ({ folder, git }) => {
    git("clone", "-q", "--bare", ".", "outputs/bare");
    git("--git-dir", "outputs/bare", "update-ref", "refs/heads/evil", "HEAD");
    await assertRejects(
      () => findRunFiles("outputs/bare@evil", [folder]),
      DiffError,
      "it is in no git repository (",
    );
  }));

Deno.test("findRunFiles: git's variables of a hook that runs it name no other repository", () =>
  inCheckout(async ({ folder, git }) => {
    git("init", "-q", "../other");
    const other = `${folder}/../other`;
    const module = new URL("../../src/diff/run_files.ts", import.meta.url);
    const code = `import { findRunFiles } from "${module}";
      const { files } = await findRunFiles("outputs/run@HEAD", [${JSON.stringify(folder)}]);
      console.log(await files.read("a"));`;
    const { stdout, stderr } = await new Deno.Command("deno", {
      args: ["eval", "-q", code],
      env: {
        NO_COLOR: "1",
        GIT_DIR: `${other}/.git`,
        GIT_WORK_TREE: other,
        GIT_INDEX_FILE: `${other}/index`,
        GIT_OBJECT_DIRECTORY: `${other}/.git/objects`,
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.bare",
        GIT_CONFIG_VALUE_0: "true",
      },
    }).output();
    assertStringIncludes(
      new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout),
      "committed",
    );
  }));
