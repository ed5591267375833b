import { configJsonSchemaText } from "../config/json_schema.ts";
import { writeWhole } from "../files/write_whole.ts";
import { parseFlags } from "./args.ts";
import { type Command, ExitCode } from "./command.ts";
import { notice } from "./terminal.ts";

const FILE = "configs/schema.json";

const help = `Write ${FILE}, which editors use to complete and check configs.

usage: deno task schema [--check]

  --check   write nothing; exit with 1 if the file is not up to date
  --help    print this

example: deno task schema

Exit codes: 0 done or up to date, 1 out of date or not written, 2 a wrong command line.`;

/** `deno task schema`. */
export const schema: Command = { summary: `Write ${FILE}`, help, run: writeSchema };

async function writeSchema(args: readonly string[]): Promise<number> {
  const parsed = parseFlags(args, { switches: ["check"], values: [], lists: [] });
  const text = configJsonSchemaText();
  if (!parsed.has("check")) {
    await writeWhole(FILE, text);
    return ExitCode.done;
  }
  if (await written() === text) return ExitCode.done;
  notice(`${FILE} is not up to date with src/config/: run deno task schema`);
  return ExitCode.failed;
}

/** The text of the file; `undefined` if there is none. */
async function written(): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(FILE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
