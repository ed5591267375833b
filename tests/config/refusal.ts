// @ts-types="../declarations/assert.d.ts"
import { assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";

/** The message with which `read` refuses a config, with the lines of the problems. */
export async function refusalOf(read: () => unknown): Promise<string> {
  const error = assertThrows(read, ConfigError);
  return (await error.located()).message;
}

/** The problems of {@linkcode refusalOf}, one per line. */
export async function problemsOf(read: () => unknown): Promise<string[]> {
  return (await refusalOf(read)).split("\n").slice(1).map((line) => line.trim());
}
