import { configJsonSchemaText } from "../config/json_schema.ts";
import { settingsPage } from "../config/settings_page.ts";
import { strategiesPage } from "../decode/strategies_page.ts";
import { writeWhole } from "../files/write_whole.ts";
import { outputsPage } from "../report/outputs_page.ts";
import { parseFlags } from "./args.ts";
import { type Command, ExitCode } from "./command.ts";
import { notice } from "./terminal.ts";

/** A generated file: its text, of which some may be written by people. */
export interface GeneratedFile {
  /** From the project's root. */
  readonly file: string;
  /** The text from `current`, which is empty if there is no file yet. */
  make(current: string): string;
}

/** Every file that is generated from definitions. */
export const generatedFiles: readonly GeneratedFile[] = [
  { file: "configs/schema.json", make: configJsonSchemaText },
  { file: "configs/README.md", make: settingsPage },
  { file: "src/decode/README.md", make: strategiesPage },
  { file: "outputs/README.md", make: outputsPage },
];

const help = `Write what is generated from the code: the JSON Schema of configs and tables of pages.

usage: deno task schema [--check]

  --check   write nothing; exit with 1 if a file is not up to date
  --help    print this

Editors use the schema to complete and check configs; the tables have settings, strategies, warpers,
drafts and columns: ${generatedFiles.map(({ file }) => file).join(", ")}.

example: deno task schema

Exit codes: 0 done or up to date, 1 out of date or not written, 2 a wrong command line.`;

/** `deno task schema`. */
export const schema: Command = {
  summary: "Write what is generated: the JSON Schema and the tables of pages",
  help,
  run: writeGenerated,
};

async function writeGenerated(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, { switches: ["check"], values: [], lists: [] });
  let exitCode: number = ExitCode.done;
  for (const { file, make } of generatedFiles) {
    const current = await textOf(file);
    const text = make(current);
    if (text === current) continue;
    if (!parsed.has("check")) await writeWhole(file, text);
    else {
      notice(`${file} is not up to date with src/: run deno task schema`);
      exitCode = ExitCode.failed;
    }
  }
  return exitCode;
}

/** The text of a file; empty if there is none. */
async function textOf(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
