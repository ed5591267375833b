/**
 * Models of the Hugging Face hub, as configs name them: `hf:OWNER/NAME@REVISION`.
 *
 * @module
 */

/** A model of the hub. */
export interface HubSource {
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** A commit, a branch or a tag. */
  readonly revision: string;
}

/** The beginning of a name of a model of the hub, in the place of a folder. */
const PREFIX = "hf:";
/** The branch that a name without a revision means, as everywhere on the hub. */
const DEFAULT_REVISION = "main";

/** The forms of names: 1 to 96 letters, digits, `-`, `_` and `.`, with letters or digits at both ends. */
const NAME = /^(?!.*(?:--|\.\.))[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;
/** A revision: parts of a path. */
const REVISION = /^(?!.*(?:\.\.|\/\/))[\w](?:[\w./+-]{0,198}[\w+-])?$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** Whether `written` is meant as a model of the hub, and not as a folder. */
export function isHubName(written: string): boolean {
  return written.startsWith(PREFIX);
}

/** The model that `written`, such as `hf:OWNER/NAME@REVISION`, names; a text says why it is none. */
export function hubSourceOf(written: string): HubSource | string {
  const expected = "expected hf:OWNER/NAME@REVISION, such as hf:openai-community/gpt2@main";
  const [, address = "", revision = DEFAULT_REVISION] = /^hf:([^@]*)(?:@(.*))?$/s.exec(written) ??
    [];
  const parts = address.split("/");
  const [owner = "", name = ""] = parts;
  if (parts.length !== 2 || ![owner, name].every((part) => NAME.test(part))) {
    return `${expected}, found ${JSON.stringify(written)}`;
  }
  if (!REVISION.test(revision)) {
    return `${expected}, whose revision is a commit, a branch or a tag, found ${
      JSON.stringify(revision)
    }`;
  }
  return { repository: `${owner}/${name}`, revision };
}

/** How a config names `source`. */
export function hubName({ repository, revision }: HubSource): string {
  return `${PREFIX}${repository}@${revision}`;
}

/** Whether `revision` is a commit, of which the hub never has another content. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}
