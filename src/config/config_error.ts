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

/** The error for everything that is wrong with `file`. */
export function configError(file: string, problems: readonly Problem[]): ConfigError {
  const lines = problems.map(({ location, path, message }) =>
    [location, path, message].filter((part) => part !== "").join(": ")
  );
  const count = lines.length === 1 ? "" : ` (${lines.length} problems)`;
  return new ConfigError(
    `cannot use ${file}${count}\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}
