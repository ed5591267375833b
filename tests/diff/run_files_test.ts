// @ts-types="../declarations/assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DiffError, findRunFiles } from "../../src/diff/run_files.ts";
import { inFolder } from "../temporary_folder.ts";

/** The folder of a repository, with its operations. */
interface Repository {
  readonly folder: string;
  readonly write: (name: string, text: string) => void;
  readonly git: (...args: string[]) => void;
  readonly commit: () => void;
}

/** Runs `action` in a new repository of which the branch is called main. */
function inRepository(action: (repository: Repository) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    const git = (...args: string[]): void => {
      const { success, stderr } = new Deno.Command("git", {
        args: ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args],
      }).outputSync();
      assert(success, new TextDecoder().decode(stderr));
    };
    git("init", "-q", "-b", "main");
    const write = (name: string, text: string): void => {
      Deno.mkdirSync(`${folder}/${name}/..`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/${name}`, text);
    };
    const commit = (): void => {
      git("add", "--all", "--force");
      git("commit", "-q", "-m", "it");
    };
    await action({ folder, write, git, commit });
  });
}

/** The text of the file `a` of the run called `name`, relative to `base`. */
async function textOf(name: string, base: string, file = "a"): Promise<string | undefined> {
  return await (await findRunFiles(name, [base])).files.read(file);
}

/** A run in two revisions, of which the second is committed as one of another name, too. */
async function twice({ write, commit }: Repository): Promise<void> {
  write("outputs/run/a", "first");
  commit();
  write("outputs/run/a", "second");
  write("outputs/run/sub/b", "below");
  write("outputs/run@x/a", "at x");
  commit();
  write("outputs/run/a", "third");
  await Promise.resolve();
}

const revisions: readonly [string, string][] = [
  ["outputs/run", "third"],
  ["outputs/run/", "third"],
  ["outputs/run@HEAD", "second"],
  ["outputs/run/@HEAD", "second"],
  ["./outputs/../outputs/run@HEAD~1", "first"],
  ["outputs/run@@", "second"],
  ["outputs/run@main^", "first"],
  ["outputs/run@main@{0}", "second"],
  ["outputs/run@:/it", "second"],
  ["outputs/run@x", "at x"],
  ["outputs/run@x@HEAD", "at x"],
];

for (const [name, expected] of revisions) {
  Deno.test(`findRunFiles: ${name} is the ${expected}`, () =>
    inRepository(async (repository) => {
      await twice(repository);
      assertEquals(await textOf(name, repository.folder), expected);
    }));
}

Deno.test("findRunFiles: a revision is found from a subfolder, for a removed folder, and by absolute path", () =>
  inRepository(async (repository) => {
    const { folder } = repository;
    await twice(repository);
    assertEquals(await textOf("run@HEAD~1", `${folder}/outputs`), "first");
    assertEquals(
      await textOf("@HEAD~1", `${folder}/outputs/run`).catch(String),
      String(
        new DiffError(
          "cannot compare @HEAD~1: expected the folder of a run, such as outputs/default, found none",
        ),
      ),
    );
    assertEquals(await textOf(".@HEAD~1", `${folder}/outputs/run`), "first");
    await Deno.remove(`${folder}/outputs`, { recursive: true });
    assertEquals(await textOf("outputs/run@HEAD~1", folder), "first");
    assertEquals(await textOf(`${folder}/outputs/run@HEAD~1`, "/"), "first");
  }));

Deno.test("findRunFiles: reads files in subfolders, undefined for missing ones", () =>
  inRepository(async (repository) => {
    await twice(repository);
    for (const name of ["outputs/run", "outputs/run@HEAD"]) {
      const { files } = await findRunFiles(name, [repository.folder]);
      assertEquals(await files.read("sub/b"), "below");
      assertEquals(await files.read("sub/c"), undefined);
      assertEquals(await files.read("a/c"), undefined);
    }
  }));

Deno.test("findRunFiles: the second base is used if the first has no such folder", () =>
  inRepository(async (repository) => {
    const { folder } = repository;
    await twice(repository);
    for (const [name, expected] of [["run", "third"], ["run@HEAD", "second"]] as const) {
      const { files } = await findRunFiles(name, [folder, `${folder}/outputs`]);
      assertEquals(await files.read("a"), expected);
    }
  }));

Deno.test("findRunFiles: a run may be the whole repository", () =>
  inRepository(async ({ folder, write, commit }) => {
    write("a", "root");
    commit();
    assertEquals(await textOf(".@HEAD", folder), "root");
  }));

Deno.test("findRunFiles: a run may be a link; in it none is followed, in folders and revisions", () =>
  inRepository(async (repository) => {
    const { folder, commit } = repository;
    await twice(repository);
    Deno.symlinkSync("run", `${folder}/outputs/link`);
    Deno.symlinkSync("a", `${folder}/outputs/run/l`);
    commit();
    assertEquals(await textOf("outputs/link", folder), "third");
    assertEquals(await textOf("outputs/link@HEAD~1", folder), "second");
    await assertRejects(
      () => textOf("outputs/run", folder, "l"),
      DiffError,
      "cannot read l of outputs/run: expected a file or folder of its own at ",
    );
    await assertRejects(
      () => textOf("outputs/run@HEAD", folder, "l"),
      DiffError,
      "cannot read l of outputs/run@HEAD: expected a file, found a link or a submodule",
    );
  }));

const mistakes: readonly [string, string][] = [
  ["outputs/rnu", 'found none; did you mean "run"?'],
  ["elsewhere/run", "expected the folder of a run, such as outputs/default, found none"],
  ["outputs/run/a", "expected the folder of a run, found a file"],
  ["outputs/run@mian", 'such as HEAD~1, a branch or a hash, found "mian"; did you mean "main"?'],
  ["outputs/run@HEAD~9", 'a branch or a hash, found "HEAD~9"'],
  ["outputs/run@--help", 'a branch or a hash, found "--help"'],
  ["outputs/run@--output=x", 'a branch or a hash, found "--output=x"'],
  ["outputs/run@HEAD:outputs/run/a", 'a branch or a hash, found "HEAD:outputs/run/a"'],
  ["outputs/rnu@HEAD", 'HEAD has no folder outputs/rnu; did you mean "run"?'],
  ["outputs/other@HEAD", "git keeps a run once it is committed: git add --force outputs/other"],
  ["outputs/other@main@{0}", "main@{0} has no folder outputs/other"],
  ["outputs/run/a@HEAD", "HEAD has no folder outputs/run/a"],
];

for (const [name, message] of mistakes) {
  Deno.test(`findRunFiles: ${JSON.stringify(name)}: one message`, () =>
    inRepository(async (repository) => {
      await twice(repository);
      await assertRejects(() => textOf(name, repository.folder), DiffError, message);
    }));
}

Deno.test("findRunFiles: a revision outside any repository is refused", () =>
  inFolder(async (folder) => {
    await assertRejects(
      () => textOf("run@HEAD", folder),
      DiffError,
      "it is in no git repository (",
    );
  }));

Deno.test("findRunFiles: files that are not text, not regular or too large are refused by name, in folders and revisions", () =>
  inRepository(async ({ folder, commit }) => {
    Deno.mkdirSync(`${folder}/run/config.yaml`, { recursive: true });
    Deno.writeFileSync(`${folder}/run/results.csv`, new Uint8Array([0x61, 0xff, 0x00]));
    Deno.writeFileSync(`${folder}/run/manifest.json`, new Uint8Array(2 ** 24 + 1));
    commit();
    for (const name of ["run", "run@HEAD"]) {
      const read = async (file: string): Promise<unknown> => await textOf(name, folder, file);
      await assertRejects(
        () => read("results.csv"),
        DiffError,
        `cannot read results.csv of ${name}: expected UTF-8 text, found other bytes`,
      );
      await assertRejects(
        () => read("manifest.json"),
        DiffError,
        `cannot read manifest.json of ${name}: expected at most 16 MiB, found 17 MiB`,
      );
    }
    await assertRejects(
      () => textOf("run", folder, "config.yaml"),
      DiffError,
      "cannot read config.yaml of run: expected a file, found a folder",
    );
    assert(new Deno.Command("mkfifo", { args: [`${folder}/run/models.csv`] }).outputSync().success);
    await assertRejects(
      () => textOf("run", folder, "models.csv"),
      DiffError,
      "expected a file, found a pipe, a device or the like",
    );
  }));
