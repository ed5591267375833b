/** A mistake in a config or on the command line: what is wrong and where, one line a problem. */
export class ConfigError extends Error {
  /** Of the class. */
  override readonly name = "ConfigError";
}

/** One thing that is wrong. */
export interface Problem {
  /** File, line and column, or the `--set` it comes from. */
  readonly location: string;
  /** The path of the setting, such as `models.target.n_embd`; empty for the whole file. */
  readonly path: string;
  /** What was expected, what was found, and the nearest valid choice. */
  readonly message: string;
}

/** With so many problems no more are looked for. */
export const ENOUGH_PROBLEMS = 1_000;

/** Problems that one message shows. */
const MOST_SHOWN = 10;

/** The error for everything that is wrong with `file`. */
export function configError(file: string, problems: readonly Problem[]): ConfigError {
  const lines = [
    ...new Set(
      problems.map(({ location, path, message }) =>
        [location, path, message].filter((part) => part !== "").join(": ")
      ),
    ),
  ];
  const some = lines.length < ENOUGH_PROBLEMS ? lines.length : `at least ${ENOUGH_PROBLEMS}`;
  const count = lines.length === 1 ? "" : ` (${some} problems)`;
  const shown = lines.slice(0, MOST_SHOWN);
  if (lines.length > MOST_SHOWN) shown.push(`and ${lines.length - MOST_SHOWN} more`);
  return new ConfigError(
    `cannot use ${file}${count}\n${shown.map((line) => `  ${line}`).join("\n")}`,
  );
}
